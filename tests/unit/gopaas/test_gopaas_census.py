from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outlookd.gopaas.census import Census


def count(pages, *, asked, reread=None, behind=()):
    """Hand `pages` of (keys, total) to a census as the listing does; how many it asked for, and the census.

    `behind` is what comes when the row after the last one is asked for by itself.
    """
    census = Census(asked=asked)
    answers = iter(pages)
    number = 1
    while census.add(*next(answers)):
        number += 1
    if census.unsure and not census.fault:
        census.confirm(pages[0][0] if reread is None else reread)
    if census.hollow and not census.fault:
        census.close(behind)
    return number, census


def pages_of(keys, size, total):
    """Those keys as pages; empty ones follow, as GoPaaS answers beyond the end."""
    return [(keys[at : at + size], total) for at in range(0, len(keys), size)] + [([], total), ([], total)]


sizes = st.integers(1, 7)
keys_of = st.integers(0, 30).map(lambda n: [f"k{i}" for i in range(n)])


@given(keys_of, sizes)
def test_a_stable_view_with_a_total_is_complete_after_exactly_its_pages(keys, size):
    requests, census = count(pages_of(keys, size, len(keys)), asked=size)
    assert (requests, census.fault, census.unsure) == (max(1, -(-len(keys) // size)), "", False)


@given(keys_of, sizes)
def test_a_stable_view_without_a_total_is_complete(keys, size):
    requests, census = count(pages_of(keys, size, None), asked=size)
    assert census.fault == ""
    assert census.unsure == (len(keys) >= size)
    assert requests <= -(-len(keys) // size) + 1


@given(keys_of, sizes, st.booleans())
def test_a_server_with_smaller_pages_than_asked_for_is_read_to_the_end(keys, size, totals):
    total = len(keys) if totals else None
    requests, census = count(pages_of(keys, size, total), asked=100)
    assert census.fault == ""
    assert requests >= -(-len(keys) // size)


@given(keys_of, sizes, st.booleans(), st.data())
def test_a_row_that_vanishes_between_two_pages_leaves_no_complete_listing(keys, size, totals, data):
    """The rows behind it move up by one, so the first row of a later page is never shown."""
    assume(len(keys) > size)
    gone = data.draw(st.integers(0, size - 1))
    rest = keys[:gone] + keys[gone + 1 :]
    before, after = (len(keys), len(rest)) if totals else (None, None)
    pages = [(keys[:size], before), *pages_of(rest, size, after)[1:], ([], after)]
    _, census = count(pages, asked=size, reread=rest[:size])
    assert census.fault


@given(keys_of, sizes, st.booleans())
def test_a_row_that_appears_in_front_between_two_pages_leaves_no_complete_listing(keys, size, totals):
    assume(len(keys) > size)
    more = ["new", *keys]
    before, after = (len(keys), len(more)) if totals else (None, None)
    pages = [(keys[:size], before), *pages_of(more, size, after)[1:], ([], after)]
    _, census = count(pages, asked=size, reread=more[:size])
    assert census.fault


@given(keys_of, sizes, st.booleans(), st.data())
def test_a_page_that_comes_empty_without_meaning_it_leaves_no_complete_listing(keys, size, totals, data):
    assume(keys)
    total = len(keys) if totals else None
    pages = pages_of(keys, size, total)
    empty = data.draw(st.integers(0, -(-len(keys) // size) - 1))
    pages[empty] = ([], total)
    _, census = count(pages, asked=100, behind=keys[empty * size :][:1])
    assert census.fault


@pytest.mark.parametrize(
    ("pages", "fault"),
    [
        ([(["a", "b"], 4), ([], 4)], "2 rows came where 4 were announced"),
        ([(["a", "b"], 1)], "2 rows came where 1 were announced"),
        ([(["a", "b"], 3), (["b"], 3)], "a key came twice"),
        ([(["a", "a"], 2)], "a key came twice"),
        ([(["a", ""], 2)], "a row has no key"),
        ([(["a", "b"], 5), (["c"], 5), (["d", "e"], 5)], "pages have different sizes"),
        ([(["a", "b"], 5), (["c", "d", "e"], 5)], "pages have different sizes"),
        ([(["a", "b"], 4), (["c", "d"], 5), (["e"], 5)], "the total changed while the pages were read"),
        ([([], 5)], "0 rows came where 5 were announced"),
        ([(["a", "b"], None), (["a", "b"], None)], "a key came twice"),
    ],
)
def test_pages_that_disagree_are_not_complete(pages, fault):
    assert count(pages, asked=2)[1].fault == fault


def test_a_view_that_comes_whole_whatever_page_is_asked_for_is_complete():
    requests, census = count([(["a", "b", "c"], None), (["a", "b", "c"], None)], asked=2)
    assert (requests, census.fault) == (2, "")


def test_a_first_page_of_the_size_asked_for_that_repeats_is_not_complete():
    """A proxy that drops the page header looks like this, and hides everything behind page 1."""
    assert count([(["a", "b"], None), (["a", "b"], None)], asked=2)[1].fault
