"""The words of the administrator's status page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outlookd.core.model import RunStatus
from outlookd.web.words.languages import Catalogue
from outlookd.web.words.speech import Counted

__all__ = ["STATUS", "StatusWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWords:
    """`states` are how a job's last run ended, `never` that there was none."""

    summary: Counted
    troubled: Counted
    filter: str
    filter_button: str
    filter_none: str
    user: str
    what: str
    state: str
    held: str
    states: Mapping[RunStatus, str]
    never: str
    running: str
    stale: str
    mapping: str
    faults_title: str
    faults: Counted
    fault_record: str
    unread: str
    link_title: str
    link_hint: str
    link_login: str
    link_button: str
    link_made: str
    link_once: str
    link_later: str
    link_unknown: str
    server_title: str
    version: str
    expiry: str
    expiry_unknown: str
    expiry_days: Counted
    expiry_over: str
    plugins: str


STATUS = Catalogue(
    english=StatusWords(
        summary=Counted(one="{n} job", many="{n} jobs"),
        troubled=Counted(one="{n} needs somebody", many="{n} need somebody"),
        filter="User or state contains",
        filter_button="Filter",
        filter_none="No job matches.",
        user="User",
        what="What",
        state="State",
        held="Held",
        states={
            RunStatus.OK: "In step",
            RunStatus.HELD: "Held back",
            RunStatus.REAUTH: "Sign-in needed",
            RunStatus.FAILED: "Failed",
        },
        never="Not run yet",
        running="Running",
        stale="Late",
        mapping="field mapping",
        faults_title="Settings records that are not followed",
        faults=Counted(one="{n} record in GoPaaS has a fault.", many="{n} records in GoPaaS have faults."),
        fault_record="Record",
        unread="The settings records could not be read just now. Those of the last good reading are followed.",
        link_title="Connect a mailbox",
        link_hint="Makes a sign-in link for one person. It works once, within 24 hours. Hand it to that person only.",
        link_login="GoPaaS login",
        link_button="Make a sign-in link",
        link_made="The sign-in link of {login}",
        link_once="Copy it now: it is not shown again.",
        link_later="The link could not be made right now. Try again in a few minutes.",
        link_unknown="No job belongs to this login.",
        server_title="This server",
        version="Version",
        expiry="Client secret",
        expiry_unknown="The settings name no day on which it ends.",
        expiry_days=Counted(one="ends in {n} day", many="ends in {n} days"),
        expiry_over="has ended; make a new one in Entra",
        plugins="Plugins",
    ),
    french=StatusWords(
        summary=Counted(one="{n} tâche", many="{n} tâches"),
        troubled=Counted(one="{n} demande une intervention", many="{n} demandent une intervention"),
        filter="L’utilisateur ou l’état contient",
        filter_button="Filtrer",
        filter_none="Aucune tâche ne correspond.",
        user="Utilisateur",
        what="Quoi",
        state="État",
        held="Retenus",
        states={
            RunStatus.OK: "À jour",
            RunStatus.HELD: "Retenu",
            RunStatus.REAUTH: "Connexion nécessaire",
            RunStatus.FAILED: "Échec",
        },
        never="Jamais exécuté",
        running="En cours",
        stale="En retard",
        mapping="correspondance des champs",
        faults_title="Fiches de paramétrage non suivies",
        faults=Counted(one="{n} fiche de GoPaaS est fautive.", many="{n} fiches de GoPaaS sont fautives."),
        fault_record="Fiche",
        unread="Les fiches de paramétrage n’ont pas pu être lues. Celles de la dernière bonne lecture sont suivies.",
        link_title="Connecter une boîte",
        link_hint="Crée un lien de connexion pour une personne. Il sert une fois, sous 24 heures\u202f; donnez-le à elle seule.",
        link_login="Identifiant GoPaaS",
        link_button="Créer un lien de connexion",
        link_made="Le lien de connexion de {login}",
        link_once="Copiez-le maintenant\u202f: il ne sera plus affiché.",
        link_later="Le lien n’a pas pu être créé. Réessayez dans quelques minutes.",
        link_unknown="Aucune tâche n’appartient à cet identifiant.",
        server_title="Ce serveur",
        version="Version",
        expiry="Secret client",
        expiry_unknown="Le paramétrage n’indique pas quand il expire.",
        expiry_days=Counted(one="expire dans {n} jour", many="expire dans {n} jours"),
        expiry_over="a expiré\u202f; créez-en un nouveau dans Entra",
        plugins="Extensions",
    ),
)
