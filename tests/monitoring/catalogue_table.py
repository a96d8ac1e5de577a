"""The tables of docs/metrics.md, as the catalogue has them. Run this file to write them into the page."""

from __future__ import annotations

from pathlib import Path

from outlookd.runtime.metrics import CATALOGUE

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
BEGIN, END = "<!-- the catalogue begins -->\n", "<!-- the catalogue ends -->\n"


def table(*, read):
    """The families that are counted, or those that are read."""
    rows = ["| metric | type | labels | what it tells |", "| --- | --- | --- | --- |"]
    for family in CATALOGUE:
        if family.read is read:
            labels = (f"{name} = {', '.join(words)}" if words else name for name, words in family.labels.items())
            rows.append(f"| `{family.name}` | {family.kind.value} | {'; '.join(labels) or '–'} | {family.help} |")
    return "\n".join(rows)


def page_of(text):
    """The page with the tables in it."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    tables = f"\n### Counted\n\n{table(read=False)}\n\n### Read from the state database, its file and the settings\n\n{table(read=True)}\n\n"
    return before + BEGIN + tables + END + after


if __name__ == "__main__":
    PAGE.write_text(page_of(PAGE.read_text()))
