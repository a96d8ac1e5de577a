"""What is sent to either side."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from calendar_examples import GOPAAS_MAP, HANDLER, WHOLE_MAP, context, fields_at, moment

from outlookd import BadRecord, Side

NEW_YORK = ZoneInfo("America/New_York")


def to_outlook(fields, *, job=None, new=False):
    return HANDLER.render(Side.OUTLOOK, fields, job or context(WHOLE_MAP), new=new)


def to_gopaas(fields, *, job=None, new=False):
    return HANDLER.render(Side.GOPAAS, fields, job or context(), new=new)


class TestTimes:
    def test_wall_times_travel_with_their_zone(self):
        assert to_outlook(fields_at("2026-11-24", "09:00:00", "2026-11-24", "10:30:00")) == {
            "isAllDay": False,
            "start": moment("2026-11-24T09:00:00", "Europe/Paris"),
            "end": moment("2026-11-24T10:30:00", "Europe/Paris"),
        }

    def test_whole_days_are_midnights_and_the_end_is_the_day_behind(self):
        assert to_outlook(fields_at("2026-11-24", None, "2026-11-25", None), job=context(zone=NEW_YORK)) == {
            "isAllDay": True,
            "start": moment("2026-11-24T00:00:00", "America/New_York"),
            "end": moment("2026-11-26T00:00:00", "America/New_York"),
        }

    def test_an_end_that_the_row_leaves_out_is_filled(self):
        sent = to_outlook(fields_at("2026-11-24", "23:30:00", None, None))
        assert sent["end"] == moment("2026-11-25T00:30:00", "Europe/Paris")

    def test_an_hour_that_the_spring_night_swallows_whole_stays_an_hour(self):
        sent = to_outlook(fields_at("2026-03-29", "02:00:00", "2026-03-29", "03:00:00"))
        assert (sent["start"], sent["end"]) == (moment("2026-03-29T01:00:00", "UTC"), moment("2026-03-29T02:00:00", "UTC"))

    def test_complaint_29_a_time_that_does_not_exist_is_sent_as_the_instant_behind_the_gap(self):
        sent = to_outlook(fields_at("2026-03-29", "02:30:00", "2026-03-29", "04:00:00"))
        assert (sent["start"], sent["end"]) == (moment("2026-03-29T01:30:00", "UTC"), moment("2026-03-29T02:00:00", "UTC"))

    def test_complaint_29_a_time_that_exists_twice_is_sent_as_the_first_instant(self):
        sent = to_outlook(fields_at("2026-10-25", "02:30:00", "2026-10-25", "04:00:00"))
        assert (sent["start"], sent["end"]) == (moment("2026-10-25T00:30:00", "UTC"), moment("2026-10-25T03:00:00", "UTC"))

    def test_whole_days_over_a_night_without_midnight_are_days_all_the_same(self):
        sent = to_outlook(fields_at("2026-09-06", None, "2026-09-06", None), job=context(zone=ZoneInfo("America/Santiago")))
        assert sent["start"] == moment("2026-09-06T00:00:00", "America/Santiago")

    def test_times_are_not_sent_when_nobody_changed_them(self):
        assert to_outlook({"subject": "Visite"}) == {"subject": "Visite"}

    def test_an_event_cannot_lose_its_day(self):
        with pytest.raises(BadRecord) as caught:
            to_outlook(fields_at(None, None, None, None))
        assert caught.value.field == "startDate"

    def test_an_event_cannot_end_before_it_starts(self):
        with pytest.raises(BadRecord):
            to_outlook(fields_at("2026-11-24", "09:00:00", "2026-11-24", "08:00:00"))

    def test_a_last_day_that_no_column_shows_does_not_stay_behind_when_the_event_moves(self):
        job = context({name: column for name, column in GOPAAS_MAP.items() if name != "endDate"})
        sent = to_outlook(fields_at("2026-12-01", "22:00:00", "2026-11-24", "01:00:00"), job=job)
        assert sent["end"] == moment("2026-12-02T01:00:00", "Europe/Paris")

    def test_a_row_that_knows_days_only_leaves_the_times_of_day_alone(self):
        job = context({name: GOPAAS_MAP[name] for name in ("startDate", "endDate")})
        sent = to_outlook(fields_at("2026-12-01", "09:00:00", "2026-12-01", "10:30:00"), job=job)
        assert sent["start"] == moment("2026-12-01T09:00:00", "Europe/Paris")


class TestValues:
    @pytest.mark.parametrize(
        ("name", "value", "sent"),
        [
            ("subject", None, {"subject": ""}),
            ("body", "a\nb", {"body": {"contentType": "text", "content": "a\r\nb"}}),
            ("body", None, {"body": {"contentType": "text", "content": ""}}),
            ("location.displayName", "Salle 2", {"location": {"displayName": "Salle 2"}}),
            ("location.displayName", None, {"location": {"displayName": ""}}),
            ("showAs", None, {"showAs": "busy"}),
            ("importance", None, {"importance": "normal"}),
            ("sensitivity", "private", {"sensitivity": "private"}),
            ("categories", ("a", "b"), {"categories": ["a", "b"]}),
            ("categories", None, {"categories": []}),
        ],
    )
    def test_a_change_is_sent_alone_and_emptiness_clears(self, name, value, sent):
        assert to_outlook({name: value}) == sent

    @pytest.mark.parametrize(
        ("on", "minutes", "sent"),
        [
            (True, 30, {"isReminderOn": True, "reminderMinutesBeforeStart": 30}),
            (None, 30, {"isReminderOn": True, "reminderMinutesBeforeStart": 30}),
            (True, None, {"isReminderOn": True}),
            (False, 30, {"isReminderOn": False}),
            (None, None, {"isReminderOn": False}),
        ],
    )
    def test_the_two_fields_of_a_reminder_are_sent_as_one(self, on, minutes, sent):
        assert to_outlook({"isReminderOn": on, "reminderMinutesBeforeStart": minutes}) == sent

    def test_a_new_event_leaves_out_what_is_empty(self):
        empty = dict.fromkeys(name for name, spec in HANDLER.fields.items() if not spec.read_only)
        sent = to_outlook(empty | fields_at("2026-11-24", None, "2026-11-24", None), new=True)
        assert set(sent) == {"isAllDay", "start", "end"}

    def test_people_and_online_meetings_are_never_sent(self):
        fields = {
            "attendees": ("marc@customer.test",),
            "organizer.emailAddress.address": "x@example.com",
            "onlineMeeting.joinUrl": "u",
        }
        assert to_outlook({**fields, "isCancelled": True, "id": "AAMk1"}, new=True) == {}


class TestRows:
    def test_a_change_gets_its_date_and_time_on_the_clocks_of_the_application(self):
        assert to_gopaas({"subject": "Visite"}) == {
            "intitule": "Visite",
            "date_modification": "2026-11-22",
            "heure_modification": "13:00:30",
        }

    def test_a_new_row_gets_its_creation_date_and_its_user(self):
        row = to_gopaas({}, job=context(user_field="utilisateur"), new=True)
        assert (row["date_creation"], row["heure_creation"], row["utilisateur"]) == ("2026-11-22", "13:00:30", "claire")

    def test_whole_days_clear_the_columns_of_times(self):
        row = to_gopaas(fields_at("2026-11-24", None, "2026-11-25", None))
        assert [row[name] for name in ("date_debut", "heure_debut", "date_fin", "heure_fin")] == [
            "2026-11-24",
            "",
            "2026-11-25",
            "",
        ]

    def test_the_subject_of_a_stranger_is_no_expression(self):
        assert not to_gopaas({"subject": "$$[%mot_de_passe%]"})["intitule"].startswith("$$")

    def test_the_column_of_the_outlook_id_is_not_written_here(self):
        assert "outlook_id" not in to_gopaas({"id": "AAMk1", "subject": "Visite"})
