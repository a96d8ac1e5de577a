"""The words of the page on which a person signs in to the pages."""

from __future__ import annotations

from dataclasses import dataclass

from outlookd.web.words.languages import Catalogue

__all__ = ["SIGN_IN", "SignInWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInWords:
    """What this server is, and how one gets in."""

    title: str
    what: str
    how: str
    first_time: str
    ended: str


SIGN_IN = Catalogue(
    english=SignInWords(
        title="Outlook and GoPaaS, in step",
        what="This server keeps your Outlook contacts and calendar in step with GoPaaS.",
        how="Sign in with the Microsoft account of your mailbox to see what waits, and to start a synchronization.",
        first_time="Your mailbox is not connected yet? Ask your administrator for a sign-in link.",
        ended="You were signed out meanwhile: the button that you pressed did nothing. Sign in, and press it again.",
    ),
    french=SignInWords(
        title="Outlook et GoPaaS, au même pas",
        what="Ce serveur synchronise vos contacts et votre agenda Outlook avec GoPaaS.",
        how="Connectez-vous avec le compte Microsoft de votre boîte pour voir ce qui attend et démarrer une synchronisation.",
        first_time="Votre boîte n’est pas encore reliée\u202f? Demandez un lien de connexion à votre administrateur.",
        ended="Vous avez été déconnecté entre-temps\u202f: le bouton n’a rien fait. Connectez-vous, puis appuyez à nouveau.",
    ),
)
