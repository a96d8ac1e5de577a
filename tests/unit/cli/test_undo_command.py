"""What `outlookd undo` says of what goes back and of what stays, and what it refuses to begin."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from unit.cli.configurations import write_configuration

from outlookd.app.history.undo import Undone
from outlookd.cli import main
from outlookd.cli.undo import Order, _ask, _data, _show, _tell
from outlookd.core.model import Action, Change, Op, RunStatus, Side
from outlookd.core.orders import Kept
from outlookd.testing.samples import JOB, make_link, make_report

BACK = Action(
    op=Op.UPDATE,
    side=Side.GOPAAS,
    link=make_link("anna"),
    reason="taken back by a person",
    changes={"city": Change(before="Lyon", after="Lille")},
    raw={"statut": "client"},
    image={"statut": "parti"},
)
KEPT = Kept(side=Side.OUTLOOK, id="AAMk\x1b", field="city", reason="it was changed since")
UNDONE = Undone(run="r1", job=JOB, report=make_report(run="r2"), actions=(BACK,), kept=(KEPT,))


def test_what_goes_back_is_shown_field_by_field_and_what_stays_with_its_reason(capsys):
    _show(UNDONE)
    assert capsys.readouterr().out.splitlines() == [
        "  ~ update in GoPaaS cle-anna: taken back by a person",
        "      city: Lyon -> Lille",
        "      statut: parti -> client",
        "  = stays in Outlook: AAMk\\x1b city: it was changed since",
    ]


def test_what_was_done_is_told_with_the_way_back(capsys):
    _tell(UNDONE)
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "1 write taken back."
    assert said.err.splitlines()[-1] == "To bring it back: outlookd undo r2"


def test_an_undo_that_failed_midway_says_so_beside_what_it_did(capsys):
    _tell(replace(UNDONE, report=make_report(run="r2", status=RunStatus.FAILED, message="Graph refused it.")))
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "1 write taken back."
    assert "Graph refused it." in said.err
    assert "The undo failed before its end" in said.err


def test_a_program_learns_both_runs_and_every_exception():
    data = _data(UNDONE)
    assert (data["run"], data["undone_by"], data["status"]) == ("r1", "r2", "ok")
    assert data["actions"][0]["fields"] == {"city": ["Lyon", "Lille"], "statut": ["parti", "client"]}
    assert data["kept"] == [{"side": "outlook", "id": "AAMk\x1b", "field": "city", "reason": "it was changed since"}]


def test_what_changed_while_a_person_looked_is_shown_and_asked_about_anew(capsys, monkeypatch):
    order = Order(run="r", item="", user=None, kind=None, preview=False, yes=False, as_json=False)
    shown = replace(UNDONE, report=None)
    anew = replace(shown, actions=(replace(BACK, raw={"statut": "actif"}),), overtaken=True)
    answers = iter([anew, UNDONE])
    asked = []
    monkeypatch.setattr("sys.stdin", StringIO("y\ny\n"))

    status = _ask(order, shown, lambda order: asked.append((order.run, order.agreed)) or next(answers))

    assert (status, asked) == (3, [("r1", shown.hash), ("r1", anew.hash)])
    assert shown.hash != anew.hash
    said = capsys.readouterr()
    assert "nothing was written. This is how it is now:" in said.err
    assert "statut: parti -> actif" in said.out


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "Name a RUN"),
        (["last", "--json"], 2, "--json asks nobody"),
        (["last"], 1, "no run has written anything yet"),
        (["last", "--user", "nobody"], 2, "No job is configured"),
    ],
)
def test_what_cannot_be_begun_is_said(tmp_path, capsys, arguments, status, said):
    with pytest.raises(SystemExit) as ended:
        main(["undo", *arguments, "--config", str(write_configuration(tmp_path))])
    assert (ended.value.code, said in capsys.readouterr().err) == (status, True)
