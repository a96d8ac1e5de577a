"""Reading secrets: from files named by ``*_file``, never from the configuration itself.

A secret is never repeated, not even in a fault, and neither is what might be one: a ``*_file`` value is shown only when it is
plainly a path, because pasting the secret itself there is the usual mistake.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from outlookd.settings.values import CONTROL

_VARIABLE = "${CREDENTIALS_DIRECTORY}"
_LARGEST = 65_536


def locate(value: str, *, beside: Path, environ: Mapping[str, str]) -> Path:
    """The file that a ``*_file`` key names. Relative paths start at the configuration file.

    ``${CREDENTIALS_DIRECTORY}`` is where systemd's LoadCredential= puts files. Raises ValueError when it is not set.
    """
    if _VARIABLE in value:
        directory = environ.get("CREDENTIALS_DIRECTORY", "")
        if not directory:
            raise ValueError(f"uses {_VARIABLE}, which systemd sets (LoadCredential=); elsewhere name the file by its path")
        value = value.replace(_VARIABLE, directory)
    return beside / Path(value)


def read_secret(value: str, *, beside: Path, environ: Mapping[str, str], many: bool = False) -> tuple[str, str]:
    """The secret in the file that `value` names, without trailing line breaks, and a warning (or nothing).

    `many`: the file may hold several, one per line. Raises ValueError when the file is missing, empty, unreadable, not text, or
    holds lines that it must not: a key with a line break would reach the service as a refused request.
    """
    path = locate(value, beside=beside, environ=environ)
    shown = _shown(value, path)
    try:
        mode = path.stat().st_mode
        raw = _head(path) if stat.S_ISREG(mode) else None
    except FileNotFoundError:
        raise ValueError(f"{shown} does not exist") from None
    except OSError as error:
        raise ValueError(
            f"{shown} cannot be read ({error.strerror}); give the user that runs outlookd the right to read it"
        ) from None
    if raw is None:
        raise ValueError(f"{shown} is not a file")
    text = _text(raw, shown)
    if not many and CONTROL.search(text):
        raise ValueError(f"{shown} holds several lines or a control character; write the secret alone into it")
    return text, _openness(mode, shown)


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_LARGEST + 1)


def _text(raw: bytes, shown: str) -> str:
    if len(raw) > _LARGEST:
        raise ValueError(f"{shown} is too large to be a secret")
    try:
        text = raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"{shown} is not text") from None
    if not text.strip():
        raise ValueError(f"{shown} is empty")
    return text


def _openness(mode: int, shown: str) -> str:
    """A warning for a file that others may read or that the group may change.

    Group-readable is fine: ``root:outlookd 0640`` is how packages install secrets.
    """
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        return f"{shown} is open to others (mode {stat.S_IMODE(mode):04o}); run chmod 0600 on it"
    return ""


def _shown(value: str, path: Path) -> str:
    plainly_a_path = ("/" in value or value.startswith("$")) and _is(stat.S_ISDIR, path.parent)
    return (
        f"the file {path}"
        if plainly_a_path or _is(stat.S_ISREG, path)
        else "the file it names (not shown, in case it is the secret itself)"
    )


def _is(kind: Callable[[int], bool], path: Path) -> bool:
    """Whether there is something of that kind. False where we may not look: systemd keeps a service's credentials from others."""
    try:
        return kind(path.stat().st_mode)
    except (OSError, ValueError):
        return False
