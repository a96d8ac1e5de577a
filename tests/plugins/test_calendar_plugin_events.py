"""Reading events of Outlook."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from calendar_examples import EVENT, GOPAAS_MAP, HANDLER, WHOLE_MAP, context, from_event, from_row, moment, times

from outlookd import BadRecord, Bar, Side, Span, natural_hash

PERSON = {"emailAddress": {"name": "Marc", "address": "marc@customer.test"}, "type": "required"}


class TestTimes:
    def test_an_event_is_shown_on_the_clocks_of_the_application(self):
        assert times(from_event()) == ("2026-11-24", "09:00:00", "2026-11-24", "10:30:00")

    def test_fractions_of_seconds_are_cut(self):
        record = from_event(start=moment("2026-11-24T08:00:07.9999999"))
        assert record.fields["startTime"] == "09:00:07"

    @pytest.mark.parametrize(
        "start",
        [
            moment("2026-11-24T08:00:00Z"),
            moment("2026-11-24T10:00:00+02:00", "Europe/Paris"),
            moment("2026-11-24T09:00:00", "Romance Standard Time"),
            moment("2026-11-24T03:00:00", "America/New_York"),
            moment("2026-11-24T08:00:00", "tzone://Microsoft/Utc"),
        ],
    )
    def test_a_time_may_have_an_offset_or_a_zone_of_either_kind(self, start):
        assert times(from_event(start=start))[:2] == ("2026-11-24", "09:00:00")

    @pytest.mark.parametrize("zone", ["tzone://Microsoft/Custom", "Customized Time Zone", "", "Europe", "../../etc/passwd", "\0"])
    def test_complaint_32_a_zone_that_nobody_knows_is_taken_as_the_utc_that_we_asked_for(self, zone):
        assert times(from_event(start=moment("2026-11-24T08:00:00.0000000", zone)))[:2] == ("2026-11-24", "09:00:00")

    @pytest.mark.parametrize("zone", ["UTC", "Tokyo Standard Time", "Pacific/Honolulu"])
    @pytest.mark.parametrize("ours", ["Europe/Paris", "America/New_York", "Pacific/Kiritimati"])
    def test_complaint_30_whole_days_are_the_days_that_stand_there(self, zone, ours):
        days = {"start": moment("2026-05-03T00:00:00.0000000", zone), "end": moment("2026-05-05T00:00:00.0000000", zone)}
        record = from_event(context(zone=ZoneInfo(ours)), isAllDay=True, **days)
        assert times(record) == ("2026-05-03", None, "2026-05-04", None)

    def test_whole_days_take_place_between_midnights_of_the_application(self):
        days = {"start": moment("2026-05-03T00:00:00.0000000"), "end": moment("2026-05-04T00:00:00.0000000")}
        span = from_event(isAllDay=True, **days).span
        assert span == Span(start=datetime(2026, 5, 2, 22, tzinfo=UTC), end=datetime(2026, 5, 3, 22, tzinfo=UTC))

    @pytest.mark.parametrize("fold", [0, 1])
    def test_the_instants_of_an_autumn_night_are_those_of_outlook(self, fold):
        start = datetime(2026, 10, 25, fold, 30, tzinfo=UTC)
        record = from_event(start=moment(f"{start:%Y-%m-%dT%H:%M:%S}"))
        assert record.fields["startTime"] == "02:30:00"
        assert record.span.start == start

    @pytest.mark.parametrize(
        "properties",
        [
            {"id": None},
            {"start": None},
            {"end": {}},
            {"start": moment("soon")},
            {"start": moment("0001-01-01T00:00:00")},
            {"end": moment("9999-12-31T23:59:59.9999999")},
            {"isAllDay": True, "start": moment("")},
        ],
        ids=str,
    )
    def test_an_event_without_id_or_times_is_a_bad_record(self, properties):
        with pytest.raises(BadRecord):
            from_event(**properties)

    def test_complaint_34_a_stub_of_an_occurrence_is_not_taken_for_an_event_without_text(self):
        stub = {name: EVENT[name] for name in ("id", "start", "end")} | {"seriesMasterId": "AAMk0", "type": "occurrence"}
        with pytest.raises(BadRecord):
            HANDLER.normalize(Side.OUTLOOK, stub, context())


class TestValues:
    def test_what_outlook_fills_in_by_itself_is_no_difference_from_an_empty_row(self):
        names = ("showAs", "sensitivity", "importance", "location.displayName", "categories", "body", "subject")
        empty = from_event(context(WHOLE_MAP), subject="", body={"contentType": "html", "content": ""})
        assert {name: empty.fields[name] for name in names} == dict.fromkeys(names)

    def test_all_properties_arrive_at_their_names(self):
        shown = from_event(
            context(WHOLE_MAP),
            location={"displayName": "Salle 2"},
            showAs="oof",
            categories=["VIP", "Chantier"],
            attendees=[PERSON],
            onlineMeeting={"joinUrl": "https://meet.test/1"},
        ).fields
        assert shown["location.displayName"] == "Salle 2"
        assert shown["showAs"] == "oof"
        assert shown["categories"] == ("Chantier", "VIP")
        assert shown["attendees"] == ("marc@customer.test",)
        assert shown["organizer.emailAddress.address"] == "claire@example.com"
        assert shown["onlineMeeting.joinUrl"] == "https://meet.test/1"
        assert shown["responseStatus.response"] == "organizer"
        assert (shown["isReminderOn"], shown["reminderMinutesBeforeStart"]) == (True, 15)

    def test_the_body_is_read_whole_and_not_its_preview(self):
        assert from_event(bodyPreview="Appo").fields["body"] == "Apporter le devis"

    def test_a_body_that_comes_as_text_is_the_same(self):
        assert from_event(body={"contentType": "text", "content": "Apporter  le devis\r\n"}).fields == from_event().fields

    def test_a_word_that_microsoft_adds_one_day_is_nothing(self):
        assert from_event(context({"showAs": "c"}), showAs="inTransit").fields["showAs"] is None

    def test_the_minutes_of_a_reminder_that_is_off_mean_nothing(self):
        assert from_event(context({"reminderMinutesBeforeStart": "m"}), isReminderOn=False).fields == {
            "isReminderOn": False,
            "reminderMinutesBeforeStart": None,
        }

    def test_etag_marker_and_modification_come_along(self):
        record = from_event(**{"outlookd.marker": "m"})
        assert (record.version, record.marker, record.modified) == ('W/"7"', "m", datetime(2026, 11, 22, 10, tzinfo=UTC))

    @pytest.mark.parametrize("modified", [None, "soon", 7, "0001-01-01T00:00:00Z"])
    def test_a_modification_time_that_is_none_is_unknown(self, modified):
        record = from_event(lastModifiedDateTime=modified)
        assert (record.modified, record.modified_exact) == (None, False)

    @pytest.mark.parametrize("name", ["body", "location", "categories", "attendees", "onlineMeeting", "isReminderOn", "subject"])
    @pytest.mark.parametrize("odd", [None, {"x": {}}, [{}], 3.5])
    def test_a_shape_that_no_event_has_is_nothing(self, name, odd):
        shown = from_event(context(WHOLE_MAP), **{name: odd}).fields
        assert [shown[field] for field in shown if field.partition(".")[0] == name] == [None]


class TestPeople:
    def test_an_event_of_ones_own_has_no_guests(self):
        record = from_event()
        assert (record.attended, record.guest, record.meeting) == (False, False, "")

    def test_the_organizer_on_their_own_list_is_nobody_else(self):
        me = {"emailAddress": {"address": "CLAIRE@example.com"}}
        assert not from_event(attendees=[me]).attended

    @pytest.mark.parametrize("person", [PERSON, {"emailAddress": {"name": "Marc"}}, {}])
    def test_anybody_else_on_the_list_makes_it_a_meeting(self, person):
        assert from_event(attendees=[person]).attended

    def test_what_somebody_else_organises_is_not_ones_own(self):
        assert from_event(isOrganizer=False).guest

    def test_copies_of_one_meeting_in_two_mailboxes_have_something_in_common(self):
        organizers = from_event(attendees=[PERSON])
        guests = from_event(id="AAMk2", isOrganizer=False, attendees=[PERSON])
        assert organizers.meeting == guests.meeting != ""
        assert EVENT["iCalUId"] not in organizers.meeting

    def test_a_meeting_without_uid_has_nothing_in_common_with_another(self):
        assert from_event(attendees=[PERSON], iCalUId=None).meeting == ""

    def test_two_occurrences_of_a_meeting_have_nothing_in_common(self):
        series = {"type": "occurrence", "seriesMasterId": "AAMk0", "attendees": [PERSON]}
        one, two = (from_event(**series, originalStart=f"2026-11-{day}T08:00:00Z") for day in (24, 25))
        assert one.meeting != two.meeting


class TestSeries:
    @pytest.mark.parametrize("kind", ["occurrence", "exception"])
    def test_an_occurrence_is_known_by_its_series_and_its_original_day(self, kind):
        record = from_event(type=kind, seriesMasterId="AAMk0", originalStart="2026-11-19T23:30:00Z")
        assert (record.series, record.original_start) == ("AAMk0", "2026-11-20")

    @pytest.mark.parametrize("original", [None, "", "0001-01-01T00:00:00Z", "soon"])
    def test_an_occurrence_without_original_start_is_known_by_its_day(self, original):
        record = from_event(type="occurrence", seriesMasterId="AAMk0", originalStart=original)
        assert record.original_start == "2026-11-24"

    def test_a_single_event_is_of_no_series(self):
        assert (from_event().series, from_event().original_start) == ("", "")


class TestBars:
    @pytest.mark.parametrize(
        ("properties", "bar"),
        [
            ({}, None),
            ({"isCancelled": True}, Bar.CANCELLED),
            ({"responseStatus": {"response": "declined"}}, Bar.DECLINED),
            ({"responseStatus": {"response": "tentativelyAccepted"}}, None),
            ({"sensitivity": "private"}, Bar.PRIVATE),
            ({"sensitivity": "personal"}, Bar.PRIVATE),
            ({"sensitivity": "Confidential"}, Bar.PRIVATE),
            ({"sensitivity": "somethingNew"}, Bar.PRIVATE),
            ({"sensitivity": None}, None),
            ({"sensitivity": "private", "isCancelled": True}, Bar.CANCELLED),
            ({"sensitivity": "private", "responseStatus": {"response": "declined"}}, Bar.PRIVATE),
        ],
        ids=str,
    )
    def test_what_is_not_copied_says_why(self, properties, bar):
        assert from_event(**properties).barred is bar


class TestSealed:
    @pytest.mark.parametrize("properties", [{"isOnlineMeeting": True}, {"onlineMeeting": {"joinUrl": "https://meet.test/1"}}])
    def test_the_body_of_an_online_meeting_stays_as_it_is(self, properties):
        assert from_event(**properties).sealed == {"body"}

    def test_the_body_of_an_invitation_stays_as_it_is(self):
        assert from_event(isOrganizer=False).sealed == {"body"}

    def test_nothing_else_is_sealed(self):
        assert from_event().sealed == frozenset()


CANARY = "Zyxwvut"
SECRET = {
    "subject": CANARY,
    "body": {"contentType": "html", "content": f"<p>{CANARY}</p>"},
    "bodyPreview": CANARY,
    "location": {"displayName": CANARY},
    "locations": [{"displayName": CANARY}],
    "categories": [CANARY],
    "attendees": [{"emailAddress": {"name": CANARY, "address": f"{CANARY}@customer.test"}}],
    "organizer": {"emailAddress": {"name": CANARY, "address": f"{CANARY}@example.com"}},
    "onlineMeeting": {"joinUrl": f"https://meet.test/{CANARY}"},
    "webLink": f"https://outlook.test/{CANARY}",
    "responseStatus": {"response": CANARY},
    "sensitivity": "private",
    "showAs": "oof",
}


class TestBusy:
    def test_complaint_25_a_private_event_shows_a_busy_time_and_none_of_its_text(self):
        record = from_event(context(WHOLE_MAP, private="busy"), **SECRET)
        assert CANARY.casefold() not in json.dumps(asdict(record), default=str).casefold()
        assert record.fields["subject"] == "Occupé"
        assert (record.fields["showAs"], times(record)) == ("oof", times(from_event()))

    def test_without_the_mask_the_text_would_be_there(self):
        assert CANARY in json.dumps(asdict(from_event(context(WHOLE_MAP, private="skip"), **SECRET)), default=str)

    def test_nothing_of_it_may_be_written_back(self):
        job = context(private="busy")
        assert from_event(job, **SECRET).sealed == job.fieldmap.mapped

    def test_what_it_would_be_known_by_is_a_fingerprint_only(self):
        record = from_event(context(private="busy"), sensitivity="private")
        assert (record.hidden, record.natural) == (
            natural_hash(from_row().natural),
            "2026-11-24 09:00:00|2026-11-24 10:30:00|occupé",
        )
        assert from_event(context(private="busy")).hidden == ""

    def test_it_is_not_barred(self):
        assert from_event(context(private="busy"), sensitivity="private").barred is None

    def test_it_may_be_declined_all_the_same(self):
        declined = {"sensitivity": "private", "responseStatus": {"response": "declined"}}
        assert from_event(context(private="busy"), **declined).barred is Bar.DECLINED

    def test_an_event_for_everybody_is_shown_as_it_is(self):
        assert from_event(context(private="busy")).fields == from_event().fields


class TestTouched:
    @pytest.mark.parametrize(
        "properties",
        [
            {"subject": "Autre"},
            {"body": {"contentType": "html", "content": "<p>Autre</p>"}},
            {"start": moment("2026-11-24T08:15:00")},
            {"location": {"displayName": "Salle 2"}},
            {"isReminderOn": False},
            {"attendees": [PERSON]},
            {"hasAttachments": True},
            {"isOnlineMeeting": True},
        ],
        ids=str,
    )
    def test_the_digest_knows_whatever_a_person_edits(self, properties):
        assert from_event(**properties).digest != from_event().digest

    @pytest.mark.parametrize(
        "properties",
        [
            {"@odata.etag": 'W/"8"', "changeKey": "8", "lastModifiedDateTime": "2026-11-22T11:00:00Z"},
            {"body": {"contentType": "html", "content": "<html><body>\r\n<div>Apporter\r\n le&nbsp;devis</div><br></body></html>"}},
            {"location": {"displayName": "", "locationType": "default"}},
            {"start": moment("2026-11-24T09:00:00", "Europe/Paris")},
        ],
        ids=str,
    )
    def test_complaint_26_the_digest_does_not_know_what_exchange_rewrites(self, properties):
        assert from_event(**properties).digest == from_event().digest

    def test_an_answer_of_somebody_is_no_edit(self):
        asked, answered = (from_event(attendees=[{**PERSON, "status": {"response": word}}]) for word in ("none", "accepted"))
        assert asked.digest == answered.digest

    def test_an_event_with_nothing_but_mapped_fields_has_nothing_extra(self):
        assert not from_event().extra

    @pytest.mark.parametrize(
        "properties", [{"location": {"displayName": "Salle 2"}}, {"attendees": [PERSON]}, {"hasAttachments": True}]
    )
    def test_what_no_map_covers_is_extra(self, properties):
        assert from_event(**properties).extra


class TestNatural:
    def test_both_sides_know_an_event_by_the_same_key(self):
        assert from_event().natural == from_row().natural != ""

    def test_an_event_that_ends_before_it_starts_is_adopted_by_nobody(self):
        record = from_event(end=moment("2026-11-24T07:00:00"))
        assert (record.natural, record.span.start) == ("", record.span.end)

    def test_a_map_that_knows_days_only_compares_days_only(self):
        job = context({name: GOPAAS_MAP[name] for name in ("subject", "startDate", "endDate")})
        assert from_event(job).natural == from_row(job).natural == "2026-11-24|2026-11-24|visite"

    def test_a_subject_that_no_column_shows_identifies_nothing(self):
        assert from_event(context({"startDate": "date_debut"})).natural == ""
