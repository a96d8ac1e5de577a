"""What surrounds a running process: clock, schedule, loops, logs, metrics, notices, the service manager.

A job is a name here, and a run is something that takes a while. Knows nothing of sides or records.
"""

from __future__ import annotations
