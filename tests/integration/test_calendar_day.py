"""A day on both sides: claire and paul at Outlook with Microsoft's own SDK, claire and her colleagues in the CRM, runs in between.

After every run both sides show the same: each event has one record and each record one event, compared field by field, except for
what must stay on its side.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import aiohttp
import pytest
from agenda_trial import DAY, HOUR, ZONE, Agenda, at, days, row
from outlook_user import PRIVATE, OutlookUser, every_week, invited, place, text

from outlookd.core.model import Side
from outlookd.sandbox.ids import Family
from outlookd.sandbox.schema import ACTION_VIEW
from outlookd.sandbox.seed import CLAIRE, PAUL, UPNS
from outlookd.sandbox.views import Column, ViewColumn

CUSTOMER = "achats@bois-charpente.test"
MORE = {
    "showAs": "affichage",
    "importance": "importance",
    "sensitivity": "confidentialite",
    "categories": "categories",
    "attendees": "participants",
    "organizer": "organisateur",
    "onlineMeetingUrl": "lien",
}
"""Columns beyond those that the sandbox's agenda has."""


def widen(agenda):
    """Let the CRM show everything that a map can name."""
    crm = agenda.sandbox.crm
    table, view = crm.table("action"), crm.view(ACTION_VIEW)
    table.columns |= {name: Column(name=name, label=name) for name in MORE.values()}
    crm.add_view(replace(view, columns=(*view.columns, *(ViewColumn(name=name) for name in MORE.values()))))
    entries = "".join(f', {name} = "{column}"' for name, column in MORE.items())
    agenda.edit('location = "lieu"', f'location = "lieu"{entries}')


@dataclass
class Day:
    """The people, what they know by name (ids at Outlook, keys in the CRM), and what stays on its side for good."""

    agenda: Agenda
    claire: OutlookUser
    paul: OutlookUser
    ids: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)
    but: dict[str, tuple[str, ...]] = field(default_factory=dict)
    page: str = ""

    async def settle(self, status=0):
        """A run, after which both sides agree."""
        run = await self.agenda.sync(status)
        self.agenda.assert_agreed(alone=tuple(self.alone), but=self.but)
        return run

    def key(self, id):
        """The record of an event."""
        return self.agenda.key_of(self.lasting(id))

    def lasting(self, id):
        """The id that an event keeps for ever."""
        return self.agenda.calendars.find(id).id(Family.IMMUTABLE)

    def id(self, key):
        """The event of a record."""
        return self.agenda.rows[key]["outlook_id"]

    async def import_rows(self, *rows):
        """A colleague's program writes through GoPaaS's own API."""
        now = datetime.now(ZONE)
        stamp = {"date_modification": f"{now:%Y-%m-%d}", "heure_modification": f"{now:%H:%M:%S}"}
        bearer = {"Authorization": f"Bearer {self.agenda.sandbox.access.key_of(PAUL)}"}
        url = f"{self.agenda.sandbox.addresses.gopaas}/api/items/action/"
        async with (
            aiohttp.ClientSession(headers=bearer) as session,
            session.post(url, json=[cells | stamp for cells in rows]) as answer,
        ):
            assert answer.status == 200


@pytest.fixture
async def day(tmp_path):
    async with Agenda.ready(tmp_path) as agenda:
        widen(agenda)
        async with OutlookUser.of(agenda, CLAIRE) as claire, OutlookUser.of(agenda, PAUL) as paul:
            yield Day(agenda, claire, paul)


async def the_morning_fills_both_sides(day):
    claire, enter, ids, keys = day.claire, day.agenda.enter, day.ids, day.keys
    ids["lunch"] = await claire.enter("Déjeuner", at(1, 12.5), location=place("Les Tilleuls"), body=text("Table près du lac"))
    ids["round"] = await claire.enter("Tour des ateliers", at(1, 8), recurrence=every_week(at(1), 6))
    ids["leave"] = await claire.enter("Congés", at(20, 0), 3 * DAY, is_all_day=True)
    ids["review"] = await claire.enter("Revue", at(4, 15), categories=["rouge", "bleu"])
    ids["short"] = await claire.enter("Point", at(5, 10), body=text("Rien de spécial"))
    keys["visit"] = enter(row("Visite", at(2, 9.5), note="Apporter les plans.\n\nEt deux stylos.", lieu="Quai de l'Écluse"))
    keys["duty"] = enter(row("Astreinte", at(5, 22), 8 * HOUR, affichage="oof", categories="vert"))
    keys["fair"] = enter(days("Salon", at(9, 0), at(10, 0), importance="high"))
    keys["call"] = enter(row("Rappeler", at(1, 14.25), None))
    keys["doubt"] = enter(row("À confirmer", at(7, 16)))
    await day.import_rows(row("Livraison", at(3, 8), HOUR / 2, cle="IMPORT-1"))
    keys["delivery"] = "IMPORT-1"


async def texts_and_times_change(day):
    await day.claire.change(day.ids["lunch"], subject="Déjeuner à deux", location=place("Au Phare"))
    await day.claire.shift(day.ids["short"], at(6, 11), 2 * HOUR)
    await day.claire.change(day.ids["review"], body=text("Ordre du jour\n1. Devis"), categories=["rouge"])
    await day.claire.shift(day.id(day.keys["visit"]), at(2, 10), HOUR)
    day.agenda.amend(day.keys["call"], {"note": "Pas avant 14 h.", "intitule": "Rappeler M. Valmorin"})
    day.agenda.amend(day.key(day.ids["lunch"]), {"note": "Table au calme", "heure_fin": "14:00:00"})
    day.agenda.amend(day.keys["duty"], row("Astreinte", at(6, 21), 9 * HOUR))
    await day.import_rows({"cle": day.keys["delivery"], "lieu": "Quai 3", "affichage": "free"})


async def days_become_hours_and_hours_days(day):
    await day.claire.change(day.ids["leave"], subject="Congés d'hiver")
    await day.claire.shift(day.id(day.keys["fair"]), at(9, 9), 8 * HOUR, is_all_day=False)
    day.agenda.amend(day.key(day.ids["short"]), days("Point", at(6, 0), at(7, 0)))
    day.agenda.amend(day.key(day.ids["leave"]), {"date_fin": f"{at(23):%Y-%m-%d}"})


async def different_fields_change_on_both_sides(day):
    await day.claire.change(day.id(day.keys["visit"]), location=place("Sur place"))
    day.agenda.amend(day.keys["visit"], {"intitule": "Visite du chantier"})
    # The same change on both sides is none that anybody must decide.
    await day.claire.change(day.ids["lunch"], subject="Déjeuner à trois")
    day.agenda.amend(day.key(day.ids["lunch"]), {"intitule": "Déjeuner à trois"})


async def the_same_field_changes_on_both_sides(day):
    """Where the edits are simultaneous, the side of birth wins and the other value is kept (design rule 4)."""
    await day.claire.shift(day.id(day.keys["visit"]), at(2, 17))
    day.agenda.amend(day.keys["visit"], row("Visite du chantier", at(3, 7)))
    await day.claire.change(day.ids["review"], subject="Revue de janvier")
    day.agenda.amend(day.key(day.ids["review"]), {"intitule": "Revue annuelle"})


async def one_occurrence_moves_and_one_is_noted(day):
    first, second, _, fourth, *_ = await day.claire.occurrences(day.ids["round"])
    await day.claire.shift(second, at(9, 13), subject="Tour, plus tard")
    day.agenda.amend(day.key(first), {"note": "Voir la presse."})
    day.agenda.amend(day.key(fourth), row("Tour des ateliers", at(22, 10)))


async def one_occurrence_goes(day):
    third = (await day.claire.occurrences(day.ids["round"]))[2]
    day.keys["third"] = day.key(third)
    await day.claire.delete(third)
    day.alone.add(day.keys["third"])


async def the_series_moves_as_a_whole(day):
    """An hour later: Exchange then forgets what was special about single days, and the one that was deleted is back."""
    await day.claire.shift(day.ids["round"], at(1, 9), HOUR / 2)
    day.alone.remove(day.keys["third"])


async def the_series_ends_earlier(day):
    last = (await day.claire.occurrences(day.ids["round"]))[-2:]
    day.alone |= {day.key(id) for id in last}
    await day.claire.change(day.ids["round"], recurrence=every_week(at(1), 4))


async def people_are_invited(day):
    day.ids["online"] = await day.claire.enter(
        "Visio", at(11, 10), attendees=invited(CUSTOMER), is_online_meeting=True, body=text("Lien ci-dessous")
    )
    day.ids["project"] = await day.claire.enter("Projet", at(12, 9), attendees=invited(UPNS[PAUL], CUSTOMER))
    day.ids["budget"] = await day.paul.enter("Budget", at(13, 11), attendees=invited(UPNS[CLAIRE]), body=text("Premier tour"))
    await day.paul.enter("Pot de départ", at(14, 18), attendees=invited(UPNS[CLAIRE]))
    private = await day.claire.enter("Dentiste", at(6, 17), sensitivity=PRIVATE)
    day.alone.add(day.lasting(private))


async def invitations_are_answered(day):
    await day.paul.accept((await day.paul.find("Projet"))[0])
    await day.claire.accept((await day.claire.find("Budget"))[0])
    (gone,) = await day.claire.find("Pot de départ")
    day.alone.add(day.key(gone))
    await day.claire.decline(gone)


async def the_crm_notes_what_belongs_to_others(day):
    """What must not be changed in Outlook stays in the CRM beside it, or goes back to what the organiser says."""
    day.page = day.agenda.calendars.find(day.ids["online"]).shape.content["body"]
    day.agenda.amend(day.key(day.ids["online"]), {"note": "Le client rappelle jeudi"})
    day.but = {"Visio": ("note",), "Budget": ("lieu",)}
    (budget,) = await day.claire.find("Budget")
    day.agenda.amend(day.key(budget), row("Budget, bof", at(15, 8), lieu="Chez moi"))
    await day.paul.shift(day.ids["budget"], at(13, 14))


async def both_sides_delete(day):
    day.alone |= {day.key(day.ids["short"]), day.keys["doubt"], day.lasting(day.ids["review"])}
    await day.claire.delete(day.ids["short"])
    await day.claire.delete(day.id(day.keys["doubt"]))
    day.agenda.act("delete_row", table="action", cle=day.keys["delivery"])
    day.agenda.act("delete_row", table="action", cle=day.key(day.ids["review"]))


async def what_one_side_deletes_the_other_edits(day):
    """The edit wins where it was made on the side of birth (design rule 5)."""
    await day.claire.delete(day.id(day.keys["call"]))
    day.agenda.amend(day.keys["call"], {"note": "Il attend."})
    day.agenda.act("delete_row", table="action", cle=day.key(day.ids["lunch"]))
    await day.claire.change(day.ids["lunch"], subject="Déjeuner, vraiment")


PARTS = (
    the_morning_fills_both_sides,
    texts_and_times_change,
    days_become_hours_and_hours_days,
    different_fields_change_on_both_sides,
    the_same_field_changes_on_both_sides,
    one_occurrence_moves_and_one_is_noted,
    one_occurrence_goes,
    the_series_moves_as_a_whole,
    the_series_ends_earlier,
    people_are_invited,
    invitations_are_answered,
    the_crm_notes_what_belongs_to_others,
    both_sides_delete,
    what_one_side_deletes_the_other_edits,
)


async def test_a_day_of_mixed_edits_on_both_sides_ends_equal(day):
    conflicts = 0
    for part in PARTS:
        await part(day)
        conflicts += (await day.settle())["conflicts"]
    await day.agenda.assert_settled()
    assert len(day.agenda.rows) == len(day.agenda.shown_rows) == 18
    assert conflicts == len(await day.agenda.conflicts())
    await assert_nothing_typed_is_lost(day)


async def assert_nothing_typed_is_lost(day):
    """What the people of this day wrote last stands on both sides, or with the conflicts if somebody else's won."""
    agenda, shown = day.agenda, day.agenda.calendars.find
    visit, lunch = agenda.event(day.keys["visit"]), shown(day.ids["lunch"])
    assert (visit.shape.start.wall, visit.shape.content["location"]["displayName"]) == (at(3, 7), "Sur place")
    assert (lunch.shape.content["subject"], agenda.rows[day.key(day.ids["lunch"])]["note"]) == (
        "Déjeuner, vraiment",
        "Table au calme",
    )
    assert agenda.rows[day.keys["call"]]["note"] == "Il attend."
    assert shown(day.ids["online"]).shape.content["body"] == day.page
    assert {loser(conflict) for conflict in await agenda.conflicts()} == {
        ("time", f"{at(2, 17):%Y-%m-%d %H:%M:%S}"),
        ("time", f"{at(15, 8):%Y-%m-%d %H:%M:%S}"),
        ("subject", "Revue annuelle"),
        ("subject", "Budget, bof"),
    }


def loser(conflict):
    """The group, and the start or the text that did not win."""
    values = conflict.gopaas if conflict.winner is Side.OUTLOOK else conflict.outlook
    return conflict.group, values.get("subject") or f"{values['startDate']} {values['startTime']}"
