"""The body of an event as text: what a person reads, whatever Exchange made of the HTML around it (graph.md 2.7, design rule 8).

The law: a text that was sent as text, and that Exchange rewrote into a page, reads back as the same text. Of links only the words
stay, pictures and colours are gone; the body of an online meeting is therefore never sent back (Graph trap 14).
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from outlookd import Value, read_text

_HIDDEN = frozenset({"head", "script", "style", "title"})
_BLOCKS = frozenset(
    [
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "caption",
            "center",
            "dd",
            "div",
            "dl",
            "dt",
            "fieldset",
            "figure",
            "footer",
        ),
        *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table"),
        *("tr", "ul"),
    ]
)
_CELLS = frozenset({"td", "th"})
_BLANKS = re.compile(r"[^\S\n]+")
_HTML_BLANKS = re.compile(r"[ \t\r\n\f]+")


def read_body(value: Value) -> str | None:
    """Canonical text: lines without space around them, runs of blanks as one, at most one empty line in a row, none at the ends."""
    raw = read_text(value)
    if raw is None:
        return None
    lines: list[str] = []
    for line in raw.split("\n"):
        clean = _BLANKS.sub(" ", line).strip()
        if clean or (lines and lines[-1]):
            lines.append(clean)
    return "\n".join(lines).strip() or None


def read_html(page: str) -> str | None:
    """The same, out of an HTML page. Never fails, and takes time in proportion to its length, whatever a stranger wrote."""
    reader = _Reader()
    reader.feed(_tame(page))
    reader.close()
    return read_body(reader.text())


def _tame(page: str) -> str:
    """`page` without comments, and without tags that never end.

    The parser looks for the end of each of those to the end of the page, so that an invitation of 200 kB could keep it busy for
    minutes.
    """
    parts: list[str] = []
    behind = 0
    while (start := page.find("<!--", behind)) >= 0:
        parts.append(page[behind:start])
        # "<!-->" is a whole comment. One without an end reaches to the end of the page.
        end = page.find("-->", start + 2)
        behind = len(page) if end < 0 else end + 3
    whole = " ".join([*parts, page[behind:]])
    tail = whole.rfind(">") + 1
    return whole[:tail] + whole[tail:].replace("<", "&lt;")


class _Reader(HTMLParser):
    """Collects lines as a browser would show them: a block begins and ends a line, and an empty block has no height."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._hidden = 0
        self._verbatim = 0

    def text(self) -> str:
        """What was collected, one line per line."""
        return "\n".join([*self._lines, "".join(self._line)])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's signature
        if tag == "body":
            # A head that nobody closed ends here at the latest.
            self._hidden = 0
        elif tag in _HIDDEN:
            self._hidden += 1
        elif self._hidden:
            return
        elif tag == "br":
            self._break()
        elif tag in _CELLS:
            self._line.append(" ")
        elif tag in _BLOCKS:
            self._end_line()
            self._verbatim += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif not self._hidden and tag in _BLOCKS:
            self._end_line()
            if tag == "pre":
                self._verbatim = max(self._verbatim - 1, 0)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if not self._verbatim:
            self._line.append(_HTML_BLANKS.sub(" ", data))
            return
        first, *rest = data.replace("\r\n", "\n").split("\n")
        self._line.append(first)
        for line in rest:
            self._break()
            self._line.append(line)

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: ARG002 - the parser's signature
        """Word's ``<![if ...]>`` and anything like it is skipped; the parser's own reading stops at an unknown word."""
        return self.parse_bogus_comment(i)

    def _break(self) -> None:
        self._lines.append("".join(self._line))
        self._line = []

    def _end_line(self) -> None:
        """End the line if there is something on it: a non-breaking space is something, a blank between two tags is not."""
        if "".join(self._line).strip(" \t\r\n\f"):
            self._break()
        else:
            self._line = []
