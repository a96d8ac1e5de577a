from __future__ import annotations

import subprocess
import sys
from typing import ClassVar

import pytest
from hypothesis import strategies as st

import outlookd_transforms
from outlookd import BadRecord, TransformRegistry
from outlookd.core.fieldmap import FieldRule
from outlookd.testing.contracts.transform import TransformContract

registry = TransformRegistry()
outlookd_transforms.register_transforms(registry)
TRANSFORMS = registry.items

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)
DIGITS = st.text("0123456789 .-()+/x", min_size=1, max_size=20).filter(str.strip)
FRENCH = st.builds("0{}{}".format, st.integers(1, 9), st.text("0123456789", min_size=8, max_size=8))
FOREIGN = st.builds("+{}{}".format, st.sampled_from([1, 32, 41, 44, 49, 352]), st.text("123456789", min_size=6, max_size=11))
LISTS = st.lists(TEXTS, min_size=1, max_size=4).map(tuple)


class TestPhoneFr(TransformContract):
    transform = TRANSFORMS["phone_fr"]
    values = FRENCH | FOREIGN | DIGITS | TEXTS | st.lists(FRENCH | FOREIGN, min_size=1, max_size=3).map(tuple)


class TestPhoneInternational(TestPhoneFr):
    transform = TRANSFORMS["phone_international"]


class TestDateFr(TransformContract):
    transform = TRANSFORMS["date_fr"]
    values = st.dates().map("{:%d/%m/%Y}".format) | st.dates().map(str) | TEXTS | st.from_regex(r"\d\d/\d\d/\d{4}", fullmatch=True)


class TestUpper(TransformContract):
    transform = TRANSFORMS["upper"]
    values: ClassVar = TEXTS | LISTS


class TestLower(TestUpper):
    transform = TRANSFORMS["lower"]


class TestTitle(TestUpper):
    transform = TRANSFORMS["title"]


class TestTrim(TestUpper):
    transform = TRANSFORMS["trim"]


class TestListSemicolon(TransformContract):
    transform = TRANSFORMS["list_semicolon"]
    values = st.text("ab ;\n,", min_size=1) | LISTS


class TestListComma(TestListSemicolon):
    transform = TRANSFORMS["list_comma"]


class TestEmailList(TransformContract):
    transform = TRANSFORMS["email_list"]
    values = st.text("abX@. ;,\n", min_size=1) | TEXTS


class TestAddressFr(TransformContract):
    transform = TRANSFORMS["address_fr"]
    values = st.text("ab1 ,\n-", min_size=1) | TEXTS


class TestAddressFrStreet(TransformContract):
    transform = TRANSFORMS["address_fr_street"]
    values = st.text("abF 75012,\n-", min_size=1) | TEXTS
    one_way = True


class TestAddressFrPostalCode(TestAddressFrStreet):
    transform = TRANSFORMS["address_fr_postal_code"]


class TestAddressFrCity(TestAddressFrStreet):
    transform = TRANSFORMS["address_fr_city"]


class TestAddressFrCountry(TestAddressFrStreet):
    transform = TRANSFORMS["address_fr_country"]


def test_every_transform_is_held_to_the_contract():
    held = {tests.transform.name for tests in globals().values() if isinstance(tests, type) and hasattr(tests, "transform")}
    assert held == set(TRANSFORMS)


@pytest.mark.parametrize(
    "spelling",
    [
        "06 39 98 12 34",
        "06.39.98.12.34",
        "0639981234",
        "+33639981234",
        "+33 (0)6 39 98 12 34",
        "0033 6 39 98 12 34",
        "06\u00a039 98 12 34",
    ],
)
def test_every_spelling_of_a_french_number_shows_as_one(spelling):
    assert TRANSFORMS["phone_fr"].to_outlook(spelling) == "+33 6 39 98 12 34"


def test_a_french_number_goes_back_as_french_crms_show_it():
    assert TRANSFORMS["phone_fr"].to_gopaas("+33 6 39 98 12 34") == "06 39 98 12 34"


def test_a_foreign_number_keeps_its_country_on_the_way_back():
    assert TRANSFORMS["phone_fr"].to_gopaas("+49 30 901820") == "+49 30 901820"


@pytest.mark.parametrize(
    "text", ["3639", "15", "01 99 00 12 34 poste 12", "06 39 98 12 34 / 01 99 00 12 34", "639981234", "sur demande", "0800 TAXI"]
)
def test_a_number_that_is_not_understood_is_left_as_it_is(text):
    assert TRANSFORMS["phone_fr"].to_outlook(text) == text
    assert TRANSFORMS["phone_fr"].to_gopaas(text) == text


@pytest.mark.parametrize(
    ("name", "cell", "shown"),
    [
        ("date_fr", "3/5/1980", "1980-05-03"),
        ("date_fr", "31/02/1980", "31/02/1980"),
        ("title", "JEAN-PIERRE d'ormesson", "Jean-Pierre D'Ormesson"),
        ("title", "élodie lefèvre", "Élodie Lefèvre"),
        ("upper", "Lefèvre", "LEFÈVRE"),
        ("lower", "CLAIRE", "claire"),
        ("trim", "  12  rue \n de la Paix ", "12 rue\nde la Paix"),
        ("list_semicolon", "a; b;a", ("a", "b")),
        ("list_comma", "a, b; c", ("a", "b; c")),
        ("email_list", "Claire@Example.com; pro@example.com", ("claire@example.com", "pro@example.com")),
        ("address_fr", "12 rue de la Paix, Bât. B", "12 rue de la Paix\nBât. B"),
        ("address_fr_street", "12 rue de la Paix, Bât. B - 75002 PARIS", "12 rue de la Paix\nBât. B"),
        ("address_fr_postal_code", "12 rue de la Paix, F-75002 Paris, France", "75002"),
        ("address_fr_city", "12 rue de la Paix, 75002 Paris CEDEX 02, France", "Paris CEDEX 02"),
        ("address_fr_city", "75002 L'Haÿ-les-Roses", "L'Haÿ-les-Roses"),
        ("address_fr_country", "12 rue de la Paix, 75002 Paris, France", "France"),
        ("address_fr_street", "chez Claire", "chez Claire"),
        ("address_fr_postal_code", "chez Claire", None),
    ],
)
def test_what_each_transform_shows_in_outlook(name, cell, shown):
    assert TRANSFORMS[name].to_outlook(cell) == shown


@pytest.mark.parametrize(
    ("name", "shown", "cell"),
    [
        ("date_fr", "1980-05-03", "03/05/1980"),
        ("list_semicolon", ("a", "b"), "a; b"),
        ("email_list", ("a@example.com", "b@example.com"), "a@example.com; b@example.com"),
        ("address_fr", "12 rue de la Paix\nBât. B", "12 rue de la Paix, Bât. B"),
        ("upper", "Dupont", "Dupont"),
    ],
)
def test_what_each_transform_writes_into_gopaas(name, shown, cell):
    assert TRANSFORMS[name].to_gopaas(shown) == cell


def test_a_part_of_an_address_says_which_transform_refused_the_way_back():
    with pytest.raises(BadRecord, match="address_fr_city"):
        TRANSFORMS["address_fr_city"].to_gopaas("Paris")


def test_transforms_may_be_chained_in_a_map():
    rule = FieldRule(outlook="businessPhones", gopaas="tels", transforms=(TRANSFORMS["list_semicolon"], TRANSFORMS["phone_fr"]))
    assert rule.to_outlook("06 39 98 12 34; 3639") == ("+33 6 39 98 12 34", "3639")
    assert rule.to_gopaas(("+33 6 39 98 12 34", "3639")) == "06 39 98 12 34; 3639"


def test_the_phone_library_is_loaded_only_when_a_number_is_read():
    code = (
        "import sys, outlookd, outlookd_transforms as t; r = outlookd.TransformRegistry(); t.register_transforms(r);"
        "print('phonenumbers' in sys.modules); r.items['phone_fr'].to_outlook('15'); print('phonenumbers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
