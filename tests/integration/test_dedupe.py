"""`outlookd dedupe` against the sandbox: copies that another tool left beside ours."""

from __future__ import annotations

import pytest
from test_commands_story import act, contacts_of, state

from outlookd.sandbox.seed import CLAIRE, UPNS


@pytest.fixture
async def doubled(signed_in):
    """A folder in which one contact stands twice, and another was doubled and then edited."""
    assert (await signed_in.call("sync")).status == 0
    folder = contacts_of(await state(signed_in))
    for contact in folder[:2]:
        await act(signed_in, do="copy_contact", user=UPNS[CLAIRE], id=contact["id"])
    copies = [one for one in contacts_of(await state(signed_in)) if one["id"] not in {each["id"] for each in folder}]
    await act(signed_in, do="update_contact", user=UPNS[CLAIRE], id=copies[1]["id"], properties={"personalNotes": "invented"})
    return signed_in


async def ids(place):
    return {contact["id"] for contact in contacts_of(await state(place))}


async def test_only_the_untouched_copy_goes_and_a_preview_writes_nothing(doubled):
    before = await ids(doubled)
    shown = await doubled.call("dedupe", "--preview", "--json")
    copies = [copy for cluster in shown.json["duplicates"][0]["clusters"] for copy in cluster["copies"]]
    assert (shown.status, sorted(copy["removable"] for copy in copies), await ids(doubled)) == (3, [False, True], before)

    done = await doubled.call("dedupe", "--yes")
    assert (done.status, "1 of 1 moved to Deleted Items" in done.err) == (3, True)
    assert before - await ids(doubled) == {copy["outlook_id"] for copy in copies if copy["removable"]}

    after = await doubled.call("sync", "--json")
    assert [(run["status"], run["unchanged"]) for run in after.json["runs"]] == [("ok", doubled.contacts)]


async def test_where_nothing_stands_twice_it_says_so(signed_in):
    await signed_in.call("sync")
    said = await signed_in.call("dedupe", "--preview")
    assert (said.status, said.out) == (0, "claire, contact: nothing stands twice\n")


async def test_a_program_that_would_be_asked_is_told_to_choose(signed_in):
    said = await signed_in.run("dedupe", "--json")
    assert (said.status, "--json asks nobody" in said.err) == (2, True)
