"""The words of what is shown in place of a page: one text for each status that means something to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from outlookd.web.words.connect import Ending
from outlookd.web.words.languages import Catalogue

__all__ = ["REFUSALS", "RefusalWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalWords:
    """`endings` by status; `unreadable` for any other, which only a broken browser or a stranger's program gets."""

    home: str
    unreadable: Ending
    endings: Mapping[HTTPStatus, Ending]


_ENGLISH = RefusalWords(
    home="To the start page",
    unreadable=Ending(title="This was not understood", text="Nothing was changed. Go back, load the page anew and try again."),
    endings={
        HTTPStatus.FORBIDDEN: Ending(
            title="This is not open to you",
            text="Nothing was changed. Either this page is for administrators, or another site tried to press a button here.",
        ),
        HTTPStatus.NOT_FOUND: Ending(
            title="There is no such page",
            text="It does not exist, does not exist any more, or is not yours.",
        ),
        HTTPStatus.METHOD_NOT_ALLOWED: Ending(
            title="There is no page at this address",
            text="It belongs to a button of another page. Nothing was changed.",
        ),
        HTTPStatus.REQUEST_TIMEOUT: Ending(
            title="The connection was too slow",
            text="What was sent did not arrive in time. Nothing was changed. Go back and try again.",
        ),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Ending(
            title="This was too much at once",
            text="Nothing was changed. Go back and send less.",
        ),
        HTTPStatus.SERVICE_UNAVAILABLE: Ending(
            title="This server cannot answer right now",
            text="Try again in a few minutes. If it goes on, tell your administrator, who finds the reason in the server's log.",
        ),
    },
)

_FRENCH = RefusalWords(
    home="Vers la page d’accueil",
    unreadable=Ending(
        title="Ceci n’a pas été compris",
        text="Rien n’a été modifié. Revenez en arrière, rechargez la page et réessayez.",
    ),
    endings={
        HTTPStatus.FORBIDDEN: Ending(
            title="Ceci ne vous est pas ouvert",
            text="Rien n’a été modifié. Soit cette page est réservée aux administrateurs, "
            "soit un autre site a essayé d’appuyer sur un bouton ici.",
        ),
        HTTPStatus.NOT_FOUND: Ending(
            title="Cette page n’existe pas",
            text="Elle n’existe pas, n’existe plus, ou n’est pas la vôtre.",
        ),
        HTTPStatus.METHOD_NOT_ALLOWED: Ending(
            title="Il n’y a pas de page à cette adresse",
            text="Elle appartient à un bouton d’une autre page. Rien n’a été modifié.",
        ),
        HTTPStatus.REQUEST_TIMEOUT: Ending(
            title="La connexion était trop lente",
            text="L’envoi n’est pas arrivé à temps. Rien n’a été modifié. Revenez en arrière et réessayez.",
        ),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Ending(
            title="C’était trop à la fois",
            text="Rien n’a été modifié. Revenez en arrière et envoyez moins.",
        ),
        HTTPStatus.SERVICE_UNAVAILABLE: Ending(
            title="Ce serveur ne peut pas répondre pour le moment",
            text="Réessayez dans quelques minutes. Si cela dure, prévenez votre administrateur\u202f: "
            "il trouvera la raison dans le journal du serveur.",
        ),
    },
)

REFUSALS = Catalogue(english=_ENGLISH, french=_FRENCH)
