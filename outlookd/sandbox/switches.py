"""Behaviours of Microsoft's services that sources disagree about, or that only happen sometimes, as switches.

A switch is a standing property of the world; a misfortune that strikes a number of requests is a fault (`faults.py`). GoPaaS's
own switches are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal


@dataclass(slots=True, kw_only=True)
class Switches:
    """The current behaviour. Mutable: both the tests and the control page turn these while the sandbox runs.

    The defaults are what the best source says, or the strictest plausible answer where no source says anything (Graph page,
    section 13).
    """

    # contacts
    overflow: Literal["reject", "truncate"] = "reject"
    """A fourth e-mail address, a third business or home phone: no such slot exists in the store."""
    birthday: Literal["keep", "normalise"] = "keep"
    """Whether the time of day of a birthday is kept as sent or rewritten to 11:59 UTC."""
    email_names_stick: bool = False
    """An address that stays keeps its old display name, whatever the update says."""
    folder_exists_status: Literal[400, 409] = 409
    """Status of ErrorFolderExists. Reports differ; only the code is reliable."""
    deleted_still_readable: bool = False
    """A deleted contact is a contact in Deleted Items: reading it by its immutable id then still answers 200."""

    # contacts/delta
    delta_empty_first: bool = False
    """The first page of a round is empty and only carries a nextLink."""
    delta_shuffle: bool = False
    """Changes come in no particular order."""
    delta_duplicates: bool = False
    """Some items of a round come twice."""
    delta_oversize: bool = False
    """Pages are half as large again as asked for."""
    delta_lag: float = 0.0
    """Seconds until a change shows up in delta."""
    lost_folder_code: Literal["ErrorSyncFolderNotFound", "ErrorItemNotFound", "SyncStateNotFound"] = "ErrorSyncFolderNotFound"
    """What a delta link answers once its folder is gone."""

    # events
    transaction_status: Literal[400, 409] = 409
    """Status of ErrorDuplicateTransactionId. Reports differ; only the code is reliable."""
    transaction_names_event: bool = False
    """ErrorDuplicateTransactionId carries ``@event.existingEventId``. One client relies on it; nobody documents it."""
    transaction_repeats: bool = False
    """A create that is the same to the letter answers with the event it made the first time, instead of being refused."""
    custom_zone: bool = False
    """Events say ``tzone://Microsoft/Custom`` for the zone they were made in, as imported ones do."""
    exceptions_survive: bool = False
    """A series that gets another time or pattern keeps its exceptions and cancelled occurrences."""
    declined_stay: bool = False
    """A declined meeting stays in the calendar; a setting of each mailbox."""
    delta_masters: Literal["always", "in window", "never"] = "always"
    """Whether calendarView/delta has a series' own row: always, only if the series begins in the window, or never."""
    delta_full_occurrences: bool = False
    """calendarView/delta shows occurrences whole, as some clients report, instead of as stubs."""

    # subscriptions
    subscriptions_per_mailbox: int = 1_000
    """How many a mailbox may have, over all applications."""
    subscription_scope: Literal["default", "mailbox"] = "default"
    """Whether ``/me/events`` and ``/me/contacts`` watch the default calendar or folder only, or all of the mailbox's."""
    reauthorize_status: Literal[200, 204] = 204
    """What a successful reauthorisation answers."""
    notification_latency: float = 0.05
    """Seconds from a change to its notification; what happens meanwhile travels in the same POST."""
    notification_retry: float = 1.0
    """Seconds until a notification that was not accepted is sent again; each further time takes twice as long."""
    notification_copies: int = 1
    """How often each notification is sent: several for one change were seen (contrib#3073)."""

    # traffic
    latency: float = 0.001
    """Seconds each request is worked on. Only with some latency can requests overlap."""
    item_latency: float = 0.0
    """The same for one item of a `$batch`."""
    concurrency: int = 4
    """Requests that one application may have in work on one mailbox."""
    requests_per_window: int = 10_000
    """Requests per application and mailbox in ten minutes."""
    retry_after: Literal["integer", "decimal", "date", "none"] = "integer"
    """The form in which a throttled caller is told how long to wait."""
    throttle_status: Literal[429, 503] = 429
    """MailboxConcurrency was seen with both."""
    shuffle_batch: bool = True
    """`$batch` answers come in an order of their own."""

    # sign-in
    auto_sign_in: bool = True
    """A `login_hint` that names a user signs in without a page, as an existing browser session would."""
    user_consent: bool = True
    """People may agree to an application themselves. False: an administrator must have agreed before (AADSTS90094)."""
    secret_expired: bool = False
    """Every application's secret has run out (AADSTS7000222), whatever its own date says."""
    device_interval: int = 1
    """Seconds that an application must leave between two questions whether a device was signed in."""
    old_refresh_tokens_work: bool = True
    """A used refresh token stays valid, as Entra keeps it; False makes reuse an error."""

    def turn(self, changes: Mapping[str, Any]) -> None:
        """Set several switches by name, all or none.

        Raises ValueError for a name or a type that does not exist, so that a typing error in a test cannot pass unnoticed.
        """
        current = asdict(self)
        for name, value in changes.items():
            if name not in current:
                raise ValueError(f"there is no switch {name!r}")
            expected = (int, float) if isinstance(current[name], float) else (type(current[name]),)
            if type(value) not in expected:
                raise ValueError(f"switch {name!r} wants {expected[-1].__name__}, not {type(value).__name__}")
            if (allowed := CHOICES.get(name)) and value not in allowed:
                raise ValueError(f"switch {name!r} is one of {', '.join(map(str, allowed))}")
        for name, value in changes.items():
            setattr(self, name, value)

    def dump(self) -> dict[str, Any]:
        """The current setting of every switch."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


CHOICES: Mapping[str, tuple[str | int, ...]] = {
    "overflow": ("reject", "truncate"),
    "birthday": ("keep", "normalise"),
    "folder_exists_status": (400, 409),
    "transaction_status": (400, 409),
    "delta_masters": ("always", "in window", "never"),
    "lost_folder_code": ("ErrorSyncFolderNotFound", "ErrorItemNotFound", "SyncStateNotFound"),
    "subscription_scope": ("default", "mailbox"),
    "reauthorize_status": (200, 204),
    "retry_after": ("integer", "decimal", "date", "none"),
    "throttle_status": (429, 503),
}
"""What the switches that are not simply on or off may be set to."""
