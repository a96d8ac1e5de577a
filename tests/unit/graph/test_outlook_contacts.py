"""The adapter: what its calls are, and what their answers are taken for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from graph_wire import Reply, StrictBatch, refused

from outlookd.core.container import Container
from outlookd.core.model import Watermark
from outlookd.errors import (
    ContainerMissing,
    MailboxUnusable,
    NotFound,
    Rejected,
    ServerTrouble,
    Stale,
    Unintelligible,
    WatermarkExpired,
)
from outlookd.graph.marker import MARKER_KEY, MARKER_PROPERTY
from outlookd.ports import Absent, Done, Failed, Found, Unreadable, Write

MARK = [{"id": MARKER_PROPERTY, "value": "mark-1"}]


def contact(id, **more):
    return {"id": id, "parentFolderId": "FOLDER", "displayName": "Pat", **more}


def folder_and(items, folder=None):
    """A mailbox whose folder answers `folder` (fine if None) and whose contacts answer by `items`."""

    def answer(request):
        if request["url"].endswith("/contactFolders/FOLDER"):
            return folder or Reply(body={"id": "FOLDER"})
        return items(request["url"].partition("?")[0].rpartition("/")[2])

    return StrictBatch(answer)


async def listing(contacts, since=None):
    return [page async for page in contacts.changes(since)]


# --- folders -------------------------------------------------------------------------------------------------------------


async def test_folders_come_with_their_markers_in_one_request(contacts, wire):
    folders = [
        {"id": "F1", "displayName": "CRM", "parentFolderId": "ROOT", "singleValueExtendedProperties": MARK},
        {"id": "F2", "displayName": "Friends", "parentFolderId": "ROOT"},
    ]
    wire.say(Reply(body={"value": folders}))
    assert await contacts.containers() == [
        Container(id="F1", name="CRM", marker="mark-1", parent="ROOT"),
        Container(id="F2", name="Friends", parent="ROOT"),
    ]
    assert contacts.requests == 1
    assert "%20" in wire.seen[0].raw_path
    assert "+" not in wire.seen[0].raw_path


async def test_folders_on_later_pages_are_not_forgotten(contacts, wire, base):
    wire.say(
        Reply(body={"value": [{"id": "F1"}], "@odata.nextLink": f"{base}/v1.0/me/contactFolders?$skip=1"}),
        Reply(body={"value": [{"id": "F2"}]}),
    )
    assert [folder.id for folder in await contacts.containers()] == ["F1", "F2"]


async def test_pages_that_go_round_in_a_circle_end_with_an_error(contacts, wire, base):
    wire.say(Reply(body={"value": [], "@odata.nextLink": f"{base}/v1.0/me/contactFolders?$skip=1"}))
    with pytest.raises(Unintelligible):
        await contacts.containers()


async def test_a_list_of_folders_without_a_list_is_not_taken_for_an_empty_one(contacts, wire):
    wire.say(Reply(body={}))
    with pytest.raises(Unintelligible):
        await contacts.containers()


async def test_a_new_folder_is_stamped_in_the_same_request(contacts, wire):
    wire.say(Reply(status=201, body={"id": "F1", "displayName": "CRM", "parentFolderId": "ROOT"}))
    made = await contacts.create_container("CRM", "mark-1")
    assert made == Container(id="F1", name="CRM", marker="mark-1", parent="ROOT")
    assert wire.seen[0].body == {"displayName": "CRM", "singleValueExtendedProperties": MARK}


@pytest.mark.parametrize("status", [400, 409])
async def test_a_folder_name_that_is_taken_is_rejected_by_its_code(contacts, wire, status):
    wire.say(refused(status, "ErrorFolderExists"))
    with pytest.raises(Rejected) as caught:
        await contacts.create_container("CRM", "mark-1")
    assert caught.value.code == "ErrorFolderExists"


async def test_a_folder_that_may_have_been_created_is_not_created_again(contacts, wire):
    wire.say(refused(500, "X"))
    with pytest.raises(ServerTrouble):
        await contacts.create_container("CRM", "mark-1")
    assert contacts.requests == 1


async def test_a_created_folder_without_an_id_is_not_taken_for_one(contacts, wire):
    wire.say(Reply(status=201, body={"displayName": "CRM"}))
    with pytest.raises(Unintelligible):
        await contacts.create_container("CRM", "mark-1")


async def test_an_existing_folder_can_be_stamped(contacts, wire):
    await contacts.stamp_container("F=1", "mark-1")
    assert (wire.seen[0].method, wire.seen[0].raw_path) == ("PATCH", "/v1.0/me/contactFolders/F=1")
    assert wire.seen[0].body == {"singleValueExtendedProperties": MARK}


# --- changes -------------------------------------------------------------------------------------------------------------


async def test_a_first_listing_is_a_snapshot_read_page_by_page_with_the_same_headers(contacts, wire, base):
    wire.say(
        Reply(body={"value": [], "@odata.nextLink": f"{base}/v1.0/d?$skiptoken=1"}),
        Reply(body={"value": [contact("A"), contact("A", jobTitle="x")], "@odata.nextLink": f"{base}/v1.0/d?$skiptoken=2"}),
        Reply(body={"value": [contact("B")], "@odata.deltaLink": f"{base}/v1.0/d?$deltatoken=1"}),
    )
    pages = await listing(contacts)
    assert [[item["id"] for item in page.payloads] for page in pages] == [[], ["A", "A"], ["B"]]
    assert [page.end is None for page in pages] == [True, True, False]
    end = pages[-1].end
    assert (end.snapshot, end.complete, end.watermark.cursor) == (True, True, f"{base}/v1.0/d?$deltatoken=1")
    assert end.watermark.full_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert wire.seen[0].raw_path == "/v1.0/me/contactFolders/FOLDER/contacts/delta"
    assert {seen.headers["Prefer"] for seen in wire.seen} == {'IdType="ImmutableId", odata.maxpagesize=1000'}


async def test_when_nothing_changed_one_request_is_enough_and_the_new_link_is_kept(contacts, wire, base):
    full_at = datetime(2026, 1, 1, tzinfo=UTC)
    wire.say(Reply(body={"value": [], "@odata.deltaLink": f"{base}/v1.0/d?$deltatoken=2"}))
    (page,) = await listing(contacts, Watermark(cursor=f"{base}/v1.0/d?$deltatoken=1", full_at=full_at))
    assert contacts.requests == 1
    assert page.end.watermark == Watermark(cursor=f"{base}/v1.0/d?$deltatoken=2", full_at=full_at)
    assert not page.end.snapshot


async def test_a_full_listing_starts_anew_although_there_is_a_watermark(contacts, wire, base):
    wire.say(Reply(body={"value": [contact("A")], "@odata.deltaLink": f"{base}/v1.0/d?$deltatoken=2"}))
    mark = Watermark(cursor=f"{base}/v1.0/d?$deltatoken=1", full_at=datetime(2026, 1, 1, tzinfo=UTC))
    (page,) = [page async for page in contacts.changes(mark, full=True)]
    assert wire.seen[0].raw_path.endswith("/contacts/delta")
    assert (page.end.snapshot, page.end.watermark.full_at) == (True, datetime(2026, 11, 22, 12, 0, tzinfo=UTC))


async def test_five_thousand_contacts_take_six_requests(contacts, wire, base):
    def page(seen):
        start = int(seen.raw_path.rpartition("=")[2]) if "=" in seen.raw_path else 0
        items = [contact(f"C{number}") for number in range(start, min(start + 1000, 5000))]
        link = (
            {"@odata.nextLink": f"{base}/v1.0/d?$skiptoken={start + 1000}"} if items else {"@odata.deltaLink": f"{base}/v1.0/d?x"}
        )
        return Reply(body={"value": items, **link})

    wire.script = page
    assert sum([len(page.payloads) async for page in contacts.changes(None)]) == 5000
    assert contacts.requests == 6


@pytest.mark.parametrize("reason", ["deleted", "changed"])
async def test_removals_are_handed_on_as_hints(contacts, wire, base, reason):
    gone = {"id": "A", "@removed": {"reason": reason}}
    wire.say(Reply(body={"value": [gone, contact("B")], "@odata.deltaLink": f"{base}/v1.0/d?x"}))
    (page,) = await listing(contacts)
    assert page.removed == ("A",)
    assert [item["id"] for item in page.payloads] == ["B"]


@pytest.mark.parametrize(
    ("status", "code"),
    [(410, "SyncStateNotFound"), (410, "resyncRequired"), (400, "SyncStateInvalid"), (410, "")],
)
async def test_a_token_that_graph_no_longer_knows_expires_the_watermark(contacts, wire, base, status, code):
    wire.say(refused(status, code))
    with pytest.raises(WatermarkExpired):
        await listing(contacts, Watermark(cursor=f"{base}/v1.0/d?$deltatoken=1"))


async def test_a_token_can_expire_between_two_pages(contacts, wire, base):
    wire.say(Reply(body={"value": [], "@odata.nextLink": f"{base}/v1.0/d?$skiptoken=1"}), refused(410, "SyncStateNotFound"))
    with pytest.raises(WatermarkExpired):
        await listing(contacts)


async def test_a_watermark_of_another_graph_expires_and_is_not_followed(contacts, wire):
    with pytest.raises(WatermarkExpired):
        await listing(contacts, Watermark(cursor="https://graph.example.com/v1.0/d?$deltatoken=1"))
    assert wire.seen == []


async def test_a_next_link_to_another_host_is_not_followed(contacts, wire):
    wire.say(Reply(body={"value": [], "@odata.nextLink": "https://evil.example.net/v1.0/d"}))
    with pytest.raises(Unintelligible):
        await listing(contacts)
    assert contacts.requests == 1


@pytest.mark.parametrize("code", ["ErrorSyncFolderNotFound", "ErrorItemNotFound"])
@pytest.mark.parametrize("known", [False, True])
async def test_a_folder_that_is_gone_stops_the_listing(contacts, wire, base, code, known):
    wire.say(refused(404, code))
    with pytest.raises(ContainerMissing):
        await listing(contacts, Watermark(cursor=f"{base}/v1.0/d?x") if known else None)


async def test_a_delta_link_that_is_gone_while_the_folder_lives_is_an_expired_watermark(contacts, wire, base):
    wire.say(refused(404, "ErrorItemNotFound"), Reply(body={"id": "FOLDER"}))
    with pytest.raises(WatermarkExpired):
        await listing(contacts, Watermark(cursor=f"{base}/v1.0/d?x"))


async def test_a_first_listing_that_is_not_found_while_the_folder_lives_is_no_missing_folder(contacts, wire):
    wire.say(refused(404, "ErrorItemNotFound"), Reply(body={"id": "FOLDER"}))
    with pytest.raises(NotFound):
        await listing(contacts)


async def test_a_mailbox_without_a_licence_is_not_a_missing_folder(contacts, wire):
    wire.say(refused(404, "MailboxNotEnabledForRESTAPI"))
    with pytest.raises(MailboxUnusable):
        await listing(contacts)


@pytest.mark.parametrize(
    "body",
    [
        {"value": []},
        {"value": [], "@odata.nextLink": "a", "@odata.deltaLink": "b"},
        {"value": {}, "@odata.deltaLink": "b"},
        {"value": [1], "@odata.deltaLink": "b"},
        {"@odata.deltaLink": "b"},
        {"value": [{"@removed": {}}], "@odata.deltaLink": "b"},
        {"value": [], "@odata.deltaLink": 7},
    ],
)
async def test_a_page_in_an_unknown_shape_is_never_read_as_the_end(contacts, wire, body):
    wire.say(Reply(body=body))
    with pytest.raises(Unintelligible):
        await listing(contacts)


async def test_a_page_that_points_at_itself_ends_the_listing(contacts, wire, base):
    wire.say(Reply(body={"value": [], "@odata.nextLink": f"{base}/v1.0/d?$skiptoken=1"}))
    with pytest.raises(Unintelligible):
        await listing(contacts)
    assert contacts.requests == 2


# --- reading by id -------------------------------------------------------------------------------------------------------


async def test_a_contact_is_read_with_its_marker_in_plain_sight(contacts, wire):
    wire.script = folder_and(lambda key: Reply(body=contact(key, singleValueExtendedProperties=MARK)))
    assert await contacts.read(["A", "A"]) == {"A": Found(payload=contact("A") | {MARKER_KEY: "mark-1"})}
    assert contacts.requests == 1


async def test_a_contact_without_a_marker_says_so(contacts, wire):
    wire.script = folder_and(lambda key: Reply(body=contact(key, singleValueExtendedProperties=[])))
    assert await contacts.read(["A"]) == {"A": Found(payload=contact("A") | {"outlookd.marker": ""})}


async def test_a_contact_that_was_moved_is_found_elsewhere(contacts, wire):
    wire.script = folder_and(lambda key: Reply(body=contact(key, parentFolderId="OTHER")))
    assert (await contacts.read(["A"]))["A"].elsewhere


async def test_a_contact_is_absent_only_when_the_folder_answers_in_the_same_call(contacts, wire):
    wire.script = folder_and(lambda key: refused(404, "ErrorItemNotFound") if key == "GONE" else Reply(body=contact(key)))
    readings = await contacts.read(["A", "GONE", "B"])
    assert readings["GONE"] == Absent()
    assert isinstance(readings["A"], Found)
    assert isinstance(readings["B"], Found)
    assert wire.seen[-1].raw_path.endswith("/contactFolders/FOLDER")


async def test_when_the_canary_is_ill_nothing_is_absent(contacts, wire):
    wire.script = folder_and(lambda key: refused(404, "ErrorItemNotFound"), folder=refused(404, "MailboxNotEnabledForRESTAPI"))
    readings = await contacts.read(["A"])
    assert isinstance(readings["A"], Unreadable)
    assert isinstance(readings["A"].error, MailboxUnusable)


async def test_when_the_folder_is_gone_its_contacts_are_not_declared_deleted(contacts, wire):
    wire.script = folder_and(lambda key: refused(404, "ErrorItemNotFound"), folder=refused(404, "ErrorItemNotFound"))
    with pytest.raises(ContainerMissing):
        await contacts.read(["A"])


@pytest.mark.parametrize(
    "reply", [refused(500, "ErrorCorruptData"), refused(404, "Unheard"), refused(403, "ErrorAccessDenied"), Reply(body={})]
)
async def test_any_other_answer_is_no_statement(contacts, wire, reply):
    wire.script = folder_and(lambda key: reply)
    assert isinstance((await contacts.read(["A"]))["A"], Unreadable)


async def test_many_contacts_are_read_by_listing_and_only_the_rest_one_by_one(contacts, wire, base):
    ids = [f"C{number}" for number in range(100)]
    listed = [contact(key, singleValueExtendedProperties=MARK) for key in [*ids[:98], "STRANGER"]]
    batch = folder_and(
        lambda key: refused(404, "ErrorItemNotFound") if key == "C99" else Reply(body=contact(key, parentFolderId="X"))
    )
    wire.script = lambda seen: Reply(body={"value": listed}) if "$top=999" in seen.raw_path else batch(seen)
    readings = await contacts.read(ids)
    assert list(readings) == ids
    assert readings["C0"].payload[MARKER_KEY] == "mark-1"
    assert readings["C98"].elsewhere
    assert readings["C99"] == Absent()
    assert [len(urls) for urls in batch.rounds] == [2]


async def test_sixty_contacts_are_read_in_three_batches(contacts, wire):
    wire.script = folder_and(lambda key: Reply(body=contact(key)))
    await contacts.read([f"C{number}" for number in range(60)])
    assert contacts.requests == 3


async def test_only_a_clear_no_means_that_a_contact_has_no_photo(contacts, wire):
    answers = {"A": Reply(body={"id": "240x240"}), "B": refused(404, "ErrorItemNotFound"), "C": refused(500, "X")}
    wire.script = lambda seen: answers[seen.raw_path.split("/")[-2]]
    assert await contacts.attachments(["A", "B", "C"]) == {"A": True, "B": False, "C": True}


async def test_a_mailbox_that_is_unusable_says_nothing_about_photos(contacts, wire):
    wire.say(refused(404, "MailboxNotEnabledForRESTAPI"))
    with pytest.raises(MailboxUnusable):
        await contacts.attachments(["A"])


async def test_a_marker_is_found_exactly_although_graph_ignores_case(contacts, wire):
    other = [{"id": MARKER_PROPERTY, "value": "MARK-1"}]
    wire.say(
        Reply(body={"value": [contact("A", singleValueExtendedProperties=MARK), contact("B", singleValueExtendedProperties=other)]})
    )
    assert await contacts.find("mark-1", "") == [contact("A") | {MARKER_KEY: "mark-1"}]


async def test_a_quote_in_a_marker_cannot_leave_the_filter(contacts, wire):
    wire.say(Reply(body={"value": []}))
    await contacts.find("a' or true or 'b", "")
    assert "ep/value%20eq%20'a''%20or%20true%20or%20''b')" in wire.seen[0].raw_path


# --- writing -------------------------------------------------------------------------------------------------------------


async def test_a_create_carries_its_marker_in_the_same_item(contacts, wire):
    wire.script = StrictBatch(lambda request: Reply(status=201, body=contact("NEW")))
    (done,) = await contacts.write([Write(ref="1", op="create", payload={"givenName": "Pat"}, marker="mark-1")])
    assert done == Done(ref="1", id="NEW", payload=contact("NEW") | {MARKER_KEY: "mark-1"})
    (request,) = wire.seen[0].body["requests"]
    assert (request["method"], request["url"]) == ("POST", "/me/contactFolders/FOLDER/contacts")
    assert request["body"] == {"givenName": "Pat", "singleValueExtendedProperties": MARK}


async def test_an_update_names_the_version_it_was_decided_on(contacts, wire):
    wire.script = StrictBatch(lambda request: Reply(body=contact("A", jobTitle="x")))
    (done,) = await contacts.write([Write(ref="1", op="update", id="A", payload={"jobTitle": "x"}, version='W/"1"')])
    assert done == Done(ref="1", id="A", payload=contact("A", jobTitle="x"))
    (request,) = wire.seen[0].body["requests"]
    assert (request["method"], request["url"], request["headers"]["If-Match"]) == ("PATCH", "/me/contacts/A", 'W/"1"')
    assert request["body"] == {"jobTitle": "x"}


async def test_an_update_without_an_answer_body_is_done_and_shows_nothing(contacts, wire):
    wire.script = StrictBatch(lambda request: Reply(status=204))
    assert await contacts.write([Write(ref="1", op="update", id="A")]) == [Done(ref="1", id="A")]


async def test_a_restamp_shows_the_marker_it_wrote(contacts, wire):
    wire.script = StrictBatch(lambda request: Reply(body=contact("A")))
    (done,) = await contacts.write([Write(ref="1", op="update", id="A", marker="mark-1")])
    assert done.payload[MARKER_KEY] == "mark-1"
    assert wire.seen[0].body["requests"][0]["body"] == {"singleValueExtendedProperties": MARK}


async def test_deleting_what_is_gone_already_is_done(contacts, wire):
    wire.script = StrictBatch(lambda request: refused(404, "ErrorItemNotFound"))
    assert await contacts.write([Write(ref="1", op="delete", id="A", version='W/"1"')]) == [Done(ref="1", id="A")]
    assert wire.seen[0].body["requests"][0]["headers"]["If-Match"] == 'W/"1"'


async def test_deleting_in_a_mailbox_that_is_unusable_is_not_done(contacts, wire):
    wire.script = StrictBatch(lambda request: refused(404, "MailboxNotEnabledForRESTAPI"))
    (failed,) = await contacts.write([Write(ref="1", op="delete", id="A")])
    assert isinstance(failed.error, MailboxUnusable)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refused(404, "ErrorItemNotFound"), NotFound),
        (refused(412, "ErrorIrresolvableConflict"), Stale),
        (refused(400, "RequestBodyRead"), Rejected),
    ],
)
async def test_an_update_that_was_refused_has_certainly_not_happened(contacts, wire, reply, kind):
    wire.script = StrictBatch(lambda request: reply)
    (failed,) = await contacts.write([Write(ref="1", op="update", id="A", payload={"jobTitle": "x"})])
    assert isinstance(failed, Failed)
    assert (type(failed.error), failed.ambiguous) == (kind, False)


@pytest.mark.parametrize("op", ["create", "update", "delete"])
async def test_a_lost_answer_leaves_every_kind_of_write_in_doubt(contacts, wire, op):
    wire.say(Reply(hang_up=True))
    (failed,) = await contacts.write([Write(ref="1", op=op, id="" if op == "create" else "A", version='W/"1"')])
    assert failed.ambiguous


async def test_a_create_whose_answer_names_no_id_is_in_doubt(contacts, wire):
    wire.script = StrictBatch(lambda request: Reply(status=201, body=None))
    (failed,) = await contacts.write([Write(ref="1", op="create", marker="mark-1")])
    assert failed.ambiguous


async def test_twenty_writes_are_one_request_with_one_result_each(contacts, wire):
    wire.script = StrictBatch(
        lambda request: refused(400, "RequestBodyRead") if request["body"]["n"] == 3 else Reply(status=201, body=contact("N"))
    )
    writes = [Write(ref=str(number), op="create", payload={"n": number}) for number in range(contacts.batch_size)]
    results = await contacts.write(writes)
    assert [result.ref for result in results] == [write.ref for write in writes]
    assert [result.ref for result in results if isinstance(result, Failed)] == ["3"]
    assert contacts.requests == 2
