"""The words of the sync page. GoPaaS's own page names its panels and buttons; these are the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outlookd.core.model import Direction, RunStatus, Side
from outlookd.web.words.languages import Catalogue
from outlookd.web.words.speech import Counted

__all__ = ["SYNC", "SyncWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncWords:
    """`titles` and `waiting` go by what is synchronised, `starts` by which way; `guards` by who holds something back."""

    title: str
    nothing: str
    of_user: str
    titles: Mapping[str, Mapping[Direction, str]]
    starts: Mapping[Direction, str]
    arrows: Mapping[Direction, str]
    sides: Mapping[Side, str]
    folder: str
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
    last_success: str
    next_run: str
    written: str
    created: str
    updated: str
    deleted: str
    side: str
    conflicts: Counted
    message: str
    held_title: str
    held_by_run: Counted
    guards: Mapping[str, Counted]
    held_else: Counted
    approve: str
    approve_what: str
    set_aside_title: str
    set_aside: Counted
    set_aside_hint: str
    tried_again: str
    and_more: Counted
    sign_in: str
    connect_again: str
    mapping: str
    notes: Mapping[str, str]


_ENGLISH = SyncWords(
    title="Synchronization",
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
    folder="Outlook folder",
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
    last_success="Last success",
    next_run="Next run",
    written="What the last run wrote",
    created="Created",
    updated="Updated",
    deleted="Deleted",
    side="Side",
    conflicts=Counted(
        one="{n} value was changed on both sides. One of the two was kept; your administrator can still find the other.",
        many="{n} values were changed on both sides. One of each two was kept; your administrator can still find the others.",
    ),
    message="What outlookd says about it",
    held_title="Held back",
    held_by_run=Counted(
        one="{n} change is held back. What it is about is being looked up…",
        many="{n} changes are held back. What they are about is being looked up…",
    ),
    guards={
        "deletes": Counted(
            one="{n} deletion would be made. Approve it if somebody really deleted this.",
            many="{n} deletions at once are more than usual. Approve them only if somebody really deleted all these.",
        ),
        "field": Counted(
            one="The same field would change in {n} record. Approve this if it is meant.",
            many="The same field would change in {n} records at once. Approve this only if it is meant: "
            "a wrong mapping looks like this too.",
        ),
        "shrink": Counted(
            one="{n} known record is suddenly missing. Nothing is deleted unless you approve it.",
            many="{n} known records are suddenly missing. Nothing is deleted unless you approve it: "
            "a view that changed looks like this too.",
        ),
        "incomplete": Counted(
            one="{n} record did not arrive and is left as it is. There is nothing to do: the next run looks again.",
            many="{n} records did not arrive and are left as they are. There is nothing to do: the next run looks again.",
        ),
        "mail": Counted(
            one="{n} change could send mail to other people, so it is not made. Your administrator can allow that.",
            many="{n} changes could send mail to other people, so they are not made. Your administrator can allow that.",
        ),
    },
    held_else=Counted(
        one="{n} change is held back by a rule of your company.", many="{n} changes are held back by a rule of your company."
    ),
    approve="Approve",
    approve_what="Approve what is held back in: {what}",
    set_aside_title="Set aside",
    set_aside=Counted(one="{n} record could not be synchronized.", many="{n} records could not be synchronized."),
    set_aside_hint="Correct the record if the reason names something; the others go on meanwhile.",
    tried_again="next try: {time}",
    and_more=Counted(one="and {n} more", many="and {n} more"),
    sign_in="This mailbox must be connected again. Nothing is synchronized until then, and nothing is lost.",
    connect_again="Connect again",
    mapping="Field mapping",
    notes={
        "started": "Started.",
        "running": "It is running already.",
        "approved": "Approved. The next run does it.",
        "changed": "This has changed meanwhile, so it was not approved. Look at what is held back now.",
        "later": "This could not be done right now. Try again in a few minutes.",
    },
)

_FRENCH = SyncWords(
    title="Synchronisation",
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
    folder="Dossier Outlook",
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
    last_success="Dernier succès",
    next_run="Prochain passage",
    written="Ce que le dernier passage a écrit",
    created="Créés",
    updated="Modifiés",
    deleted="Supprimés",
    side="Côté",
    conflicts=Counted(
        one="{n} valeur a été modifiée des deux côtés. L’une des deux a été gardée, votre administrateur peut retrouver l’autre.",
        many="{n} valeurs ont été modifiées des deux côtés. Une sur deux a été gardée, "
        "votre administrateur peut retrouver les autres.",
    ),
    message="Ce qu’en dit outlookd",
    held_title="Retenu",
    held_by_run=Counted(
        one="{n} changement est retenu. Le détail est en cours de lecture…",
        many="{n} changements sont retenus. Le détail est en cours de lecture…",
    ),
    guards={
        "deletes": Counted(
            one="{n} suppression serait faite. Approuvez-la si quelqu’un a vraiment supprimé cet élément.",
            many="{n} suppressions à la fois, c’est plus que d’habitude. N’approuvez que si quelqu’un a vraiment tout supprimé.",
        ),
        "field": Counted(
            one="Le même champ changerait dans {n} fiche. Approuvez si c’est voulu.",
            many="Le même champ changerait dans {n} fiches à la fois. N’approuvez que si c’est voulu\u202f: "
            "une mauvaise correspondance des champs aurait le même effet.",
        ),
        "shrink": Counted(
            one="{n} fiche connue a soudain disparu. Rien n’est supprimé sans votre approbation.",
            many="{n} fiches connues ont soudain disparu. Rien n’est supprimé sans votre approbation\u202f: "
            "une vue modifiée aurait le même effet.",
        ),
        "incomplete": Counted(
            one="{n} fiche n’est pas arrivée et reste telle quelle. "
            "Il n’y a rien à faire\u202f: le prochain passage regarde à nouveau.",
            many="{n} fiches ne sont pas arrivées et restent telles quelles. "
            "Il n’y a rien à faire\u202f: le prochain passage regarde à nouveau.",
        ),
        "mail": Counted(
            one="{n} changement pourrait envoyer un courriel à d’autres personnes\u202f; il n’est pas fait. "
            "Votre administrateur peut l’autoriser.",
            many="{n} changements pourraient envoyer des courriels à d’autres personnes\u202f; ils ne sont pas faits. "
            "Votre administrateur peut les autoriser.",
        ),
    },
    held_else=Counted(
        one="{n} changement est retenu par une règle de votre société.",
        many="{n} changements sont retenus par une règle de votre société.",
    ),
    approve="Approuver",
    approve_what="Approuver ce qui est retenu dans\u202f: {what}",
    set_aside_title="Mis de côté",
    set_aside=Counted(one="{n} fiche n’a pas pu être synchronisée.", many="{n} fiches n’ont pas pu être synchronisées."),
    set_aside_hint="Corrigez la fiche si la raison nomme quelque chose\u202f; les autres continuent pendant ce temps.",
    tried_again="prochain essai\u202f: {time}",
    and_more=Counted(one="et {n} autre", many="et {n} autres"),
    sign_in="Cette boîte doit être connectée à nouveau. D’ici là, rien n’est synchronisé et rien n’est perdu.",
    connect_again="Connecter à nouveau",
    mapping="Correspondance des champs",
    notes={
        "started": "C’est parti.",
        "running": "C’est déjà en cours.",
        "approved": "Approuvé. Le prochain passage s’en charge.",
        "changed": "Cela a changé entre-temps et n’a pas été approuvé. Regardez ce qui est retenu maintenant.",
        "later": "Ce n’est pas possible pour le moment. Réessayez dans quelques minutes.",
    },
)

SYNC = Catalogue(english=_ENGLISH, french=_FRENCH)
