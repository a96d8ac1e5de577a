"""A very small browser: it opens a page, reads its forms as they stand, fills them in and submits them. No scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import aiohttp
from yarl import URL


@dataclass(slots=True)
class Form:
    """A form: where it goes and what is filled in."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.text: list[str] = []
        self._link: str | None = None
        self._textarea: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        match tag:
            case "form":
                self.forms.append(Form(method=values.get("method", "get"), action=values.get("action", "")))
            case "input":
                self.forms[-1].fields[values["name"]] = values.get("value", "")
            case "textarea":
                self._textarea = values["name"]
                self.forms[-1].fields[self._textarea] = ""
            case "select":
                self._select = values["name"]
            case "option" if self._select and ("selected" in values or self._select not in self.forms[-1].fields):
                self.forms[-1].fields[self._select] = values["value"]
            case "a":
                self._link = values["href"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea:
            # The first line break inside a textarea is not part of its text; the rest is sent with CR LF.
            fields = self.forms[-1].fields
            fields[self._textarea] = fields[self._textarea].removeprefix("\n").replace("\n", "\r\n")
            self._textarea = None
        self._link = None if tag == "a" else self._link

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1].fields[self._textarea] += data
        elif self._link is not None:
            self.links.setdefault(data.strip(), self._link)
        self.text.append(data)


class Browser:
    """One tab. After each call `status`, `html`, `text`, `links` and `forms` describe the page it shows."""

    def __init__(self, session: aiohttp.ClientSession, home: str) -> None:
        self._session = session
        self._home = URL(home)
        self.headers: dict[str, str] = {}

    async def open(self, path: str = "") -> Browser:
        async with self._session.get(self._home.join(URL(path, encoded=True))) as response:
            return await self._show(response)

    async def follow(self, words: str) -> Browser:
        return await self.open(self.links[words])

    async def submit(self, action: str = "", **fields: str) -> Browser:
        """Submit the page's POST form whose action ends so, with some fields filled in anew."""
        form = next(form for form in self.forms if form.method == "post" and form.action.endswith(action))
        assert fields.keys() <= form.fields.keys(), "the page has no such field"
        target = self._home.join(URL(form.action, encoded=True)) if form.action else self._home
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": str(self._home.origin())}
        async with self._session.post(target, data=form.fields | fields, headers=headers) as response:
            return await self._show(response)

    async def _show(self, response: aiohttp.ClientResponse) -> Browser:
        self._home = response.url
        self.status, self.headers = response.status, dict(response.headers)
        self.html = await response.text()
        reader = _Reader()
        reader.feed(self.html)
        self.forms, self.links, self.text = reader.forms, reader.links, " ".join(reader.text)
        return self
