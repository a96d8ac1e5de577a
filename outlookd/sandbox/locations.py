"""Where an event takes place: the one `location` and the list `locations`, kept in step by Exchange (Graph page, section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from outlookd.sandbox.refusal import Refusal

PARTS = frozenset(
    {"displayName", "locationType", "uniqueId", "uniqueIdType", "address", "coordinates", "locationUri", "locationEmailAddress"}
)
TYPES = (
    *("default", "conferenceRoom", "homeAddress", "businessAddress", "geoCoordinates", "streetAddress", "hotel", "restaurant"),
    *("localBusiness", "postalAddress"),
)
ADDRESS_PARTS = frozenset({"street", "city", "state", "countryOrRegion", "postalCode", "type"})
COORDINATE_PARTS = frozenset({"latitude", "longitude", "altitude", "accuracy", "altitudeAccuracy"})


def read_location(value: Any) -> dict[str, Any]:
    """A location as it reads back; nothing is a location without a name. Raises Refusal for any other shape."""
    sent = _object(value or {}, PARTS, "location")
    name, kind = sent.get("displayName") or "", sent.get("locationType") or "default"
    if not isinstance(name, str) or kind not in TYPES:
        raise Refusal("RequestBodyRead", "Cannot convert the value of property 'location' to 'microsoft.graph.location'.")
    address = _object(sent.get("address") or {}, ADDRESS_PARTS, "physicalAddress")
    coordinates = _object(sent.get("coordinates") or {}, COORDINATE_PARTS, "outlookGeoCoordinates")
    texts = {part: sent[part] for part in ("locationUri", "locationEmailAddress") if isinstance(sent.get(part), str)}
    if not name:
        return {"displayName": "", "locationType": kind, "uniqueIdType": "unknown", "address": address, "coordinates": coordinates}
    location = {"displayName": name, "locationType": kind, "uniqueId": name, "uniqueIdType": "private", **texts}
    return location | ({"address": address} if address else {}) | ({"coordinates": coordinates} if coordinates else {})


def read_locations(value: Any) -> list[dict[str, Any]]:
    """A list of locations as it reads back; nameless ones are lost."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refusal("RequestBodyRead", "A collection was expected for 'locations'.")
    return [location for item in value if (location := read_location(item))["displayName"]]


def join_locations(locations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What `location` becomes when `locations` was written: the one, or the names of all."""
    if len(locations) == 1:
        return dict(locations[0])
    return read_location({"displayName": "; ".join(location["displayName"] for location in locations)})


def _object(value: Any, parts: frozenset[str], type_name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Refusal("RequestBodyRead", f"An object of type 'microsoft.graph.{type_name}' was expected.")
    sent = {name: content for name, content in value.items() if not name.startswith("@") and content is not None}
    if unknown := sorted(sent.keys() - parts):
        raise Refusal("RequestBodyRead", f"The property '{unknown[0]}' does not exist on type 'microsoft.graph.{type_name}'.")
    return sent
