"""Plugins made of a few lines."""

from __future__ import annotations

from types import ModuleType

from outlookd.plugins import Candidate, load_plugins


class Shout:
    """A transform that loses nothing that matters to these tests."""

    def __init__(self, name="shout"):
        self.name = name

    def to_outlook(self, value):
        return value

    def to_gopaas(self, value):
        return value


def module(**hooks):
    """A module whose functions are hook implementations already marked by their maker."""
    made = ModuleType("made_for_a_test")
    for name, function in hooks.items():
        setattr(made, name, function)
    return made


def candidate(name, plugin, origin="somewhere 1.0"):
    return Candidate(name=name, origin=origin, load=lambda: plugin)


def broken(error):
    def load():
        raise error

    return load


def load(*candidates, **options):
    return load_plugins(candidates=candidates, **options)
