"""The link with which an administrator of a directory allows the application for everybody, and the answer to it.

The answer changes nothing here: Entra keeps the consent, and only a token proves it. So its state is nobody's session and is not
used up: it is sealed with the state key, tells that the link was ours, and runs out. No other state has its mark, and no answer
with the mark is ever taken for a sign-in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import structlog

from outlookd.entra.aadsts import read_code
from outlookd.entra.admission import refusal
from outlookd.entra.authority import Authority
from outlookd.entra.refusal import Reason
from outlookd.ports import Clock
from outlookd.sealing import Seal, SealBroken

__all__ = ["LINK_LIFE", "AdminConsent"]

log = structlog.get_logger()

LINK_LIFE = timedelta(days=7)
"""It is handed on, to somebody in another department or another company."""
_MARK = "consent."
_PURPOSE = "admin consent"


class AdminConsent:
    """Admin consent for the registration behind a login, or for the installation's own."""

    def __init__(
        self,
        *,
        authority: Callable[[str], Authority],
        seal: Seal,
        clock: Clock,
        scopes: Sequence[str],
        redirect_uri: str,
    ) -> None:
        self._authority = authority
        self._seal = seal
        self._clock = clock
        self._scopes = tuple(scopes)
        self._redirect_uri = redirect_uri

    def link(self, login: str = "", *, tenant: str = "") -> str:
        """Microsoft's consent page. `tenant` names the directory, by id or domain, where the authority is one of many."""
        authority = self._authority(login)
        place, _, directory = authority.url.rpartition("/")
        # ``common`` is no place for it: personal accounts have no administrator.
        named = tenant or ("organizations" if directory.lower() == "common" else directory)
        asked = {
            "client_id": authority.client_id,
            "scope": " ".join(self._scopes),
            "redirect_uri": self._redirect_uri,
            "state": self._state(),
        }
        return f"{place}/{quote(named, safe='')}/v2.0/adminconsent?{urlencode(asked, quote_via=quote)}"

    @staticmethod
    def concerns(query: Mapping[str, str]) -> bool:
        """Whether an answer at the redirect address is one to such a link."""
        return query.get("state", "").startswith(_MARK)

    def read(self, query: Mapping[str, str]) -> bool:
        """Whether the administrator consented. Raises SignInRefused (STATE) for an answer to no living link of ours."""
        self._check(query.get("state", "").removeprefix(_MARK))
        granted = "error" not in query and query.get("admin_consent", "").lower() == "true"
        # The directory in the answer is not kept: anybody may have written it into the address (graph.md 8.1).
        log.info("entra.consent.answered", granted=granted, code=read_code(query))
        return granted

    def _state(self) -> str:
        expires = (self._clock.now() + LINK_LIFE).isoformat()
        return _MARK + self._seal.seal_text(expires, purpose=_PURPOSE)

    def _check(self, state: str) -> None:
        try:
            expires = datetime.fromisoformat(self._seal.open_text(state, purpose=_PURPOSE))
        except SealBroken as error:
            raise refusal(Reason.STATE) from error
        if self._clock.now() >= expires:
            raise refusal(Reason.STATE)
