"""Stories, conflicts and what was set aside, as commands and pages ask for them: over a job in memory."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from sync.world import World, make_job

from outlookd.app.history.disputes import disputes, resolve
from outlookd.app.history.quarantine import retry, set_aside
from outlookd.app.history.story import MOST_JOBS, tell
from outlookd.core.model import Direction, Side
from outlookd.core.policy import BUILT_IN
from outlookd.core.standing import AGREED, RESTING
from outlookd.core.story import Chapter
from outlookd.errors import OutlookdError, SignInNeeded
from outlookd.sync.job import silent


class Wakes:
    """Stands for the schedule: remembers who was woken."""

    def __init__(self) -> None:
        self.woken = []

    def wake(self, job, trigger):
        del trigger
        self.woken.append(job)
        return True


class Place:
    """An installation with one job over both sides in memory, as `App` would show it. `others` are more jobs of the same kind."""

    def __init__(self, world: World, others: int = 0) -> None:
        self.world = world
        self.store, self.clock, self.schedule, self.metrics = world.store, world.clock, Wakes(), None
        mine = SimpleNamespace(id=world.job.id, user="claire", type="contact")
        self.settings = [
            mine,
            *(SimpleNamespace(id=f"user{n}/contact/contact/", user=f"user{n}", type="contact") for n in range(others)),
        ]
        self.roster = SimpleNamespace(find=lambda name: next((job for job in self.settings if job.id == name), None))
        self.trouble: OutlookdError | None = None
        self.closed: set[str] = set()

    def jobs(self, user=None, type=None):
        return [job for job in self.settings if user in (None, job.user) and type in (None, job.type)]

    def prepare(self, job, progress=silent):
        if self.trouble is not None and (not self.closed or job.user in self.closed):
            raise self.trouble
        return self.world.job, replace(self.world.deps, progress=progress)

    def resource_of(self, job):
        del job
        return "contacts"


async def place(policy: str = "gopaas", others: int = 0) -> Place:
    """Anna's company was changed on both sides."""
    world = World(job=make_job(Direction.BOTH, policy=BUILT_IN[policy]))
    for key in ("anna", "bruno", "chloe"):
        world.add_row(key)
    await world.run()
    world.outlook.edit(world.contact_of("anna"), companyName="Ici")
    world.crm.rows["anna"]["societe"] = "Là"
    await world.run()
    return Place(world, others)


async def test_a_story_begins_with_the_oldest_and_ends_with_how_things_stand():
    app = await place()
    [story] = await tell(app, "anna")
    past = [scene for scene in story.scenes if scene.at is not None]
    assert [scene.at for scene in past] == sorted(scene.at for scene in past)
    assert story.scenes[: len(past)] == tuple(past)
    assert (story.scenes[-1].chapter, story.scenes[-1].reason) == (Chapter.NOW, AGREED)
    assert (story.gopaas_id, story.outlook_id) == ("anna", app.world.contact_of("anna"))


async def test_the_same_story_is_told_by_the_id_in_outlook():
    app = await place()
    assert await tell(app, app.world.contact_of("anna")) == await tell(app, "anna")


async def test_a_user_is_told_of_their_own_jobs_only():
    app = await place(others=1)
    assert await tell(app, "anna", user="claire") != ()
    assert await tell(app, "anna", user="user0", live=False) == ()
    assert await tell(app, "anna", kind="calendar", live=False) == ()


async def test_a_story_without_asking_tells_the_past_and_that_a_pair_rests():
    app = await place()
    app.world.outlook.delete(app.world.contact_of("anna"))
    await app.world.run()
    requests = app.world.outlook.requests
    [story] = await tell(app, "anna", live=False)
    assert (story.scenes[-1].reason, app.world.outlook.requests) == (RESTING, requests)


async def test_a_job_that_is_not_configured_any_more_still_has_its_past():
    app = await place()
    app.settings = []
    [story] = await tell(app, "anna")
    assert all(scene.at is not None for scene in story.scenes)


async def test_what_keeps_a_side_from_answering_is_told_behind_the_past():
    app = await place()
    app.trouble = SignInNeeded("sign in again", user="claire")
    [story] = await tell(app, "anna")
    assert story.scenes[-1].reason.startswith("it could not be looked up: ")


async def test_a_record_that_was_never_paired_is_looked_for_and_one_that_nobody_has_is_not_told():
    app = await place()
    id = app.world.outlook.add(app.world.outlook.add_folder("Privé"), {"givenName": "Denis"})
    [story] = await tell(app, id)
    assert (story.link, story.gopaas_id, story.outlook_id) == (None, "", id)
    assert await tell(app, "nobody") == ()


async def test_where_nothing_is_remembered_trouble_is_raised_and_too_many_jobs_are_not_searched():
    app = await place(others=MOST_JOBS)
    with pytest.raises(OutlookdError, match="too many jobs"):
        await tell(app, "nobody")
    app.trouble = SignInNeeded("sign in again", user="claire")
    with pytest.raises(SignInNeeded):
        await tell(app, "nobody", user="claire")


async def test_each_job_that_could_not_be_asked_is_heard_of_and_keeps_nobody_from_the_others():
    app = await place(others=1)
    app.trouble, app.closed = SignInNeeded("sign in again", user="user0"), {"user0"}
    heard = []
    assert await tell(app, "nobody", unasked=lambda job, error: heard.append((job.user, error))) == ()
    assert heard == [("user0", app.trouble)]


async def test_whoever_waits_for_a_story_hears_how_far_each_job_is():
    app = await place()
    heard = set()
    await tell(app, "anna", watch=lambda job: lambda stage, *_: heard.add((job.user, stage)))
    assert ("claire", "gopaas") in heard


async def test_what_is_set_aside_stands_right_before_how_things_are_now():
    app = await place()
    app.world.crm.store_as = lambda row: {**row, "societe": ""}
    app.world.outlook.edit(app.world.contact_of("bruno"), companyName="Exemple")
    for _ in range(3):
        await app.world.run()
    [story] = await tell(app, "bruno")
    chapters = [scene.chapter for scene in story.scenes]
    assert chapters.index(Chapter.QUARANTINED) + 1 == chapters.index(Chapter.NOW)


# --- conflicts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "waits"), [("gopaas", 0), ("hold", 1)])
async def test_only_what_waits_is_listed_unless_all_is_asked_for(policy, waits):
    app = await place(policy)
    assert len(await disputes(app)) == waits
    [dispute] = await disputes(app, settled=True)
    assert (dispute.gopaas["companyName"], dispute.outlook["companyName"], dispute.waits) == ("Là", "Ici", bool(waits))
    assert await disputes(app, user="paul", settled=True) == ()


async def test_a_choice_is_one_run_of_the_job_and_seen_in_the_list():
    app = await place("hold")
    [dispute] = await disputes(app)
    resolved = await resolve(app, dispute.number, Side.OUTLOOK, user="claire")
    assert (resolved.kept, app.world.crm.rows["anna"]["societe"]) == ((), "Ici")
    assert [one.resolved for one in await disputes(app, settled=True)] == [Side.OUTLOOK]


async def test_a_conflict_of_somebody_else_is_none():
    app = await place("hold")
    [dispute] = await disputes(app)
    with pytest.raises(OutlookdError, match="There is no conflict"):
        await resolve(app, dispute.number, Side.OUTLOOK, user="paul")
    with pytest.raises(OutlookdError, match="There is no conflict"):
        await resolve(app, dispute.number + 1, Side.OUTLOOK)


# --- what is set aside ----------------------------------------------------------------------------------------------------


async def test_a_record_that_is_to_be_tried_again_has_its_turn_now_and_wakes_its_job():
    app = await place()
    app.world.crm.store_as = lambda row: {**row, "societe": ""}
    app.world.outlook.edit(app.world.contact_of("bruno"), companyName="Exemple")
    for _ in range(3):
        await app.world.run()
    [(job, entry)] = await set_aside(app)
    assert entry.retry_at > app.clock.now()
    assert await retry(app, job.id, entry.side, entry.id)
    [(_, again)] = await set_aside(app, user="claire")
    assert (again.retry_at, again.attempts, again.since) == (app.clock.now(), entry.attempts, entry.since)
    assert app.schedule.woken == [app.world.job.id]


async def test_a_record_that_is_not_set_aside_wakes_nobody():
    app = await place()
    assert not await retry(app, app.world.job.id, Side.GOPAAS, "anna")
    assert app.schedule.woken == []
