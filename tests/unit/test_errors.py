"""What an error says of itself."""

from __future__ import annotations

import pytest

from outlookd.errors import LONGEST_PAUSE, ConfigurationError, OutlookdError, Throttled, later


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("the disk is full", "the disk is full. Make room."),
        ("The disk is full.", "The disk is full. Make room."),
        ("did you mean 'x'?", "did you mean 'x'? Make room."),
        ("it failed;", "it failed; Make room."),
        ("", "Make room."),
    ],
)
def test_a_message_and_its_hint_do_not_run_together(message, told):
    assert str(OutlookdError(message, hint="Make room.")) == told


def test_a_message_without_a_hint_is_a_sentence_too():
    assert str(OutlookdError("the disk is full")) == "the disk is full."


def test_a_configuration_error_tells_each_fault_once_and_on_a_line_of_its_own():
    error = ConfigurationError("It cannot be used.", faults=["a: is empty", "b: did you mean 'c'?"], hint="Look.")
    assert str(error).splitlines() == ["It cannot be used. Look.", "a: is empty", "b: did you mean 'c'?"]


@pytest.mark.parametrize(("asked", "counted"), [(None, None), (90.0, 90.0), (31_536_000.0, LONGEST_PAUSE)])
def test_a_service_that_asks_for_a_year_is_asked_again_after_an_hour(asked, counted):
    assert Throttled("Slow down.", service="graph", retry_after=asked).retry_after == counted


def test_a_hint_promises_no_later_time_than_that_at_which_it_is_tried_again():
    assert later(31_536_000.0) == "in 60 minutes or later"
