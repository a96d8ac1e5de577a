"""What can be done about a job that stands still, as a closed list: one sentence of the sync page for each."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Remedy"]


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
