"""What commands answer when something is wrong: once, with the setting's name, and to programs in JSON."""

from __future__ import annotations

import pytest


def set_aside_one(place):
    """Graph refuses one contact for good."""
    place.sandbox.faults.add("graph.item", "status", match="^POST", status=400, code="ErrorInvalidProperty", times=1)


async def test_a_quarantined_record_is_named_by_status_plan_and_check(signed_in):
    set_aside_one(signed_in)
    run = await signed_in.call("sync")
    assert run.status == 3
    assert "`outlookd quarantine` says why" in run.out

    (job,) = (await signed_in.call("status", "--json")).json["jobs"]
    (entry,) = job["quarantine"]
    assert entry["key"] in signed_in.sandbox.crm.tables["contact"].rows
    assert "ErrorInvalidProperty" in entry["reason"]
    assert entry["next_try"]

    for command, status in (("status", 0), ("plan", 3)):
        ended = await signed_in.call(command)
        assert ended.status == status
        assert f"cannot be handled: GoPaaS {entry['key']}: " in ended.out
    assert (await signed_in.call("plan", "--json")).json["plans"][0]["quarantine"] == [entry]

    checked = await signed_in.call("check")
    assert checked.status == 3
    assert "1 record cannot be handled" in checked.out
    assert "in order" not in checked.err


async def test_a_run_by_hand_tries_a_quarantined_record_at_once(signed_in):
    set_aside_one(signed_in)
    await signed_in.call("sync")
    (job,) = (await signed_in.call("status", "--json")).json["jobs"]
    assert job["quarantine"][0]["next_try"] > job["last_run"]
    assert (await signed_in.call("sync")).status == 0
    assert (await signed_in.call("status", "--json")).json["jobs"][0]["quarantine"] == []


@pytest.mark.parametrize("command", ["sync", "plan", "status"])
async def test_a_wrong_configuration_is_answered_in_json_to_programs(place, command):
    place.edit("[graph]", "[graph]\nconcurrancy = 2")
    ended = await place.call(command, "--json")
    error = ended.json["error"]
    assert ended.status == error["exit_status"] == 78
    assert any("graph.concurrancy" in fault for fault in error["faults"])
    assert "graph.concurrancy" in ended.err


async def test_a_job_without_a_plan_is_an_entry_beside_the_others(signed_in):
    text = signed_in.config.read_text()
    second = text[text.index("[[job]]") :].replace('"claire"', '"paul"')
    signed_in.config.write_text(text + "\n" + second)
    ended = await signed_in.call("plan", "--json")
    assert ended.status == 4
    good, bad = ended.json["plans"]
    assert (good["user"], good["status"], len(good["actions"])) == ("claire", "ok", signed_in.contacts)
    assert (bad["user"], bad["status"], bad["hash"], bad["actions"]) == ("paul", "reauth", None, [])
    assert "outlookd connect paul" in bad["message"]
    assert "outlookd connect paul" in ended.err


def troubles(ended):
    return [finding["text"] for finding in ended.json["findings"] if finding["level"] == "problem"]


async def test_check_tells_a_wrong_view_once_and_by_its_key(signed_in):
    signed_in.edit("contact.outlook", "contact.outlok")
    ended = await signed_in.call("check", "--json")
    assert ended.status == 78
    (text,) = troubles(ended)
    assert "job[1].view" in text


async def test_a_wrong_user_field_is_named_when_it_was_sent(signed_in):
    signed_in.edit('view = "contact.outlook"', 'view = "contact.outlook"\nuser_field = "utilisatuer"\nfilter_by_user = true')
    (text,) = troubles(await signed_in.call("check", "--json"))
    assert "job[1].user_field" in text
    ended = await signed_in.call("sync")
    assert ended.status == 78
    assert "job[1].user_field" in ended.out


async def test_check_asks_whether_the_table_is_that_of_the_view(signed_in):
    signed_in.edit('table = "contact"', 'table = "contatc"')
    (text,) = troubles(await signed_in.call("check", "--json"))
    assert "job[1].table: is it the table that view contact.outlook shows?" in text


async def test_each_fault_of_a_map_is_told_once_and_on_its_own_line(signed_in):
    signed_in.edit('surname = "nom"', 'surname = "nomm"')
    signed_in.edit('givenName = "prenom"', 'givenName = "prenomm"')
    told = (await signed_in.call("plan")).err
    for name in ("'nomm'", "'prenomm'"):
        (line,) = [line for line in told.splitlines() if name in line]
        assert line.endswith("?")


async def test_a_damaged_database_is_not_called_usable_first(signed_in):
    (signed_in.config.parent / "state.db").write_bytes(b"not a database" * 1000)
    ended = await signed_in.call("check", "--json")
    (state,) = [finding for finding in ended.json["findings"] if finding["about"] == "state"]
    assert (state["level"], "damaged" in state["text"]) == ("problem", True)


async def test_without_a_job_not_everything_is_in_order(place):
    text = place.config.read_text()
    place.config.write_text(text[: text.index("[[job]]")])
    ended = await place.call("check")
    assert ended.status == 0
    assert "there is no [[job]]" in ended.out
    assert ended.err.strip() == "No problem found, but 1 warning."


async def test_a_missing_folder_does_not_count_as_a_success(signed_in):
    await signed_in.call("sync")
    (before,) = (await signed_in.call("status", "--json")).json["jobs"]
    mailbox = signed_in.sandbox.directory.user("claire@ateliers-du-lac.test").mailbox
    folder = next(folder for folder in mailbox.all_folders() if folder.name == "GoPaaS")
    mailbox.delete_folder(folder.id)
    assert (await signed_in.call("sync")).status == 3
    (after,) = (await signed_in.call("status", "--json")).json["jobs"]
    assert after["state"] == "held"
    assert after["last_success"] == before["last_success"]
    assert after["last_run"] > before["last_run"]
