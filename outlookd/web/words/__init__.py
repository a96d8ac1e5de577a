"""Every word of the pages, in French and English: one module per room, each with a frozen class and one value per language.

A text that is missing in one language is a type error. Gettext was the alternative: worth its tools when translators who do not
program work on hundreds of texts. `languages` chooses, `speech` knows plural forms, numbers and dates; neither knows a page.
"""

from __future__ import annotations

from outlookd.web.words.languages import Catalogue, Language, choose_language
from outlookd.web.words.speech import Counted, Speech

__all__ = ["Catalogue", "Counted", "Language", "Speech", "choose_language"]
