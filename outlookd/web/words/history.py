"""The words of the pages of trust: the plan, the history and what is taken back, one record's story, conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outlookd.core.model import Op, RunKind, RunStatus, Side
from outlookd.web.words.languages import Catalogue
from outlookd.web.words.speech import Counted

__all__ = ["HISTORY", "HistoryWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWords:
    """`ops` go by what is done and where, `kinds` by what a run was for, `notes` by what became of a button."""

    of_job: str
    earlier: str
    later: str
    field: str
    before: str
    after: str
    sent: str
    shown: str
    fields_of: str
    fields: Counted
    ops: Mapping[Op, Mapping[Side, str]]
    mails: str
    problem: str
    ready: str
    begins: str
    plan_lead: str
    plan_make: str
    plan_again: str
    plan_name: str
    plan_none: str
    plan_writes: Counted
    plan_what: str
    plan_mails: Counted
    no_mails: str
    plan_rest: Counted
    plan_waiting: Counted
    plan_parts: str
    held_records: str
    held_all: str
    approve_part: str
    history_lead: str
    history_none: str
    kinds: Mapping[RunKind, str]
    when: str
    what: str
    outcome: str
    outcomes: Mapping[RunStatus, str]
    tallies: str
    held: Counted
    search: str
    search_button: str
    run_title: str
    run_none: str
    run_undo: str
    item_undo: str
    item_undo_of: str
    undone: str
    remembered: str
    undo_title: str
    undo_item: str
    undo_lead: str
    undo_look: str
    undo_again: str
    undo_writes: Counted
    undo_left: Counted
    undo_nothing: str
    undo_do: str
    undo_as_of: str
    undo_overtaken: str
    undo_failed: str
    undo_done: Counted
    undo_done_left: Counted
    undo_done_nothing: str
    whole_record: str
    record_title: str
    record_none: str
    record_steps: str
    inquire: str
    inquire_hint: str
    record_ids: str
    retry: str
    retry_of: str
    aside_none: str
    conflicts_lead: str
    conflicts_none: str
    kept_by_policy: str
    kept_by_person: str
    undecided: str
    agreed: str
    take: Mapping[Side, str]
    take_of: str
    settled: str
    settled_left: str
    changed_since: str
    insist: Mapping[Side, str]
    gone: str
    notes: Mapping[str, str]


_ENGLISH = HistoryWords(
    of_job="Pages of this job",
    earlier="Earlier",
    later="Later",
    field="Field",
    before="Before",
    after="After",
    sent="Sent",
    shown="Shown",
    fields_of="What changes in {name}",
    fields=Counted(one="{n} field", many="{n} fields"),
    ops={
        Op.CREATE: {Side.GOPAAS: "Create in GoPaaS", Side.OUTLOOK: "Create in Outlook"},
        Op.UPDATE: {Side.GOPAAS: "Change in GoPaaS", Side.OUTLOOK: "Change in Outlook"},
        Op.DELETE: {Side.GOPAAS: "Delete in GoPaaS", Side.OUTLOOK: "Delete in Outlook"},
        Op.REBASE: {Side.GOPAAS: "Take note of GoPaaS", Side.OUTLOOK: "Take note of Outlook"},
        Op.LINK: {Side.GOPAAS: "Belongs to a record of GoPaaS", Side.OUTLOOK: "Belongs to an item of Outlook"},
        Op.DETACH: {Side.GOPAAS: "Leave alone in GoPaaS", Side.OUTLOOK: "Leave alone in Outlook"},
        Op.FORGET: {Side.GOPAAS: "Forget the one in GoPaaS", Side.OUTLOOK: "Forget the one in Outlook"},
    },
    mails="could send mail",
    problem="This could not be done.",
    ready="Ready.",
    begins="Begins when there is room…",
    plan_lead="What the next run would write, if nothing changes until then. Finding out reads both sides and writes nothing.",
    plan_make="Find out",
    plan_again="Find out again",
    plan_name="The name of this plan",
    plan_none="Nothing would be written.",
    plan_writes=Counted(one="{n} change would be written.", many="{n} changes would be written."),
    plan_what="What would be written",
    plan_mails=Counted(one="{n} of them could send mail.", many="{n} of them could send mail."),
    no_mails="None of them sends mail.",
    plan_rest=Counted(one="{n} record stays as it is.", many="{n} records stay as they are."),
    plan_waiting=Counted(one="{n} cannot be decided yet.", many="{n} cannot be decided yet."),
    plan_parts="Back to the whole plan",
    held_records="These were not even looked into",
    held_all="All of it",
    approve_part="Approve these {n}",
    history_lead="The runs that wrote or held back something. What a run wrote can be taken back.",
    history_none="No run has written anything yet.",
    kinds={
        RunKind.SYNC: "Synchronization",
        RunKind.UNDO: "Taking back",
        RunKind.RESOLVE: "A person’s choice",
        RunKind.DEDUPE: "Removing copies",
    },
    when="When",
    what="Run",
    outcome="How it ended",
    outcomes={
        RunStatus.OK: "Done",
        RunStatus.HELD: "Done, but for what is held back",
        RunStatus.REAUTH: "Not done, a sign-in was needed",
        RunStatus.FAILED: "Did not succeed",
    },
    tallies="Numbers are of Outlook / of GoPaaS.",
    held=Counted(one="{n} held back", many="{n} held back"),
    search="Key in GoPaaS, or Outlook ID",
    search_button="Show its story",
    run_title="What a run did",
    run_none="This run wrote nothing.",
    run_undo="Undo this run…",
    item_undo="Undo…",
    item_undo_of="Undo what was written to {name}…",
    undone="Taken back since.",
    remembered="Only what outlookd remembers was changed.",
    undo_title="Undo a run",
    undo_item="Only what the run wrote to this one record goes back.",
    undo_lead="Each field goes back to what it was before the run, where it still holds what the run wrote. "
    "What somebody has changed since stays, and no mail is sent.",
    undo_look="Show what would go back",
    undo_again="Look again",
    undo_writes=Counted(one="{n} change would be made:", many="{n} changes would be made:"),
    undo_left=Counted(one="{n} thing stays as it is:", many="{n} things stay as they are:"),
    undo_nothing="Nothing would go back.",
    undo_do="Undo now",
    undo_as_of="As it was on {when}:",
    undo_overtaken="Something has changed since the page was shown, and nothing was written. This is how it is now.",
    undo_failed="The undo failed before its end. What it did and what it did not do stands below; it can be repeated.",
    undo_done=Counted(one="{n} change was made:", many="{n} changes were made:"),
    undo_done_left=Counted(one="{n} thing could not be restored:", many="{n} things could not be restored:"),
    undo_done_nothing="Nothing was changed.",
    whole_record="the whole record",
    record_title="What happened to a record",
    record_none="Nothing is known under this key or ID. It may never have been synchronized, or not for this person.",
    record_steps="Step by step",
    inquire="Look at both sides now",
    inquire_hint="Reads GoPaaS and Outlook, and writes nothing.",
    record_ids="GoPaaS {gopaas}, Outlook {outlook}",
    retry="Try again now",
    retry_of="Try again now: {name}",
    aside_none="Nothing is set aside.",
    conflicts_lead="Here two people changed the same thing, one on each side. One value was kept; the other can still be chosen.",
    conflicts_none="Nothing was ever changed on both sides at once.",
    kept_by_policy="kept by the rule of this job",
    kept_by_person="chosen by a person",
    undecided="Nobody has decided this yet. Both sides stay as they are until then.",
    agreed="Both sides agree by now.",
    take={Side.GOPAAS: "Keep GoPaaS’s value", Side.OUTLOOK: "Keep Outlook’s value"},
    take_of="of {name}",
    settled="Done. Both sides have the value that you chose.",
    settled_left="Some of it could not be written:",
    changed_since="Nothing was written, because somebody has changed this since. Now it is:",
    insist={Side.GOPAAS: "Replace it by GoPaaS’s value of then", Side.OUTLOOK: "Replace it by Outlook’s value of then"},
    gone="There is no such conflict.",
    notes={
        "approved": "Approved. The next run begins at once and does it.",
        "changed": "This has changed since the page was opened, so nothing was approved. The plan is made anew.",
        "later": "Nothing was approved, because GoPaaS or Outlook could not be read just now. Try again in a few minutes.",
        "retried": "The record is tried again in the next run, which begins at once.",
        "not_aside": "This record is not set aside any more.",
        "crowded": "Several things were asked for already. Try again in a moment.",
    },
)

_FRENCH = HistoryWords(
    of_job="Pages de cette tâche",
    earlier="Plus anciens",
    later="Plus récents",
    field="Champ",
    before="Avant",
    after="Après",
    sent="Envoyé",
    shown="Montré",
    fields_of="Ce qui change dans {name}",
    fields=Counted(one="{n} champ", many="{n} champs"),
    ops={
        Op.CREATE: {Side.GOPAAS: "Créer dans GoPaaS", Side.OUTLOOK: "Créer dans Outlook"},
        Op.UPDATE: {Side.GOPAAS: "Modifier dans GoPaaS", Side.OUTLOOK: "Modifier dans Outlook"},
        Op.DELETE: {Side.GOPAAS: "Supprimer dans GoPaaS", Side.OUTLOOK: "Supprimer dans Outlook"},
        Op.REBASE: {Side.GOPAAS: "Prendre note de GoPaaS", Side.OUTLOOK: "Prendre note d’Outlook"},
        Op.LINK: {Side.GOPAAS: "Correspond à une fiche de GoPaaS", Side.OUTLOOK: "Correspond à un élément d’Outlook"},
        Op.DETACH: {Side.GOPAAS: "Laisser tel quel dans GoPaaS", Side.OUTLOOK: "Laisser tel quel dans Outlook"},
        Op.FORGET: {Side.GOPAAS: "Oublier celui de GoPaaS", Side.OUTLOOK: "Oublier celui d’Outlook"},
    },
    mails="pourrait envoyer un courriel",
    problem="Ce n’était pas possible.",
    ready="C’est prêt.",
    begins="Commence dès qu’il y a de la place…",
    plan_lead="Ce que le prochain passage écrirait si rien ne change d’ici là. "
    "Pour le savoir, les deux côtés sont lus et rien n’est écrit.",
    plan_make="Le découvrir",
    plan_again="Le vérifier à nouveau",
    plan_name="Le nom de ce plan",
    plan_none="Rien ne serait écrit.",
    plan_writes=Counted(one="{n} changement serait écrit.", many="{n} changements seraient écrits."),
    plan_what="Ce qui serait écrit",
    plan_mails=Counted(one="{n} d’entre eux pourrait envoyer un courriel.", many="{n} d’entre eux pourraient envoyer un courriel."),
    no_mails="Aucun n’envoie de courriel.",
    plan_rest=Counted(one="{n} fiche reste telle quelle.", many="{n} fiches restent telles quelles."),
    plan_waiting=Counted(one="{n} ne peut pas encore être décidée.", many="{n} ne peuvent pas encore être décidées."),
    plan_parts="Retour au plan entier",
    held_records="Celles-ci n’ont même pas été examinées",
    held_all="Tout afficher",
    approve_part="Approuver ces {n}",
    history_lead="Les passages qui ont écrit ou retenu quelque chose. Ce qu’un passage a écrit peut être annulé.",
    history_none="Aucun passage n’a encore rien écrit.",
    kinds={
        RunKind.SYNC: "Passage",
        RunKind.UNDO: "Annulation",
        RunKind.RESOLVE: "Choix d’une personne",
        RunKind.DEDUPE: "Retrait de copies",
    },
    when="Quand",
    what="Nature",
    outcome="Comment il a fini",
    outcomes={
        RunStatus.OK: "Fait",
        RunStatus.HELD: "Fait, sauf ce qui est retenu",
        RunStatus.REAUTH: "Pas fait, il fallait se connecter",
        RunStatus.FAILED: "N’a pas abouti",
    },
    tallies="Les nombres sont ceux d’Outlook / de GoPaaS.",
    held=Counted(one="{n} retenu", many="{n} retenus"),
    search="Clé dans GoPaaS, ou ID Outlook",
    search_button="Afficher son histoire",
    run_title="Ce qu’un passage a fait",
    run_none="Ce passage n’a rien écrit.",
    run_undo="Annuler ce passage…",
    item_undo="Annuler…",
    item_undo_of="Annuler ce qui a été écrit dans {name}…",
    undone="Annulé depuis.",
    remembered="Seul ce que retient outlookd a changé.",
    undo_title="Annuler un passage",
    undo_item="Seul ce que le passage a écrit dans cette fiche est annulé.",
    undo_lead="Chaque champ retrouve sa valeur d’avant le passage, s’il contient encore ce que le passage a écrit. "
    "Ce que quelqu’un a modifié depuis reste, et aucun courriel n’est envoyé.",
    undo_look="Voir ce qui serait annulé",
    undo_again="Regarder à nouveau",
    undo_writes=Counted(one="{n} changement serait fait\u202f:", many="{n} changements seraient faits\u202f:"),
    undo_left=Counted(one="{n} point reste tel quel\u202f:", many="{n} points restent tels quels\u202f:"),
    undo_nothing="Rien ne serait annulé.",
    undo_do="Annuler maintenant",
    undo_as_of="Situation relevée le {when}\u202f:",
    undo_overtaken="Quelque chose a changé depuis l’affichage de la page, et rien n’a été écrit. Voici la situation actuelle.",
    undo_failed="L’annulation a échoué avant la fin. Ce qui a été fait et ce qui ne l’a pas été est indiqué ci-dessous\u202f; "
    "elle peut être répétée.",
    undo_done=Counted(one="{n} changement a été fait\u202f:", many="{n} changements ont été faits\u202f:"),
    undo_done_left=Counted(one="{n} point n’a pas pu être rétabli\u202f:", many="{n} points n’ont pas pu être rétablis\u202f:"),
    undo_done_nothing="Rien n’a été modifié.",
    whole_record="la fiche entière",
    record_title="Ce qui est arrivé à une fiche",
    record_none="Rien n’est connu sous cette clé ou cet ID. "
    "La fiche n’a peut-être jamais été synchronisée, ou pas pour cette personne.",
    record_steps="Étape par étape",
    inquire="Regarder les deux côtés maintenant",
    inquire_hint="Lit GoPaaS et Outlook, sans rien écrire.",
    record_ids="GoPaaS {gopaas}, Outlook {outlook}",
    retry="Réessayer maintenant",
    retry_of="Réessayer maintenant\u202f: {name}",
    aside_none="Rien n’est mis de côté.",
    conflicts_lead="Ici, deux personnes ont modifié la même chose, une de chaque côté. "
    "L’une des valeurs a été gardée\u202f; l’autre peut encore être choisie.",
    conflicts_none="Rien n’a encore été modifié des deux côtés à la fois.",
    kept_by_policy="gardé par la règle de cette tâche",
    kept_by_person="choisi par une personne",
    undecided="Personne n’a encore décidé. D’ici là, les deux côtés restent tels quels.",
    agreed="Les deux côtés concordent maintenant.",
    take={Side.GOPAAS: "Garder la valeur de GoPaaS", Side.OUTLOOK: "Garder la valeur d’Outlook"},
    take_of="de {name}",
    settled="C’est fait. Les deux côtés ont la valeur que vous avez choisie.",
    settled_left="Une partie n’a pas pu être écrite\u202f:",
    changed_since="Rien n’a été écrit, car quelqu’un a modifié ceci depuis. Maintenant, c’est\u202f:",
    insist={
        Side.GOPAAS: "Remplacer par la valeur que GoPaaS avait alors",
        Side.OUTLOOK: "Remplacer par la valeur qu’Outlook avait alors",
    },
    gone="Ce conflit n’existe pas.",
    notes={
        "approved": "Approuvé. Le prochain passage commence aussitôt et s’en charge.",
        "changed": "Cela a changé depuis l’ouverture de la page\u202f; rien n’a donc été approuvé. Le plan est refait.",
        "later": "Rien n’a été approuvé, car GoPaaS ou Outlook n’a pas pu être lu. Réessayez dans quelques minutes.",
        "retried": "La fiche est réessayée au prochain passage, qui commence aussitôt.",
        "not_aside": "Cette fiche n’est plus mise de côté.",
        "crowded": "Plusieurs demandes sont déjà en attente. Réessayez dans un instant.",
    },
)

HISTORY = Catalogue(english=_ENGLISH, french=_FRENCH)
