"""The process that stays: orders from outside, rounds of the jobs, and what goes on beside them."""

from __future__ import annotations
