from __future__ import annotations

import sys

import pytest
from made_plugins import Shout, broken, candidate, load, module

from outlookd import ConfigurationError, hookimpl
from outlookd.plugins import Candidate, PluginState


def transforming(*names):
    @hookimpl
    def register_transforms(registry):
        for name in names:
            registry.add(Shout(name))

    return module(register_transforms=register_transforms)


def states(plugins):
    return {record.name: record.state for record in plugins.records}


def test_an_enabled_plugin_contributes_what_it_registers():
    plugins = load(candidate("loud", transforming("shout")))
    assert set(plugins.transforms) == {"shout"}
    assert plugins.records[0].provides == ("transform shout",)


def test_a_disabled_plugin_is_not_even_imported():
    plugins = load(Candidate(name="loud", origin="x", load=broken(AssertionError())), disabled=["loud"])
    assert states(plugins) == {"loud": PluginState.BLOCKED}


@pytest.mark.parametrize("error", [ImportError("no such thing"), SyntaxError(), ZeroDivisionError(), SystemExit(3)], ids=type)
def test_a_plugin_that_cannot_be_imported_does_not_stop_the_next_one(error):
    plugins = load(Candidate(name="bad", origin="x", load=broken(error)), candidate("good", transforming("shout")))
    assert states(plugins) == {"bad": PluginState.IMPORT_FAILED, "good": PluginState.ENABLED}


def test_the_first_plugin_of_a_name_wins_and_the_other_is_reported():
    plugins = load(candidate("loud", transforming("first"), "ours 1"), candidate("loud", transforming("second"), "theirs 1"))
    assert set(plugins.transforms) == {"first"}
    assert plugins.records[1].state is PluginState.CLASH
    assert "ours 1" in plugins.records[1].reason


def test_a_transform_name_taken_by_another_plugin_names_both():
    plugins = load(candidate("one", transforming("shout")), candidate("two", transforming("other", "shout")))
    assert plugins.records[1].state is PluginState.CLASH
    assert "'one'" in plugins.records[1].reason


def test_a_plugin_that_clashes_contributes_nothing_at_all():
    plugins = load(candidate("one", transforming("shout")), candidate("two", transforming("other", "shout")))
    assert set(plugins.transforms) == {"shout"}


def test_a_policy_cannot_take_a_built_in_name():
    @hookimpl
    def register_policies(registry):
        registry.add(type("Mine", (), {"name": "newest", "choose": print})())

    assert states(load(candidate("mine", module(register_policies=register_policies)))) == {"mine": PluginState.CLASH}


def test_one_module_under_two_names_is_used_once():
    @hookimpl
    def shutdown():
        raise AssertionError

    shared = module(shutdown=shutdown)
    plugins = load(candidate("one", shared), candidate("two", shared))
    assert states(plugins) == {"one": PluginState.ENABLED, "two": PluginState.CLASH}


def test_a_plugin_that_fails_half_way_through_registering_contributes_nothing():
    @hookimpl
    def register_transforms(registry):
        registry.add(Shout())
        raise ZeroDivisionError

    plugins = load(candidate("half", module(register_transforms=register_transforms)))
    assert plugins.transforms == {}
    assert states(plugins) == {"half": PluginState.STOPPED}


def test_a_misspelt_hook_is_reported_instead_of_never_called():
    @hookimpl
    def after_wirte(entry):
        return None

    plugins = load(candidate("typo", module(after_wirte=after_wirte)))
    assert states(plugins) == {"typo": PluginState.INCOMPATIBLE}
    assert "after_wirte" in plugins.records[0].reason


def test_a_hook_of_a_newer_outlookd_may_be_marked_optional():
    @hookimpl(optionalhook=True)
    def hook_of_the_future(thing):
        return None

    newer = transforming("shout")
    newer.hook_of_the_future = hook_of_the_future
    assert states(load(candidate("newer", newer))) == {"newer": PluginState.ENABLED}


def test_asking_for_an_unknown_argument_is_incompatible():
    @hookimpl
    def after_write(entry, weather):
        return None

    assert states(load(candidate("odd", module(after_write=after_write)))) == {"odd": PluginState.INCOMPATIBLE}


def test_a_module_without_hooks_is_incompatible():
    assert states(load(candidate("empty", module()))) == {"empty": PluginState.INCOMPATIBLE}


def test_a_wrapper_is_refused():
    @hookimpl(wrapper=True)
    def check_action(action):
        return (yield)

    assert states(load(candidate("wrapping", module(check_action=check_action)))) == {"wrapping": PluginState.INCOMPATIBLE}


def test_an_asynchronous_check_is_refused_at_load():
    @hookimpl
    async def check_action(action):
        return None

    plugins = load(candidate("lazy", module(check_action=check_action)))
    assert states(plugins) == {"lazy": PluginState.INCOMPATIBLE}
    assert "async" in plugins.records[0].reason


def test_a_plugin_receives_its_own_settings_only():
    seen = {}

    @hookimpl
    def register_handlers(registry, settings):
        seen.update(settings)

    load(candidate("mine", module(register_handlers=register_handlers)), settings={"mine": {"a": 1}, "yours": {"b": 2}})
    assert seen == {"a": 1}


def test_a_plugin_that_refuses_its_settings_says_so_in_its_record():
    @hookimpl
    def register_handlers(registry, settings):
        raise ConfigurationError("no good", faults=["plugins.mine.colour: must be blue"])

    plugins = load(candidate("mine", module(register_handlers=register_handlers)))
    assert states(plugins) == {"mine": PluginState.BAD_SETTINGS}
    assert "must be blue" in plugins.records[0].reason


@pytest.mark.parametrize("name", ["", "with space", "a|b", "Upper", None], ids=repr)
def test_a_transform_that_no_map_could_name_is_refused(name):
    assert states(load(candidate("odd", transforming(name)))) == {"odd": PluginState.INCOMPATIBLE}


def test_an_object_without_the_methods_of_a_transform_is_refused():
    @hookimpl
    def register_transforms(registry):
        registry.add(type("Half", (), {"name": "half", "to_outlook": print})())

    plugins = load(candidate("half", module(register_transforms=register_transforms)))
    assert "to_gopaas" in plugins.records[0].reason


async def test_a_failing_startup_stops_that_plugin_and_withdraws_what_it_registered():
    bad = transforming("whisper")

    @hookimpl
    async def startup():
        raise ZeroDivisionError

    bad.startup = startup
    plugins = load(candidate("bad", bad), candidate("good", transforming("shout")))
    await plugins.start()
    assert states(plugins) == {"bad": PluginState.STOPPED, "good": PluginState.ENABLED}
    assert set(plugins.transforms) == {"shout"}


def test_nothing_of_a_failed_plugin_file_stays_imported(tmp_path):
    (tmp_path / "bad.py").write_text("import nothing_of_that_name\n")
    from outlookd.plugins import discover, load_plugins

    found = [one for one in discover(tmp_path) if one.origin.startswith(str(tmp_path))]
    plugins = load_plugins(candidates=found)
    assert states(plugins) == {"bad": PluginState.IMPORT_FAILED}
    assert not [name for name in sys.modules if name.endswith("outlookd_local_bad")]
