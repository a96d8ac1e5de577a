"""``python -m outlookd.cli``: the same as the installed ``outlookd``."""

from __future__ import annotations

from outlookd.cli import main

main()
