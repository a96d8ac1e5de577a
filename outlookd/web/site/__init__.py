"""Where the pages live, how they are drawn, and who looks at them."""

from __future__ import annotations

from outlookd.web.site.site import Site

__all__ = ["Site"]
