"""The words around every page: what leads to the other pages, to the other language, and out."""

from __future__ import annotations

from dataclasses import dataclass

from outlookd.web.words.languages import Catalogue

__all__ = ["FRAME", "FrameWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameWords:
    """`other` and `other_name` are the language that the page is not in, the name in that language itself."""

    skip: str
    pages: str
    signed_in_as: str
    sign_out: str
    other: str
    other_name: str


FRAME = Catalogue(
    english=FrameWords(
        skip="Skip to the content",
        pages="Pages",
        signed_in_as="Signed in as",
        sign_out="Sign out",
        other="fr",
        other_name="Français",
    ),
    french=FrameWords(
        skip="Aller au contenu",
        pages="Pages",
        signed_in_as="Connecté en tant que",
        sign_out="Se déconnecter",
        other="en",
        other_name="English",
    ),
)
