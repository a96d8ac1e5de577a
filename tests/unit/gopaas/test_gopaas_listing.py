from __future__ import annotations

import pytest

from outlookd.core.model import Watermark
from outlookd.errors import ConfigurationError, CredentialsRefused, Unintelligible
from outlookd.gopaas import ApiKey, ClientCredentials, GopaasAdapter, GopaasClient, ViewQuery, list_view, missing_columns

COLUMNS = frozenset({"nom", "email"})


def keys_of(pages):
    return [row["cle"] for page in pages for row in page.payloads]


def verdict_of(pages):
    assert [page.end is not None for page in pages] == [False] * (len(pages) - 1) + [True]
    return pages[-1].end


async def test_five_thousand_rows_are_ten_requests_and_complete(session, url, gopaas, clock, drain):
    gopaas.table = {f"c{n}": {"cle": f"c{n}", "nom": "N", "email": ""} for n in range(5000)}
    client = GopaasClient(session, url, ApiKey("key-of-claire"), clock)
    adapter = GopaasAdapter(client, table="contact", view="1170", columns=COLUMNS, page_size=500)
    pages = await drain(adapter.changes(None))
    assert len(keys_of(pages)) == 5000
    assert (adapter.requests, len(gopaas.requests)) == (10, 10)
    assert verdict_of(pages).complete


async def test_a_listing_is_always_a_snapshot_that_began_when_it_says(adapter, clock, drain):
    end = verdict_of(await drain(adapter.changes(Watermark(cursor="anything"))))
    assert end.snapshot
    assert end.watermark == Watermark(full_at=clock.now())


@pytest.mark.parametrize(("shape", "requests"), [("with_total", 3), ("without_total", 4), ("bare_array", 4)])
async def test_every_shape_of_a_listing_is_read_in_full(adapter, gopaas, drain, shape, requests):
    gopaas.show_list = getattr(gopaas, shape)
    pages = await drain(adapter.changes(None))
    assert keys_of(pages) == list(gopaas.table)
    assert verdict_of(pages).complete
    assert adapter.requests == requests


async def test_an_array_that_ignores_pages_is_read_in_full(adapter, gopaas, drain):
    gopaas.show_list = lambda rows, _page, _size: rows
    pages = await drain(adapter.changes(None))
    assert set(keys_of(pages)) == set(gopaas.table)
    assert verdict_of(pages).complete


async def test_columns_are_described_once(adapter, gopaas, drain):
    await drain(adapter.changes(None))
    assert [headers.get("columns") for _, _, headers in gopaas.requests] == ["on", None, None]


async def test_a_view_that_moves_once_is_read_again_and_then_complete(adapter, gopaas, drain):
    moves = ["c1"]

    def delete_first(page):
        if page == 1 and moves:
            del gopaas.table[moves.pop()]

    gopaas.after_list = delete_first
    pages = await drain(adapter.changes(None))
    assert verdict_of(pages).complete
    assert set(gopaas.table) <= set(keys_of(pages))
    assert keys_of(pages)[-11:] == list(gopaas.table)


async def test_a_row_that_jumps_to_the_front_is_noticed_though_the_total_stays(adapter, gopaas, drain):
    jumps = ["c12"]

    def jump(page):
        if page == 1 and jumps:
            row = gopaas.table.pop(jumps.pop())
            gopaas.table = {row["cle"]: row, **gopaas.table}

    gopaas.after_list = jump
    pages = await drain(adapter.changes(None))
    assert verdict_of(pages).complete
    assert keys_of(pages)[-12:] == list(gopaas.table)


async def test_a_view_that_keeps_moving_is_read_twice_and_incomplete(adapter, gopaas, drain):
    def insert(page):
        if page == 1:
            key = f"new{len(gopaas.table)}"
            gopaas.table = {key: {"cle": key, "nom": "N", "email": ""}, **gopaas.table}

    gopaas.after_list = insert
    earlier = Watermark(cursor="", full_at=None)
    end = verdict_of(await drain(adapter.changes(earlier)))
    assert (end.complete, end.watermark) == (False, earlier)
    assert end.reason == "the total changed while the pages were read"


async def test_a_page_that_is_suddenly_empty_is_not_the_end_of_the_view(adapter, gopaas, drain):
    gopaas.show_list = lambda rows, page, size: {
        "total": len(rows),
        "rows": [] if page == 2 else rows[(page - 1) * size : page * size],
    }
    end = verdict_of(await drain(adapter.changes(None)))
    assert (end.complete, end.reason) == (False, "5 rows came where 12 were announced")


async def test_an_empty_view_is_asked_for_three_times_and_complete(adapter, gopaas, drain):
    gopaas.table.clear()
    (page,) = await drain(adapter.changes(None))
    assert (page.payloads, page.total, page.end.complete, adapter.requests) == ((), 0, True, 3)


async def test_a_row_without_a_key_makes_the_listing_incomplete_and_is_handed_on(adapter, gopaas, drain):
    gopaas.table["c3"]["cle"] = None
    pages = await drain(adapter.changes(None))
    assert verdict_of(pages).reason == "a row has no key"
    assert None in keys_of(pages)


async def test_a_missing_column_is_named_with_its_nearest_name(session, url, clock, drain):
    client = GopaasClient(session, url, ApiKey("key-of-claire"), clock)
    query = ViewQuery(view="1170", page_size=5, columns=frozenset({"nom", "emial", "fonction"}))
    with pytest.raises(ConfigurationError) as caught:
        await drain(list_view(client, query))
    assert caught.value.faults == ("view 1170 has no column 'emial'; did you mean 'email'?", "view 1170 has no column 'fonction'")
    assert client.requests == 1


async def test_a_described_column_that_rows_leave_out_is_none(adapter, gopaas, drain):
    for row in gopaas.table.values():
        del row["email"]
    gopaas.show_list = lambda rows, page, size: {
        **gopaas.with_total(rows, page, size),
        "column": [{"name": "nom"}, {"name": "email"}],
    }
    pages = await drain(adapter.changes(None))
    assert {row["email"] for page in pages for row in page.payloads} == {None}


async def test_a_column_that_some_rows_leave_out_is_none_in_those(adapter, gopaas, drain):
    del gopaas.table["c2"]["email"]
    rows = {row["cle"]: row for page in await drain(adapter.changes(None)) for row in page.payloads}
    assert (rows["c1"]["email"], rows["c2"]["email"]) == ("c1@example.test", None)


async def test_an_empty_view_without_description_says_nothing_about_columns(session, url, gopaas, clock, drain):
    gopaas.table.clear()
    client = GopaasClient(session, url, ApiKey("key-of-claire"), clock)
    pages = await drain(list_view(client, ViewQuery(view="1170", columns=frozenset({"whatever"}))))
    assert verdict_of(pages).complete


def test_every_missing_column_is_reported_in_order():
    assert missing_columns("v", ["b", "a", "c"], frozenset({"c"})) == ["view v has no column 'a'", "view v has no column 'b'"]


async def test_a_filter_asks_for_one_users_rows(client, gopaas, drain):
    gopaas.table["c4"]["utilisateur"] = "claire"
    adapter = GopaasAdapter(client, table="contact", view="1170", columns=COLUMNS, filter=("utilisateur", "claire"))
    assert keys_of(await drain(adapter.changes(None))) == ["c4"]


async def test_a_filter_that_no_header_can_carry_is_refused_when_the_job_is_made(client):
    with pytest.raises(ConfigurationError):
        GopaasAdapter(client, table="contact", view="1170", columns=COLUMNS, filter=("utilisateur", "claire|OR|"))


@pytest.mark.parametrize("uses", [1, 2])
async def test_a_token_that_dies_in_the_middle_of_a_listing_is_replaced(token_client, gopaas, drain, uses):
    gopaas.uses_per_token = uses
    adapter = GopaasAdapter(token_client, table="contact", view="1170", columns=COLUMNS, page_size=3)
    pages = await drain(adapter.changes(None))
    assert (keys_of(pages), verdict_of(pages).complete) == (list(gopaas.table), True)
    assert gopaas.count("access_token") == 4 // uses


async def test_a_fresh_token_that_is_refused_too_ends_the_listing(token_client, gopaas, drain):
    gopaas.uses_per_token = 0
    adapter = GopaasAdapter(token_client, table="contact", view="1170", columns=COLUMNS)
    with pytest.raises(CredentialsRefused):
        await drain(adapter.changes(None))
    assert (gopaas.count("access_token"), gopaas.count("/list/")) == (2, 2)


async def test_a_wrong_secret_is_refused_before_any_listing(session, url, gopaas, clock, drain):
    credentials = ClientCredentials(session, url, "app", "wrong", clock)
    adapter = GopaasAdapter(GopaasClient(session, url, credentials, clock), table="contact", view="1170", columns=COLUMNS)
    with pytest.raises(CredentialsRefused):
        await drain(adapter.changes(None))
    assert gopaas.count("/list/") == 0


async def test_a_refused_api_key_is_not_tried_twice(session, url, gopaas, clock, drain):
    adapter = GopaasAdapter(GopaasClient(session, url, ApiKey("other"), clock), table="contact", view="1170", columns=COLUMNS)
    with pytest.raises(CredentialsRefused):
        await drain(adapter.changes(None))
    assert len(gopaas.requests) == 1


async def test_an_unknown_answer_in_the_middle_ends_the_listing_without_a_verdict(adapter, gopaas):
    gopaas.show_list = lambda rows, page, size: {"msg": "?"} if page == 2 else gopaas.with_total(rows, page, size)
    pages = adapter.changes(None)
    assert (await anext(pages)).end is None
    with pytest.raises(Unintelligible):
        await anext(pages)


async def test_a_description_reports_where_a_listing_would_refuse(client, gopaas):
    adapter = GopaasAdapter(client, table="contact", view="1170", columns=frozenset({"absent"}), page_size=5)
    description = await adapter.describe_view()
    assert (description.columns, description.rows, description.total) == ({"cle", "nom", "email"}, 5, 12)


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        ([{"name": "Nom affiché", "key": "nom", "label": "Nom"}], {"nom": "Nom", "cle": "", "email": ""}),
        ([{"name": "vide", "label": "Vide"}, {"name": "email"}], {"vide": "Vide", "email": "", "cle": "", "nom": ""}),
        (None, {"cle": "", "nom": "", "email": ""}),
    ],
)
async def test_a_sample_names_every_column_once_as_the_rows_do(adapter, gopaas, column, labels):
    gopaas.show_list = lambda rows, _page, _size: {"rows": rows[:1], "total": "3", "column": column}
    sample = await adapter.sample_view(5)
    assert dict(sample.columns) == labels
    assert (len(sample.rows), sample.total, adapter.requests) == (1, 3, 1)
