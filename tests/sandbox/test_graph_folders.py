"""Contact folders over HTTP, and the query options of lists."""

from __future__ import annotations

import pytest
from graph_caller import MARKER

OTHER = "String {0f7c1c1e-4a53-4f0e-9d7b-2a6b7a3c9d10} Name Other"


def marked(value: str, id: str = MARKER) -> dict[str, object]:
    return {"singleValueExtendedProperties": [{"id": id, "value": value}]}


@pytest.fixture
async def crm(outlook):
    return (await outlook.post("me/contactFolders", {"displayName": "CRM", **marked("folder-1")})).body


async def test_the_default_folder_is_not_in_the_list(outlook, crm):
    assert [folder["displayName"] for folder in (await outlook.get("me/contactFolders")).values] == ["CRM"]


async def test_the_default_folder_can_be_read_by_its_id(outlook, world):
    read = await outlook.get(f"me/contactFolders/{world.mailbox.default_folder.id}")
    assert read.body["displayName"] == "Contacts"


async def test_a_new_folder_lies_below_the_default_one(world, crm):
    assert crm["parentFolderId"] == world.mailbox.default_folder.id


@pytest.mark.parametrize("status", [400, 409])
async def test_a_second_folder_of_the_same_name_is_refused(outlook, world, crm, status):
    world.directory.switches.folder_exists_status = status
    reply = await outlook.post("me/contactFolders", {"displayName": "crm"})
    assert (reply.status, reply.code) == (status, "ErrorFolderExists")


async def test_child_folders_are_listed_below_their_parent_only(outlook, crm):
    await outlook.post(f"me/contactFolders/{crm['id']}/childFolders", {"displayName": "Below"})
    below = await outlook.get(f"me/contactFolders/{crm['id']}/childFolders")
    assert [folder["displayName"] for folder in below.values] == ["Below"]
    assert len((await outlook.get("me/contactFolders")).values) == 1


async def test_a_write_does_not_show_extended_properties(crm):
    assert "singleValueExtendedProperties" not in crm


async def test_an_extended_property_shows_when_expanded(outlook, crm):
    listed = await outlook.get(f"me/contactFolders?$expand=singleValueExtendedProperties($filter=id eq '{MARKER}')")
    assert listed.values[0]["singleValueExtendedProperties"] == [{"id": MARKER, "value": "folder-1"}]


async def test_the_guid_of_a_property_compares_without_case_and_its_name_with(outlook, crm):
    upper = MARKER.replace("0f7c1c1e", "0F7C1C1E")
    shown = await outlook.get(f"me/contactFolders/{crm['id']}?$expand=singleValueExtendedProperties($filter=id eq '{upper}')")
    lower = MARKER.replace("CrmLink", "crmlink")
    hidden = await outlook.get(f"me/contactFolders/{crm['id']}?$expand=singleValueExtendedProperties($filter=id eq '{lower}')")
    assert "singleValueExtendedProperties" in shown.body
    assert "singleValueExtendedProperties" not in hidden.body


async def test_a_patch_keeps_the_extended_properties_it_does_not_name(outlook, world, crm):
    await outlook.patch(f"me/contactFolders/{crm['id']}", marked("x", OTHER))
    assert world.mailbox.folder(crm["id"]).extended == {MARKER: "folder-1", OTHER: "x"}


async def test_a_folder_is_found_by_extended_property_without_regard_to_the_case_of_its_value(outlook, crm):
    found = await outlook.get(
        f"me/contactFolders?$filter=singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER}' and ep/value eq 'FOLDER-1')"
    )
    assert [folder["id"] for folder in found.values] == [crm["id"]]


async def test_a_folder_is_found_by_a_name_with_a_quote(outlook):
    await outlook.post("me/contactFolders", {"displayName": "L'équipe"})
    found = await outlook.get("me/contactFolders?$filter=displayName eq 'L''%C3%A9quipe'")
    assert len(found.values) == 1


async def test_a_space_written_as_plus_is_not_a_space(outlook, crm):
    assert (await outlook.get("me/contactFolders?$filter=displayName+eq+'CRM'")).status == 400


async def test_a_renamed_folder_keeps_its_id(outlook, crm):
    renamed = await outlook.patch(f"me/contactFolders/{crm['id']}", {"displayName": "Clients"})
    assert (renamed.body["id"], renamed.body["displayName"]) == (crm["id"], "Clients")


async def test_a_deleted_folder_takes_its_contacts_along(outlook, crm):
    contact = (await outlook.post(f"me/contactFolders/{crm['id']}/contacts", {"givenName": "Pat"})).body
    await outlook.delete(f"me/contactFolders/{crm['id']}")
    assert (await outlook.get(f"me/contactFolders/{crm['id']}")).code == "ErrorItemNotFound"
    assert (await outlook.get(f"me/contacts/{contact['id']}")).code == "ErrorItemNotFound"


async def test_a_deleted_folder_lives_on_below_deleted_items_by_switch(outlook, world, crm):
    world.directory.switches.deleted_still_readable = True
    await outlook.delete(f"me/contactFolders/{crm['id']}")
    read = await outlook.get(f"me/contactFolders/{crm['id']}")
    assert read.body["parentFolderId"] == world.mailbox.deleted_items.id
    assert (await outlook.get("me/contactFolders")).values == []


async def test_the_default_folder_cannot_be_deleted(outlook, world):
    assert (await outlook.delete(f"me/contactFolders/{world.mailbox.default_folder.id}")).status == 403


@pytest.fixture
async def five(outlook, crm):
    path = f"me/contactFolders/{crm['id']}/contacts"
    for name in ("Ève", "Ada", "Cleo", "Bob", "Dan"):
        emails = [{"address": f"{name[0].lower()}@example.com"}] if name.isascii() else []
        await outlook.post(path, {"givenName": name, "emailAddresses": emails, **marked(name)})
    return path


async def test_pages_join_without_gap_or_repetition(outlook, five):
    names, path, pages = [], f"{five}?$top=2", 0
    while path:
        reply = await outlook.get(path)
        names += [contact["givenName"] for contact in reply.values]
        path, pages = reply.body.get("@odata.nextLink"), pages + 1
    assert (names, pages) == (["Ève", "Ada", "Cleo", "Bob", "Dan"], 3)


async def test_a_next_link_leads_to_the_host_that_was_asked(outlook, five):
    assert (await outlook.get(f"{five}?$top=2")).body["@odata.nextLink"].startswith(outlook.root + "/")


async def test_ten_are_a_page_unless_more_are_asked_for(outlook, world):
    for number in range(12):
        world.mailbox.create_contact({"givenName": str(number)})
    assert len((await outlook.get("me/contacts")).values) == 10
    assert len((await outlook.get("me/contacts?$top=999")).values) == 12


@pytest.mark.parametrize(
    ("clause", "names"),
    [
        ("emailAddresses/any(a:a/address eq 'BOB@example.com')", []),
        ("emailAddresses/any(a:a/address eq 'B@example.com')", ["Bob"]),
        ("startswith(givenName,'a') or givenName eq 'dan'", ["Ada", "Dan"]),
        ("not (givenName eq 'Ada') and givenName lt 'C'", ["Bob"]),
        (f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER}' and ep/value eq 'cleo')", ["Cleo"]),
        ("jobTitle eq null and givenName ge 'dan'", ["Ève", "Dan"]),
        ("lastModifiedDateTime ge 2026-05-04T08:00:01Z", []),
    ],
)
async def test_a_filter_finds_what_it_says(outlook, five, clause, names):
    assert [contact["givenName"] for contact in (await outlook.get(f"{five}?$filter={clause}")).values] == names


@pytest.mark.parametrize(
    "query",
    [
        "$filter=town eq 'x'",
        "$filter=givenName eq",
        "$filter=givenName eq 'x' extra",
        "$filter=givenName like 'x'",
        "$filter=emailAddresses/any(a:a/name eq 'x')",
        f"$filter=singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER}' and ep/value ne 'x')",
        "$select=town",
        "$orderby=town",
        "$expand=photo",
        "$expand=singleValueExtendedProperties",
        "$top=0",
        "$top=1001",
        "$skip=x",
        "$pagesize=3",
    ],
)
async def test_a_query_that_graph_would_not_understand_is_refused(outlook, five, query):
    assert (await outlook.get(f"{five}?{query}")).status == 400


async def test_option_names_compare_without_case(outlook, five):
    reply = await outlook.get(f"{five}?$ORDERBY=givenName desc&$Top=2&$Count=true&$SELECT=givenname")
    assert reply.body["@odata.count"] == 5
    assert [set(contact) for contact in reply.values] == [{"id", "@odata.etag", "givenName"}] * 2
    assert [contact["givenName"] for contact in reply.values] == ["Ève", "Dan"]
