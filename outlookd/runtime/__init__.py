"""What surrounds a running process: its clock and its logs. Knows nothing of jobs, sides or records."""

from __future__ import annotations
