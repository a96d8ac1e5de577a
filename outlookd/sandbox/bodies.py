"""What Exchange makes of an event's body: what was written is never what is read (Graph page, section 2.7).

Every body is stored as a whole HTML page. Knows no event, only texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any

from outlookd.sandbox.refusal import Refusal

PREVIEW = 255
HEAD = '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n<body>\r\n'
FOOT = "\r\n</body>\r\n</html>\r\n"
CONVERTED = "<!-- Converted from text/plain format -->\r\n"
UNSAFE = frozenset({"script", "style", "head", "title", "iframe", "object"})
BREAKING = frozenset({"br", "div", "p", "li", "tr", "h1", "h2", "h3", "hr", "ul", "ol", "table"})
VOID = frozenset({"br", "hr", "img"})
FRAME = frozenset({"html", "body", "meta", "link", "base"})
NAME = re.compile(r"[a-z][a-z0-9:_-]*")
"""A tag or attribute that is kept. Python's parser finds others, too: in ``<a<script>`` a tag of that whole name."""
JOIN_LINE = "_" * 80


def stored_body(body: Any) -> str:
    """The page that Exchange keeps for an ``itemBody``; the empty text for an empty one. Raises Refusal for another shape."""
    if body is None:
        return ""
    if not isinstance(body, Mapping):
        raise _not_a_body()
    sent = {name: value for name, value in body.items() if not name.startswith("@")}
    if unknown := sorted(sent.keys() - {"contentType", "content"}):
        raise Refusal("RequestBodyRead", f"The property '{unknown[0]}' does not exist on type 'microsoft.graph.itemBody'.")
    kind, content = sent.get("contentType") or "text", sent.get("content") or ""
    if not isinstance(kind, str) or kind.lower() not in {"text", "html"} or not isinstance(content, str):
        raise _not_a_body()
    if not content.strip():
        return ""
    return page(from_text(content) if kind.lower() == "text" else rewritten(content))


def _not_a_body() -> Refusal:
    return Refusal("RequestBodyRead", "Cannot convert the value of property 'body' to 'microsoft.graph.itemBody'.")


def page(inner: str) -> str:
    """A whole document around the content of a body."""
    return f"{HEAD}{inner}{FOOT}"


def from_text(text: str) -> str:
    """Plain text as the content of a body."""
    lines = escape(text.replace("\r\n", "\n"), quote=False).split("\n")
    content = "<br>\r\n".join(lines)
    return f'{CONVERTED}<div class="PlainText">{content}</div>'


def with_join_block(stored: str, join_url: str) -> str:
    """A stored body with the lines by which people join an online meeting."""
    block = f'<div>{JOIN_LINE}</div>\r\n<div><a href="{escape(join_url)}">Join the meeting now</a></div>\r\n<div>{JOIN_LINE}</div>'
    inner = stored.removeprefix(HEAD).removesuffix(FOOT)
    return page(f"{inner}\r\n{block}" if inner else block)


def rewritten(html: str) -> str:
    """The content of a body as Exchange writes it: no frame, no scripts, lower-case tags, quoted attributes, CR LF.

    Rewriting what was rewritten changes nothing.
    """
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return re.sub(r"\r\n|\r|\n", "\r\n", "".join(writer.parts)).strip()


def plain_text(stored: str) -> str:
    """A stored body as ``Prefer: outlook.body-content-type="text"`` shows it, line breaks as CR LF."""
    reader = _Reader()
    reader.feed(stored)
    reader.close()
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(reader.parts).split("\n")]
    return "\r\n".join(lines).strip()


def preview(stored: str) -> str:
    """``bodyPreview``: the beginning of the text, with blanks collapsed (trap 33)."""
    return " ".join(plain_text(stored).split())[:PREVIEW]


class _Content(HTMLParser):
    """Collects `parts` of what is not inside something unsafe."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in UNSAFE
        if not self._hidden:
            self.opened(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._hidden and tag not in UNSAFE:
            self.opened(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSAFE:
            self._hidden = max(self._hidden - 1, 0)
        elif not self._hidden:
            self.closed(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said(data)

    def opened(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A start tag."""

    def closed(self, tag: str) -> None:
        """An end tag."""

    def said(self, data: str) -> None:
        """Text between tags."""
        self.parts.append(data)


class _Writer(_Content):
    """Writes the same content again, in Exchange's manner."""

    def opened(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in FRAME and NAME.fullmatch(tag):
            sound = [(name, value) for name, value in attrs if NAME.fullmatch(name) and not name.startswith("on")]
            kept = "".join(f' {name}="{escape(value or "")}"' for name, value in sound)
            self.parts.append(f"<{tag}{kept}>")

    def closed(self, tag: str) -> None:
        if tag not in FRAME | VOID and NAME.fullmatch(tag):
            self.parts.append(f"</{tag}>")

    def said(self, data: str) -> None:
        self.parts.append(escape(data, quote=False))

    def handle_comment(self, data: str) -> None:
        """Only Exchange's own comment stays: it is part of every converted text."""
        if f"<!--{data}-->" == CONVERTED.strip():
            self.parts.append(CONVERTED.strip())


class _Reader(_Content):
    """Keeps the text alone: blanks collapse, blocks end lines."""

    def opened(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - of a text, nobody asks for attributes
        if tag in BREAKING:
            self.parts.append("\n")

    def closed(self, tag: str) -> None:
        if tag in BREAKING - VOID:
            self.parts.append("\n")

    def said(self, data: str) -> None:
        self.parts.append(re.sub(r"\s+", " ", data.replace("\xa0", " ")))
