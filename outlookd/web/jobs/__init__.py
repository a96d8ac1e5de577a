"""The sync page and the administrator's page: what each job does, and the buttons."""

from __future__ import annotations
