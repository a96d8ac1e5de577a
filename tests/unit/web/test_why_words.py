"""Every reason that core and sync write down can be said in both languages, and every scene makes a sentence."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import outlookd
from outlookd.core.model import Change, Op, Side
from outlookd.core.story import Chapter, Scene
from outlookd.core.verdict import Verdict
from outlookd.ports import Handler
from outlookd.web.mapping.form import offered
from outlookd.web.words.causes import cause_of
from outlookd.web.words.fields import field_in
from outlookd.web.words.languages import Language
from outlookd.web.words.reasons import reason_in
from outlookd.web.words.rules import rule_in
from outlookd.web.words.why import say
from outlookd_calendar.handler import CalendarHandler
from outlookd_contacts.handler import ContactsHandler

HOUSE = Path(outlookd.__file__).parent
SOURCES = sorted([*(HOUSE / "core").rglob("*.py"), *(HOUSE / "sync").rglob("*.py")])

NOT_OF_A_RECORD = frozenset({"container.py", "seal.py", "guardian.py", "folder.py", "calendar.py"})
"""Their reasons are why a whole job stands still: the text of an error, which says what to do."""

ANSWERS = re.compile(r"_?why_?\w*|_barred|_likeness|_thing")
"""Functions that return a reason, or a part of one."""

VALUES = {
    "line.side.label": "Outlook",
    "record.side.label": "GoPaaS",
    "barred": "private",
    "_thing(rules)": "event",
    "record.barred": "private",
    "action.reason": "the row left the view",
}
"""What stands where a reason is put together from something that is no text of the same function."""


def texts(node: ast.expr, function: ast.AST) -> Iterator[str]:
    """What an expression may say: every branch, and every value of a name that is set nearby."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from (*texts(body, function), *texts(other, function))
        case ast.BoolOp(values=values):
            for value in values:
                yield from texts(value, function)
        case ast.JoinedStr(values=values):
            for parts in itertools.product(*(list(part(value, function)) for value in values)):
                yield "".join(parts)
        case ast.Name(id=name):
            yield from set_nearby(name, function)
        case _:
            return


def part(node: ast.expr, function: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.FormattedValue):
        yield from texts(node, function)
        return
    source = ast.unparse(node.value)
    known = list(texts(node.value, function)) if source not in VALUES else [VALUES[source]]
    if source == "reason":
        known = ["it has begun"]
    yield from known or ["7"]


def set_nearby(name: str, function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                yield from texts(value, function)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for target, value in zip(names, values, strict=True):
                    if isinstance(target, ast.Name) and target.id == name:
                        yield from texts(value, function)


def positions(trees: list[ast.Module]) -> dict[str, int]:
    """Where functions of the house take a reason that is not given by name."""
    found = {}
    for node in itertools.chain.from_iterable(map(ast.walk, trees)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [argument.arg for argument in node.args.args]
            if "reason" in names:
                found[node.name] = names.index("reason")
    return found


def reasons() -> Iterator[str]:
    """Every reason in the source: given as `reason`, returned by a function that says why, or kept as a constant of such a module."""
    trees = {path: ast.parse(path.read_text()) for path in SOURCES if path.name not in NOT_OF_A_RECORD}
    places = positions(list(trees.values()))
    for tree in trees.values():
        yield from _why_set_aside(tree)
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            for node in ast.walk(function):
                yield from _said(node, function, tree, places)


def _why_set_aside(tree: ast.Module) -> Iterator[str]:
    """The errors that a module keeps ready for records that it sets aside."""
    for node in tree.body:
        match node:
            case ast.Assign(value=ast.Call(func=ast.Name(id="OutlookdError"), args=[ast.Constant(value=str(text))])):
                yield text
            case _:
                pass


def _said(node: ast.AST, function: ast.AST, tree: ast.Module, places: dict[str, int]) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            given = [keyword.value for keyword in keywords if keyword.arg == "reason"]
            position = places.get(name)
            if position is not None and position < len(args):
                given.append(args[position])
            for value in given:
                yield from (*texts(value, function), *(texts(value, tree) if isinstance(value, ast.Name) else ()))
        case ast.Assign(targets=[ast.Name(id="error")], value=ast.Call(func=ast.Name(id="OutlookdError"), args=[value])):
            yield from texts(value, function)
        case ast.Return(value=value) if value is not None and ANSWERS.fullmatch(getattr(function, "name", "")):
            yield from (*texts(value, function), *(texts(value, tree) if isinstance(value, ast.Name) else ()))
        case _:
            return


# A record's own fault, with its field in front: `cause_of` takes that apart.
EVERY = sorted({text for text in reasons() if " " in text} - {"7: 7"})


def test_the_walk_finds_the_reasons():
    assert len(EVERY) > 60
    assert {"new in GoPaaS", "the row left the view", "the row was deleted in GoPaaS, but it has begun"} <= set(EVERY)


@pytest.mark.parametrize("language", Language)
def test_every_reason_of_core_and_sync_can_be_said(language):
    assert [text for text in EVERY if reason_in(text, language) is None] == []


@pytest.mark.parametrize("language", Language)
def test_every_rule_can_be_said(language):
    assert all(rule_in(str(number), language) for number in range(1, 18))


SCENES = [
    Scene(at=datetime(2026, 11, 22, tzinfo=UTC), run="r", chapter=chapter, side=side, op=op, rule="4", reason=reason, number=7)
    for chapter in Chapter
    for side in Side
    for op in Op
    for reason in ("new in GoPaaS", "x: what a plugin said")
]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_scene_ends_as_a_sentence_and_leaves_no_place_open(language):
    for scene in SCENES:
        text = say(scene, language)
        assert text == "" or text.endswith((".", "…")), scene
        assert not {"{", "}"} & set(text)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("chapter", [Chapter.OBSERVED, Chapter.NOW])
def test_every_verdict_can_be_said_of_either_side(chapter, language):
    for verdict, side in itertools.product(Verdict, Side):
        assert side.name.lower() in say(Scene(at=None, run="", chapter=chapter, seen={side: verdict.value}), language).lower()


def test_values_are_left_to_whoever_shows_them():
    fields = {"companyName": Change(before="Ancien", after="Nouveau")}
    text = say(Scene(at=None, run="", chapter=Chapter.WROTE, side=Side.OUTLOOK, op=Op.UPDATE, fields=fields), "en")
    assert text == "outlookd changed it in Outlook."


def test_a_reason_that_is_nobodys_of_ours_is_shown_in_one_line_as_it_is():
    scene = Scene(at=None, run="", chapter=Chapter.DECIDED, op=Op.DETACH, reason="held by\nthe company")
    assert say(scene, "fr").startswith("held by the company.")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("handler", [ContactsHandler(), CalendarHandler()])
def test_every_field_and_group_of_the_handlers_has_a_name_that_people_know(handler: Handler, language: Language) -> None:
    groups = {spec.group for spec in handler.fields.values() if spec.group}
    keys = {name.key for name in offered(handler.resource, handler.fields, handler.aliases, into_gopaas=True)}
    assert {name for name in {*handler.fields, *groups, *keys} if field_in(name, language) is None} == set()


@pytest.mark.parametrize("name", ["naissance", "", "[0]", "homePhones[x]", "homeAddress.planet", "x.y"])
def test_a_name_that_is_none_of_ours_is_said_to_be_none(name: str) -> None:
    assert field_in(name, Language.FRENCH) is None


def test_a_cause_names_its_field_as_people_call_it() -> None:
    assert cause_of("birthday: this is not a date", "fr") == "Date de naissance\u202f: Ce n’est pas une date."
    assert reason_in("loop suspected: company was written there and back again within an hour", Language.FRENCH).startswith(
        "Société et fonction a été écrit"
    )
