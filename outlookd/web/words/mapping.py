"""The words of the mapping page. English names are those of GoPaaS's own form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outlookd.core.model import Bar
from outlookd.web.words.languages import Catalogue
from outlookd.web.words.speech import Counted

__all__ = ["MAPPING", "MappingWords"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingWords:
    """`names` go by the key in a map, `needs` by how much a name is wanted, `faults` by `mapping.faults.Kind`."""

    of_user: str
    lead: str
    back: str
    unasked: str
    outlook: str
    column: str
    transform: str
    column_of: str
    transform_of: str
    usual: str
    others: str
    others_used: Counted
    extras: str
    extras_hint: str
    names: Mapping[str, str]
    needs: Mapping[str, str]
    no_column: str
    no_transform: str
    not_shown: str
    try_it: str
    save: str
    again: Mapping[str, str]
    not_savable: Mapping[str, str]
    problems: Counted
    problems_hint: str
    faults: Mapping[str, str]
    notes: Mapping[str, str]
    before: str
    restore: str
    theirs: str
    preview: str
    preview_hint: str
    preview_empty: str
    preview_unasked: str
    row: str
    set_aside: str
    barred: Mapping[Bar, str]
    nothing: str
    writes: Mapping[str, Counted]
    held: Counted
    missing: str
    copies: str
    json: str
    toml: str
    expired: str
    expired_hint: str
    expired_sign_in: str
    expired_send: str


MAPPING = Catalogue(
    english=MappingWords(
        of_user="Of {login}",
        lead="Each line says which column of the GoPaaS view goes into which field of Outlook.",
        back="Back to the synchronization",
        unasked="GoPaaS does not show the view’s columns right now, so type their names. Nothing can be tried on rows meanwhile.",
        outlook="Outlook",
        column="GoPaaS column",
        transform="Transform",
        column_of="GoPaaS column for {name}",
        transform_of="Transform for {name}",
        usual="Fields of GoPaaS’s own form",
        others="More fields of Outlook",
        others_used=Counted(one="{n} in use", many="{n} in use"),
        extras="Other entries of this map",
        extras_hint="These are kept as they are. Choose no column to remove one.",
        names={
            "givenName": "Given Name",
            "surname": "Surname",
            "emailAdresses": "Email",
            "mobilePhone": "Mobile Phone",
            "birthday": "Birthday",
            "jobTitle": "Job Title",
            "companyName": "Company Name",
            "street": "Street",
            "postalCode": "Postal Code",
            "city": "City",
            "id": "ID",
            "subject": "Subject",
            "bodyPreview": "Body",
            "startDate": "Start date",
            "endDate": "End date",
            "startTime": "Start time",
            "endTime": "End time",
        },
        needs={"needed": "required", "expected": "expected by GoPaaS"},
        no_column="(none)",
        no_transform="as it is",
        not_shown="{name} (not in the view)",
        try_it="Check and preview",
        save="Save in GoPaaS",
        again={
            "contacts": "After a change of the map, the next run reads every contact once more.",
            "events": "After a change of the map, the next run reads every appointment once more.",
        },
        not_savable={
            "file": "This job stands in the configuration file. Check the map here, then copy its line into the file.",
            "record": "This server may not write settings records (gopaas.settings_table). Check the map here, then copy it.",
        },
        problems=Counted(one="{n} thing to correct", many="{n} things to correct"),
        problems_hint="Nothing was saved.",
        faults={
            "unknown_name": "Outlook has no field “{name}”. Choose no column to remove this entry.",
            "no_column": "A transform needs a column.",
            "unknown_transform": "There is no transform “{second}”.",
            "id_transform": "The Outlook ID takes no transform.",
            "name_twice": "“{name}” stands in this map twice.",
            "id_column": "The column “{name}” holds the Outlook ID and can hold nothing else.",
            "mixed": "“{name}” is used as a whole and by its places. Use one or the other.",
            "column_twice": "The column “{name}” is used more than once. This job also writes into GoPaaS, so each needs its own.",
            "empty": "No column is chosen, so there is nothing to synchronize.",
            "missing": "A column is needed here. What has no day has no place in a calendar.",
            "not_shown": "The view has no column “{name}”. Choose another one, or add it to the view in GoPaaS.",
            "expression": "“{name}” begins with $$, which GoPaaS would evaluate.",
        },
        notes={
            "saved": "Saved in GoPaaS. It counts from the next run on.",
            "conflict": "Not saved. The map in GoPaaS was changed since this page was opened.",
            "later": "Not saved. GoPaaS could not be asked or refused. Try again in a few minutes.",
            "uncertain": "Nobody knows whether this was saved. Open this page again to see the map as it is now.",
        },
        before="The map before",
        restore="Restore the map before",
        theirs="The map in GoPaaS now. Save again to replace it with what the form below says.",
        preview="Preview",
        preview_hint="What the first rows of the view become in Outlook. Nothing was written.",
        preview_empty="The view shows no row, so there is nothing to try the map on.",
        preview_unasked="The map was checked, but GoPaaS shows no rows to try it on.",
        row="Row {key}",
        set_aside="Would be set aside",
        barred={
            Bar.PRIVATE: "Private, not copied",
            Bar.DECLINED: "Declined, not copied",
            Bar.CANCELLED: "Cancelled, not copied",
            Bar.UNDATED: "Without a day, not copied",
            Bar.OF_ANOTHER: "Somebody else’s, not copied",
        },
        nothing="empty",
        writes={
            "contacts": Counted(one="The next run would write {n} contact.", many="The next run would write {n} contacts."),
            "events": Counted(one="The next run would write {n} appointment.", many="The next run would write {n} appointments."),
        },
        held=Counted(one="It would hold {n} back until somebody approves.", many="It would hold {n} back until somebody approves."),
        missing="GoPaaS’s own form also expects a column for these fields.",
        copies="To copy",
        json="For the field Map of GoPaaS’s settings record",
        toml="For the job in the configuration file",
        expired="Your session has ended",
        expired_hint="Nothing was saved, and what you have chosen is kept on this page. "
        "Sign in, come back to this page and send it again.",
        expired_sign_in="Sign in, in a new tab",
        expired_send="Send again",
    ),
    french=MappingWords(
        of_user="De {login}",
        lead="Chaque ligne indique quelle colonne de la vue GoPaaS alimente quel champ d’Outlook.",
        back="Retour à la synchronisation",
        unasked="GoPaaS n’indique pas les colonnes de la vue en ce moment\u202f; saisissez leurs noms. "
        "Aucun essai sur des lignes n’est possible d’ici là.",
        outlook="Outlook",
        column="Colonne GoPaaS",
        transform="Transformation",
        column_of="Colonne GoPaaS pour {name}",
        transform_of="Transformation pour {name}",
        usual="Champs du formulaire de GoPaaS",
        others="Autres champs d’Outlook",
        others_used=Counted(one="{n} utilisé", many="{n} utilisés"),
        extras="Autres entrées de cette correspondance",
        extras_hint="Elles sont conservées telles quelles. Ne choisissez aucune colonne pour en retirer une.",
        names={
            "givenName": "Prénom",
            "surname": "Nom",
            "emailAdresses": "E-mail",
            "mobilePhone": "Téléphone mobile",
            "birthday": "Date de naissance",
            "jobTitle": "Fonction",
            "companyName": "Société",
            "street": "Rue",
            "postalCode": "Code postal",
            "city": "Ville",
            "id": "ID Outlook",
            "subject": "Objet",
            "bodyPreview": "Description",
            "startDate": "Date de début",
            "endDate": "Date de fin",
            "startTime": "Heure de début",
            "endTime": "Heure de fin",
        },
        needs={"needed": "obligatoire", "expected": "attendu par GoPaaS"},
        no_column="(aucune)",
        no_transform="telle quelle",
        not_shown="{name} (absente de la vue)",
        try_it="Vérifier et prévisualiser",
        save="Enregistrer dans GoPaaS",
        again={
            "contacts": "Après un changement de correspondance, le prochain passage relit une fois tous les contacts.",
            "events": "Après un changement de correspondance, le prochain passage relit une fois tous les rendez-vous.",
        },
        not_savable={
            "file": "Cette tâche figure dans le fichier de configuration. Vérifiez la correspondance ici, puis copiez sa ligne.",
            "record": "Ce serveur ne peut pas écrire les fiches de paramétrage (gopaas.settings_table). "
            "Vérifiez la correspondance ici, puis copiez-la.",
        },
        problems=Counted(one="{n} point à corriger", many="{n} points à corriger"),
        problems_hint="Rien n’a été enregistré.",
        faults={
            "unknown_name": "Outlook n’a pas de champ «\u202f{name}\u202f». "
            "Ne choisissez aucune colonne pour retirer cette entrée.",
            "no_column": "Une transformation exige une colonne.",
            "unknown_transform": "La transformation «\u202f{second}\u202f» n’existe pas.",
            "id_transform": "L’ID Outlook n’accepte aucune transformation.",
            "name_twice": "«\u202f{name}\u202f» figure deux fois dans cette correspondance.",
            "id_column": "La colonne «\u202f{name}\u202f» contient l’ID Outlook et ne peut rien contenir d’autre.",
            "mixed": "«\u202f{name}\u202f» est utilisé en entier et par emplacement. Choisissez l’un ou l’autre.",
            "column_twice": "La colonne «\u202f{name}\u202f» est utilisée plusieurs fois. "
            "Cette tâche écrit aussi dans GoPaaS\u202f; il en faut une par champ.",
            "empty": "Aucune colonne n’est choisie\u202f; il n’y a rien à synchroniser.",
            "missing": "Une colonne est nécessaire ici. Ce qui n’a pas de jour n’a pas de place dans un agenda.",
            "not_shown": "La vue n’a pas de colonne «\u202f{name}\u202f». "
            "Choisissez-en une autre, ou ajoutez-la à la vue dans GoPaaS.",
            "expression": "«\u202f{name}\u202f» commence par $$, que GoPaaS évaluerait.",
        },
        notes={
            "saved": "Enregistré dans GoPaaS. Cela compte dès le prochain passage.",
            "conflict": "Non enregistré. La correspondance a été modifiée dans GoPaaS depuis l’ouverture de cette page.",
            "later": "Non enregistré. GoPaaS n’a pas répondu ou a refusé. Réessayez dans quelques minutes.",
            "uncertain": "Nul ne sait si cela a été enregistré. Rouvrez cette page pour voir la correspondance actuelle.",
        },
        before="La correspondance précédente",
        restore="Rétablir la correspondance précédente",
        theirs="La correspondance dans GoPaaS à présent. Enregistrez à nouveau pour la remplacer par le formulaire ci-dessous.",
        preview="Aperçu",
        preview_hint="Ce que deviennent les premières lignes de la vue dans Outlook. Rien n’a été écrit.",
        preview_empty="La vue ne montre aucune ligne sur laquelle essayer la correspondance.",
        preview_unasked="La correspondance est vérifiée, mais GoPaaS ne montre aucune ligne pour l’essayer.",
        row="Ligne {key}",
        set_aside="Serait mise de côté",
        barred={
            Bar.PRIVATE: "Privé, non copié",
            Bar.DECLINED: "Décliné, non copié",
            Bar.CANCELLED: "Annulé, non copié",
            Bar.UNDATED: "Sans jour, non copié",
            Bar.OF_ANOTHER: "À quelqu’un d’autre, non copié",
        },
        nothing="vide",
        writes={
            "contacts": Counted(one="Le prochain passage écrirait {n} contact.", many="Le prochain passage écrirait {n} contacts."),
            "events": Counted(
                one="Le prochain passage écrirait {n} rendez-vous.", many="Le prochain passage écrirait {n} rendez-vous."
            ),
        },
        held=Counted(one="Il en retiendrait {n} jusqu’à une approbation.", many="Il en retiendrait {n} jusqu’à une approbation."),
        missing="Le formulaire de GoPaaS attend aussi une colonne pour ces champs.",
        copies="À copier",
        json="Pour le champ Map de la fiche de paramétrage GoPaaS",
        toml="Pour la tâche dans le fichier de configuration",
        expired="Votre session a expiré",
        expired_hint="Rien n’a été enregistré, et vos choix sont conservés sur cette page. "
        "Connectez-vous, revenez sur cette page et renvoyez-les.",
        expired_sign_in="Se connecter dans un nouvel onglet",
        expired_send="Renvoyer",
    ),
)
