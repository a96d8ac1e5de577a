"""The pages of trust: what would change, what was changed and taken back, why, and who was right where two people disagreed."""

from __future__ import annotations
