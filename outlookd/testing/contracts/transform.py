"""The law that every transform keeps, as a class to inherit: a test class gives `transform` and the `values` to try it on."""

from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outlookd import BadRecord, Transform, Value

EMPTY: tuple[Value, ...] = ("", ())

# The same test runs for each transform that inherits it, which Hypothesis takes for a mistake.
lawful = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])


class TransformContract:
    """What the host relies on. `values` are canonical values as GoPaaS or Outlook might show them, never None.

    `one_way` transforms refuse the way back instead of losing something on it.
    """

    transform: ClassVar[Transform]
    values: ClassVar[st.SearchStrategy[Value]]
    one_way: ClassVar[bool] = False

    @lawful
    @given(data=st.data())
    def test_there_and_back_means_the_same(self, data: st.DataObject) -> None:
        shown = self.transform.to_outlook(data.draw(self.values))
        if shown is not None:
            self._check_way_back(shown)

    @lawful
    @given(data=st.data())
    def test_what_a_person_typed_in_outlook_settles_after_one_round(self, data: st.DataObject) -> None:
        typed = data.draw(self.values)
        stored = typed if self.one_way else self.transform.to_gopaas(typed)
        shown = None if stored is None else self.transform.to_outlook(stored)
        if shown is not None:
            self._check_way_back(shown)

    @lawful
    @given(data=st.data())
    def test_it_says_the_same_every_time(self, data: st.DataObject) -> None:
        value = data.draw(self.values)
        assert self.transform.to_outlook(value) == self.transform.to_outlook(value)

    @lawful
    @given(data=st.data())
    def test_nothing_there_is_none_and_never_an_empty_value(self, data: st.DataObject) -> None:
        assert self.transform.to_outlook(data.draw(self.values)) not in EMPTY

    def _check_way_back(self, shown: Value) -> None:
        if self.one_way:
            with pytest.raises(BadRecord):
                self.transform.to_gopaas(shown)
        else:
            stored = self.transform.to_gopaas(shown)
            assert stored is not None
            assert self.transform.to_outlook(stored) == shown
