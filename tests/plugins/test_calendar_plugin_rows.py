"""Reading rows of an agenda."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from calendar_examples import GOPAAS_MAP, HANDLER, ROW, WHOLE_MAP, context, from_row, times

from outlookd import BadRecord, Bar, ConfigurationError, Direction, HandlerRegistry, Side, Span
from outlookd_calendar import register_handlers
from outlookd_calendar.handler import CalendarHandler


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


class TestMap:
    def test_the_seven_names_of_gopaas_are_understood(self):
        assert context().fieldmap.mapped == {"subject", "body", "startDate", "endDate", "startTime", "endTime"}
        assert context().fieldmap.pointer == "outlook_id"

    @pytest.mark.parametrize(
        ("spelling", "name"),
        [
            ("ID", "id"),
            ("Subject", "subject"),
            ("Body", "body"),
            ("Show As", "showAs"),
            ("location", "location.displayName"),
            ("organizer", "organizer.emailAddress.address"),
            ("onlineMeetingUrl", "onlineMeeting.joinUrl"),
            ("start_date", "startDate"),
        ],
    )
    def test_a_name_is_found_in_any_usual_spelling(self, spelling, name):
        assert HANDLER.aliases[spelling] == name

    def test_start_and_end_travel_together(self):
        assert {HANDLER.fields[name].group for name in ("startDate", "startTime", "endDate", "endTime")} == {"time"}

    def test_both_ways_is_the_default(self):
        assert HANDLER.default_direction is Direction.BOTH


class TestSettings:
    @pytest.mark.parametrize(
        "settings", [{"colour": "blue"}, {"default_minutes": 0}, {"default_minutes": "60"}, {"default_minutes": True}]
    )
    def test_a_setting_that_makes_no_sense_is_refused(self, settings):
        with pytest.raises(ConfigurationError):
            register_handlers(HandlerRegistry(), settings)

    def test_an_event_without_end_lasts_as_long_as_the_settings_say(self):
        registry = HandlerRegistry()
        register_handlers(registry, {"default_minutes": 30})
        row = {"cle": "a1", "date_debut": "2026-11-24", "heure_debut": "09:00"}
        assert registry.items["calendar"].normalize(Side.GOPAAS, row, context()).span == Span(start=at(24, 8), end=at(24, 8, 30))


class TestTimes:
    def test_a_row_takes_place_when_the_clocks_of_the_application_say(self):
        assert from_row().span == Span(start=at(24, 8), end=at(24, 9, 30))

    @pytest.mark.parametrize("cell", ["2026-11-24", "24/11/2026", "24.11.2026", " 2026-11-24 00:00:00 "])
    def test_a_day_is_read_in_every_form_that_gopaas_shows(self, cell):
        assert from_row(date_debut=cell).fields["startDate"] == "2026-11-24"

    @pytest.mark.parametrize("cell", ["09:00:00", "09:00", "9:00", " 9:00:00 ", "09:00:00.000"])
    def test_a_time_is_read_in_every_form_that_gopaas_shows(self, cell):
        assert from_row(heure_debut=cell).fields["startTime"] == "09:00:00"

    def test_seconds_are_kept(self):
        assert from_row(heure_debut="09:00:07").fields["startTime"] == "09:00:07"

    @pytest.mark.parametrize("nothing", [None, "", "  "])
    def test_without_times_it_is_whole_days(self, nothing):
        record = from_row(heure_debut=nothing, heure_fin=nothing, date_fin="2026-11-25")
        assert times(record) == ("2026-11-24", None, "2026-11-25", None)
        assert record.span == Span(start=at(23, 23), end=at(25, 23))

    @pytest.mark.parametrize("nothing", [None, "", "0000-00-00", "00/00/0000"])
    def test_a_whole_day_without_last_day_is_one_day(self, nothing):
        record = from_row(heure_debut="", heure_fin="", date_fin=nothing)
        assert times(record) == ("2026-11-24", None, "2026-11-24", None)

    def test_a_start_without_end_lasts_an_hour_but_shows_none(self):
        record = from_row(date_fin="", heure_fin="")
        assert times(record) == ("2026-11-24", "09:00:00", None, None)
        assert record.span == Span(start=at(24, 8), end=at(24, 9))

    def test_a_start_with_a_last_day_but_no_end_time_ends_on_that_day(self):
        record = from_row(date_fin="2026-11-26", heure_fin="")
        assert record.span == Span(start=at(24, 8), end=at(26, 9))

    def test_an_end_time_without_a_day_is_of_the_same_day(self):
        assert times(from_row(date_fin="")) == ("2026-11-24", "09:00:00", "2026-11-24", "10:30:00")

    def test_an_end_time_without_a_day_that_would_be_before_the_start_is_over_midnight(self):
        record = from_row(heure_debut="22:00", heure_fin="01:00", date_fin=None)
        assert times(record) == ("2026-11-24", "22:00:00", "2026-11-25", "01:00:00")
        assert record.span == Span(start=at(24, 21), end=at(25, 0))

    def test_a_last_day_without_column_is_not_shown(self):
        job = context({name: column for name, column in GOPAAS_MAP.items() if name != "endDate"})
        assert "endDate" not in from_row(job).fields

    def test_no_length_is_a_length(self):
        assert from_row(heure_fin="09:00").span == Span(start=at(24, 8), end=at(24, 8))

    def test_a_row_of_an_autumn_night_may_end_at_an_earlier_time_than_it_starts(self):
        night = {"date_debut": "2026-10-25", "date_fin": "2026-10-25", "heure_debut": "02:45", "heure_fin": "02:15"}
        span = from_row(**night).span
        assert (span.start, span.end) == (datetime(2026, 10, 25, 0, 45, tzinfo=UTC), datetime(2026, 10, 25, 1, 15, tzinfo=UTC))

    def test_a_start_that_the_clocks_skip_leaves_the_length_as_it_is(self):
        night = {"date_debut": "2026-03-29", "date_fin": "2026-03-29", "heure_debut": "02:30", "heure_fin": "03:00"}
        span = from_row(**night).span
        assert (span.start, span.end) == (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC))


class TestNotToBeUnderstood:
    @pytest.mark.parametrize(
        ("cells", "field"),
        [
            ({"cle": ""}, "cle"),
            ({"date_debut": "demain"}, "startDate"),
            ({"date_debut": "29/02/2026"}, "startDate"),
            ({"date_debut": "1500-01-01"}, "startDate"),
            ({"date_debut": "9999-12-31"}, "startDate"),
            ({"heure_debut": "9h"}, "startTime"),
            ({"heure_debut": "25:00"}, "startTime"),
            ({"heure_fin": "24:00"}, "endTime"),
            ({"date_fin": "2026-11-23"}, "endDate"),
            ({"heure_fin": "08:59"}, "endTime"),
            ({"heure_debut": ""}, "endTime"),
        ],
        ids=str,
    )
    def test_a_bad_cell_is_named(self, cells, field):
        with pytest.raises(BadRecord) as caught:
            from_row(**cells)
        assert caught.value.field == field

    @pytest.mark.parametrize(
        ("name", "cell"),
        [
            ("showAs", "away"),
            ("sensitivity", "secret"),
            ("importance", "urgent"),
            ("isReminderOn", "perhaps"),
            ("reminderMinutesBeforeStart", "-5"),
        ],
    )
    def test_a_word_that_outlook_does_not_know_is_named(self, name, cell):
        with pytest.raises(BadRecord) as caught:
            from_row(context(WHOLE_MAP), **{WHOLE_MAP["startDate"]: "2026-11-24", WHOLE_MAP[name]: cell})
        assert caught.value.field == name


class TestValues:
    @pytest.mark.parametrize(
        ("name", "cell", "value"),
        [
            ("showAs", "Working Elsewhere", "workingElsewhere"),
            ("showAs", "OOF", "oof"),
            ("showAs", "busy", None),
            ("showAs", "", None),
            ("importance", "Normal", None),
            ("importance", "HIGH", "high"),
            ("sensitivity", "normal", None),
            ("isReminderOn", "Oui", True),
            ("isReminderOn", "0", False),
            ("isReminderOn", None, None),
            ("reminderMinutesBeforeStart", "15", 15),
            ("reminderMinutesBeforeStart", 15.0, 15),
            ("categories", "VIP; Chantier ,VIP", ("Chantier", "VIP")),
            ("location.displayName", "Salle\n 2 ", "Salle 2"),
            ("attendees", "B@example.com, a@example.com", ("a@example.com", "b@example.com")),
        ],
    )
    def test_a_cell_has_one_canonical_value(self, name, cell, value):
        assert from_row(context({name: "c"}), c=cell).fields == {name: value}

    def test_the_minutes_of_a_reminder_that_is_off_mean_nothing(self):
        job = context({"isReminderOn": "r", "reminderMinutesBeforeStart": "m"})
        assert from_row(job, r="non", m="15").fields == {"isReminderOn": False, "reminderMinutesBeforeStart": None}


class TestWhose:
    def test_a_row_without_a_start_is_a_to_do(self):
        record = from_row(date_debut="0000-00-00")
        assert (record.barred, record.span) == (Bar.UNDATED, None)

    def test_complaint_25_a_row_of_somebody_else_is_theirs(self):
        assert from_row(context(user_field="utilisateur"), utilisateur="paul").barred is Bar.OF_ANOTHER

    def test_a_broken_row_of_somebody_else_is_not_read_at_all(self):
        record = from_row(context(user_field="utilisateur"), utilisateur="paul", heure_debut="midi")
        assert (record.barred, record.fields) == (Bar.OF_ANOTHER, {})

    @pytest.mark.parametrize("cells", [{"utilisateur": "CLAIRE "}, {"utilisateur": ""}, {"utilisateur": None}, {}])
    def test_a_row_of_this_user_or_of_nobody_is_not_barred(self, cells):
        assert from_row(context(user_field="utilisateur"), **cells).barred is None

    def test_a_row_that_shows_no_such_column_says_nothing_about_it(self):
        row = {name: cell for name, cell in ROW.items() if name != "outlook_id"}
        assert HANDLER.normalize(Side.GOPAAS, row, context()).pointer is None

    @pytest.mark.parametrize(("cell", "pointer"), [("AAMk1", "AAMk1"), (" AAMk1 ", "AAMk1"), ("", ""), (None, "")])
    def test_the_outlook_id_of_a_row_is_its_pointer_and_no_field(self, cell, pointer):
        record = from_row(outlook_id=cell)
        assert record.pointer == pointer
        assert "id" not in record.fields


def test_a_row_is_known_by_its_times_and_subject():
    assert from_row(intitule="VISITE").natural == "2026-11-24 09:00:00|2026-11-24 10:30:00|visite"


def test_a_row_without_end_is_known_by_the_end_that_it_would_have():
    assert from_row(date_fin="", heure_fin="").natural == "2026-11-24 09:00:00|2026-11-24 10:00:00|visite"


@pytest.mark.parametrize("cells", [{"intitule": ""}, {"date_debut": ""}])
def test_a_row_without_subject_or_day_is_known_by_nothing(cells):
    assert from_row(**cells).natural == ""


def test_the_default_length_is_part_of_what_a_row_is_known_by():
    handler = CalendarHandler(default_minutes=30)
    row = {"cle": "a1", "intitule": "Visite", "date_debut": "2026-11-24", "heure_debut": "09:00"}
    assert handler.normalize(Side.GOPAAS, row, context()).natural.endswith("09:30:00|visite")
