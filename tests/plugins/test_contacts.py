from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from contact_examples import GOPAAS_MAP, HANDLER, context, fieldmap

from outlookd import BadRecord, ConfigurationError, Direction, HandlerRegistry, Side
from outlookd_contacts import register_handlers
from outlookd_contacts.fields import SPECS

ROW = {
    "cle": "k1",
    "prenom": "Claire",
    "nom": "Lefèvre",
    "email": "Claire@Example.com",
    "telephone": "06 39 98 12 34",
    "date_naissance": "1980-05-03",
    "fonction": "Directrice",
    "societe": "Exemple SARL",
    "rue": "12 rue de la Paix",
    "cp": "75002",
    "ville": "Paris",
}
CONTACT = {
    "id": "AAMk1",
    "@odata.etag": 'W/"7"',
    "changeKey": "7",
    "givenName": "Claire",
    "surname": "Lefèvre",
    "emailAddresses": [{"name": "Claire L.", "address": "claire@example.com"}],
    "businessAddress": {"street": "12 rue de la Paix", "city": "Paris", "state": "", "countryOrRegion": "", "postalCode": "75002"},
    "homeAddress": {},
    "categories": [],
    "personalNotes": "",
}


def from_row(row=None, *, entries=GOPAAS_MAP, **changes):
    return HANDLER.normalize(Side.GOPAAS, {**(ROW if row is None else row), **changes}, context(entries))


def from_contact(*, entries=GOPAAS_MAP, **changes):
    return HANDLER.normalize(Side.OUTLOOK, {**CONTACT, **changes}, context(entries))


def to_outlook(fields, *, entries=GOPAAS_MAP, new=False):
    return HANDLER.render(Side.OUTLOOK, fields, context(entries), new=new)


class TestMap:
    def test_the_ten_names_of_gopaas_go_to_their_places(self):
        assert fieldmap().mapped == {
            "givenName",
            "surname",
            "emailAddresses",
            "mobilePhone",
            "birthday",
            "jobTitle",
            "companyName",
            "businessAddress.street",
            "businessAddress.postalCode",
            "businessAddress.city",
        }

    def test_the_labels_of_its_form_mean_the_same_as_its_keys(self):
        labels = [
            "Given Name",
            "Surname",
            "Email",
            "Mobile Phone",
            "Birthday",
            "Job Title",
            "Company Name",
            "Street",
            "Postal Code",
            "City",
        ]
        assert fieldmap(dict(zip(labels, GOPAAS_MAP.values(), strict=True))).mapped == fieldmap().mapped

    @pytest.mark.parametrize("spelling", ["emailAdresses", "emailAddresses", "EMAIL", "email_address", "email-addresses"])
    def test_a_name_is_found_in_any_usual_spelling(self, spelling):
        assert HANDLER.aliases.get(spelling) == "emailAddresses"

    def test_a_misspelt_name_is_answered_with_the_nearest(self):
        with pytest.raises(ConfigurationError) as caught:
            fieldmap({"mobilPhone": "telephone"})
        assert "mobilePhone" in caught.value.faults[0]

    def test_every_field_belongs_to_the_group_that_is_written_with_it(self):
        assert {SPECS[name].group for name in SPECS if name.startswith("homeAddress.")} == {"homeAddress"}
        assert {name for name in SPECS if SPECS[name].group == "name"} >= {"givenName", "surname", "displayName", "nickName"}

    def test_an_export_is_the_default(self):
        assert HANDLER.default_direction is Direction.TO_OUTLOOK

    def test_a_setting_that_nobody_reads_is_refused(self):
        with pytest.raises(ConfigurationError):
            register_handlers(HandlerRegistry(), {"colour": "blue"})


class TestReadingGopaas:
    def test_a_row_without_key_is_a_bad_record(self):
        with pytest.raises(BadRecord):
            from_row(cle="")

    def test_a_key_may_be_a_number(self):
        assert from_row(cle=1170).id == "1170"

    @pytest.mark.parametrize(
        "cell", ["1980-05-03", "03/05/1980", "3/5/1980", "1980-05-03 00:00:00", "1980-05-03T22:00:00Z", " 03.05.1980 "]
    )
    def test_a_date_is_read_in_every_form_that_gopaas_shows(self, cell):
        assert from_row(date_naissance=cell).fields["birthday"] == "1980-05-03"

    @pytest.mark.parametrize("cell", [None, "", "  ", "0000-00-00", "00/00/0000", "0000-00-00 00:00:00"])
    def test_no_date_is_none(self, cell):
        assert from_row(date_naissance=cell).fields["birthday"] is None

    @pytest.mark.parametrize("cell", ["31/02/1980", "vers 1980", "03/05/80", "0001-01-01"])
    def test_a_date_that_is_none_names_its_field(self, cell):
        with pytest.raises(BadRecord) as caught:
            from_row(date_naissance=cell)
        assert caught.value.field == "birthday"

    def test_text_is_compared_as_people_read_it(self):
        assert from_row(nom=" Lefe\u0300vre\x00\r\n").fields["surname"] == "Lefèvre"

    @pytest.mark.parametrize(
        "cell", ["A@example.com; b@example.com", "a@example.com,b@example.com", "Ann <a@example.com>\nb@example.com a@example.com"]
    )
    def test_a_cell_may_hold_several_addresses(self, cell):
        assert from_row(email=cell).fields["emailAddresses"] == ("a@example.com", "b@example.com")

    def test_what_is_no_address_is_left_out(self):
        assert from_row(email="inconnu; a@example.com; @x").fields["emailAddresses"] == ("a@example.com",)

    def test_a_fourth_address_stays_in_the_crm(self):
        assert from_row(email="a@x.test b@x.test c@x.test d@x.test").fields["emailAddresses"] == (
            "a@x.test",
            "b@x.test",
            "c@x.test",
        )

    def test_only_columns_supply_fields(self):
        assert "displayName" not in from_row().fields

    def test_two_columns_feed_two_places_without_a_hole(self):
        entries = {"emailAddresses[0]": "email", "emailAddresses[1]": "email_pro"}
        assert from_row({"cle": "k", "email": "", "email_pro": "p@example.com"}, entries=entries).fields == {
            "emailAddresses[0]": "p@example.com",
            "emailAddresses[1]": None,
        }

    def test_the_modification_time_is_a_wall_clock_of_the_zone(self):
        record = from_row(date_modification="2026-07-02", heure_modification="00:30:05")
        assert record.modified == datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC)
        assert record.modified_exact

    @pytest.mark.parametrize("hour", [None, "", "midi"])
    def test_a_day_without_hour_is_not_exact(self, hour):
        record = from_row(date_modification="02/07/2026", heure_modification=hour)
        assert (record.modified, record.modified_exact) == (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), False)

    @pytest.mark.parametrize("cell", ["", "hier", "0000-00-00", None, 20260702])
    def test_an_unreadable_modification_date_does_not_spoil_the_row(self, cell):
        assert from_row(date_modification=cell).modified is None


class TestReadingOutlook:
    def test_the_mapped_groups_are_read_whole(self):
        fields = from_contact(entries={"street": "rue"}).fields
        assert set(fields) == {f"businessAddress.{part}" for part in ("street", "city", "state", "countryOrRegion", "postalCode")}
        assert fields["businessAddress.city"] == "Paris"

    @pytest.mark.parametrize("nothing", [None, "", [], {}])
    def test_every_way_to_show_nothing_is_none(self, nothing):
        entries = {"homeAddress.city": "v", "children": "e", "personalNotes": "n"}
        fields = from_contact(
            entries=entries, homeAddress=nothing or {}, children=nothing or [], personalNotes=nothing or ""
        ).fields
        assert set(fields.values()) == {None}

    def test_an_entry_without_address_or_with_an_internal_one_is_skipped(self):
        entries = [{"name": "x"}, {"address": "/o=Org/cn=abc"}, {"address": None}, {"name": "y", "address": "A@example.com"}]
        assert from_contact(emailAddresses=entries).fields["emailAddresses"] == ("a@example.com",)

    def test_the_order_of_categories_means_nothing(self):
        first, second = (from_contact(entries={"categories": "tags"}, categories=order) for order in (["b", "a"], ["a", "b"]))
        assert first.fields == second.fields

    def test_a_contact_without_id_is_a_bad_record(self):
        with pytest.raises(BadRecord):
            from_contact(id=None)

    def test_a_shape_that_no_contact_has_is_a_bad_record(self):
        with pytest.raises(BadRecord) as caught:
            from_contact(mobilePhone={"number": "1"})
        assert caught.value.field == "mobilePhone"

    def test_version_marker_and_time_come_along(self):
        record = from_contact(**{"outlookd.marker": "m1", "lastModifiedDateTime": "2026-05-01T08:00:05.1234567Z"})
        assert (record.version, record.marker) == ('W/"7"', "m1")
        assert record.modified == datetime(2026, 5, 1, 8, 0, 5, 123456, tzinfo=UTC)
        assert record.modified_exact


class TestDigest:
    @pytest.mark.parametrize(
        "edit",
        [
            {"nickName": "Clairette"},
            {"personalNotes": "a note"},
            {"categories": ["VIP"]},
            {"birthday": "1980-05-03T11:59:00Z"},
            {"homeAddress": {"city": "Lyon"}},
            {"homePhones": ["1", "2", "3"]},
            {"emailAddresses": [{"address": "claire@example.com"}, {"address": "/o=Org/cn=abc"}]},
            {"fileAs": "L, C"},
        ],
        ids=lambda edit: next(iter(edit)),
    )
    def test_an_edit_anywhere_on_the_contact_is_seen(self, edit):
        assert from_contact(**edit).digest != from_contact().digest

    @pytest.mark.parametrize(
        "churn",
        [
            {"@odata.etag": 'W/"8"', "changeKey": "8"},
            {"lastModifiedDateTime": "2027-01-01T00:00:00Z"},
            {"parentFolderId": "other"},
            {"outlookd.marker": "m"},
            {"emailAddresses": [{"name": "claire@example.com", "address": "Claire@example.com"}]},
            {"homeAddress": None, "children": []},
        ],
        ids=lambda churn: next(iter(churn)),
    )
    def test_what_exchange_changes_by_itself_is_not(self, churn):
        assert from_contact(**churn).digest == from_contact().digest

    def test_a_birthday_that_nobody_understands_spoils_only_jobs_that_map_it(self):
        assert from_contact(entries={"givenName": "prenom"}, birthday="soon").digest
        with pytest.raises(BadRecord):
            from_contact(birthday="soon")


class TestNaturalKey:
    def test_both_sides_agree(self):
        assert from_row().natural == from_contact().natural == "claire@example.com|claire lefevre"

    def test_swapped_names_are_the_same_person(self):
        assert from_row(prenom="Lefevre", nom="CLAIRE").natural == from_row().natural

    def test_without_address_the_phone_number_stands_in_whatever_its_spelling(self):
        row, contact = from_row(email=""), from_contact(emailAddresses=[], mobilePhone="+33 6 39 98 12 34")
        assert row.natural == contact.natural == "639981234|claire lefevre"

    def test_a_name_alone_identifies_nobody(self):
        assert from_row(email="", telephone="").natural == ""

    def test_a_number_alone_identifies_nobody(self):
        assert from_row(email="", prenom="", nom="").natural == ""

    def test_what_the_map_does_not_cover_plays_no_part(self):
        entries = {"givenName": "prenom", "surname": "nom", "mobilePhone": "telephone"}
        assert from_row(entries=entries).natural == from_contact(entries=entries, mobilePhone="0639981234").natural


class TestWritingOutlook:
    def test_an_update_clears_with_null_and_empty_values(self):
        fields = {"birthday": None, "emailAddresses": None, "mobilePhone": None, "children": None}
        assert to_outlook(fields) == {"birthday": None, "emailAddresses": [], "mobilePhone": None, "children": []}

    def test_a_new_contact_leaves_out_what_is_empty(self):
        fields = {"mobilePhone": "1", "birthday": None, "children": None, "homeAddress.city": None}
        assert to_outlook(fields, new=True) == {"mobilePhone": "1"}

    def test_an_address_is_always_complete(self):
        parts = to_outlook({"businessAddress.city": "Paris"})["businessAddress"]
        assert parts == {"street": None, "city": "Paris", "state": None, "countryOrRegion": None, "postalCode": None}

    def test_a_birthday_is_sent_at_the_minute_that_shifts_no_day(self):
        assert to_outlook({"birthday": "1980-05-03"}) == {"birthday": "1980-05-03T11:59:00Z"}

    def test_a_display_name_is_composed_where_no_column_supplies_it(self):
        fields = {"givenName": "Anne", "surname": "Lefèvre", "displayName": "Claire Lefèvre"}
        assert to_outlook(fields)["displayName"] == "Anne Lefèvre"

    def test_a_new_contact_without_name_shows_its_company(self):
        assert to_outlook({"givenName": None, "companyName": "Exemple SARL"}, new=True)["displayName"] == "Exemple SARL"

    def test_a_mapped_display_name_is_sent_with_every_change_of_the_name(self):
        fields = {"givenName": "Anne", "displayName": "Dr Anne"}
        assert to_outlook(fields, entries={"displayName": "libelle", "givenName": "prenom"})["displayName"] == "Dr Anne"

    def test_the_name_is_left_alone_when_something_else_changes(self):
        assert "displayName" not in to_outlook({"mobilePhone": "1"})

    def test_places_become_one_list(self):
        entries = {"homePhones[0]": "tel1", "homePhones[1]": "tel2"}
        assert to_outlook({"homePhones[0]": "1", "homePhones[1]": None}, entries=entries) == {"homePhones": ["1"]}

    def test_what_outlook_cannot_hold_is_left_out(self):
        assert to_outlook({"businessPhones": ("1", "2", "3")}) == {"businessPhones": ["1", "2"]}

    def test_a_read_only_field_is_never_sent(self):
        assert to_outlook({"id": "x", "lastModifiedDateTime": "y"}, entries={"id": "outlook_id"}) == {}


class TestWritingGopaas:
    def test_the_modification_date_is_set_in_the_wall_clock_of_the_zone(self):
        row = HANDLER.render(Side.GOPAAS, {"givenName": "Anne"}, context(zone=ZoneInfo("Europe/Paris")), new=False)
        assert row == {"prenom": "Anne", "date_modification": "2026-07-02", "heure_modification": "00:30:00"}

    def test_a_new_row_gets_its_creation_date_and_its_user(self):
        row = HANDLER.render(Side.GOPAAS, {}, context(user_field="utilisateur"), new=True)
        assert (row["date_creation"], row["heure_creation"], row["utilisateur"]) == ("2026-07-02", "00:30:00", "claire")

    def test_a_read_only_field_may_be_written_into_gopaas(self):
        row = HANDLER.render(Side.GOPAAS, {"id": "AAMk1"}, context({"id": "outlook_id"}), new=False)
        assert row["outlook_id"] == "AAMk1"

    def test_nothing_that_gopaas_would_evaluate_is_written(self):
        row = HANDLER.render(Side.GOPAAS, {"givenName": "$$NULL"}, context(), new=False)
        assert not row["prenom"].startswith("$$")

    def test_what_is_empty_clears_the_column(self):
        assert HANDLER.render(Side.GOPAAS, {"birthday": None}, context(), new=False)["date_naissance"] == ""
