"""Contacts: a GoPaaS view kept in an Outlook contact folder. Only the hook lives here, so that finding the plugin is cheap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outlookd import ConfigurationError, HandlerRegistry, hookimpl


@hookimpl
def register_handlers(registry: HandlerRegistry, settings: Mapping[str, Any]) -> None:
    """Add the handler of the kind ``contact``. It has no settings of its own."""
    if settings:
        raise ConfigurationError(
            "the contacts plugin has no settings", faults=[f"plugins.contacts.{key}: unknown key" for key in sorted(settings)]
        )
    from outlookd_contacts.handler import ContactsHandler  # noqa: PLC0415 - only an enabled plugin pays for its code

    registry.add(ContactsHandler())
