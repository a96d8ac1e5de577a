"""Why something that a page asked for could not be had, and what to do, as sentences."""

from __future__ import annotations

from collections.abc import Mapping

from outlookd.web.troubles import Trouble
from outlookd.web.words.languages import Catalogue

__all__ = ["TROUBLES"]

TROUBLES: Catalogue[Mapping[Trouble, str]] = Catalogue(
    english={
        Trouble.BUSY: "outlookd is at work here just now. Try again when it is done, in a few minutes.",
        Trouble.UNDONE: "This was taken back already. The history shows it, and can bring it back.",
        Trouble.UNREACHABLE: "GoPaaS or Microsoft does not answer right now. Nothing is lost; try again in a few minutes.",
        Trouble.SIGN_IN: "The mailbox must be connected again first. The synchronization page has the button.",
        Trouble.REFUSED: "GoPaaS or Microsoft refuses access, or a setting is wrong. Your administrator can correct that.",
        Trouble.DECIDE: "Something has to be decided first. The synchronization page says what.",
        Trouble.OTHER: "If it goes on, tell your administrator, who finds the reason in the log.",
    },
    french={
        Trouble.BUSY: "outlookd est au travail ici en ce moment. Réessayez quand il aura fini, dans quelques minutes.",
        Trouble.UNDONE: "Cela a déjà été annulé. L’historique le montre et permet d’y revenir.",
        Trouble.UNREACHABLE: "GoPaaS ou Microsoft ne répond pas en ce moment. Rien n’est perdu\u202f; "
        "réessayez dans quelques minutes.",
        Trouble.SIGN_IN: "La boîte doit d’abord être connectée à nouveau. Le bouton est sur la page de synchronisation.",
        Trouble.REFUSED: "GoPaaS ou Microsoft refuse l’accès, ou un réglage est faux. Votre administrateur peut le corriger.",
        Trouble.DECIDE: "Il faut d’abord décider quelque chose. La page de synchronisation dit quoi.",
        Trouble.OTHER: "Si cela continue, prévenez votre administrateur, qui en trouve la raison dans le journal.",
    },
)
