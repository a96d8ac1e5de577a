"""What people do while the daemon looks away: operations on mailboxes and rows, called by name with plain data.

The control API offers them to tests from outside; the pages offer the same to a person. Everything goes straight into the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError, validate_call

from outlookd.sandbox.crm import Refused
from outlookd.sandbox.diary_people import DiaryPeople
from outlookd.sandbox.directory import MailboxState, User
from outlookd.sandbox.meetings import Meetings
from outlookd.sandbox.outlook_pages import PHOTO
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.subscription_people import SubscriptionPeople
from outlookd.sandbox.tenant_people import TenantPeople
from outlookd.sandbox.views import Cell
from outlookd.sandbox.world import World

_Operation = Callable[..., dict[str, Any]]


class Impossible(Exception):
    """The operation is unknown, has the wrong arguments, or the world refuses it. Its text says which."""


class People:
    """Everybody in this world. `user` is a UPN or an object id, `by` a login in the CRM."""

    def __init__(self, world: World) -> None:
        self._world = world
        diary = DiaryPeople(Meetings(world.directory, world.mail_log), self._user)
        methods: tuple[_Operation, ...] = (
            *(self.create_contact, self.update_contact, self.delete_contact, self.move_contact, self.copy_contact, self.set_photo),
            *(self.create_folder, self.rename_folder, self.delete_folder),
            *(self.touch_contacts, self.forget_delta_tokens, self.set_mailbox_state),
            *(self.create_row, self.update_row, self.delete_row, self.restore_row),
            *diary.operations,
            *TenantPeople(world.directory, self._user).operations,
            *SubscriptionPeople(world.directory.subscriptions).operations,
        )
        self._operations = {method.__name__: method for method in methods}
        # Made when first wanted: each takes a millisecond, and most worlds want few.
        self._checked: Callable[[_Operation], _Operation] = cache(validate_call)

    def act(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one operation by name and return what it made: ids and keys. Raises Impossible."""
        if operation not in self._operations:
            raise Impossible(f"there is no operation {operation!r}; there are {', '.join(self._operations)}")
        try:
            return self._checked(self._operations[operation])(**arguments)
        except (ValidationError, Refusal, Refused) as refusal:
            raise Impossible(str(refusal)) from refusal

    # --- at Outlook --------------------------------------------------------------------------------------------------------

    def create_contact(self, *, user: str, properties: dict[str, Any], folder: str | None = None) -> dict[str, Any]:
        """Add a contact to a folder (the default one if not given); `properties` is a Graph body."""
        return {"id": self._user(user).mailbox.create_contact(properties, folder_id=folder).immutable_id}

    def update_contact(self, *, user: str, id: str, properties: dict[str, Any]) -> dict[str, Any]:
        """Change a contact."""
        return {"id": self._user(user).mailbox.update_contact(id, properties).immutable_id}

    def delete_contact(self, *, user: str, id: str) -> dict[str, Any]:
        """Delete a contact."""
        self._user(user).mailbox.delete_contact(id)
        return {}

    def move_contact(self, *, user: str, id: str, folder: str) -> dict[str, Any]:
        """Move a contact to another folder."""
        return {"id": self._user(user).mailbox.move_contact(id, folder).immutable_id}

    def copy_contact(self, *, user: str, id: str, folder: str | None = None) -> dict[str, Any]:
        """Copy a contact with everything on it, a marker included."""
        return {"id": self._user(user).mailbox.copy_contact(id, folder).immutable_id}

    def set_photo(self, *, user: str, id: str, present: bool) -> dict[str, Any]:
        """Give a contact a photo, or take it away."""
        return {"id": self._user(user).mailbox.set_photo(id, PHOTO if present else None).immutable_id}

    def create_folder(self, *, user: str, name: str) -> dict[str, Any]:
        """Add a contact folder below the default one."""
        return {"id": self._user(user).mailbox.create_folder(name).id}

    def rename_folder(self, *, user: str, id: str, name: str) -> dict[str, Any]:
        """Rename a contact folder."""
        return {"id": self._user(user).mailbox.rename_folder(id, name).id}

    def delete_folder(self, *, user: str, id: str) -> dict[str, Any]:
        """Delete a contact folder with everything in it."""
        self._user(user).mailbox.delete_folder(id)
        return {}

    # --- at Microsoft ------------------------------------------------------------------------------------------------------

    def touch_contacts(self, *, user: str, id: str | None = None) -> dict[str, Any]:
        """Give one contact, or all, a new change key without any change of content."""
        self._user(user).mailbox.churn(id)
        return {}

    def forget_delta_tokens(self, *, user: str) -> dict[str, Any]:
        """Let every delta link of a mailbox answer 410."""
        self._user(user).mailbox.expire_delta()
        self._user(user).calendars.tracker.expire()
        return {}

    def set_mailbox_state(self, *, user: str, state: MailboxState) -> dict[str, Any]:
        """Make a mailbox usable or not."""
        self._user(user).state = state
        return {}

    # --- in the CRM --------------------------------------------------------------------------------------------------------

    def create_row(self, *, table: str, cells: dict[str, Cell], by: str) -> dict[str, Any]:
        """Add a row."""
        return {"cle": self._world.crm.create(table, cells, by=by)["cle"]}

    def update_row(self, *, table: str, cle: str, cells: dict[str, Cell], by: str) -> dict[str, Any]:
        """Change a row."""
        return {"cle": self._world.crm.edit(table, cle, cells, by=by)["cle"]}

    def delete_row(self, *, table: str, cle: str) -> dict[str, Any]:
        """Delete a row."""
        self._world.crm.delete(table, cle)
        return {}

    def restore_row(self, *, table: str, cle: str) -> dict[str, Any]:
        """Take a row out of the trash can."""
        self._world.crm.restore(table, cle)
        return {}

    def _user(self, key: str) -> User:
        user = self._world.directory.user(key)
        if user is None:
            raise Impossible("there is no such user")
        return user
