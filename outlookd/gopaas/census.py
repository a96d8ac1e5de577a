"""The count that decides whether a listing is complete. Pure: keys and totals in, a verdict out."""

from __future__ import annotations

from collections.abc import Sequence


class Census:
    """One pass over a view, page after page.

    `fault` says why something may be missing (empty: nothing can be). `unsure` says, at the end, that the pages gave no total and
    the first one must be compared with a second reading (`confirm`); `hollow`, that nothing but an empty page said that it is the
    end, or that there is nothing at all: whatever is behind the `rows` that came must then be asked for in other words (`close`).

    What it cannot see, with a total: one row that goes and another that comes between the same two pages. That hides one row
    from one listing; design rule 3 asks for a second, independent piece of evidence anyway.
    """

    def __init__(self, *, asked: int) -> None:
        self.unsure = False
        self.hollow = False
        self.fault = ""
        self.rows = 0
        self.total: int | None = None
        self._asked = asked
        self._first: tuple[str, ...] = ()
        self._seen: set[str] = set()
        self._pages = 0

    def add(self, keys: Sequence[str], total: int | None) -> bool:
        """Take in the next page: the keys of its rows (empty: a row without one) and the total it names, if any.

        Returns whether there may be another page.
        """
        self._pages += 1
        self.rows += len(keys)
        if self._pages == 1:
            self._first = tuple(keys)
        self._note_total(total)
        known = {key for key in keys if key}
        fresh = known - self._seen
        if self._pages == 2 and self._is_unpaged(keys):
            return False
        self._note_keys(keys, known, fresh)
        self._seen |= fresh
        return not self._is_last(len(keys), stuck=not fresh)

    def confirm(self, first: Sequence[str]) -> None:
        """Compare a second reading of page 1, made after the last page, with the first."""
        if tuple(first) != self._first:
            self._blame("the first page changed while the others were read")

    def close(self, behind: Sequence[str]) -> None:
        """Take in what is behind the `rows` that came: asked for by itself, with a page size of one."""
        if behind:
            self._blame("a page came empty before the last row")

    def _is_unpaged(self, keys: Sequence[str]) -> bool:
        """Page 2 repeats a page 1 that was not of the size asked for: the view comes whole, whatever page is asked for."""
        return self.total is None and tuple(keys) == self._first and len(keys) != self._asked

    def _note_total(self, total: int | None) -> None:
        if total is None:
            return
        if self._pages > 1 and total != self.total:
            self._blame("the total changed while the pages were read")
        self.total = total if self.total is None else self.total

    def _note_keys(self, keys: Sequence[str], known: set[str], fresh: set[str]) -> None:
        if "" in keys:
            self._blame("a row has no key")
        if len(fresh) < len(known) or len(known) < len(keys) - keys.count(""):
            self._blame("a key came twice")
        if len(keys) > len(self._first):
            self._blame("pages have different sizes")

    def _is_last(self, size: int, *, stuck: bool) -> bool:
        """Whether this was the last page. `stuck`: it brought nothing new, so asking on would not end.

        Without a total, a short first page is not enough: the server may make pages smaller than asked for. And when page 1
        was followed by anything, or could have been, a row may have slipped from one page to the one before it. Nor is an empty
        page enough: a server in trouble may answer one page so and mean nothing by it, and here no total contradicts it. A total of
        zero is such a page, too: in a first run nothing else tells an empty view from one whose rows are to be adopted.
        """
        short = size < len(self._first)
        if self.total is None:
            last = stuck or short
            self.hollow = size == 0
            self.unsure = last and (self.rows > len(self._first) or len(self._first) >= self._asked)
            return last
        last = stuck or self.rows >= self.total
        self.hollow = last and self.rows == 0
        if last and self.rows != self.total:
            self._blame(f"{self.rows} rows came where {self.total} were announced")
        elif short and not last:
            self._blame("pages have different sizes")
        return last

    def _blame(self, fault: str) -> None:
        """Keep the first fault: later ones follow from it."""
        self.fault = self.fault or fault
