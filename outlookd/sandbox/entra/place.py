"""What every endpoint of Entra needs: whether the tenant of the path is ours, its addresses, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from yarl import URL

from outlookd.sandbox.directory import Directory
from outlookd.sandbox.entra.errors import AadError, error_body

ANY_TENANT = frozenset({"common", "organizations"})


class Endpoint:
    """The base of groups of endpoints of one directory."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    def check_tenant(self, request: web.Request) -> None:
        """Whether the tenant of the path is ours: by id, by a domain of its people, or any. Raises AadError 90002."""
        tenant = request.match_info["tenant"].lower()
        if tenant not in ANY_TENANT | self.directory.domains | {self.directory.tenant_id.lower()}:
            raise AadError(90002)

    def base(self, request: web.Request, tenant: str) -> str:
        """The address of a tenant as the caller reaches it."""
        return f"{request.scheme}://{request.host}/{tenant}"

    def issuer(self, request: web.Request) -> str:
        """Who the tokens say issued them."""
        return f"{self.base(request, self.directory.tenant_id)}/v2.0"

    def refusal(self, request: web.Request, error: AadError) -> web.Response:
        """An error as JSON."""
        body = error_body(error, self.directory.now(), request.headers.get("client-request-id", ""))
        return web.json_response(body, status=error.status, headers={"Cache-Control": "no-store"})


async def read_fields(request: web.Request) -> dict[str, str]:
    """The fields of a form, as texts."""
    return {name: str(value) for name, value in (await request.post()).items()}


async def read_decision(request: web.Request) -> tuple[dict[str, str], dict[str, str]]:
    """What one of our pages was asked for, and the button that was pressed on it: a person's, or the one that declines."""
    fields = await read_fields(request)
    return fields, {name: fields.pop(name) for name in ("user", "decline") if name in fields}


def lead_back(redirect_uri: str, answer: Mapping[str, str]) -> web.Response:
    """Send the browser back to the application, with an answer in the address."""
    location = str(URL(redirect_uri).update_query(answer))
    return web.Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})
