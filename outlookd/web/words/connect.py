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
    who: str
    check: str
    receipt: str
    onward: str
    consent_link: str
    again: str
    again_link: str
    endings: Mapping[Outcome, Ending]


_ENGLISH = ConnectWords(
    title="Connect your Outlook mailbox",
    login="GoPaaS user: {login}",
    what="You will sign in at Microsoft and allow this server to read and write your contacts and calendars.",
    who="You will say at Microsoft who you are. This server asks for no access to your mailbox: your organisation has granted it.",
    check="If this is not your GoPaaS user, close this page: your mailbox would be filled with that user's data.",
    onward="See what is synchronized",
    receipt="The mailbox {mailbox} now belongs to the GoPaaS user {login}.",
    again="Sign in again",
    again_link="If you came with a link to connect your mailbox, open that link again.",
    consent_link="The link for your administrator: allow this application for the whole organisation",
    endings={
        Outcome.DONE: Ending(
            title="Your mailbox is connected",
            text="You may close this page. The first synchronization starts by itself. "
            "If this mailbox is not yours, tell your administrator.",
        ),
        Outcome.LATER: Ending(
            title="Microsoft does not answer right now",
            text="Nothing was changed. Try again in a few minutes.",
        ),
        Outcome.BUSY: Ending(
            title="This server cannot sign anybody in right now",
            text="It has too much to do, or cannot use its disk. Nothing was changed. Try again in a few minutes.",
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
            text="It took more than ten minutes, or was begun in another window or browser. Begin again.",
        ),
        Outcome.CANCELLED: Ending(
            title="You did not sign in",
            text="Nothing was changed. You can begin again if you change your mind.",
        ),
        Outcome.CONSENT: Ending(
            title="Your organisation has not allowed this application",
            text="An administrator of your Microsoft directory must grant consent: send them the link below. "
            "Your own link still works afterwards.",
        ),
        Outcome.POLICY: Ending(
            title="Your organisation did not let you in",
            text="A rule of your Microsoft directory stopped the sign-in. Ask your IT department. Your link still works.",
        ),
        Outcome.RESTART: Ending(
            title="The sign-in was interrupted",
            text="Nothing was changed. Begin again.",
        ),
        Outcome.TENANT: Ending(
            title="This account belongs to another organisation",
            text="Begin again and choose your work account.",
        ),
        Outcome.IDENTITY: Ending(
            title="Microsoft's answer could not be verified",
            text="Nothing was changed. Begin again; if it happens twice, tell your administrator.",
        ),
        Outcome.OTHER_MAILBOX: Ending(
            title="This is not the mailbox you used before",
            text="Nothing was changed. Open your link again and choose the same account, or ask for a link that may replace it.",
        ),
        Outcome.TAKEN: Ending(
            title="This mailbox belongs to another GoPaaS user",
            text="Nothing was changed, and your link still works. If you chose another person's account, open your link again and "
            "choose your own. If this mailbox is yours, tell your administrator, who must free it first.",
        ),
        Outcome.UNKNOWN: Ending(
            title="We do not know this account",
            text="No GoPaaS user belongs to it. Ask your administrator for a sign-in link, "
            "or sign in with the account of your mailbox.",
        ),
        Outcome.CONSENTED: Ending(
            title="Thank you: the application is allowed",
            text="The people of your organisation can now sign in with their links. You may close this page.",
        ),
        Outcome.NOT_CONSENTED: Ending(
            title="The application was not allowed",
            text="Nothing was changed. The link still works if you change your mind.",
        ),
    },
)

_FRENCH = ConnectWords(
    title="Connecter votre boîte Outlook",
    login="Utilisateur GoPaaS\u202f: {login}",
    what="Vous allez vous connecter chez Microsoft et autoriser ce serveur à lire et écrire vos contacts et calendriers.",
    who="Vous allez dire chez Microsoft qui vous êtes. Ce serveur ne demande pas l’accès à votre boîte\u202f: "
    "votre organisation l’a déjà donné.",
    check="Si ce n’est pas votre utilisateur GoPaaS, fermez cette page\u202f: "
    "votre boîte recevrait les données de cet utilisateur.",
    onward="Voir la synchronisation",
    receipt="La boîte {mailbox} est maintenant celle de l’utilisateur GoPaaS {login}.",
    again="Se connecter à nouveau",
    again_link="Si vous êtes venu avec un lien pour relier votre boîte, ouvrez-le à nouveau.",
    consent_link="Le lien pour votre administrateur\u202f: autoriser cette application pour toute l’organisation",
    endings={
        Outcome.DONE: Ending(
            title="Votre boîte est connectée",
            text="Vous pouvez fermer cette page. La première synchronisation démarre d’elle-même. "
            "Si cette boîte n’est pas la vôtre, prévenez votre administrateur.",
        ),
        Outcome.LATER: Ending(
            title="Microsoft ne répond pas pour le moment",
            text="Rien n’a été modifié. Réessayez dans quelques minutes.",
        ),
        Outcome.BUSY: Ending(
            title="Ce serveur ne peut connecter personne pour le moment",
            text="Il a trop à faire, ou ne peut pas utiliser son disque. Rien n’a été modifié. Réessayez dans quelques minutes.",
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
            text="Elle a duré plus de dix minutes, ou a commencé dans une autre fenêtre ou un autre navigateur. Recommencez.",
        ),
        Outcome.CANCELLED: Ending(
            title="Vous ne vous êtes pas connecté",
            text="Rien n’a été modifié. Vous pouvez recommencer si vous changez d’avis.",
        ),
        Outcome.CONSENT: Ending(
            title="Votre organisation n’a pas autorisé cette application",
            text="Un administrateur de votre annuaire Microsoft doit donner son consentement\u202f: "
            "envoyez-lui le lien ci-dessous. Votre propre lien restera valable.",
        ),
        Outcome.POLICY: Ending(
            title="Votre organisation ne vous a pas laissé entrer",
            text="Une règle de votre annuaire Microsoft a arrêté la connexion. Adressez-vous à votre service informatique. "
            "Votre lien restera valable.",
        ),
        Outcome.RESTART: Ending(
            title="La connexion a été interrompue",
            text="Rien n’a été modifié. Recommencez.",
        ),
        Outcome.TENANT: Ending(
            title="Ce compte appartient à une autre organisation",
            text="Recommencez et choisissez votre compte professionnel.",
        ),
        Outcome.IDENTITY: Ending(
            title="La réponse de Microsoft n’a pas pu être vérifiée",
            text="Rien n’a été modifié. Recommencez\u202f; si cela se reproduit, prévenez votre administrateur.",
        ),
        Outcome.OTHER_MAILBOX: Ending(
            title="Ce n’est pas la boîte utilisée jusqu’ici",
            text="Rien n’a été modifié. Ouvrez à nouveau votre lien et choisissez le même compte, "
            "ou demandez un lien qui permet de le remplacer.",
        ),
        Outcome.TAKEN: Ending(
            title="Cette boîte appartient à un autre utilisateur GoPaaS",
            text="Rien n’a été modifié et votre lien reste valable. Si vous avez choisi le compte d’une autre personne, ouvrez à "
            "nouveau votre lien et choisissez le vôtre. Si cette boîte est la vôtre, prévenez votre administrateur\u202f: "
            "il doit d’abord la libérer.",
        ),
        Outcome.UNKNOWN: Ending(
            title="Ce compte nous est inconnu",
            text="Aucun utilisateur GoPaaS ne lui correspond. Demandez un lien de connexion à votre administrateur, "
            "ou connectez-vous avec le compte de votre boîte.",
        ),
        Outcome.CONSENTED: Ending(
            title="Merci\u202f: l’application est autorisée",
            text="Les membres de votre organisation peuvent maintenant utiliser leurs liens. Vous pouvez fermer cette page.",
        ),
        Outcome.NOT_CONSENTED: Ending(
            title="L’application n’a pas été autorisée",
            text="Rien n’a été modifié. Le lien reste valable si vous changez d’avis.",
        ),
    },
)

CONNECT = Catalogue(english=_ENGLISH, french=_FRENCH)
