"""What the pages show and do, behind the protocols that `outlookd.web` names; and which rooms there are."""

from __future__ import annotations
