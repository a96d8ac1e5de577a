"""What people ask of the past: what was done and why, taking it back, choosing otherwise, taking copies away."""

from __future__ import annotations
