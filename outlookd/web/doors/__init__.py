"""The doors for machines: health, metrics, Graph's notifications."""

from __future__ import annotations
