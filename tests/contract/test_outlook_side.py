"""One contract for both Outlook sides: the twin in memory, and the real adapter before the sandbox's Graph."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer

from outlookd.graph import ContactsAdapter, GraphClient
from outlookd.sandbox.directory import Directory
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.graph import graph_app
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.tokens import GRAPH
from outlookd.testing import MemoryOutlook
from outlookd.testing.contracts.folder import FolderContract


class PersonInMemory:
    """Edits the twin."""

    def __init__(self, outlook):
        self.outlook = outlook
        self.edit, self.delete, self.move, self.expire = outlook.edit, outlook.delete, outlook.move, outlook.expire
        self.add_folder, self.delete_folder = outlook.add_folder, outlook.delete_folder

    def add(self, **properties):
        return self.outlook.add(self.outlook.container, properties)

    def copy(self, id):
        item = self.outlook.items[id]
        return self.outlook.add(item.folder, item.body, marker=item.marker)

    def set_photo(self, id):
        self.outlook.items[id].photo = True

    def lose_answer(self):
        self.outlook.lose_answers = 1


class Cloud:
    """The sandbox's Graph with one mailbox, and the token of its owner."""

    def __init__(self):
        self.faults = Faults()
        self.directory = Directory()
        self.directory.register_client("app", secret="s")
        self.user = self.directory.add_user("claire@example.com", "Claire")
        self.app = graph_app(self.directory, MailLog(), self.faults)

    async def token(self, *, claims="", refresh=False):
        return self.directory.tokens.issue_access(
            client_id="app",
            object_id=self.user.object_id,
            scopes=frozenset({"Contacts.ReadWrite", "User.Read"}),
            audience=GRAPH,
            life=timedelta(hours=1),
        )


class PersonInSandbox:
    """Edits the sandbox's mailbox."""

    def __init__(self, cloud, adapter):
        self.cloud, self.adapter = cloud, adapter
        self.mailbox = mailbox = cloud.user.mailbox
        self.delete, self.move = mailbox.delete_contact, mailbox.move_contact
        self.delete_folder, self.expire = mailbox.delete_folder, mailbox.expire_delta

    def add(self, **properties):
        return self.mailbox.create_contact(properties, folder_id=self.adapter.container).immutable_id

    def edit(self, id, **properties):
        self.mailbox.update_contact(id, properties)

    def copy(self, id):
        return self.mailbox.copy_contact(id).immutable_id

    def add_folder(self, name):
        return self.mailbox.create_folder(name).id

    def set_photo(self, id):
        self.mailbox.set_photo(id, b"jpeg")

    def lose_answer(self):
        self.cloud.faults.add("graph", "drop_after", match=r"POST .*\$batch")


async def with_own_folder(adapter):
    adapter.container = (await adapter.create_container("GoPaaS", "mark-folder")).id
    return adapter


class TestMemoryOutlook(FolderContract):
    @pytest.fixture
    async def adapter(self):
        return await with_own_folder(MemoryOutlook())

    @pytest.fixture
    def person(self, adapter):
        return PersonInMemory(adapter)


class TestContactsAdapter(FolderContract):
    @pytest.fixture
    def cloud(self):
        return Cloud()

    @pytest.fixture
    async def adapter(self, cloud, session, clock):
        async with TestServer(cloud.app) as server:
            client = GraphClient(session, str(server.make_url("/")), cloud, clock, mailbox="me", random=lambda: 1.0)
            yield await with_own_folder(ContactsAdapter(client))

    @pytest.fixture
    def person(self, cloud, adapter):
        return PersonInSandbox(cloud, adapter)
