"""A notice as a mail's subject and text: French first, then English, because nobody knows which the administrator reads.

Every address in it is `public_url` and nothing behind it: a mail is forwarded, and a link that could do something would go along.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from outlookd.runtime.notices.notice import Notice, NoticeKind

__all__ = ["subject_of", "text_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """Places are the fields of a notice."""

    subject: str
    text: str


FRENCH: Mapping[NoticeKind, _Words] = {
    NoticeKind.SIGN_IN: _Words(
        subject="un utilisateur doit se reconnecter",
        text="La synchronisation de l’utilisateur GoPaaS {login} est arrêtée\u202f: Microsoft demande une nouvelle connexion.\n"
        "Donnez-lui un lien (outlookd connect {argument}), ou demandez-lui de se connecter. Rien n’est perdu entre-temps.",
    ),
    NoticeKind.MANY_SIGN_INS: _Words(
        subject="beaucoup d’utilisateurs doivent se reconnecter",
        text="La synchronisation de {count} utilisateurs est arrêtée en même temps\u202f: "
        "Microsoft leur demande une nouvelle connexion.\n"
        "Cherchez d’abord une cause commune (consentement retiré, règle d’accès, application désactivée) avant de les déranger.",
    ),
    NoticeKind.EXPIRING: _Words(
        subject="le secret client arrive à échéance",
        text="Le secret client de l’application expire dans {days} jour(s). Ensuite plus aucun utilisateur ne sera synchronisé.\n"
        "Créez-en un nouveau dans Entra, et placez sa valeur dans le fichier de entra.client_secret_file.",
    ),
    NoticeKind.EXPIRED: _Words(
        subject="le secret client est expiré",
        text="Le secret client de l’application est arrivé à échéance. Les utilisateurs ne sont bientôt plus synchronisés.\n"
        "Créez-en un nouveau dans Entra, et placez sa valeur dans le fichier de entra.client_secret_file.",
    ),
    NoticeKind.REFUSED: _Words(
        subject="Microsoft refuse le secret client",
        text="Microsoft répond que le secret client d’une application est expiré (AADSTS7000222). Ses utilisateurs ne sont plus "
        "synchronisés.\nCréez-en un nouveau dans Entra, et placez sa valeur là où l’ancien se trouve\u202f: "
        "entra.client_secret_file, ou la fiche de paramétrage GoPaaS.",
    ),
    NoticeKind.RECORD: _Words(
        subject="une fiche de paramétrage est inutilisable",
        text="La fiche de paramétrage GoPaaS {record} n’est pas utilisée, car elle est fautive. "
        "Les autres fiches ne sont pas touchées.\n"
        "La raison est affichée par outlookd check et sur la page d’état.",
    ),
    NoticeKind.MANY_RECORDS: _Words(
        subject="beaucoup de fiches de paramétrage sont inutilisables",
        text="{count} fiches de paramétrage GoPaaS ne sont pas utilisées, car elles sont fautives.\n"
        "Cherchez d’abord une cause commune (un champ renommé, un plugin absent). "
        "Les raisons sont affichées par outlookd check et sur la page d’état.",
    ),
    NoticeKind.HELD: _Words(
        subject="une décision est attendue",
        text="La synchronisation «\u202f{type}\u202f» de l’utilisateur GoPaaS {login} retient des modifications inhabituelles, "
        "ou ne trouve plus son dossier.\nLa page d’état et outlookd status disent lesquelles, et ce que vous pouvez faire.",
    ),
    NoticeKind.MANY_HELD: _Words(
        subject="beaucoup de décisions sont attendues",
        text="{count} synchronisations retiennent des modifications inhabituelles, ou ne trouvent plus leur dossier.\n"
        "Cherchez d’abord une cause commune (une vue GoPaaS modifiée, le plus souvent) avant d’approuver quoi que ce soit.",
    ),
}

ENGLISH: Mapping[NoticeKind, _Words] = {
    NoticeKind.SIGN_IN: _Words(
        subject="a user must sign in again",
        text="The synchronization of the GoPaaS user {login} is stopped: Microsoft asks for a new sign-in.\n"
        "Hand out a link (outlookd connect {argument}), or ask the user to sign in. Nothing is lost meanwhile.",
    ),
    NoticeKind.MANY_SIGN_INS: _Words(
        subject="many users must sign in again",
        text="The synchronization of {count} users is stopped at the same time: Microsoft asks each of them for a new sign-in.\n"
        "Look for a common cause first (consent withdrawn, an access policy, the application disabled), before you trouble them.",
    ),
    NoticeKind.EXPIRING: _Words(
        subject="the client secret ends soon",
        text="The application's client secret ends in {days} day(s). After that no user is synchronized any more.\n"
        "Make a new one in Entra, and put its value into the file of entra.client_secret_file.",
    ),
    NoticeKind.EXPIRED: _Words(
        subject="the client secret has ended",
        text="The application's client secret has reached its end. Soon no user is synchronized any more.\n"
        "Make a new one in Entra, and put its value into the file of entra.client_secret_file.",
    ),
    NoticeKind.REFUSED: _Words(
        subject="Microsoft refuses the client secret",
        text="Microsoft answers that an application's client secret has expired (AADSTS7000222). Its users are not synchronized.\n"
        "Make a new one in Entra, and put its value where the old one is: entra.client_secret_file, or the GoPaaS settings record.",
    ),
    NoticeKind.RECORD: _Words(
        subject="a settings record cannot be used",
        text="The GoPaaS settings record {record} is not used, because there is a fault in it. "
        "The other records are not concerned.\n"
        "outlookd check and the status page say why.",
    ),
    NoticeKind.MANY_RECORDS: _Words(
        subject="many settings records cannot be used",
        text="{count} GoPaaS settings records are not used, because there are faults in them.\n"
        "Look for a common cause first (a field with another name, a plugin that is missing). "
        "outlookd check and the status page say why.",
    ),
    NoticeKind.HELD: _Words(
        subject="a decision is needed",
        text='The synchronization "{type}" of the GoPaaS user {login} holds unusual changes back, or misses its folder.\n'
        "The status page and outlookd status say which, and what you can do.",
    ),
    NoticeKind.MANY_HELD: _Words(
        subject="many decisions are needed",
        text="{count} synchronizations hold unusual changes back, or miss their folder.\n"
        "Look for a common cause first (mostly a GoPaaS view that was changed), before you approve anything.",
    ),
}

_REMINDER = ("Rappel\u202f: ", "Reminder: ")


def subject_of(notice: Notice) -> str:
    """Both languages, and no name: subjects are shown on locked screens."""
    return f"outlookd\u202f: {FRENCH[notice.kind].subject} / {ENGLISH[notice.kind].subject}"


def text_of(notice: Notice, *, public_url: str) -> str:
    """The whole text, both languages.

    Logins and keys come from GoPaaS, where anybody may have written them: none makes a line of its own, or a command in a shell.
    """
    places = {name: _visible(value) if isinstance(value, str) else value for name, value in asdict(notice).items()}
    places["argument"] = shlex.quote(_visible(notice.login))
    french, english = (
        (reminder if notice.reminder else "") + words[notice.kind].text.format(**places)
        for reminder, words in zip(_REMINDER, (FRENCH, ENGLISH), strict=True)
    )
    return f"{french}\n\n{public_url}/\n\n--\n\n{english}\n\n{public_url}/\n"


def _visible(text: str) -> str:
    """`text` on one line, with what does not show, or turns what follows around, as an escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
