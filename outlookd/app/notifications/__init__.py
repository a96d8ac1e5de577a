"""Keeping Graph's subscriptions: which are needed now, and the loop that makes, renews and ends them."""

from __future__ import annotations
