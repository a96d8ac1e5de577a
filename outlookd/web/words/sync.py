"""The words of the sync page. GoPaaS's own page names its panels and buttons; these are the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outlookd.core.model import Direction, RunStatus, Side
from outlookd.web.remedies import Remedy
from outlookd.web.words.languages import Catalogue
from outlookd.web.words.speech import Counted

__all__ = ["SYNC", "SyncWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncWords:
    """`titles` and `waiting` go by what is synchronised, `starts` by which way.

    `held_else` is said of what no guard of ours holds back: those have their own words, in `guards`.
    """

    nothing: str
    of_user: str
    titles: Mapping[str, Mapping[Direction, str]]
    starts: Mapping[Direction, str]
    arrows: Mapping[Direction, str]
    sides: Mapping[Side, str]
    waiting: Mapping[str, Counted]
    counting: str
    uncounted: str
    as_of: str
    due: str
    stages: Mapping[str, str]
    of_total: str
    so_far: Counted
    progress: str
    results: Mapping[RunStatus, str]
    never: str
    last_run: str
    written: str
    created: str
    updated: str
    deleted: str
    side: str
    conflicts: Counted
    disputed: Counted
    disputed_values: str
    disputed_all: str
    kept: Mapping[Side, str]
    empty: str
    message: str
    held_title: str
    held_by_run: Counted
    held_looked_up: str
    held_later: str
    held_each: str
    remedies: Mapping[Remedy, str]
    tried_by_itself: str
    recreate: str
    recreate_what: str
    held_else: Counted
    approve: str
    approve_what: str
    set_aside: Counted
    set_aside_hint: str
    at_fault: Mapping[Side, str]
    reason_folded: str
    tried_again: str
    and_more: Counted
    sign_in: str
    sign_in_first: str
    connect_again: str
    connect_first: str
    connect_for_others: str
    silence: str
    notes: Mapping[str, str]


_ENGLISH = SyncWords(
    nothing="Nothing is set up for you yet. Your administrator gives you contacts or a calendar to synchronize in GoPaaS.",
    of_user="The page of {login}",
    titles={
        "events": {
            Direction.BOTH: "Calendar synchronization",
            Direction.TO_OUTLOOK: "Calendar export",
            Direction.TO_GOPAAS: "Calendar import",
        },
        "contacts": {
            Direction.BOTH: "Contact synchronization",
            Direction.TO_OUTLOOK: "Contact export",
            Direction.TO_GOPAAS: "Contact import",
        },
    },
    starts={
        Direction.BOTH: "Start Synchronization",
        Direction.TO_OUTLOOK: "Start Exportation",
        Direction.TO_GOPAAS: "Start Importation",
    },
    arrows={Direction.BOTH: "and", Direction.TO_OUTLOOK: "to", Direction.TO_GOPAAS: "from"},
    sides={Side.GOPAAS: "GoPaaS", Side.OUTLOOK: "Outlook"},
    waiting={
        "events": Counted(one="{n} appointment to synchronize", many="{n} appointments to synchronize"),
        "contacts": Counted(one="{n} contact to synchronize", many="{n} contacts to synchronize"),
    },
    counting="Counting what waits…",
    uncounted="What waits could not be counted just now.",
    as_of="as of {time}",
    due="About to start…",
    stages={
        "": "Starting…",
        "gopaas": "Reading GoPaaS…",
        "outlook": "Reading Outlook…",
        "probe": "Looking for what is missing…",
        "recovery": "Checking interrupted writes…",
        "writes": "Writing changes…",
    },
    of_total="{done} of {total}",
    so_far=Counted(one="{n} so far", many="{n} so far"),
    progress="Progress",
    results={
        RunStatus.OK: "Both sides agree",
        RunStatus.HELD: "Something waits for a person",
        RunStatus.REAUTH: "A new sign-in is needed",
        RunStatus.FAILED: "The last run failed",
    },
    never="Not synchronized yet",
    last_run="Last run",
    written="What the last run wrote",
    created="Created",
    updated="Updated",
    deleted="Deleted",
    side="Side",
    conflicts=Counted(
        one="{n} value was changed on both sides. One of the two was kept.",
        many="{n} values were changed on both sides. Of each, one of the two was kept.",
    ),
    disputed=Counted(one="Changed on both sides lately: {n}", many="Changed on both sides lately: {n}"),
    disputed_values="GoPaaS: {gopaas} – Outlook: {outlook}",
    kept={Side.GOPAAS: "GoPaaS was kept.", Side.OUTLOOK: "Outlook was kept."},
    disputed_all="See all of them, or choose the other value",
    empty="(empty)",
    message="What outlookd says about it",
    held_title="Held back",
    held_by_run=Counted(one="{n} change is held back.", many="{n} changes are held back."),
    held_looked_up="What this is about is being looked up…",
    held_each="See each of them, with every field",
    held_later="What this is about cannot be looked up right now. It is tried again within a minute.",
    remedies={
        Remedy.WAIT: "GoPaaS or Microsoft did not answer as expected. There is nothing to do, this comes back by itself.",
        Remedy.ADMIN: "This does not come back by itself. Show the text below to your administrator: "
        "a setting, a secret or a permission has to be corrected.",
        Remedy.FOLDER: "The Outlook folder was deleted or moved, so nothing was changed. "
        "Put it back in Outlook (look in Deleted Items), or have it made again here and filled from GoPaaS.",
        Remedy.NAME: "The Outlook folder of that name belongs to something else, so nothing was changed. "
        "Rename that folder in Outlook, or ask your administrator for another name.",
        Remedy.CALENDAR: "The Outlook calendar was deleted or renamed, so nothing was changed. "
        "Put it back in Outlook (look in Deleted Items), or ask your administrator for another one.",
    },
    tried_by_itself="The next try: {time}.",
    recreate="Make the folder again",
    recreate_what="Make the folder again: {what}",
    held_else=Counted(
        one="{n} change is held back by a rule of your company.", many="{n} changes are held back by a rule of your company."
    ),
    approve="Approve",
    approve_what="Approve what is held back in: {what}",
    set_aside=Counted(one="{n} record could not be synchronized.", many="{n} records could not be synchronized."),
    set_aside_hint="Correct the record if the reason names something; the others go on meanwhile.",
    at_fault={Side.GOPAAS: "column", Side.OUTLOOK: "field"},
    reason_folded="Why",
    tried_again="next try: {time}",
    and_more=Counted(one="and {n} more", many="and {n} more"),
    sign_in="This mailbox must be connected again. Nothing is synchronized until then, and nothing is lost.",
    sign_in_first="No mailbox is connected yet. Nothing is synchronized until then.",
    connect_again="Connect again",
    connect_first="Connect",
    connect_for_others="Only {login} can do this. Make a sign-in link for them",
    silence="outlookd does not answer as it should. What stands below may be out of date. "
    "If you have just pressed a button, press it again once this line is gone.",
    notes={
        "started": "Started.",
        "running": "It is running already.",
        "approved": "Approved. The next run does it.",
        "changed": "This has changed meanwhile, so it was not approved. Look at what is held back now.",
        "later": "This could not be done right now. Try again in a few minutes.",
    },
)

_FRENCH = SyncWords(
    nothing="Rien n’est encore paramétré pour vous. "
    "Votre administrateur choisit dans GoPaaS les contacts ou l’agenda à synchroniser.",
    of_user="La page de {login}",
    titles={
        "events": {
            Direction.BOTH: "Synchronisation des agendas",
            Direction.TO_OUTLOOK: "Export des agendas",
            Direction.TO_GOPAAS: "Import des agendas",
        },
        "contacts": {
            Direction.BOTH: "Synchronisation des contacts",
            Direction.TO_OUTLOOK: "Export des contacts",
            Direction.TO_GOPAAS: "Import des contacts",
        },
    },
    starts={
        Direction.BOTH: "Démarrer la synchronisation",
        Direction.TO_OUTLOOK: "Démarrer l’exportation",
        Direction.TO_GOPAAS: "Démarrer l’importation",
    },
    arrows={Direction.BOTH: "et", Direction.TO_OUTLOOK: "vers", Direction.TO_GOPAAS: "depuis"},
    sides={Side.GOPAAS: "GoPaaS", Side.OUTLOOK: "Outlook"},
    waiting={
        "events": Counted(one="{n} rendez-vous à synchroniser", many="{n} rendez-vous à synchroniser"),
        "contacts": Counted(one="{n} contact à synchroniser", many="{n} contacts à synchroniser"),
    },
    counting="Comptage en cours…",
    uncounted="Ce qui attend n’a pas pu être compté pour l’instant.",
    as_of="état\u202f: {time}",
    due="Démarrage imminent…",
    stages={
        "": "Démarrage…",
        "gopaas": "Lecture de GoPaaS…",
        "outlook": "Lecture d’Outlook…",
        "probe": "Recherche de ce qui manque…",
        "recovery": "Vérification des écritures interrompues…",
        "writes": "Écriture des changements…",
    },
    of_total="{done} sur {total}",
    so_far=Counted(one="{n} pour l’instant", many="{n} pour l’instant"),
    progress="Avancement",
    results={
        RunStatus.OK: "Les deux côtés concordent",
        RunStatus.HELD: "Quelque chose attend une décision",
        RunStatus.REAUTH: "Une nouvelle connexion est nécessaire",
        RunStatus.FAILED: "Le dernier passage a échoué",
    },
    never="Pas encore synchronisé",
    last_run="Dernier passage",
    written="Ce que le dernier passage a écrit",
    created="Créés",
    updated="Modifiés",
    deleted="Supprimés",
    side="Côté",
    conflicts=Counted(
        one="{n} valeur a été modifiée des deux côtés. L’une des deux versions a été gardée.",
        many="{n} valeurs ont été modifiées des deux côtés. Pour chacune, l’une des deux versions a été gardée.",
    ),
    disputed=Counted(one="Modifié des deux côtés récemment\u202f: {n}", many="Modifiés des deux côtés récemment\u202f: {n}"),
    disputed_values="GoPaaS\u202f: {gopaas} – Outlook\u202f: {outlook}",
    kept={Side.GOPAAS: "GoPaaS a été gardé.", Side.OUTLOOK: "Outlook a été gardé."},
    disputed_all="Les voir tous, ou choisir l’autre valeur",
    empty="(vide)",
    message="Ce qu’en dit outlookd",
    held_title="Retenu",
    held_by_run=Counted(one="{n} changement est retenu.", many="{n} changements sont retenus."),
    held_looked_up="Le détail est en cours de lecture…",
    held_each="Voir chacun, avec tous ses champs",
    held_later="Le détail ne peut pas être lu pour l’instant. Nouvel essai dans la minute.",
    remedies={
        Remedy.WAIT: "GoPaaS ou Microsoft n’a pas répondu comme prévu. Il n’y a rien à faire, cela reprend tout seul.",
        Remedy.ADMIN: "Cela ne reprend pas tout seul. Montrez le texte ci-dessous à votre administrateur\u202f: "
        "un paramètre, un secret ou une autorisation est à corriger.",
        Remedy.FOLDER: "Le dossier Outlook a été supprimé ou déplacé, rien n’a donc été modifié. "
        "Remettez-le en place dans Outlook (voyez les Éléments supprimés), ou faites-le recréer ici et remplir depuis GoPaaS.",
        Remedy.NAME: "Le dossier Outlook de ce nom appartient à autre chose, rien n’a donc été modifié. "
        "Renommez ce dossier dans Outlook, ou demandez un autre nom à votre administrateur.",
        Remedy.CALENDAR: "Le calendrier Outlook a été supprimé ou renommé, rien n’a donc été modifié. "
        "Remettez-le en place dans Outlook (voyez les Éléments supprimés), ou demandez-en un autre à votre administrateur.",
    },
    tried_by_itself="Prochain essai\u202f: {time}.",
    recreate="Recréer le dossier",
    recreate_what="Recréer le dossier\u202f: {what}",
    held_else=Counted(
        one="{n} changement est retenu par une règle de votre société.",
        many="{n} changements sont retenus par une règle de votre société.",
    ),
    approve="Approuver",
    approve_what="Approuver ce qui est retenu dans\u202f: {what}",
    set_aside=Counted(one="{n} fiche n’a pas pu être synchronisée.", many="{n} fiches n’ont pas pu être synchronisées."),
    set_aside_hint="Corrigez la fiche si la raison nomme quelque chose\u202f; les autres continuent pendant ce temps.",
    at_fault={Side.GOPAAS: "colonne", Side.OUTLOOK: "champ"},
    reason_folded="Raison",
    tried_again="prochain essai\u202f: {time}",
    and_more=Counted(one="et {n} autre", many="et {n} autres"),
    sign_in="Cette boîte doit être connectée à nouveau. D’ici là, rien n’est synchronisé et rien n’est perdu.",
    sign_in_first="Aucune boîte n’est encore connectée. D’ici là, rien n’est synchronisé.",
    connect_again="Connecter à nouveau",
    connect_first="Connecter",
    connect_for_others="Seule la personne {login} peut le faire. Créez-lui un lien de connexion",
    silence="outlookd ne répond pas comme il devrait. Ce qui figure ci-dessous n’est peut-être plus à jour. "
    "Si vous venez d’appuyer sur un bouton, appuyez à nouveau quand cette ligne aura disparu.",
    notes={
        "started": "C’est parti.",
        "running": "C’est déjà en cours.",
        "approved": "Approuvé. Le prochain passage s’en charge.",
        "changed": "Cela a changé entre-temps et n’a pas été approuvé. Regardez ce qui est retenu maintenant.",
        "later": "Ce n’est pas possible pour le moment. Réessayez dans quelques minutes.",
    },
)

SYNC = Catalogue(english=_ENGLISH, french=_FRENCH)
