"""Contacts over HTTP: what is kept, what is replaced, what is made up, what is refused."""

from __future__ import annotations

import pytest
from graph_caller import IMMUTABLE, MARKER

WHERE = {"street": "1 rue Verte", "city": "Lyon", "state": "Rhône", "countryOrRegion": "France", "postalCode": "69001"}


@pytest.fixture
async def pat(outlook):
    body = {"givenName": "Pat", "surname": "Doe", "emailAddresses": [{"address": "pat@example.com", "name": "Pat Doe"}]}
    return (await outlook.post("me/contacts", body)).body


async def test_a_new_contact_reads_back_with_every_property(outlook, pat):
    read = (await outlook.get(f"me/contacts/{pat['id']}")).body
    assert read["homeAddress"] == {}
    assert read["businessPhones"] == []
    assert read["mobilePhone"] is None
    assert read["personalNotes"] == ""
    assert read["displayName"] == "Pat Doe"
    assert read["fileAs"] == "Doe, Pat"
    assert read["@odata.etag"] == f'W/"{read["changeKey"]}"'
    assert "primaryEmailAddress" not in read


async def test_a_property_left_out_of_a_patch_stays(outlook, pat):
    changed = (await outlook.patch(f"me/contacts/{pat['id']}", {"jobTitle": "Engineer"})).body
    assert changed["emailAddresses"] == pat["emailAddresses"]


async def test_an_address_is_replaced_whole(outlook, pat):
    await outlook.patch(f"me/contacts/{pat['id']}", {"homeAddress": WHERE})
    changed = (await outlook.patch(f"me/contacts/{pat['id']}", {"homeAddress": {"city": "Nice"}})).body
    assert changed["homeAddress"] == dict.fromkeys(WHERE, "") | {"city": "Nice"}


async def test_an_address_without_content_is_an_empty_object(outlook, pat):
    await outlook.patch(f"me/contacts/{pat['id']}", {"homeAddress": WHERE})
    assert (await outlook.patch(f"me/contacts/{pat['id']}", {"homeAddress": None})).body["homeAddress"] == {}


async def test_a_list_is_replaced_whole(outlook, pat):
    await outlook.patch(f"me/contacts/{pat['id']}", {"categories": ["a", "b"]})
    assert (await outlook.patch(f"me/contacts/{pat['id']}", {"categories": ["c"]})).body["categories"] == ["c"]


async def test_changing_a_name_part_alone_overwrites_the_display_name(outlook, pat):
    await outlook.patch(f"me/contacts/{pat['id']}", {"displayName": "Our Pat"})
    changed = (await outlook.patch(f"me/contacts/{pat['id']}", {"surname": "Roe"})).body
    assert changed["displayName"] == "Pat Roe"


async def test_a_display_name_sent_along_wins(outlook, pat):
    changed = (await outlook.patch(f"me/contacts/{pat['id']}", {"surname": "Roe", "displayName": "Our Pat"})).body
    assert changed["displayName"] == "Our Pat"


async def test_a_file_as_of_ones_own_survives_a_new_name(outlook, pat):
    await outlook.patch(f"me/contacts/{pat['id']}", {"fileAs": "Ours"})
    assert (await outlook.patch(f"me/contacts/{pat['id']}", {"surname": "Roe"})).body["fileAs"] == "Ours"


async def test_a_generated_file_as_follows_the_name(outlook, pat):
    assert (await outlook.patch(f"me/contacts/{pat['id']}", {"surname": "Roe"})).body["fileAs"] == "Roe, Pat"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"nickname": "P"}, id="wrong case"),
        pytest.param({"emailAdresses": []}, id="GoPaaS's spelling"),
        pytest.param({"homeAddress": {"town": "Nice"}}, id="unknown part"),
        pytest.param({"mobilePhone": ["+33 6 39 98 00 00"]}, id="list for a text"),
        pytest.param({"businessPhones": "+33 1 99 00 00 00"}, id="text for a list"),
        pytest.param({"emailAddresses": ["pat@example.com"]}, id="address without object"),
        pytest.param({"birthday": "03/05/1980"}, id="French date"),
        pytest.param({"singleValueExtendedProperties": [{"id": MARKER, "value": 1}]}, id="number in an extended property"),
        pytest.param({"singleValueExtendedProperties": [{"id": "CrmLink", "value": "1"}]}, id="no property id"),
    ],
)
async def test_a_body_that_graph_would_not_understand_is_refused(outlook, world, body):
    assert (await outlook.post("me/contacts", body)).status == 400
    assert world.mailbox.contacts() == []


async def test_read_only_properties_sent_back_are_ignored(outlook, pat):
    reply = await outlook.patch(f"me/contacts/{pat['id']}", {**pat, "id": "other", "createdDateTime": "1999-01-01T00:00:00Z"})
    assert (reply.status, reply.body["id"], reply.body["createdDateTime"]) == (200, pat["id"], pat["createdDateTime"])


async def test_a_fourth_email_is_refused_by_default(outlook):
    emails = [{"address": f"pat{number}@example.com"} for number in range(4)]
    assert (await outlook.post("me/contacts", {"emailAddresses": emails})).status == 400


async def test_a_fourth_email_can_be_cut_off_by_switch(outlook, world):
    world.directory.switches.overflow = "truncate"
    emails = [{"address": f"pat{number}@example.com"} for number in range(4)]
    assert len((await outlook.post("me/contacts", {"emailAddresses": emails})).body["emailAddresses"]) == 3


async def test_an_invalid_email_vanishes_without_a_word(outlook):
    reply = await outlook.post("me/contacts", {"emailAddresses": [{"address": "nobody"}, {"address": "pat@example.com"}]})
    assert (reply.status, reply.body["emailAddresses"]) == (201, [{"name": "pat@example.com", "address": "pat@example.com"}])


async def test_the_name_of_an_email_that_stays_can_stick_by_switch(outlook, world, pat):
    world.directory.switches.email_names_stick = True
    renamed = {"emailAddresses": [{"address": "PAT@example.com", "name": "P. Roe"}]}
    changed = (await outlook.patch(f"me/contacts/{pat['id']}", renamed)).body
    assert changed["emailAddresses"] == [{"address": "PAT@example.com", "name": "Pat Doe"}]


async def test_email_slots_show_when_selected(outlook, pat):
    read = (await outlook.get(f"me/contacts/{pat['id']}?$select=primaryEmailAddress,secondaryEmailAddress")).body
    assert read["primaryEmailAddress"]["address"] == "pat@example.com"
    assert read["secondaryEmailAddress"] is None


@pytest.mark.parametrize(
    ("switch", "sent", "shown"),
    [
        ("keep", "1980-05-03T00:00:00+02:00", "1980-05-02T22:00:00Z"),
        ("keep", "1980-05-03T11:59:00Z", "1980-05-03T11:59:00Z"),
        ("normalise", "1980-05-03T00:00:00Z", "1980-05-03T11:59:00Z"),
        ("keep", None, None),
    ],
)
async def test_a_birthday_is_kept_or_normalised(outlook, world, switch, sent, shown):
    world.directory.switches.birthday = switch
    assert (await outlook.post("me/contacts", {"birthday": sent})).body["birthday"] == shown


async def test_the_etag_of_the_last_reading_lets_a_patch_through(outlook, pat):
    reply = await outlook.patch(f"me/contacts/{pat['id']}", {"jobTitle": "x"}, {"If-Match": pat["@odata.etag"]})
    assert reply.status == 200
    assert reply.body["@odata.etag"] != pat["@odata.etag"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_an_old_etag_stops_a_write(outlook, pat, method):
    await outlook.patch(f"me/contacts/{pat['id']}", {"jobTitle": "x"})
    reply = await outlook.send(method, f"me/contacts/{pat['id']}", {"jobTitle": "y"}, {"If-Match": pat["@odata.etag"]})
    assert (reply.status, reply.code) == (412, "ErrorIrresolvableConflict")
    assert (await outlook.get(f"me/contacts/{pat['id']}")).body["jobTitle"] == "x"


async def test_churn_moves_etag_and_date_without_changing_content(outlook, world, pat):
    world.clock.advance(minutes=30)
    world.mailbox.churn()
    read = (await outlook.get(f"me/contacts/{pat['id']}")).body
    moved = {name for name in read if read[name] != pat[name]}
    assert moved == {"@odata.etag", "changeKey", "lastModifiedDateTime"}


async def test_a_deleted_contact_is_not_found_and_lies_in_deleted_items(outlook, world, pat):
    assert (await outlook.delete(f"me/contacts/{pat['id']}")).status == 204
    gone = await outlook.get(f"me/contacts/{pat['id']}")
    assert (gone.status, gone.code) == (404, "ErrorItemNotFound")
    assert [contact.properties["surname"] for contact in world.mailbox.deleted_contacts()] == ["Doe"]


async def test_a_deleted_contact_stays_readable_by_its_immutable_id_by_switch(outlook, world, pat):
    world.directory.switches.deleted_still_readable = True
    immutable = world.mailbox.contacts()[0].immutable_id
    await outlook.delete(f"me/contacts/{immutable}")
    read = await outlook.get(f"me/contacts/{immutable}")
    assert read.body["parentFolderId"] == world.mailbox.deleted_items.id


async def test_classic_ids_change_on_a_move_and_immutable_ids_do_not(outlook, world, pat):
    before = world.mailbox.contacts()[0].immutable_id
    folder = world.mailbox.create_folder("Elsewhere")
    world.mailbox.move_contact(pat["id"], folder.id)
    assert (await outlook.get(f"me/contacts/{pat['id']}")).status == 404
    assert (await outlook.get(f"me/contacts/{before}", IMMUTABLE)).body["id"] == before


async def test_immutable_ids_are_shown_on_request_and_the_answer_says_so(outlook, pat):
    reply = await outlook.get("me/contacts", IMMUTABLE)
    assert reply.headers["Preference-Applied"] == 'IdType="ImmutableId"'
    assert reply.values[0]["id"] != pat["id"]


async def test_ids_compare_with_case(outlook, world):
    ids = [(await outlook.post("me/contacts", {"givenName": f"P{number}"})).body["id"] for number in range(30)]
    folded = {id.casefold() for id in ids}
    assert len(folded) < len(ids) == len(set(ids))
    assert (await outlook.get(f"me/contacts/{ids[0].swapcase()}")).status in {400, 404}


async def test_a_percent_encoded_id_is_the_same_id(outlook, pat):
    assert (await outlook.get(f"me/contacts/{pat['id'].replace('=', '%3D')}")).status == 200


async def test_a_malformed_id_is_told_from_an_unknown_one(outlook):
    assert (await outlook.get("me/contacts/42")).code == "ErrorInvalidIdMalformed"


async def test_a_contact_without_photo_has_no_photo(outlook, pat):
    reply = await outlook.get(f"me/contacts/{pat['id']}/photo")
    assert (reply.status, reply.code) == (404, "ErrorItemNotFound")


async def test_a_photo_given_in_outlook_shows(outlook, world, pat):
    world.mailbox.set_photo(pat["id"], b"\xff\xd8jpeg")
    assert (await outlook.get(f"me/contacts/{pat['id']}/photo")).body["@odata.mediaContentType"] == "image/jpeg"
    assert (await outlook.get(f"me/contacts/{pat['id']}/photo/$value")).body == b"\xff\xd8jpeg"


async def test_my_contacts_are_those_of_the_default_folder_only(outlook, world, pat):
    folder = world.mailbox.create_folder("CRM")
    world.mailbox.create_contact({"givenName": "Other"}, folder_id=folder.id)
    assert [contact["givenName"] for contact in (await outlook.get("me/contacts")).values] == ["Pat"]


async def test_writing_contacts_sends_no_mail(outlook, world, pat):
    await outlook.delete(f"me/contacts/{pat['id']}")
    assert world.mail_log.entries == ()


async def test_ids_translate_between_the_families(outlook, world, pat):
    body = {"InputIds": [pat["id"], "AAMkA" + "x" * 40], "SourceIdType": "restId", "TargetIdType": "restImmutableEntryId"}
    found, missing = (await outlook.post("me/translateExchangeIds", body)).values
    assert found == {"sourceId": pat["id"], "targetId": world.mailbox.contacts()[0].immutable_id}
    assert missing["errorDetails"]["code"] == "ErrorItemNotFound"
