"""The few pages that a person sees while signing in. Plain forms; everything that came from outside is escaped."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from html import escape

from aiohttp import web

from outlookd.sandbox.directory import User

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem;color:#1b1b1b;background:#fafafa}"
    "button{display:block;width:100%;margin:.4rem 0;padding:.7rem;font:inherit;text-align:left;border:1px solid #8a8a8a;"
    "border-radius:4px;background:#fff;cursor:pointer}button:focus,button:hover{border-color:#0f5ea8}"
    "input{font:inherit;padding:.5rem;width:100%;box-sizing:border-box}small{color:#555;display:block}"
)


def sign_in_page(users: Sequence[User], client_id: str, scope: str, parameters: Mapping[str, str]) -> web.Response:
    """One button per user, and one to decline."""
    asked = f"<p>The application <code>{escape(client_id)}</code> asks for:<br><code>{escape(scope)}</code></p>"
    form = f'<form method="post">{_hidden(parameters)}{_people(users)}</form>'
    return _page("Sign in", f"<h1>Sign in</h1>{asked}<p>Sign in and accept as:</p>{form}")


def consent_page(users: Sequence[User], client_id: str, scope: str, parameters: Mapping[str, str]) -> web.Response:
    """What an application wants in the whole organisation, one button per user, and one to decline."""
    asked = f"<p>The application <code>{escape(client_id)}</code> asks for:<br><code>{escape(scope)}</code></p>"
    form = f'<form method="post">{_hidden(parameters)}{_people(users)}</form>'
    heading = "<h1>Permissions requested</h1><p>For your whole organisation. Only administrators can accept.</p>"
    return _page("Permissions requested", f"{heading}{asked}<p>Accept as:</p>{form}")


def device_page(users: Sequence[User], user_code: str, notice: str = "") -> web.Response:
    """The code that a device shows, and one button per user."""
    field = f'<label>Code <input name="user_code" value="{escape(user_code)}" autocomplete="off"></label>'
    form = f'<form method="post">{field}{_people(users)}</form>'
    return _page("Sign in on a device", f"<h1>Sign in on a device</h1><p>{escape(notice)}</p>{form}")


def error_page(message: str, status: int = 400) -> web.Response:
    """A refusal that cannot be sent to the application."""
    return _page("Sign in", f"<h1>Sorry, but we are having trouble signing you in.</h1><p>{escape(message)}</p>", status=status)


def form_post_page(redirect_uri: str, answer: Mapping[str, str]) -> web.Response:
    """The answer as a form that sends itself, or is sent by its button where scripts do not run."""
    form = f'<form method="post" action="{escape(redirect_uri)}">{_hidden(answer)}<button>Continue</button></form>'
    return _page("Working", form, script="document.forms[0].submit()")


def _people(users: Sequence[User]) -> str:
    buttons = [f'<button name="user" value="{escape(user.object_id)}">{_person(user)}</button>' for user in users]
    return "".join(buttons) + '<button name="decline" value="1">Decline</button>'


def _person(user: User) -> str:
    role = " (administrator)" if user.admin else ""
    return f"{escape(user.display_name)}<small>{escape(user.upn)}{role}</small>"


def _hidden(fields: Mapping[str, str]) -> str:
    return "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items())


def _page(title: str, content: str, *, status: int = 200, script: str = "") -> web.Response:
    """A page whose policy lets run only what we wrote. Forms may lead anywhere: their answer redirects to the application."""
    nonce = secrets.token_urlsafe(16)
    code = f'<script nonce="{nonce}">{script}</script>' if script else ""
    head = f'<meta charset="utf-8"><title>{title}</title><style nonce="{nonce}">{STYLE}</style>'
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'"
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    text = f'<!doctype html><html lang="en"><head>{head}</head><body><main>{content}</main>{code}</body></html>'
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)
