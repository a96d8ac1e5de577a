"""What a browser sees of outlookd: today the sign-in, health and a front page.

Knows routes, cookies, headers and words. Decides nothing about sign-in: `outlookd.entra` does.
"""

from __future__ import annotations

from outlookd.web.server import create_app, create_runner

__all__ = ["create_app", "create_runner"]
