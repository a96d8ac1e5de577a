"""The story of a record in plain French and English: one or two sentences for each scene.

Values are not in the sentences: whoever shows a scene shows its fields beside it. Knows no page and no terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from outlookd.core.model import Op, Side
from outlookd.core.story import Chapter, Scene
from outlookd.web.words.causes import cause_of
from outlookd.web.words.languages import Catalogue, Language
from outlookd.web.words.reasons import sentence_of
from outlookd.web.words.rules import rule_in
from outlookd.web.words.speech import COLON

__all__ = ["WHY", "WhyWords", "say"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyWords:
    """`saw` and `sees` go by the words of `core.verdict`; `gone` says what a deletion was proved by, by side.

    `decided`, `wrote` and `would` go by what is done.
    """

    sides: Mapping[Side, str]
    saw: Mapping[str, str]
    sees: Mapping[str, str]
    gone: Mapping[Side, str]
    shows: str
    decided: Mapping[Op, str]
    wrote: Mapping[Op, str]
    would: Mapping[Op, str]
    rule: str
    echo_same: str
    echo_other: str
    echo_none: str
    waits: str
    disputed: str
    held: str
    held_write: str
    aside: str
    undone: str
    now: str
    whose: str
    empty: str


_ENGLISH = WhyWords(
    sides={Side.GOPAAS: "GoPaaS", Side.OUTLOOK: "Outlook"},
    saw={
        "unchanged": "{side} showed what had been agreed",
        "changed": "{side} showed something else than had been agreed",
        "out of scope": "{side} still had it, but not where this job looks",
        "absent": "{side} did not show it, which proves nothing",
        "unknown": "nobody could say what {side} shows",
        "lost": "it had no half in {side}",
    },
    sees={
        "unchanged": "{side} shows what was agreed",
        "changed": "{side} shows something else than was agreed",
        "out of scope": "{side} has it, but not where this job looks",
        "absent": "{side} does not show it, which proves nothing",
        "unknown": "nobody can say what {side} shows",
        "lost": "it has no half in {side}",
    },
    gone={
        Side.GOPAAS: "it is gone from GoPaaS: a complete list did not show it, and asked for by its key it was not found "
        "while another record was",
        Side.OUTLOOK: "it is gone from Outlook: cancelled, or not shown any more and not found by its ID "
        "while the mailbox answered",
    },
    shows="{side} shows it.",
    decided={
        Op.CREATE: "So outlookd decided to make it in {side}.",
        Op.UPDATE: "So outlookd decided to change it in {side}.",
        Op.DELETE: "So outlookd decided to delete it in {side}.",
        Op.REBASE: "outlookd took note of it, and wrote nothing.",
        Op.LINK: "outlookd took note that the two belong together.",
        Op.DETACH: "outlookd left it alone from then on.",
        Op.FORGET: "outlookd forgot it.",
    },
    wrote={
        Op.CREATE: "outlookd made it in {side}.",
        Op.UPDATE: "outlookd changed it in {side}.",
        Op.DELETE: "outlookd deleted it in {side}.",
    },
    would={
        Op.CREATE: "The next run would make it in {side}.",
        Op.UPDATE: "The next run would change it in {side}.",
        Op.DELETE: "The next run would delete it in {side}.",
        Op.REBASE: "The next run would take note of it, and write nothing.",
        Op.LINK: "The next run would take note that the two belong together.",
        Op.DETACH: "The next run would leave it alone from then on.",
        Op.FORGET: "The next run would forget it.",
    },
    rule="Rule {n}: {rule}",
    echo_same="{side} showed it just so afterwards.",
    echo_other="{side} shows it in its own way. That is what counts, not what was sent.",
    echo_none="{side} has not shown it since.",
    waits="The same thing was changed on both sides, and a person is to decide: conflict {n}.",
    disputed="The same thing was changed on both sides. {side}’s value was kept; the other can still be chosen: conflict {n}.",
    held="This is held back. {reason}",
    held_write="{would} But this is held back. {reason}",
    aside="It was set aside: {reason} It is tried again by itself, less and less often.",
    undone="A person took back what had been written to {side} (line {n}).",
    now="Now:",
    whose="{type} of {user}: GoPaaS {gopaas}, Outlook {outlook}",
    empty="(nothing)",
)

_FRENCH = WhyWords(
    sides={Side.GOPAAS: "GoPaaS", Side.OUTLOOK: "Outlook"},
    saw={
        "unchanged": "{side} montrait ce qui avait été convenu",
        "changed": "{side} montrait autre chose que ce qui avait été convenu",
        "out of scope": "{side} l’avait encore, mais pas là où cette tâche regarde",
        "absent": "{side} ne le montrait pas, ce qui ne prouve rien",
        "unknown": "impossible de dire ce que {side} montrait",
        "lost": "il n’y avait pas de moitié dans {side}",
    },
    sees={
        "unchanged": "{side} montre ce qui a été convenu",
        "changed": "{side} montre autre chose que ce qui a été convenu",
        "out of scope": "{side} l’a, mais pas là où cette tâche regarde",
        "absent": "{side} ne le montre pas, ce qui ne prouve rien",
        "unknown": "impossible de dire ce que {side} montre",
        "lost": "il n’y a pas de moitié dans {side}",
    },
    gone={
        Side.GOPAAS: "il n’est plus dans GoPaaS\u202f: une liste complète ne le montrait pas, et demandé par sa clé, "
        "il n’a pas été trouvé alors qu’une autre fiche l’était",
        Side.OUTLOOK: "il n’est plus dans Outlook\u202f: annulé, ou plus montré et introuvable par son identifiant "
        "alors que la boîte répondait",
    },
    shows="{side} le montre.",
    decided={
        Op.CREATE: "outlookd a donc décidé de le créer dans {side}.",
        Op.UPDATE: "outlookd a donc décidé de le modifier dans {side}.",
        Op.DELETE: "outlookd a donc décidé de le supprimer dans {side}.",
        Op.REBASE: "outlookd en a pris note, sans rien écrire.",
        Op.LINK: "outlookd a noté que les deux vont ensemble.",
        Op.DETACH: "outlookd l’a laissé tel quel à partir de là.",
        Op.FORGET: "outlookd l’a oublié.",
    },
    wrote={
        Op.CREATE: "outlookd l’a créé dans {side}.",
        Op.UPDATE: "outlookd l’a modifié dans {side}.",
        Op.DELETE: "outlookd l’a supprimé dans {side}.",
    },
    would={
        Op.CREATE: "Le prochain passage le créerait dans {side}.",
        Op.UPDATE: "Le prochain passage le modifierait dans {side}.",
        Op.DELETE: "Le prochain passage le supprimerait dans {side}.",
        Op.REBASE: "Le prochain passage en prendrait note, sans rien écrire.",
        Op.LINK: "Le prochain passage noterait que les deux vont ensemble.",
        Op.DETACH: "Le prochain passage le laisserait tel quel à partir de là.",
        Op.FORGET: "Le prochain passage l’oublierait.",
    },
    rule="Règle {n}\u202f: {rule}",
    echo_same="{side} le montrait exactement ainsi ensuite.",
    echo_other="{side} le montre à sa façon. C’est cela qui compte, non ce qui a été envoyé.",
    echo_none="{side} ne l’a pas encore montré depuis.",
    waits="La même chose a été modifiée des deux côtés\u202f; à une personne de décider\u202f: conflit {n}.",
    disputed="La même chose a été modifiée des deux côtés. La valeur de {side} a été gardée\u202f; "
    "l’autre peut encore être choisie\u202f: conflit {n}.",
    held="C’est retenu. {reason}",
    held_write="{would} Mais c’est retenu. {reason}",
    aside="Il a été mis de côté\u202f: {reason} Un nouvel essai est fait de lui-même, de moins en moins souvent.",
    undone="Quelqu’un a annulé ce qui avait été écrit dans {side} (ligne {n}).",
    now="Maintenant\u202f:",
    whose="{type} de {user}\u202f: GoPaaS {gopaas}, Outlook {outlook}",
    empty="(rien)",
)

WHY = Catalogue(english=_ENGLISH, french=_FRENCH)


def say(scene: Scene, language: str) -> str:
    """The scene in a sentence or two; `language` is ``fr`` or ``en``. The fields are left to whoever shows it."""
    tongue = Language(language)
    words = WHY.of(tongue)
    side = words.sides[scene.side] if scene.side is not None else ""
    match scene.chapter:
        case Chapter.OBSERVED:
            return _observed(scene.seen, words, words.saw)
        case Chapter.DECIDED:
            return _joined(_reason(scene, tongue), _by(words.decided, scene.op, side), _rule(scene, tongue))
        case Chapter.WROTE:
            return _by(words.wrote, scene.op, side)
        case Chapter.ECHO:
            return _echo(scene, words).format(side=side)
        case Chapter.CONFLICT:
            return (words.disputed if side else words.waits).format(side=side, n=scene.number)
        case Chapter.HELD:
            text = words.held_write if scene.op is not None else words.held
            return text.format(would=_by(words.would, scene.op, side), reason=_reason(scene, tongue))
        case Chapter.QUARANTINED:
            return words.aside.format(reason=cause_of(scene.reason, language))
        case Chapter.UNDONE:
            return words.undone.format(side=side, n=scene.number)
        case Chapter.NOW:
            return _now(scene, tongue, side)
        case _:
            assert_never(scene.chapter)


def _now(scene: Scene, language: Language, side: str) -> str:
    words = WHY.of(language)
    if scene.op is not None:
        return _joined(_reason(scene, language), _by(words.would, scene.op, side), _rule(scene, language))
    if scene.seen:
        return _observed(scene.seen, words, words.sees)
    reason = _reason(scene, language)
    if not side:
        return reason
    return f"{side}{COLON[language]}{reason}" if reason else words.shows.format(side=side)


def _observed(seen: Mapping[Side, str], words: WhyWords, verdicts: Mapping[str, str]) -> str:
    parts = [
        words.gone[side] if word == "deleted" else verdicts[word].format(side=words.sides[side]) for side, word in seen.items()
    ]
    text = "; ".join(parts) if words is _ENGLISH else "\u202f; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _echo(scene: Scene, words: WhyWords) -> str:
    if not scene.fields:
        return words.echo_none
    return words.echo_same if all(change.before == change.after for change in scene.fields.values()) else words.echo_other


def _reason(scene: Scene, language: Language) -> str:
    return sentence_of(scene.reason, language) if scene.reason else ""


def _rule(scene: Scene, language: Language) -> str:
    rule = rule_in(scene.rule, language)
    return WHY.of(language).rule.format(n=scene.rule, rule=rule) if rule else ""


def _by(texts: Mapping[Op, str], op: Op | None, side: str) -> str:
    return texts[op].format(side=side) if op is not None and op in texts else ""


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
