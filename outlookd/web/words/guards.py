"""What each guard of ours says of how much it holds back, and what to do about it. A plugin's guard speaks for itself."""

from __future__ import annotations

from collections.abc import Mapping

from outlookd.web.words.languages import Catalogue
from outlookd.web.words.speech import Counted

__all__ = ["GUARDS"]

GUARDS: Catalogue[Mapping[str, Counted]] = Catalogue(
    english={
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
        "unread": Counted(
            one="{n} item in Outlook is listed and cannot be read, so nothing new is made on either side. "
            "Usually this passes. If it stays, open the item in Outlook and save it anew, or remove it there. "
            "Approve this to go on without it; what looks like it still waits.",
            many="{n} items in Outlook are listed and cannot be read, so nothing new is made on either side. "
            "Usually this passes. If it stays, open the items in Outlook and save them anew, or remove them there. "
            "Approve this to go on without them; what looks like them still waits.",
        ),
        "conflict": Counted(
            one="{n} record was changed on both sides, and waits for somebody to choose. Until then it stays as it is.",
            many="{n} records were changed on both sides, and wait for somebody to choose. Until then they stay as they are.",
        ),
        "twins": Counted(
            one="{n} appointment could belong to more than one other, so it is left alone. Remove or change the copies.",
            many="{n} appointments look alike and could belong together in more than one way, so they are left alone. "
            "Remove or change the copies.",
        ),
        "creates": Counted(
            one="{n} new record would be made. Approve it if it is meant.",
            many="{n} new records at once are more than usual. Approve them only if they are meant: "
            "a view that lost its filter looks like this too.",
        ),
        "suspended": Counted(
            one="outlookd was restored from an older copy, or lost what it knew. "
            "{n} change waits until everything was read once. There is nothing to do.",
            many="outlookd was restored from an older copy, or lost what it knew. "
            "{n} changes wait until everything was read once. There is nothing to do.",
        ),
        "mail": Counted(
            one="{n} change could send mail to other people, so it is not made. Your administrator can allow that.",
            many="{n} changes could send mail to other people, so they are not made. Your administrator can allow that.",
        ),
    },
    french={
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
        "unread": Counted(
            one="{n} élément d’Outlook figure dans la liste et ne peut pas être lu\u202f; rien de nouveau n’est créé d’un côté ni "
            "de l’autre. D’ordinaire, cela passe. Sinon, ouvrez cet élément dans Outlook et enregistrez-le, ou supprimez-le. "
            "Approuvez pour continuer sans lui\u202f; ce qui lui ressemble attend encore.",
            many="{n} éléments d’Outlook figurent dans la liste et ne peuvent pas être lus\u202f; rien de nouveau n’est créé d’un "
            "côté ni de l’autre. D’ordinaire, cela passe. Sinon, ouvrez-les dans Outlook et enregistrez-les, ou supprimez-les. "
            "Approuvez pour continuer sans eux\u202f; ce qui leur ressemble attend encore.",
        ),
        "conflict": Counted(
            one="{n} fiche a été modifiée des deux côtés et attend que quelqu’un choisisse. D’ici là, elle reste telle quelle.",
            many="{n} fiches ont été modifiées des deux côtés et attendent que quelqu’un choisisse. "
            "D’ici là, elles restent telles quelles.",
        ),
        "twins": Counted(
            one="{n} rendez-vous pourrait correspondre à plusieurs autres et est laissé tel quel. Retirez ou modifiez les copies.",
            many="{n} rendez-vous se ressemblent et pourraient aller ensemble de plusieurs façons\u202f; "
            "ils sont laissés tels quels. Retirez ou modifiez les copies.",
        ),
        "creates": Counted(
            one="{n} nouvelle fiche serait créée. Approuvez si c’est voulu.",
            many="{n} nouvelles fiches à la fois, c’est plus que d’habitude. N’approuvez que si c’est voulu\u202f: "
            "une vue qui a perdu son filtre aurait le même effet.",
        ),
        "suspended": Counted(
            one="outlookd vient d’une copie plus ancienne, ou a perdu ce qu’il savait. "
            "{n} changement attend que tout ait été relu une fois. Il n’y a rien à faire.",
            many="outlookd vient d’une copie plus ancienne, ou a perdu ce qu’il savait. "
            "{n} changements attendent que tout ait été relu une fois. Il n’y a rien à faire.",
        ),
        "mail": Counted(
            one="{n} changement pourrait envoyer un courriel à d’autres personnes\u202f; il n’est pas fait. "
            "Votre administrateur peut l’autoriser.",
            many="{n} changements pourraient envoyer des courriels à d’autres personnes\u202f; ils ne sont pas faits. "
            "Votre administrateur peut les autoriser.",
        ),
    },
)
