"""What to do about a record that was set aside, as one sentence for each cure."""

from __future__ import annotations

from collections.abc import Mapping

from outlookd.web.remedies import Cure
from outlookd.web.words.languages import Catalogue

__all__ = ["CURES"]

CURES: Catalogue[Mapping[Cure, str]] = Catalogue(
    english={
        Cure.CORRECT: "Correct this field of the record; it is read again in every run.",
        Cure.COLUMN: "Look at this record's columns in GoPaaS: one is filled by something else, too short, or not ours to write.",
        Cure.LOOP: "Find what else writes this field: another synchronization, a rule, a colleague; then try it again.",
        Cure.PLUGIN: "Tell whoever maintains the plugin for this type; the log names the fault.",
        Cure.WAIT: "There is nothing to do: it is asked again.",
        Cure.LOOK: "Look at the record in the service that refused it, correct what it names, and try it again.",
    },
    french={
        Cure.CORRECT: "Corrigez ce champ de la fiche\u202f; elle est relue à chaque passage.",
        Cure.COLUMN: "Voyez les colonnes de cette fiche dans GoPaaS\u202f: l’une est remplie autrement, trop courte ou interdite.",
        Cure.LOOP: "Cherchez ce qui écrit aussi ce champ (une autre synchronisation, une règle, un collègue), puis relancez-la.",
        Cure.PLUGIN: "Prévenez la personne qui maintient l’extension de ce type\u202f; le journal nomme la faute.",
        Cure.WAIT: "Il n’y a rien à faire\u202f: la question sera posée à nouveau.",
        Cure.LOOK: "Voyez la fiche dans le service qui l’a refusée, corrigez ce qu’il nomme et relancez-la.",
    },
)
