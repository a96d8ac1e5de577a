"""The words of the sign-in: the link's page, and one ending for each way in which it can end. Decides nothing about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outlookd.web.outcomes import Outcome
from outlookd.web.words.languages import Catalogue

__all__ = ["CONNECT", "ConnectWords", "Ending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the last page says: what happened, and what to do now."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectWords:
    """`{login}` and `{mailbox}` are the only places."""

    title: str
    login: str
    what: str
    check: str
    button: str
    receipt: str
    endings: Mapping[Outcome, Ending]


_ENGLISH = ConnectWords(
    title="Connect your Outlook mailbox",
    login="GoPaaS user: {login}",
    what="You will sign in at Microsoft and allow this server to read and write your contacts and calendars.",
    check="If this is not your GoPaaS user, close this page: your mailbox would be filled with that user's data.",
    button="Sign in with Microsoft",
    receipt="The mailbox {mailbox} now belongs to the GoPaaS user {login}.",
    endings={
        Outcome.DONE: Ending(
            title="Your mailbox is connected",
            text="You may close this page. The first synchronisation starts by itself. "
            "If this mailbox is not yours, tell your administrator.",
        ),
        Outcome.LATER: Ending(
            title="Microsoft does not answer right now",
            text="Nothing was changed. Open your sign-in link again in a few minutes.",
        ),
        Outcome.SETTINGS: Ending(
            title="The sign-in is not set up correctly",
            text="Nothing was changed. Your administrator finds the reason in the server's log.",
        ),
        Outcome.LINK: Ending(
            title="This link is no longer valid",
            text="It was used already, or it is older than 24 hours. Ask your administrator for a new one.",
        ),
        Outcome.STATE: Ending(
            title="This sign-in cannot be continued",
            text="It took more than ten minutes, or was begun in another window or browser. Open your sign-in link again.",
        ),
        Outcome.CANCELLED: Ending(
            title="You did not sign in",
            text="Nothing was changed. Your link still works if you change your mind.",
        ),
        Outcome.CONSENT: Ending(
            title="Your organisation has not allowed this application",
            text="An administrator of your Microsoft directory must grant consent. Your link still works afterwards.",
        ),
        Outcome.POLICY: Ending(
            title="Your organisation did not let you in",
            text="A rule of your Microsoft directory stopped the sign-in. Ask your IT department. Your link still works.",
        ),
        Outcome.RESTART: Ending(
            title="The sign-in was interrupted",
            text="Nothing was changed. Open your sign-in link again.",
        ),
        Outcome.TENANT: Ending(
            title="This account belongs to another organisation",
            text="Open your sign-in link again and choose your work account.",
        ),
        Outcome.IDENTITY: Ending(
            title="Microsoft's answer could not be verified",
            text="Nothing was changed. Open your sign-in link again; if it happens twice, tell your administrator.",
        ),
        Outcome.OTHER_MAILBOX: Ending(
            title="This is not the mailbox you used before",
            text="Nothing was changed. Open your link again and choose the same account, or ask for a link that may replace it.",
        ),
        Outcome.TAKEN: Ending(
            title="This mailbox belongs to another GoPaaS user",
            text="Nothing was changed. Ask your administrator for a new link, and choose your own account.",
        ),
    },
)

_FRENCH = ConnectWords(
    title="Connecter votre boîte Outlook",
    login="Utilisateur GoPaaS\u202f: {login}",
    what="Vous allez vous connecter chez Microsoft et autoriser ce serveur à lire et écrire vos contacts et calendriers.",
    check="Si ce n’est pas votre utilisateur GoPaaS, fermez cette page\u202f: "
    "votre boîte recevrait les données de cet utilisateur.",
    button="Se connecter avec Microsoft",
    receipt="La boîte {mailbox} est maintenant celle de l’utilisateur GoPaaS {login}.",
    endings={
        Outcome.DONE: Ending(
            title="Votre boîte est connectée",
            text="Vous pouvez fermer cette page. La première synchronisation démarre d’elle-même. "
            "Si cette boîte n’est pas la vôtre, prévenez votre administrateur.",
        ),
        Outcome.LATER: Ending(
            title="Microsoft ne répond pas pour le moment",
            text="Rien n’a été modifié. Ouvrez à nouveau votre lien de connexion dans quelques minutes.",
        ),
        Outcome.SETTINGS: Ending(
            title="La connexion n’est pas correctement paramétrée",
            text="Rien n’a été modifié. Votre administrateur trouvera la raison dans le journal du serveur.",
        ),
        Outcome.LINK: Ending(
            title="Ce lien n’est plus valable",
            text="Il a déjà servi, ou il a plus de 24 heures. Demandez-en un nouveau à votre administrateur.",
        ),
        Outcome.STATE: Ending(
            title="Cette connexion ne peut pas continuer",
            text="Elle a duré plus de dix minutes, ou a commencé dans une autre fenêtre ou un autre navigateur. "
            "Ouvrez à nouveau votre lien de connexion.",
        ),
        Outcome.CANCELLED: Ending(
            title="Vous ne vous êtes pas connecté",
            text="Rien n’a été modifié. Votre lien reste valable si vous changez d’avis.",
        ),
        Outcome.CONSENT: Ending(
            title="Votre organisation n’a pas autorisé cette application",
            text="Un administrateur de votre annuaire Microsoft doit donner son consentement. Votre lien restera valable.",
        ),
        Outcome.POLICY: Ending(
            title="Votre organisation ne vous a pas laissé entrer",
            text="Une règle de votre annuaire Microsoft a arrêté la connexion. Adressez-vous à votre service informatique. "
            "Votre lien restera valable.",
        ),
        Outcome.RESTART: Ending(
            title="La connexion a été interrompue",
            text="Rien n’a été modifié. Ouvrez à nouveau votre lien de connexion.",
        ),
        Outcome.TENANT: Ending(
            title="Ce compte appartient à une autre organisation",
            text="Ouvrez à nouveau votre lien de connexion et choisissez votre compte professionnel.",
        ),
        Outcome.IDENTITY: Ending(
            title="La réponse de Microsoft n’a pas pu être vérifiée",
            text="Rien n’a été modifié. Ouvrez à nouveau votre lien de connexion\u202f; "
            "si cela se reproduit, prévenez votre administrateur.",
        ),
        Outcome.OTHER_MAILBOX: Ending(
            title="Ce n’est pas la boîte utilisée jusqu’ici",
            text="Rien n’a été modifié. Ouvrez à nouveau votre lien et choisissez le même compte, "
            "ou demandez un lien qui permet de le remplacer.",
        ),
        Outcome.TAKEN: Ending(
            title="Cette boîte appartient à un autre utilisateur GoPaaS",
            text="Rien n’a été modifié. Demandez un nouveau lien à votre administrateur et choisissez votre propre compte.",
        ),
    },
)

CONNECT = Catalogue(english=_ENGLISH, french=_FRENCH)
