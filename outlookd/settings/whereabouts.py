"""Where the state key is kept: for the one command that puts another key there.

Everything else gets secrets already read. Knows the spelling of one key of the configuration, and that it may come from the
environment.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from outlookd.settings.credentials import locate

VARIABLE = "OUTLOOKD_STATE__KEY"


def key_file_of(configuration: Path, environ: Mapping[str, str]) -> Path | None:
    """The file that ``state.key_file`` names in a sound configuration; None where the key stands in the environment."""
    if VARIABLE in environ:
        return None
    document = tomllib.loads(configuration.read_bytes().decode("utf-8-sig"))
    return locate(
        environ.get(f"{VARIABLE}_FILE") or document["state"]["key_file"], beside=configuration.parent, environ=environ
    ).resolve()
