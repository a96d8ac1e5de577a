"""contacts/delta: rounds, generations, tombstones, and the ways in which the real one is awkward."""

from __future__ import annotations

import pytest
from effort import examples
from graph_caller import IMMUTABLE, MARKER
from hypothesis import given, settings
from hypothesis import strategies as st

from outlookd.sandbox.mailbox import Mailbox

BIG = {"Prefer": "odata.maxpagesize=1000"}


@pytest.fixture
def crm(world):
    return world.mailbox.create_folder("CRM")


@pytest.fixture
def path(crm):
    return f"me/contactFolders/{crm.id}/contacts/delta"


@pytest.fixture
def add(world, crm):
    def add(*names):
        return [world.mailbox.create_contact({"givenName": name}, folder_id=crm.id) for name in names]

    return add


def names(items):
    return [item.get("givenName", "removed") for item in items]


async def test_the_first_round_shows_everything(outlook, path, add):
    add("Ada", "Bob")
    assert names((await outlook.delta(path))[0]) == ["Ada", "Bob"]


@pytest.mark.parametrize("spelling", ["delta()", "microsoft.graph.delta()", "Delta", "delta%28%29"])
async def test_the_function_has_several_spellings(outlook, path, add, spelling):
    add("Ada")
    assert names((await outlook.get(path.removesuffix("delta") + spelling)).values) == ["Ada"]


async def test_the_default_folder_is_tracked_under_my_contacts(outlook, world):
    world.mailbox.create_contact({"givenName": "Ada"})
    items, link = await outlook.delta("me/contacts/delta")
    assert names(items) == ["Ada"]
    assert (await outlook.delta(link))[0] == []


async def test_a_round_without_change_is_one_empty_page(outlook, path, add):
    add("Ada")
    link = (await outlook.delta(path))[1]
    reply = await outlook.get(link)
    assert (reply.values, "@odata.deltaLink" in reply.body) == ([], True)


async def test_own_writes_come_back(outlook, path, crm):
    link = (await outlook.delta(path))[1]
    await outlook.post(f"me/contactFolders/{crm.id}/contacts", {"givenName": "Ada"})
    assert names((await outlook.delta(link))[0]) == ["Ada"]


async def test_several_changes_of_one_contact_are_one_item_in_its_latest_form(outlook, world, path, add):
    link = (await outlook.delta(path))[1]
    (ada,) = add("Ada")
    world.mailbox.update_contact(ada.immutable_id, {"givenName": "Adele"})
    assert names((await outlook.delta(link))[0]) == ["Adele"]


async def test_churn_alone_brings_a_contact_back(outlook, world, path, add):
    add("Ada")
    link = (await outlook.delta(path))[1]
    world.mailbox.churn()
    assert names((await outlook.delta(link))[0]) == ["Ada"]


async def test_a_deletion_is_a_tombstone(outlook, world, path, add):
    (ada,) = add("Ada")
    link = (await outlook.delta(path, IMMUTABLE))[1]
    world.mailbox.delete_contact(ada.immutable_id)
    assert (await outlook.delta(link, IMMUTABLE))[0] == [{"id": ada.immutable_id, "@removed": {"reason": "deleted"}}]


async def test_a_move_away_is_a_tombstone_with_the_id_it_had(outlook, world, path, add):
    (ada,) = add("Ada")
    classic = ada.classic_id
    link = (await outlook.delta(path))[1]
    world.mailbox.move_contact(ada.immutable_id, world.mailbox.default_folder.id)
    assert [item["id"] for item in (await outlook.delta(link))[0]] == [classic]


async def test_a_contact_created_and_deleted_between_two_rounds_is_never_seen(outlook, world, path, add):
    link = (await outlook.delta(path))[1]
    (ada,) = add("Ada")
    world.mailbox.delete_contact(ada.immutable_id)
    assert (await outlook.delta(link))[0] == []


async def test_a_contact_deleted_while_pages_are_fetched_is_removed_in_the_next_round(outlook, world, path, add):
    _, bob = add("Ada", "Bob")
    one = {"Prefer": "odata.maxpagesize=1"}
    first = await outlook.get(path, one)
    world.mailbox.delete_contact(bob.immutable_id)
    second = await outlook.get(first.body["@odata.nextLink"], one)
    assert second.values == []
    assert [item["@removed"] for item in (await outlook.delta(second.body["@odata.deltaLink"]))[0]] == [{"reason": "deleted"}]


async def test_pages_are_as_large_as_the_header_says_and_ten_without_it(outlook, path, add):
    add(*(f"P{number}" for number in range(25)))
    first = await outlook.get(path, {"Prefer": 'IdType="ImmutableId", odata.maxpagesize=12'})
    second = await outlook.get(first.body["@odata.nextLink"])
    assert (len(first.values), len(second.values)) == (12, 10)
    assert first.headers["Preference-Applied"] == 'odata.track-changes, odata.maxpagesize=12, IdType="ImmutableId"'


async def test_a_page_fetched_twice_is_the_same_page(outlook, path, add):
    add(*(f"P{number}" for number in range(12)))
    link = (await outlook.get(path)).body["@odata.nextLink"]
    assert (await outlook.get(link)).body == (await outlook.get(link)).body


async def test_select_holds_for_every_later_round(outlook, world, path, add):
    add("Ada")
    link = (await outlook.delta(f"{path}?$select=surname"))[1]
    world.mailbox.churn()
    assert set((await outlook.delta(link))[0][0]) == {"@odata.type", "@odata.etag", "id", "surname"}


async def test_top_ends_the_enumeration_early(outlook, path, add):
    add("Ada", "Bob", "Cleo")
    items, link = await outlook.delta(f"{path}?$top=2")
    assert names(items) == ["Ada", "Bob"]
    assert (await outlook.delta(link))[0] == []


async def test_extended_properties_are_not_delivered(outlook, world, path, crm):
    world.mailbox.create_contact({"singleValueExtendedProperties": [{"id": MARKER, "value": "1"}]}, folder_id=crm.id)
    assert "singleValueExtendedProperties" not in (await outlook.delta(path))[0][0]


@pytest.mark.parametrize(
    ("option", "status"),
    [("$expand=photo", 500), ("$filter=givenName eq 'Ada'", 400), ("$orderby=givenName", 400), ("$search=ada", 400)],
)
async def test_what_change_tracking_does_not_support_is_refused(outlook, path, option, status):
    assert (await outlook.get(f"{path}?{option}")).status == status


async def test_the_newest_three_generations_work_and_older_ones_do_not(outlook, path):
    links = [(await outlook.delta(path))[1]]
    for _ in range(3):
        links.append((await outlook.delta(links[-1]))[1])
    gone = await outlook.get(links[0])
    assert (gone.status, gone.code) == (410, "SyncStateNotFound")
    assert "generation=1;[highest=4][2][3][4]" in gone.body["error"]["message"]
    assert (await outlook.get(links[1])).status == 200


async def test_using_one_link_again_and_again_wears_it_out(outlook, path):
    link = (await outlook.delta(path))[1]
    statuses = [(await outlook.get(link)).status for _ in range(4)]
    assert statuses == [200, 200, 200, 410]


async def test_links_expire_on_demand(outlook, world, path, add):
    add(*(f"P{number}" for number in range(12)))
    page = (await outlook.get(path)).body["@odata.nextLink"]
    link = (await outlook.delta(path))[1]
    world.mailbox.expire_delta()
    assert [(await outlook.get(old)).status for old in (page, link)] == [410, 410]


@pytest.mark.parametrize("token", ["abc", "W10=", "WyJkZWx0YSIsOTksMSwwXQ==", "%"])
async def test_a_token_that_was_never_issued_is_refused(outlook, path, token):
    reply = await outlook.get(f"{path}?$deltatoken={token}")
    assert (reply.status, reply.code) == (410, "SyncStateInvalid")


async def test_a_link_works_for_its_own_folder_only(outlook, world, path):
    token = (await outlook.delta(path))[1].partition("deltatoken=")[2]
    assert (await outlook.get(f"me/contacts/delta?$deltatoken={token}")).code == "SyncStateInvalid"


@pytest.mark.parametrize(
    ("code", "status"), [("ErrorSyncFolderNotFound", 404), ("ErrorItemNotFound", 404), ("SyncStateNotFound", 410)]
)
async def test_the_link_of_a_deleted_folder_says_so(outlook, world, path, crm, code, status):
    world.directory.switches.lost_folder_code = code
    link = (await outlook.delta(path))[1]
    world.mailbox.delete_folder(crm.id)
    reply = await outlook.get(link)
    assert (reply.status, reply.code) == (status, code)


async def test_the_first_page_is_empty_by_switch(outlook, world, path, add):
    world.directory.switches.delta_empty_first = True
    add("Ada")
    first = await outlook.get(path)
    assert first.values == []
    assert names((await outlook.delta(first.body["@odata.nextLink"]))[0]) == ["Ada"]


async def test_items_repeat_and_lose_their_order_by_switch(outlook, world, path, add):
    world.directory.switches.turn({"delta_duplicates": True, "delta_shuffle": True})
    added = [f"P{number}" for number in range(9)]
    add(*added)
    shown = names((await outlook.delta(path))[0])
    assert len(shown) == 12
    assert sorted(set(shown)) == added
    assert list(dict.fromkeys(shown)) != added


async def test_pages_are_larger_than_asked_by_switch(outlook, world, path, add):
    world.directory.switches.delta_oversize = True
    add(*(f"P{number}" for number in range(20)))
    assert len((await outlook.get(path)).values) == 15


async def test_a_change_shows_late_by_switch(outlook, world, path, add):
    world.directory.switches.delta_lag = 60.0
    link = (await outlook.delta(path))[1]
    add("Ada")
    early, link = await outlook.delta(link)
    world.clock.advance(seconds=61)
    assert (early, names((await outlook.delta(link))[0])) == ([], ["Ada"])


async def test_a_fresh_enumeration_does_not_show_what_lags_but_the_next_round_does(outlook, world, path, add):
    world.directory.switches.delta_lag = 60.0
    add("Ada")
    early, link = await outlook.delta(path)
    world.clock.advance(seconds=61)
    assert (early, names((await outlook.delta(link))[0])) == ([], ["Ada"])


async def test_links_name_ids_in_parentheses_as_the_real_ones_do(outlook, path):
    assert "/me/contactFolders('" in (await outlook.delta(path))[1]


async def test_a_folder_of_five_thousand_takes_five_requests(outlook, world, graph_server, path, crm):
    for _ in range(5000):
        world.mailbox.create_contact({}, folder_id=crm.id)
    items, link = [], path
    while "deltatoken" not in link:
        reply = await outlook.get(link, BIG)
        items += reply.values
        link = reply.body.get("@odata.nextLink") or reply.body["@odata.deltaLink"]
    assert (len(items), graph_server.requests.count("GET", "delta")) == (5000, 5)


class Follower:
    """A mailbox that somebody changes, and a reader who applies every round of one folder."""

    def __init__(self):
        self.mailbox = Mailbox("law")
        self.folder = self.mailbox.create_folder("CRM")
        self.pool = []
        self.known = {}
        self.token = ""

    def add(self, _contact):
        self.pool.append(self.mailbox.create_contact({}, folder_id=self.folder.id))

    def edit(self, contact):
        self.mailbox.update_contact(contact.immutable_id, {"jobTitle": "x"})

    def delete(self, contact):
        self.mailbox.delete_contact(contact.immutable_id)
        self.pool.remove(contact)

    def leave(self, contact):
        self.mailbox.move_contact(contact.immutable_id, self.mailbox.default_folder.id)

    def come_back(self, contact):
        self.mailbox.move_contact(contact.immutable_id, self.folder.id)

    def read_round(self, _contact=None):
        present = [contact.immutable_id for contact in self.mailbox.contacts(self.folder.id)]
        tracker, changes = self.mailbox.tracker, self.folder.changes
        if self.token:
            skip = tracker.resume(self.token, changes, frozenset(present))
        else:
            skip = tracker.begin(self.folder.id, changes, present, {"select": (), "top": None})
        while skip:
            page = tracker.page(skip, 2)
            for entry in page.entries:
                if isinstance(entry, str):
                    self.known[entry] = self.mailbox.contact(entry).revision
                else:
                    del self.known[entry.immutable_id]
            skip, self.token = page.skip_token, page.delta_token


CHANGES = [Follower.edit, Follower.delete, Follower.leave, Follower.come_back]
STEPS = st.lists(st.tuples(st.sampled_from([Follower.add, *CHANGES, Follower.read_round]), st.integers(0, 4)), max_size=40)


@settings(max_examples=examples(60))
@given(STEPS)
def test_whoever_applies_every_round_knows_the_folder(steps):
    """The law of change tracking: rounds applied in order, last one wins, give the folder's contents at the last round."""
    follower = Follower()
    for step, which in steps:
        if follower.pool or step not in CHANGES:
            step(follower, follower.pool[which % len(follower.pool)] if follower.pool else None)
    follower.read_round()
    contents = follower.mailbox.contacts(follower.folder.id)
    assert follower.known == {contact.immutable_id: contact.revision for contact in contents}
