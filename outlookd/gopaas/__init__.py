"""The GoPaaS side: its REST API as a client, and one job's view and table as an adapter.

Knows GoPaaS's addresses, headers and shapes, and how little of them is documented. Knows nothing of Outlook, of maps and
transforms, of what a row means or of what should be done about it.
"""

from __future__ import annotations

from outlookd.gopaas.adapter import GopaasAdapter
from outlookd.gopaas.client import GopaasClient, UncertainWrite
from outlookd.gopaas.credentials import ApiKey, ClientCredentials, Credentials
from outlookd.gopaas.listing import ViewDescription, ViewQuery, describe_view, list_view, missing_columns
from outlookd.gopaas.probe import Signature

__all__ = [
    "ApiKey",
    "ClientCredentials",
    "Credentials",
    "GopaasAdapter",
    "GopaasClient",
    "Signature",
    "UncertainWrite",
    "ViewDescription",
    "ViewQuery",
    "describe_view",
    "list_view",
    "missing_columns",
]
