"""``outlookd why``: everything that is known of one record, in plain sentences, oldest first, and how it stands now."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outlookd.cli import render
from outlookd.cli.options import config_option, install, json_option, quiet_logs, selection_options, worst
from outlookd.cli.progress import shown
from outlookd.cli.roster import call_roster, selected
from outlookd.core.story import Chapter, Scene, Story
from outlookd.errors import OutlookdError
from outlookd.web.words.languages import Language
from outlookd.web.words.why import WHY, WhyWords, say

if TYPE_CHECKING:
    from outlookd.app import Installation
    from outlookd.settings import JobSettings

WIDTH = len("2026-11-22 09:00:00  ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The stories that were found, whose they are by job, and the zone in which times are told.

    `unasked` are the jobs that could not be asked, where nothing is remembered.
    """

    stories: Sequence[Story]
    owners: Mapping[str, tuple[str, str]]
    zone: tzinfo
    unasked: Sequence[tuple[JobSettings, OutlookdError]] = ()


@click.command("why")
@click.argument("id_", metavar="KEY-OR-OUTLOOK-ID")
@config_option
@selection_options
@click.option(
    "--language",
    type=click.Choice([language.value for language in Language]),
    help="Else the language of LC_ALL or LANG, English or French.",
)
@click.option("--offline", is_flag=True, help="Only what is remembered; GoPaaS and Outlook are not asked.")
@json_option
def command(id_: str, file: Path, user: str | None, kind: str | None, *, language: str | None, offline: bool, as_json: bool) -> int:
    """Tell why a record is as it is: what each side showed, what was decided by which rule, what was written, and what came back.

    KEY-OR-OUTLOOK-ID is the record's key in GoPaaS or its id in Outlook. How it stands now is found out as for a plan: both sides
    are read, and nothing is written.

    Exit status: 0 told, 1 nothing is known of it. When nothing is known and a job could not be asked: 4 a sign-in is needed there,
    75 try again later, 78 configuration.
    """
    quiet_logs()
    tongue = Language(language) if language else language_of(os.environ)
    told = asyncio.run(_tell(install(file), id_, user, kind, live=not offline))
    if not told.stories:
        if told.unasked:
            return _tell_unasked(id_, told, as_json=as_json)
        raise OutlookdError(f"Nothing is known under {id_!r}{_looked(user, kind)}.", hint=_hint(offline=offline))
    if as_json:
        click.echo(render.as_json({"stories": [_data(story, told, tongue) for story in told.stories]}))
        return 0
    for story in told.stories:
        for line in _lines(story, told, tongue):
            click.echo(line)
    return 0


def language_of(environ: Mapping[str, str]) -> Language:
    """The language of whoever calls: French where their locale says so, else English."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG", "")
    return Language.FRENCH if locale.lower().startswith("fr") else Language.ENGLISH


async def _tell(installation: Installation, id: str, user: str | None, kind: str | None, *, live: bool) -> Told:
    from outlookd.app import open_existing
    from outlookd.app.history.story import tell

    async with open_existing(installation) as app:
        called = await call_roster(app, user, kind) if live else selected(app, user, kind)
        owners = {job.id: (job.user, job.type) for job in called.jobs}
        wanted = kind.strip().lower() if kind else None
        unasked: list[tuple[JobSettings, OutlookdError]] = []
        with shown() as progress_of:
            stories = await tell(
                app,
                id,
                user=user,
                kind=wanted,
                live=live,
                watch=lambda job: progress_of(f"{job.user} {job.type}"),
                unasked=lambda job, error: unasked.append((job, error)),
            )
        return Told(stories=stories, owners=owners, zone=installation.settings.gopaas.timezone, unasked=unasked)


def _tell_unasked(id: str, told: Told, *, as_json: bool) -> int:
    """Where nobody could look for a record of which nothing is known; the exit status says what would help."""
    if as_json:
        failures = [render.failure_data(job, error) for job, error in told.unasked]
        click.echo(render.as_json({"stories": [], "unasked": failures}))
    for job, error in told.unasked:
        for line in render.message_lines(str(error), indent=f"{job.user}, {job.type}: "):
            click.echo(line, err=True)
    jobs = render.count_text(len(told.unasked), "job")
    click.echo(f"Nothing is known under {render.visible(id)} elsewhere; {jobs} could not be asked.", err=True)
    return worst(error.exit_status for _, error in told.unasked)


def _looked(user: str | None, kind: str | None) -> str:
    whose = f" of {user}" if user else ""
    return f" in the jobs{whose}{f' of type {kind}' if kind else ''}: not in the journal, among the pairs or in quarantine"


def _hint(*, offline: bool) -> str:
    if offline:
        return "Without --offline it is looked for in GoPaaS and Outlook, too."
    return (
        "It was looked for in GoPaaS and Outlook, too. Is it the key of the record (`cle`), or the whole id that "
        "`outlookd plan --json` shows? The journal keeps its lines for a time only."
    )


# --- for people -----------------------------------------------------------------------------------------------------------


def _lines(story: Story, told: Told, language: Language) -> Iterator[str]:
    words = WHY.of(language)
    user, type_ = _owner(story, told)
    yield words.whose.format(
        type=type_,
        user=render.visible(user),
        gopaas=render.visible(story.gopaas_id) or "-",
        outlook=render.visible(story.outlook_id) or "-",
    )
    before: datetime | None = None
    for number, scene in enumerate(story.scenes):
        if scene.at is None and (number == 0 or before is not None):
            yield words.now
        yield f"{_when(scene, told.zone, before)}{say(scene, language)}"
        yield from _field_lines(scene, words)
        before = scene.at


def _when(scene: Scene, zone: tzinfo, before: datetime | None) -> str:
    """The time in front of a line; nothing where it is the line before's."""
    if scene.at is None or scene.at == before:
        return " " * (WIDTH if scene.at is not None else 2)
    return f"{scene.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  "


def _field_lines(scene: Scene, words: WhyWords) -> Iterator[str]:
    if scene.chapter is Chapter.ECHO and all(change.before == change.after for change in scene.fields.values()):
        return
    joint = " | " if scene.chapter is Chapter.CONFLICT else " -> "
    only_shown = scene.chapter is Chapter.NOW and not scene.seen and scene.op is None
    for name, change in sorted(scene.fields.items()):
        values = [change.after] if only_shown else [change.before, change.after]
        text = joint.join(words.empty if value is None else render.value_text(value) for value in values)
        yield f"{' ' * WIDTH}  {render.visible(name)}: {text}"


def _owner(story: Story, told: Told) -> tuple[str, str]:
    """User and type of the job: from the settings, or for one that is gone from its name."""
    user, _, rest = story.job.partition("/")
    return told.owners.get(story.job, (user, rest.partition("/")[0]))


# --- for programs ---------------------------------------------------------------------------------------------------------


def _data(story: Story, told: Told, language: Language) -> dict[str, Any]:
    user, type_ = _owner(story, told)
    return {
        "user": user,
        "type": type_,
        "job": story.job,
        "status": str(story.link.status) if story.link is not None else None,
        "key": story.gopaas_id,
        "outlook_id": story.outlook_id,
        "scenes": [_scene_data(scene, language) for scene in story.scenes],
    }


def _scene_data(scene: Scene, language: Language) -> dict[str, Any]:
    return {
        "at": scene.at.isoformat() if scene.at is not None else None,
        "run": scene.run,
        "chapter": str(scene.chapter),
        "side": str(scene.side) if scene.side is not None else None,
        "op": str(scene.op) if scene.op is not None else None,
        "rule": scene.rule,
        "reason": scene.reason,
        "fields": {name: [change.before, change.after] for name, change in sorted(scene.fields.items())},
        "seen": {str(side): word for side, word in scene.seen.items()},
        "number": scene.number,
        "text": say(scene, language),
    }
