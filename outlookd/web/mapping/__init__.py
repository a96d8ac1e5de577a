"""The form for one job's field map."""

from __future__ import annotations
