"""In which language `why` answers, and what helps a record that was set aside."""

from __future__ import annotations

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import orjson
import pytest

from outlookd.cli.why import Told, _tell_unasked, language_of
from outlookd.errors import SignInNeeded
from outlookd.web.remedies import Cure, cure_of
from outlookd.web.words.cures import CURES
from outlookd.web.words.languages import Language


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "FR"}, "fr"),
        ({"LANG": ""}, "en"),
    ],
)
def test_the_locale_chooses_the_language_and_lc_all_goes_first(environ, language):
    assert language_of(environ) == language


@pytest.mark.parametrize(
    ("reason", "cure"),
    [
        ("birthday: this is not a date", Cure.CORRECT),
        ("the change was accepted and not kept", Cure.COLUMN),
        ("the handler failed (ValueError)", Cure.PLUGIN),
        ("loop suspected: companyName was written there and back again within an hour", Cure.LOOP),
        ("the side did not answer, and did not do it", Cure.WAIT),
        ("Graph refused it: a property is wrong", Cure.LOOK),
    ],
)
def test_each_reason_leads_to_what_helps(reason, cure):
    assert cure_of(reason) is cure


@pytest.mark.parametrize("language", Language)
def test_every_cure_is_said_in_both_languages(language):
    assert set(CURES.of(language)) == set(Cure)


@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_known_names_the_jobs_that_could_not_be_asked(capsys, as_json):
    job, error = SimpleNamespace(user="alice", type="contact"), SignInNeeded("sign in again", user="alice")
    told = Told(stories=(), owners={}, zone=ZoneInfo("Europe/Paris"), unasked=[(job, error)])
    assert _tell_unasked("k1", told, as_json=as_json) == 4
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "alice, contact: sign in again.",
        "Nothing is known under k1 elsewhere; 1 job could not be asked.",
    ]
    if as_json:
        assert orjson.loads(said.out)["unasked"][0]["status"] == "reauth"
