"""What can be done about a job that stands still, or about a record that was set aside: closed lists, one sentence for each."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Cure", "Remedy", "cure_of"]


class Remedy(StrEnum):
    """What helps a job whose last run could not do its work.

    WAIT: nothing, it comes back by itself. ADMIN: a setting, a secret or a permission has to be corrected. FOLDER: our folder is
    gone, and may be put back or made again. NAME: the folder's name is somebody else's. CALENDAR: a calendar is missing, and a
    person's calendar is never made.
    """

    WAIT = "wait"
    ADMIN = "admin"
    FOLDER = "folder"
    NAME = "name"
    CALENDAR = "calendar"


class Cure(StrEnum):
    """What helps a record that was set aside.

    CORRECT: its own value, in the field that the reason names. COLUMN: GoPaaS took the value and did not keep it, so the column is
    filled by something else, or is too short, or not ours to write. LOOP: something else changes the value back each time. PLUGIN:
    its handler failed, which is for whoever maintains it. WAIT: nobody could say something for sure; it is asked again. LOOK: the
    service refused it, and says why.
    """

    CORRECT = "correct"
    COLUMN = "column"
    LOOP = "loop"
    PLUGIN = "plugin"
    WAIT = "wait"
    LOOK = "look"


_CURES = {
    "the change was accepted and not kept": Cure.COLUMN,
    "the side did not answer, and did not do it": Cure.WAIT,
    "Outlook could not say whether the event that its column names exists": Cure.WAIT,
}


def cure_of(reason: str) -> Cure:
    """What helps a record that was set aside for that stored reason: a fault of its own has its field in front."""
    if reason in _CURES:
        return _CURES[reason]
    for beginning, cure in (("the handler failed", Cure.PLUGIN), ("loop suspected", Cure.LOOP)):
        if reason.startswith(beginning):
            return cure
    field, colon, _ = reason.partition(": ")
    return Cure.CORRECT if colon and " " not in field else Cure.LOOK
