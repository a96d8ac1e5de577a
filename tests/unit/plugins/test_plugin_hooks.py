from __future__ import annotations

import asyncio

import pytest
from made_plugins import module
from structlog.testing import capture_logs

from outlookd import Hold, Refuse, hookimpl
from outlookd.hooks import Hooks, create_manager


def hooks(limit=5.0, **plugins):
    manager = create_manager()
    for name, plugin in plugins.items():
        manager.register(plugin, name=name)
    return Hooks(manager, limit=limit)


def failures_of(asked):
    """The calls that fail from now on, by plugin and hook."""
    failed = []

    def count(plugin, hook, outcome, _seconds):
        if outcome == "failed":
            failed.append((plugin, hook))

    asked.count_with(count)
    return failed


def checking(answer):
    @hookimpl
    def check_action(action, link):
        if isinstance(answer, Exception):
            raise answer
        return answer

    return module(check_action=check_action)


def test_without_plugins_every_action_is_allowed(action, link):
    assert Hooks().check_action(action, link) is None


def test_a_refusal_beats_a_hold_whoever_was_registered_last(action, link):
    hold, refuse = checking(Hold(reason="wait")), checking(Refuse(reason="never"))
    assert hooks(a=hold, b=refuse).check_action(action, link) == Refuse(reason="b: never")
    assert hooks(a=refuse, b=hold).check_action(action, link) == Refuse(reason="a: never")


def test_the_reasons_of_all_holds_are_kept_in_a_stable_order(action, link):
    verdict = hooks(z=checking(Hold(reason="two")), a=checking(Hold(reason="one"))).check_action(action, link)
    assert verdict == Hold(reason="a: one; z: two")


@pytest.mark.parametrize("answer", [ZeroDivisionError("secret"), True, "yes"], ids=["raises", "bool", "text"])
def test_a_check_that_does_not_answer_holds_the_write(action, link, answer):
    asked = hooks(broken=checking(answer))
    failures = failures_of(asked)
    assert isinstance(asked.check_action(action, link), Hold)
    assert failures == [("broken", "check_action")]


def test_a_check_that_hands_back_a_coroutine_holds_the_write_without_a_warning(action, link):
    async def later():
        return None

    @hookimpl
    def check_action():
        return later()

    assert isinstance(hooks(sly=module(check_action=check_action)).check_action(action, link), Hold)


async def test_observers_may_be_plain_or_asynchronous(entry):
    heard = []

    def plain():
        @hookimpl
        def after_write(entry):
            heard.append(("plain", entry))

        return module(after_write=after_write)

    def asynchronous():
        @hookimpl
        async def after_write(entry):
            await asyncio.sleep(0)
            heard.append(("async", entry))

        return module(after_write=after_write)

    await hooks(a=plain(), b=asynchronous()).after_write(entry)
    assert heard == [("plain", entry), ("async", entry)]


async def test_one_failing_observer_does_not_silence_the_others(entry):
    heard = []

    @hookimpl
    def after_write():
        raise ZeroDivisionError

    bad = module(after_write=after_write)

    @hookimpl(specname="after_write")
    def listen(entry):
        heard.append(entry)

    told = hooks(a=bad, b=module(listen=listen))
    failures = failures_of(told)
    await told.after_write(entry)
    assert heard == [entry]
    assert failures == [("a", "after_write")]


async def test_an_observer_that_takes_too_long_is_cut_off_and_counted(report):
    @hookimpl
    async def run_finished(report):
        await asyncio.Event().wait()

    told = hooks(limit=0.001, slow=module(run_finished=run_finished))
    failures = failures_of(told)
    await told.run_finished(report)
    assert failures == [("slow", "run_finished")]


async def test_a_cancellation_is_not_taken_for_a_plugins_failure():
    started = asyncio.Event()

    @hookimpl
    async def run_started(run, job):
        started.set()
        await asyncio.Event().wait()

    told = hooks(slow=module(run_started=run_started))
    failures = failures_of(told)
    task = asyncio.create_task(told.run_started("r", "j"))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert failures == []


async def test_the_text_of_a_plugins_error_stays_out_of_the_log(entry):
    @hookimpl
    def after_write():
        raise ValueError("claire@example.com")

    with capture_logs() as logs:
        await hooks(loose=module(after_write=after_write)).after_write(entry)
    assert logs == [
        {"event": "hook.failed", "log_level": "error", "plugin": "loose", "hook": "after_write", "error": "ValueError"},
    ]


async def test_a_plugin_whose_startup_fails_hears_nothing_more():
    heard = []

    @hookimpl
    def startup():
        raise ZeroDivisionError

    @hookimpl
    def shutdown():
        heard.append("shutdown")

    told = hooks(bad=module(startup=startup, shutdown=shutdown))
    assert await told.startup() == {"bad"}
    await told.shutdown()
    assert heard == []
