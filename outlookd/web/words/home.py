"""The words of the front page for somebody who has not signed in."""

from __future__ import annotations

from dataclasses import dataclass

from outlookd.web.words.languages import Catalogue

__all__ = ["HOME", "HomeWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeWords:
    """What this server is."""

    title: str
    text: str
    next: str


HOME = Catalogue(
    english=HomeWords(
        title="outlookd",
        text="This server keeps Outlook contacts and calendars in step with GoPaaS.",
        next="There is nothing to do here. To connect a mailbox, ask your administrator for a sign-in link.",
    ),
    french=HomeWords(
        title="outlookd",
        text="Ce serveur synchronise les contacts et les calendriers Outlook avec GoPaaS.",
        next="Il n’y a rien à faire ici. Pour connecter une boîte, demandez un lien de connexion à votre administrateur.",
    ),
)
