"""Single-value extended properties: their ids and how they are written (Graph page, section 4.1).

Names are case-sensitive, GUIDs and types are not. Multi-value properties are not offered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from outlookd.sandbox.refusal import Refusal

FORM = re.compile(
    r"(?P<type>[A-Za-z]+) (?:\{(?P<guid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\} "
    r"(?:Name (?P<name>.+)|Id (?P<id>0x[0-9A-Fa-f]+|\d+))|(?P<tag>0x[0-9A-Fa-f]+))"
)
TYPES = {
    name.lower(): name for name in ("Boolean", "Integer", "String", "SystemTime", "Binary", "CLSID", "Double", "Short", "Long")
}


def canonical(id: str) -> str:
    """`id` in the spelling that Graph answers with: two ids of one property become equal.

    Raises Refusal for a text that names no property.
    """
    found = FORM.fullmatch(id)
    kind = TYPES.get(found["type"].lower()) if found else None
    if found is None or kind is None:
        raise Refusal("ErrorInvalidProperty", f"The extended property id '{id}' is not valid.")
    if found["tag"]:
        return f"{kind} {found['tag'].lower()}"
    which = f"Name {found['name']}" if found["name"] else f"Id {found['id'].lower()}"
    return f"{kind} {{{found['guid'].lower()}}} {which}"


def read_properties(body: Any) -> dict[str, str]:
    """The properties of a POST or PATCH, by canonical id. Raises Refusal for any other shape than ``[{"id", "value"}]``."""
    if not isinstance(body, list):
        raise Refusal("RequestBodyRead", "A collection was expected for 'singleValueExtendedProperties'.")
    properties = {}
    for item in body:
        if not isinstance(item, Mapping) or not isinstance(item.get("id"), str) or not isinstance(item.get("value"), str):
            raise Refusal("RequestBodyRead", "An extended property needs an 'id' and a 'value', both strings.")
        if unknown := [name for name in item if name not in {"id", "value"} and not name.startswith("@")]:
            raise Refusal(
                "RequestBodyRead",
                f"The property '{unknown[0]}' does not exist on type 'microsoft.graph.singleValueLegacyExtendedProperty'.",
            )
        properties[canonical(item["id"])] = item["value"]
    return properties
