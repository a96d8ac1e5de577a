"""What the state database tells about the jobs: to `status`, to Prometheus, to whoever asks whether we are ready."""

from __future__ import annotations
