"""What a `scope` parameter asks for: permissions of Graph, and the OpenID words beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from outlookd.sandbox.entra.errors import AadError

OPENID = frozenset({"openid", "profile", "offline_access", "email"})
GRAPH_HOSTS = frozenset(
    {
        "graph.microsoft.com",
        "graph.microsoft.us",
        "dod-graph.microsoft.us",
        "microsoftgraph.chinacloudapi.cn",
        "localhost",
        "127.0.0.1",
    }
)
"""Hosts whose scopes are Graph's: the national clouds (Graph page, section 9) and the sandbox itself."""
EVERYTHING = ".default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A parsed scope. `words` are as written; `permissions` are short names, `everything` stands for ``.default``."""

    words: frozenset[str]
    permissions: frozenset[str]
    everything: bool

    def granted(self, consented: frozenset[str]) -> frozenset[str]:
        """The permissions that a token gets. Raises AadError 65001 for one that was not consented to."""
        if self.everything:
            return consented
        if self.permissions - consented:
            raise AadError(65001)
        return self.permissions


def read_scope(text: str) -> Wish:
    """The wish behind a space-separated scope. Raises AadError 900144, 70011, 500011."""
    words = frozenset(text.split())
    if not words:
        raise AadError(900144, message="The request body must contain the following parameter: 'scope'.")
    permissions = frozenset(_permission(word) for word in words - OPENID)
    everything = EVERYTHING in permissions
    if everything and len(permissions) > 1:
        raise AadError(70011, message=".default scope can't be combined with resource-specific scopes.")
    return Wish(words=words, permissions=permissions - {EVERYTHING}, everything=everything)


def scope_text(words: Iterable[str]) -> str:
    """Words as a `scope` parameter, in a stable order."""
    return " ".join(sorted(words))


def _permission(word: str) -> str:
    """The short name of a permission. A bare name is Graph's."""
    if "://" not in word:
        return word
    parts = urlsplit(word)
    if parts.hostname not in GRAPH_HOSTS:
        raise AadError(500011)
    return parts.path.rsplit("/", 1)[-1]
