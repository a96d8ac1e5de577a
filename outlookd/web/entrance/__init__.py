"""How a person comes in: the link that connects a mailbox, the sign-in to the pages, the session afterwards."""

from __future__ import annotations
