"""Which jobs there are, and what each of them means: settings, records and plugins brought together. Opens nothing."""

from __future__ import annotations
