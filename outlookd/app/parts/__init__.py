"""What an opened installation is put together from. Each part knows its own matter; `composition` knows them all."""

from __future__ import annotations
