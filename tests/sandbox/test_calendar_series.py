"""Series: occurrences, exceptions, cancelled days, and what a change of the series does to them."""

from __future__ import annotations

import pytest
from calendar_desk import BERLIN, MAY, SCOPES, made, moment, occurrences, repeating, series, starts, whole_day
from graph_caller import Caller

MONDAYS = ["2026-05-04T07:00", "2026-05-11T07:00", "2026-05-18T07:00", "2026-05-25T07:00"]


@pytest.fixture
def outlook(world, session, graph_server) -> Caller:
    return Caller(session, graph_server.root, world.token(scopes=SCOPES))


@pytest.fixture
async def master(outlook):
    return await made(outlook, series())


async def patch(outlook, item, body):
    return await outlook.patch(f"me/events/{item['id']}", body)


async def test_the_master_has_the_times_of_its_first_occurrence(master):
    assert (master["type"], starts([master])) == ("seriesMaster", MONDAYS[:1])


async def test_a_view_shows_the_occurrences_whole(outlook, master):
    found = (await outlook.get(f"me/calendarView?{MAY}")).values
    assert (starts(found), {item["type"] for item in found}) == (MONDAYS, {"occurrence"})
    assert {item["seriesMasterId"] for item in found} == {master["id"]}
    assert [item["originalStart"] for item in found] == [f"{start}:00Z" for start in MONDAYS]
    assert len({item["iCalUId"] for item in found} | {master["iCalUId"]}) == 5


async def test_an_occurrence_is_read_by_its_own_id(outlook, master):
    second = (await occurrences(outlook, master["id"]))[1]
    assert (await outlook.get(f"me/events/{second['id']}")).body["start"] == second["start"]


async def test_a_day_off_the_pattern_is_no_occurrence(outlook, master):
    second = (await occurrences(outlook, master["id"]))[1]
    assert (await outlook.get(f"me/events/{second['id'].replace('20260511', '20260512')}")).code == "ErrorItemNotFound"


async def test_select_empties_the_original_start(outlook, master):
    (first, *_) = (await outlook.get(f"me/calendarView?{MAY}&$select=originalStart")).values
    assert first["originalStart"] is None


@pytest.mark.parametrize(("zone", "hours"), [("Romance Standard Time", ["07:00", "08:00"]), ("UTC", ["09:00", "09:00"])])
async def test_wall_time_stays_over_a_dst_night_in_the_zone_of_the_series(outlook, zone, hours):
    body = series(start="2026-10-19") | {"start": moment("2026-10-19T09:00:00", zone), "end": moment("2026-10-19T10:00:00", zone)}
    master = await made(outlook, body)
    found = await occurrences(outlook, master["id"], "startDateTime=2026-10-19&endDateTime=2026-11-01")
    assert [start[11:] for start in starts(found)] == hours


async def test_an_occurrence_over_a_dst_night_keeps_its_wall_times(outlook):
    body = series(start="2026-10-17", kind="daily") | {"start": moment("2026-10-17T23:00:00"), "end": moment("2026-10-18T05:00:00")}
    master = await made(outlook, body)
    reply = await outlook.get(
        f"me/events/{master['id']}/instances?startDateTime=2026-10-24T12:00:00&endDateTime=2026-10-25T12:00:00", BERLIN
    )
    assert [(item["start"]["dateTime"][8:16], item["end"]["dateTime"][8:16]) for item in reply.values] == [("24T23:00", "25T05:00")]


async def test_a_series_of_whole_days_is_midnights(outlook):
    master = await made(outlook, whole_day("2026-10-24", "2026-10-25", recurrence=repeating("daily", "2026-10-24", 3)))
    found = await occurrences(outlook, master["id"], "startDateTime=2026-10-01&endDateTime=2026-11-01")
    assert starts(found) == [f"2026-10-{day}T00:00" for day in (24, 25, 26)]


async def test_instances_need_a_window_and_a_series(outlook, master):
    first = (await occurrences(outlook, master["id"]))[0]
    assert (await outlook.get(f"me/events/{master['id']}/instances")).code == "ErrorInvalidParameter"
    assert (await outlook.get(f"me/events/{first['id']}/instances?{MAY}")).code == "ErrorInvalidRequest"


async def test_a_start_off_the_pattern_moves_to_its_first_day(outlook):
    body = series(start="2026-05-05") | {"recurrence": repeating("weekly", "2026-05-05", daysOfWeek=["thursday"])}
    master = await made(outlook, body)
    assert (starts([master]), master["recurrence"]["range"]["startDate"]) == (["2026-05-07T07:00"], "2026-05-07")


async def test_a_patched_occurrence_becomes_an_exception_with_the_same_id(outlook, master):
    second = (await occurrences(outlook, master["id"]))[1]
    changed = (await patch(outlook, second, {"subject": "Special"})).body
    assert (changed["type"], changed["id"], changed["subject"]) == ("exception", second["id"], "Special")
    assert [item["subject"] for item in await occurrences(outlook, master["id"])] == ["Round", "Special", "Round", "Round"]


async def test_an_exception_follows_the_series_in_what_it_does_not_differ(outlook, master):
    second = (await occurrences(outlook, master["id"]))[1]
    await patch(outlook, second, {"subject": "Special"})
    await patch(outlook, master, {"location": {"displayName": "Room"}, "subject": "New"})
    found = await occurrences(outlook, master["id"])
    assert [(item["subject"], item["location"]["displayName"]) for item in found[:2]] == [("New", "Room"), ("Special", "Room")]


async def move(outlook, occurrence, day, hour=9):
    body = {"start": moment(f"2026-05-{day:02}T{hour:02}:00:00"), "end": moment(f"2026-05-{day:02}T{hour + 1:02}:00:00")}
    return await patch(outlook, occurrence, body)


async def test_a_moved_occurrence_is_where_it_was_moved_to(outlook, master):
    second = (await occurrences(outlook, master["id"]))[1]
    changed = (await move(outlook, second, 13)).body
    assert (starts([changed]), changed["originalStart"]) == (["2026-05-13T07:00"], "2026-05-11T07:00:00Z")
    moved = [*MONDAYS[:1], "2026-05-13T07:00", *MONDAYS[2:]]
    assert starts(await occurrences(outlook, master["id"])) == moved


async def test_an_occurrence_moved_into_a_window_from_far_behind_is_in_it(outlook):
    master = await made(
        outlook,
        series(start="2026-05-12", kind="daily") | {"recurrence": repeating("absoluteMonthly", "2026-05-12", dayOfMonth=12)},
    )
    june = (await occurrences(outlook, master["id"], "startDateTime=2026-06-01&endDateTime=2026-06-30"))[0]
    await move(outlook, june, 20)
    assert starts(await occurrences(outlook, master["id"])) == ["2026-05-12T07:00", "2026-05-20T07:00"]


@pytest.mark.parametrize("day", [4, 3, 18, 20])
async def test_an_occurrence_cannot_reach_its_neighbours_day(outlook, master, day):
    second = (await occurrences(outlook, master["id"]))[1]
    assert (await move(outlook, second, day)).code == "ErrorOccurrenceCrossingBoundary"


async def test_a_cancelled_neighbour_leaves_room(outlook, master):
    first, second, *_ = await occurrences(outlook, master["id"])
    await outlook.delete(f"me/events/{first['id']}")
    assert (await move(outlook, second, 4)).status == 200


async def test_an_occurrence_has_no_recurrence_of_its_own(outlook, master):
    second = (await occurrences(outlook, master["id"]))[1]
    assert (await patch(outlook, second, {"recurrence": repeating()})).code == "ErrorInvalidRequest"


async def test_a_cancelled_occurrence_is_missing_and_only_its_master_can_tell(outlook, master):
    second = (await occurrences(outlook, master["id"]))[1]
    assert (await outlook.delete(f"me/events/{second['id']}")).status == 204
    assert starts(await occurrences(outlook, master["id"])) == MONDAYS[:1] + MONDAYS[2:]
    assert (await outlook.get(f"me/events/{second['id']}")).code == "ErrorItemNotFound"
    assert "cancelledOccurrences" not in (await outlook.get(f"me/events/{master['id']}")).body
    shown = (await outlook.get(f"me/events/{master['id']}?$select=cancelledOccurrences")).body
    assert shown["cancelledOccurrences"] == [f"OID.{master['id']}.2026-05-11"]


async def test_a_numbered_series_counts_its_cancelled_days(outlook):
    master = await made(outlook, series(count=3))
    first = (await occurrences(outlook, master["id"]))[0]
    await outlook.delete(f"me/events/{first['id']}")
    assert starts(await occurrences(outlook, master["id"])) == MONDAYS[1:3]


async def test_exceptions_can_be_expanded_on_their_master(outlook, master):
    second = (await occurrences(outlook, master["id"]))[1]
    await patch(outlook, second, {"subject": "Special"})
    shown = (await outlook.get(f"me/events/{master['id']}?$expand=exceptionOccurrences")).body
    assert [item["id"] for item in shown["exceptionOccurrences"]] == [second["id"]]


@pytest.mark.parametrize("survive", [False, True])
async def test_another_time_of_the_series_drops_its_exceptions_unless_a_switch_keeps_them(outlook, world, master, survive):
    world.directory.switches.turn({"exceptions_survive": survive})
    first, second, *_ = await occurrences(outlook, master["id"])
    await patch(outlook, second, {"subject": "Special"})
    await outlook.delete(f"me/events/{first['id']}")
    await patch(outlook, master, {"start": moment("2026-05-04T08:00:00"), "end": moment("2026-05-04T09:00:00")})
    subjects = [item["subject"] for item in await occurrences(outlook, master["id"])]
    assert subjects == (["Special", "Round", "Round"] if survive else ["Round"] * 4)


async def test_without_its_recurrence_a_series_is_its_first_occurrence(outlook, master):
    single = (await patch(outlook, master, {"recurrence": None})).body
    assert (single["type"], single["recurrence"], starts([single])) == ("singleInstance", None, MONDAYS[:1])
    assert starts((await outlook.get(f"me/calendarView?{MAY}")).values) == MONDAYS[:1]


async def test_the_zone_of_a_series_changes_only_together_with_its_recurrence(outlook, master):
    times = {edge: moment(f"2026-05-04T{hour}:00:00", "Tokyo Standard Time") for edge, hour in (("start", "16"), ("end", "17"))}
    assert (await patch(outlook, master, times)).code == "ErrorPropertyValidationFailure"
    assert (await patch(outlook, master, times | {"recurrence": repeating()})).status == 200


async def test_the_first_day_of_a_series_changes_only_together_with_its_recurrence(outlook, master):
    times = {"start": moment("2026-05-05T09:00:00"), "end": moment("2026-05-05T10:00:00")}
    assert (await patch(outlook, master, times)).code == "ErrorInvalidRecurrenceRange"


async def test_a_series_can_end_earlier(outlook, master):
    ended = repeating() | {"range": {"type": "endDate", "startDate": "2026-05-04", "endDate": "2026-05-11"}}
    assert (await patch(outlook, master, {"recurrence": ended})).status == 200
    assert starts(await occurrences(outlook, master["id"])) == MONDAYS[:2]


async def test_deleting_the_master_deletes_every_occurrence(outlook, master):
    second = (await occurrences(outlook, master["id"]))[1]
    await outlook.delete(f"me/events/{master['id']}")
    assert (await outlook.get(f"me/events/{second['id']}")).code == "ErrorItemNotFound"
