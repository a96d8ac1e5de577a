"""Signing in: what an authorize request must contain, who may answer it, and what goes back to the application. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outlookd.sandbox.directory import Client, Directory, User
from outlookd.sandbox.entra.errors import AadError
from outlookd.sandbox.entra.identity import client_info
from outlookd.sandbox.entra.scopes import Wish, read_scope
from outlookd.sandbox.tokens import CODE_LIFE, Code

INTERACTIVE = frozenset({"login", "select_account", "consent"})
"""Values of `prompt` that forbid signing in without a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An authorize request that may be answered at its redirect URI. `parameters` are those sent."""

    client: Client
    redirect_uri: str
    parameters: Mapping[str, str]

    @property
    def form_post(self) -> bool:
        """Whether the answer travels in a form instead of the address."""
        return self.parameters.get("response_mode") == "form_post"


def read_request(directory: Directory, parameters: Mapping[str, str]) -> Request:
    """The request behind `parameters`.

    Raises AadError for what must not be answered at the redirect URI, because that URI itself is in doubt.
    """
    client, redirect_uri = registered(directory, parameters)
    return Request(client=client, redirect_uri=redirect_uri, parameters=parameters)


def registered(directory: Directory, parameters: Mapping[str, str]) -> tuple[Client, str]:
    """The application, and the redirect URI that is really one of its own. Raises AadError 700016, 50011."""
    client = directory.client(parameters.get("client_id", ""))
    if client is None:
        raise AadError(700016)
    redirect_uri = parameters.get("redirect_uri", "")
    if redirect_uri not in client.redirect_uris:
        raise AadError(50011)
    return client, redirect_uri


def check_request(request: Request) -> Wish:
    """What the application asks for. Raises AadError for faults that the application is told about."""
    if request.parameters.get("response_type") != "code":
        raise AadError(9002313, error="unsupported_response_type", message="Only the response_type 'code' is offered.")
    if request.parameters.get("code_challenge") and request.parameters.get("code_challenge_method") != "S256":
        raise AadError(9002313, message="The code_challenge_method must be S256.")
    wish = read_scope(request.parameters.get("scope", ""))
    if wish.permissions - request.client.delegated:
        raise AadError(90094)
    return wish


def silent_user(directory: Directory, request: Request) -> User | None:
    """The user that an existing browser session would sign in without a page. Raises AadError 50058 if a page is forbidden."""
    prompt = request.parameters.get("prompt", "")
    hinted = directory.user(request.parameters.get("login_hint", ""))
    if hinted is not None and directory.switches.auto_sign_in and prompt not in INTERACTIVE:
        return hinted
    if prompt == "none":
        raise AadError(50058)
    return None


def accept(directory: Directory, request: Request, user: User) -> dict[str, str]:
    """`user` signs in and consents. Returns what the application is told. Raises AadError."""
    wish = check_request(request)
    if not user.enabled:
        raise AadError(50057)
    user.mfa_required = False
    agree(directory, request.client, user, wish)
    code = directory.tokens.codes.put(
        Code(
            client_id=request.client.client_id,
            object_id=user.object_id,
            redirect_uri=request.redirect_uri,
            scopes=wish.words,
            nonce=request.parameters.get("nonce", ""),
            challenge=request.parameters.get("code_challenge", ""),
            expires=directory.now() + CODE_LIFE,
        )
    )
    answer = {"code": code, "state": request.parameters.get("state", "")}
    if request.parameters.get("client_info"):
        answer["client_info"] = client_info(directory, user)
    return {name: value for name, value in answer.items() if value}


def agree(directory: Directory, client: Client, user: User, wish: Wish) -> None:
    """Remember that `user` consented to what `wish` asks for.

    Raises AadError 90094 when people may not decide that themselves and no administrator has decided it for them.
    """
    asked = (client.delegated if wish.everything else wish.permissions) - client.agreed(user.object_id)
    if asked and not (directory.switches.user_consent or user.admin):
        raise AadError(90094)
    client.consents[user.object_id] = client.consents.get(user.object_id, frozenset()) | asked


def refuse(request: Request, error: AadError) -> dict[str, str]:
    """What the application is told when nobody signed in."""
    answer = {"error": error.error, "error_description": str(error), "state": request.parameters.get("state", "")}
    return {name: value for name, value in answer.items() if value}
