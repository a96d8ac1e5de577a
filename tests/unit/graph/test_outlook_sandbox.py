"""The adapter against the sandbox's Graph, which was written from the same pages without sight of this code."""

from __future__ import annotations

import asyncio

import pytest
from graph_world import SandboxTokens

from outlookd.errors import ContainerMissing, MailboxUnusable, Rejected, Stale, Unreachable, WatermarkExpired
from outlookd.graph import ContactsAdapter, GraphClient
from outlookd.graph.marker import MARKER_KEY
from outlookd.ports import Absent, Done, Failed, Found, Write
from outlookd.sandbox.directory import MailboxState


@pytest.fixture
def outlook(world, session, sandbox_url, clock):
    tokens = SandboxTokens(world.directory, world.user)
    return ContactsAdapter(GraphClient(session, sandbox_url, tokens, clock, mailbox="me", random=lambda: 1.0))


@pytest.fixture
async def folder(outlook):
    made = await outlook.create_container("CRM", "outlookd:folder")
    outlook.container = made.id
    return made


def create(number):
    payload = {"givenName": f"Pat{number}", "emailAddresses": [{"name": "Pat", "address": f"pat{number}@example.com"}]}
    return Write(ref=str(number), op="create", payload=payload, marker=f"mark-{number}")


async def export(outlook, count):
    results = []
    for start in range(0, count, outlook.batch_size):
        results += await outlook.write([create(number) for number in range(start, min(start + outlook.batch_size, count))])
    return [result.id for result in results]


async def listing(outlook, since=None):
    pages = [page async for page in outlook.changes(since)]
    ids = [item["id"] for page in pages for item in page.payloads]
    return ids, [id for page in pages for id in page.removed], pages[-1].end.watermark


async def test_our_folder_is_found_again_by_its_stamp(outlook, folder, world):
    world.mailbox.rename_folder(folder.id, "Renamed")
    before = outlook.requests
    (found,) = await outlook.containers()
    assert (found.id, found.name, found.marker) == (folder.id, "Renamed", "outlookd:folder")
    assert outlook.requests == before + 1


async def test_a_folder_that_a_person_made_can_be_stamped(outlook, world):
    theirs = world.mailbox.create_folder("CRM")
    await outlook.stamp_container(theirs.id, "outlookd:folder")
    assert [made.marker for made in await outlook.containers()] == ["outlookd:folder"]


@pytest.mark.parametrize("status", [400, 409])
async def test_a_name_that_is_taken_is_rejected_with_its_code(outlook, world, status):
    world.directory.switches.folder_exists_status = status
    world.mailbox.create_folder("CRM")
    with pytest.raises(Rejected) as caught:
        await outlook.create_container("CRM", "outlookd:folder")
    assert caught.value.code == "ErrorFolderExists"


async def test_an_export_takes_one_request_for_twenty_contacts(outlook, folder, world):
    before = outlook.requests
    ids = await export(outlook, 100)
    assert outlook.requests == before + 5
    assert {contact.immutable_id for contact in world.mailbox.contacts(folder.id)} == set(ids)


async def test_what_was_written_reads_back_with_its_marker(outlook, folder):
    ids = await export(outlook, 3)
    readings = await outlook.read(ids)
    assert [readings[id].payload[MARKER_KEY] for id in ids] == ["mark-0", "mark-1", "mark-2"]


@pytest.mark.parametrize("quirk", ["delta_empty_first", "delta_shuffle", "delta_duplicates", "delta_oversize"])
async def test_a_listing_shows_every_contact_whatever_the_pages_look_like(outlook, folder, world, quirk):
    setattr(world.directory.switches, quirk, True)
    ids = await export(outlook, 30)
    seen, _, _ = await listing(outlook)
    assert set(seen) == set(ids)


async def test_deletions_moves_and_edits_arrive_by_the_watermark_in_one_request(outlook, folder, world):
    kept, edited, deleted, moved = await export(outlook, 4)
    _, _, mark = await listing(outlook)
    world.mailbox.update_contact(edited, {"jobTitle": "x"})
    world.mailbox.delete_contact(deleted)
    world.mailbox.move_contact(moved, world.mailbox.default_folder.id)
    before = outlook.requests
    changed, removed, _ = await listing(outlook, mark)
    assert outlook.requests == before + 1
    assert changed == [edited]
    assert set(removed) == {deleted, moved}
    readings = await outlook.read([kept, deleted, moved])
    assert readings[deleted] == Absent()
    assert isinstance(readings[moved], Found)
    assert (readings[kept].elsewhere, readings[moved].elsewhere) == (False, True)


async def test_a_contact_in_deleted_items_is_absent_though_exchange_still_shows_it(outlook, folder, world):
    world.directory.switches.deleted_still_readable = True
    (id,) = await export(outlook, 1)
    world.mailbox.delete_contact(id)
    assert (await outlook.read([id]))[id] == Absent()


async def test_an_expired_watermark_is_told_as_such(outlook, folder, world):
    _, _, mark = await listing(outlook)
    world.mailbox.expire_delta()
    with pytest.raises(WatermarkExpired):
        await listing(outlook, mark)


@pytest.mark.parametrize("code", ["ErrorSyncFolderNotFound", "ErrorItemNotFound"])
async def test_a_folder_that_the_user_deleted_stops_the_listing(outlook, folder, world, code):
    world.directory.switches.lost_folder_code = code
    _, _, mark = await listing(outlook)
    world.mailbox.delete_folder(folder.id)
    with pytest.raises(ContainerMissing):
        await listing(outlook, mark)
    with pytest.raises(ContainerMissing):
        await listing(outlook)


async def test_a_lookup_in_a_folder_that_is_gone_is_not_an_empty_answer(outlook, folder, world):
    world.mailbox.delete_folder(folder.id)
    with pytest.raises(ContainerMissing):
        await outlook.find("mark-0", "")
    with pytest.raises(ContainerMissing):
        await outlook.read([f"C{number}" for number in range(80)])


async def test_a_mailbox_that_lost_its_licence_is_not_an_empty_one(outlook, folder, world):
    ids = await export(outlook, 2)
    _, _, mark = await listing(outlook)
    world.user.state = MailboxState.NOT_ENABLED
    with pytest.raises(MailboxUnusable):
        await listing(outlook, mark)
    readings = await outlook.read(ids)
    assert not any(isinstance(reading, Absent) for reading in readings.values())


async def test_many_contacts_are_read_by_listing_the_folder(outlook, folder, world):
    ids = await export(outlook, 80)
    world.mailbox.delete_contact(ids[7])
    before = outlook.requests
    readings = await outlook.read(ids)
    assert readings.pop(ids[7]) == Absent()
    assert all(reading.payload[MARKER_KEY] for reading in readings.values())
    assert outlook.requests == before + 3  # the list, one batch for the missing one, the canary


async def test_a_create_is_found_by_its_marker_and_by_no_other_case(outlook, folder):
    (id,) = await export(outlook, 1)
    assert [payload["id"] for payload in await outlook.find("mark-0", "")] == [id]
    assert await outlook.find("MARK-0", "") == []


@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
async def test_a_create_whose_answer_is_lost_is_in_doubt_and_can_be_looked_up(outlook, folder, world, kind):
    world.faults.add("graph", kind, match=r"POST .*\$batch", status=504)
    (failed,) = await outlook.write([create(0)])
    assert failed.ambiguous
    assert len(await outlook.find("mark-0", "")) == 1


@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
async def test_one_lost_item_leaves_only_that_one_in_doubt(outlook, folder, world, kind):
    world.faults.add("graph.item", kind, match="POST", status=504)
    results = await outlook.write([create(number) for number in range(5)])
    assert [isinstance(result, Failed) and result.ambiguous for result in results] == [True, False, False, False, False]
    assert len(world.mailbox.contacts(folder.id)) == 5


async def test_a_throttled_item_is_written_once(outlook, folder, world, clock):
    world.faults.add("graph.item", "status", match="POST", status=429, code="TooManyRequests", retry_after=2.128)
    results = await outlook.write([create(number) for number in range(5)])
    assert all(isinstance(result, Done) for result in results)
    assert len(world.mailbox.contacts(folder.id)) == 5
    assert clock.sleeps == [2.128]


async def test_a_contact_that_a_person_touched_is_not_overwritten_or_deleted(outlook, folder, world):
    ids = await export(outlook, 2)
    versions = {id: reading.payload["@odata.etag"] for id, reading in (await outlook.read(ids)).items()}
    for id in ids:
        world.mailbox.update_contact(id, {"nickName": "theirs"})
    results = await outlook.write(
        [
            Write(ref="u", op="update", id=ids[0], payload={"nickName": "ours"}, version=versions[ids[0]]),
            Write(ref="d", op="delete", id=ids[1], version=versions[ids[1]]),
        ]
    )
    assert [type(result.error) for result in results] == [Stale, Stale]
    assert {contact.properties["nickName"] for contact in world.mailbox.contacts(folder.id)} == {"theirs"}


async def test_an_updates_answer_is_what_the_next_read_shows(outlook, folder):
    (id,) = await export(outlook, 1)
    (done,) = await outlook.write([Write(ref="1", op="update", id=id, payload={"jobTitle": "x"})])
    again = (await outlook.read([id]))[id].payload
    assert {**done.payload, MARKER_KEY: "mark-0"} == again


async def test_one_bad_contact_does_not_stop_the_others(outlook, folder):
    bad = Write(ref="bad", op="create", payload={"noSuchProperty": 1}, marker="m")
    results = await outlook.write([create(0), bad, create(1)])
    assert [type(result) for result in results] == [Done, Failed, Done]
    assert isinstance(results[1].error, Rejected)


async def test_a_photo_is_seen(outlook, folder, world):
    ids = await export(outlook, 2)
    world.mailbox.set_photo(ids[0], b"jpeg")
    assert await outlook.attachments(ids) == {ids[0]: True, ids[1]: False}


async def test_a_token_that_ran_out_is_renewed_without_losing_a_write(outlook, folder, world):
    world.directory.tokens.expire_access()
    assert isinstance((await outlook.write([create(0)]))[0], Done)


async def test_requests_at_the_same_time_never_exceed_the_mailbox_limit(outlook, folder, world, clock):
    switches = world.directory.switches
    switches.latency, switches.item_latency, switches.concurrency = 0.01, 0.001, 4
    ids = await export(outlook, 40)
    await asyncio.gather(*(outlook.read(ids) for _ in range(4)), *(outlook.containers() for _ in range(4)))
    assert clock.sleeps == []  # nothing was throttled, so nothing had to wait
    assert len(world.asked) == 1 + 2 + 4 * 2 + 4


async def test_every_request_names_itself(outlook, folder, world):
    await export(outlook, 1)
    await listing(outlook)
    assert [entry.client_request_id for entry in world.asked] == [True] * 3


async def test_a_graph_that_hangs_up_on_a_read_is_asked_again(outlook, folder, world):
    world.faults.add("graph", "drop_before", match="GET", times=2)
    assert len(await outlook.containers()) == 1


async def test_a_graph_that_is_down_is_unreachable(outlook, folder, world):
    world.faults.add("graph", "drop_before", times=-1)
    with pytest.raises(Unreachable):
        await outlook.containers()
