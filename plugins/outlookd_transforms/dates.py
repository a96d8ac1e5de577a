"""Dates kept as text in French order."""

from __future__ import annotations

import re
from datetime import date

from outlookd import Transform, Value
from outlookd_transforms.values import each_text

_FRENCH = re.compile(r"\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})\s*")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


class DateFr:
    """``22/11/2026`` in GoPaaS, ``2026-11-22`` in Outlook. For columns of text: real date columns need no transform."""

    name = "date_fr"

    def to_outlook(self, value: Value) -> Value:
        """French order to ISO; what is no such date stays as it is."""
        return each_text(value, _to_iso)

    def to_gopaas(self, value: Value) -> Value:
        """ISO to French order; what is no such date stays as it is."""
        return each_text(value, _to_french)


def _to_iso(text: str) -> str:
    if not (match := _FRENCH.fullmatch(text)):
        return text
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


def _to_french(text: str) -> str:
    match = _ISO.fullmatch(text)
    return f"{match[3]}/{match[2]}/{match[1]}" if match else text


TRANSFORMS: tuple[Transform, ...] = (DateFr(),)
