"""The company that the sandbox starts with."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from outlookd.sandbox.appointments import Instance, Window
from outlookd.sandbox.schema import ACTION_VIEW, CONTACT_VIEW, MY_CONTACT_VIEW, SETTINGS_VIEW, SETTINGS_VIEW_NUMBER
from outlookd.sandbox.seed import CLAIRE, PAUL, SERVICE_ACCOUNT, UPNS, seed
from outlookd.sandbox.world import World, empty_world

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
KINDS = (("Contact", "contact"), ("Calendar", "action"))
RESERVED = re.compile(r"(?:\+33|0)(?:639980|63998|19900|26191|35301|46571|53649)\d+")


def _seeded(contacts: int = 32, rng_seed: int = 1) -> World:
    world = empty_world(lambda: NOW)
    seed(world, contacts=contacts, rng_seed=rng_seed)
    return world


def _listed(world: World, view: str, caller: str) -> int:
    return len(world.crm.rows_of(world.crm.view(view), caller=caller))


@pytest.mark.parametrize("contacts", [0, 3, 32])
def test_the_view_shows_as_many_contacts_as_were_asked_for(contacts: int) -> None:
    assert _listed(_seeded(contacts), CONTACT_VIEW, SERVICE_ACCOUNT) == contacts


def test_some_contacts_stay_outside_of_the_view() -> None:
    world = _seeded()
    assert len(world.crm.table("contact").rows) == 34


def test_two_colleagues_share_the_contacts_and_the_service_account_has_none() -> None:
    world = _seeded()
    assert [_listed(world, MY_CONTACT_VIEW, login) for login in (CLAIRE, PAUL, SERVICE_ACCOUNT)] == [24, 8, 0]


def test_all_nine_appointments_are_in_claires_window() -> None:
    assert _listed(_seeded(), ACTION_VIEW, CLAIRE) == 9


def test_the_same_number_gives_the_same_company() -> None:
    first, second = (_seeded().crm.table("contact").rows for _ in range(2))
    assert first == second


def test_another_number_gives_another_company() -> None:
    assert _seeded(rng_seed=1).crm.table("contact").rows != _seeded(rng_seed=2).crm.table("contact").rows


def test_keys_and_secrets_are_new_each_time() -> None:
    assert _seeded().access.key_of(CLAIRE) != _seeded().access.key_of(CLAIRE)


def test_every_address_is_in_a_reserved_domain() -> None:
    rows = _seeded(500).crm.table("contact").rows.values()
    addresses = [address for row in rows for address in str(row["email"]).split("; ") if address]
    assert [address for address in addresses if not address.endswith((".test", "example.com"))] == []


def test_every_telephone_number_is_in_a_reserved_range() -> None:
    rows = _seeded(500).crm.table("contact").rows.values()
    numbers = [re.sub(r"[ .]", "", str(row[column])) for row in rows for column in ("telephone", "fixe")]
    assert [number for number in numbers if not RESERVED.fullmatch(number)] == []


def test_no_two_contacts_share_an_address() -> None:
    emails = [row["email"] for row in _seeded(500).crm.table("contact").rows.values()]
    assert len(set(emails)) == len(emails)


@pytest.mark.parametrize("view", [SETTINGS_VIEW, str(SETTINGS_VIEW_NUMBER)])
def test_each_colleague_has_a_settings_record_for_contacts_and_one_for_the_calendar(view: str) -> None:
    world = _seeded()
    rows = world.crm.rows_of(world.crm.view(view), caller=SERVICE_ACCOUNT)
    told = [(row["utilisateur"], row["type"], row["tablename"]) for row in rows]
    assert told == [(login, kind, table) for login in (CLAIRE, PAUL) for kind, table in KINDS]


def test_the_settings_records_hold_maps_as_the_interface_writes_them() -> None:
    world = _seeded()
    calendar = next(row for row in world.crm.table("outlook_sync").rows.values() if row["type"] == "Calendar")
    assert calendar["map"] == (
        '{"id":"outlook_id","subject":"intitule","bodyPreview":"note","startDate":"date_debut","endDate":"date_fin",'
        '"startTime":"heure_debut","endTime":"heure_fin"}'
    )


def test_the_settings_records_name_views_that_show_their_map_to_a_service_account() -> None:
    world = _seeded()
    unknown = []
    for row in world.crm.table("outlook_sync").rows.values():
        view = world.crm.view(str(row["vue"]))
        wanted = {*json.loads(str(row["map"])).values(), *filter(None, [row["user_calendar"]])}
        unknown += sorted(wanted - {column.name for column in view.columns})
        assert world.crm.rows_of(view, caller=SERVICE_ACCOUNT)
    assert unknown == []


def test_the_settings_records_open_the_registration() -> None:
    world = _seeded()
    rows = world.crm.table("outlook_sync").rows.values()
    clients = [world.directory.client(str(row["client_id"])) for row in rows]
    assert [client.secret if client else None for client in clients] == [row["id_secret"] for row in rows]


def test_claires_outlook_holds_contacts_of_her_own() -> None:
    claire = _seeded().directory.user(UPNS[CLAIRE])
    assert claire is not None
    assert [contact.extended for contact in claire.mailbox.contacts()] == [{}, {}]


def test_five_thousand_contacts_take_less_than_a_second() -> None:
    start = time.process_time()
    _seeded(5000)
    assert time.process_time() - start < 1.0


# --- appointments --------------------------------------------------------------------------------------------------------


@pytest.fixture
def diary() -> World:
    """Only the appointments of every kind, on both sides."""
    world = empty_world(lambda: NOW)
    seed(world, contacts=0, events=0, appointments=True)
    return world


def _calendar(world: World, login: str) -> list[Instance]:
    user = world.directory.user(UPNS[login])
    assert user is not None
    return user.calendars.view(None, Window(start=NOW - timedelta(days=30), end=NOW + timedelta(days=30)))


def test_calendars_are_empty_unless_appointments_are_asked_for() -> None:
    assert [_calendar(_seeded(), login) for login in (CLAIRE, PAUL)] == [[], []]


def test_the_agenda_holds_every_shape_of_row(diary: World) -> None:
    rows = diary.crm.rows_of(diary.crm.view(ACTION_VIEW), caller=CLAIRE)
    shapes = {
        "over midnight": any(row["date_debut"] < row["date_fin"] and row["heure_fin"] for row in rows if row["date_fin"]),
        "whole days": any(row["date_fin"] and not row["heure_debut"] for row in rows),
        "without an end": any(row["heure_debut"] and not row["date_fin"] for row in rows),
        "over": any(row["date_debut"] < f"{NOW:%Y-%m-%d}" for row in rows),
        "placed": any(row["lieu"] for row in rows),
        "annotated": any(row["note"] for row in rows),
    }
    assert [name for name, present in shapes.items() if not present] == []


def test_claires_calendar_holds_every_kind_of_event(diary: World) -> None:
    events = _calendar(diary, CLAIRE)
    kinds = {
        "whole days": any(event.shape.content["isAllDay"] for event in events),
        "private": any(event.shape.content["sensitivity"] == "private" for event in events),
        "her meeting": any(event.shape.content["attendees"] and event.appointment.is_organizer for event in events),
        "an invitation": any(not event.appointment.is_organizer for event in events),
        "a series": len([event for event in events if event.day]) >= 4,
    }
    assert [name for name, present in kinds.items() if not present] == []


def test_nobody_is_mailed_about_what_was_there_from_the_start(diary: World) -> None:
    assert diary.mail_log.dump() == []


def test_paul_has_his_copy_of_both_meetings(diary: World) -> None:
    assert len(_calendar(diary, PAUL)) == 2


def test_everybody_who_is_invited_has_an_invented_address(diary: World) -> None:
    guests = [guest for event in _calendar(diary, CLAIRE) for guest in event.shape.content["attendees"]]
    addresses = [guest["emailAddress"]["address"] for guest in guests]
    assert (bool(addresses), [address for address in addresses if not address.endswith(".test")]) == (True, [])
