"""What is written comes back equal, for everything that the model can hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.model import (
    Base,
    Conflict,
    Intent,
    IntentState,
    JournalEntry,
    Link,
    LinkStatus,
    Op,
    Origin,
    Quarantined,
    RunReport,
    RunStatus,
    Side,
    Span,
    Tally,
)
from outlookd.errors import StoreError
from outlookd.store.codec import (
    conflict_columns,
    conflict_of,
    entry_columns,
    entry_of,
    intent_columns,
    intent_of,
    link_columns,
    link_of,
    load_link,
    quarantine_columns,
    quarantined_of,
    report_columns,
    report_of,
)
from outlookd.store.values import dump_fields, dump_json, dump_moment, load_fields, load_moment

# Any character, half characters (lone surrogates) included: both sides can show them inside a value.
texts = st.text(st.characters(), max_size=12)
values = st.none() | st.booleans() | st.integers() | texts | st.lists(texts, max_size=3).map(tuple)
fields = st.dictionaries(texts, values, max_size=4)
counts = st.integers(0, 10**6)
sides = st.sampled_from(Side)
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-3))])
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=zones)
spans = st.builds(Span, start=moments, end=moments)
bases = st.builds(Base, fields=fields, version=texts, digest=texts, settled=st.booleans(), before=fields, span=st.none() | spans)
links = st.builds(
    Link,
    id=texts,
    job=texts,
    gopaas_id=texts,
    outlook_id=texts,
    status=st.sampled_from(LinkStatus),
    origin=st.sampled_from(Origin),
    gopaas=bases,
    outlook=bases,
    marker=texts,
    touched=st.booleans(),
    generation=counts,
    series=texts,
    original_start=texts,
    meeting=texts,
    attended=st.booleans(),
    guest=st.booleans(),
    sealed=st.frozensets(texts, max_size=2),
)
intents = st.builds(
    Intent,
    id=texts,
    job=texts,
    run=texts,
    op=st.sampled_from(Op),
    side=sides,
    link=links,
    before=fields,
    after=fields,
    sent_at=moments,
    state=st.sampled_from(IntentState),
)
entries = st.builds(
    JournalEntry,
    run=texts,
    at=moments,
    op=st.sampled_from(Op),
    side=sides,
    link=texts,
    gopaas_id=texts,
    outlook_id=texts,
    before=fields,
    after=fields,
    reason=texts,
    rule=texts,
    mails=st.booleans(),
)
conflicts = st.builds(
    Conflict, link=texts, group=texts, winner=st.none() | sides, gopaas=fields, outlook=fields, base=fields, rule=texts
)
tallies = st.builds(Tally, gopaas=counts, outlook=counts)
reports = st.builds(
    RunReport,
    run=texts,
    job=texts,
    user=texts,
    type=texts,
    status=st.sampled_from(RunStatus),
    started=moments,
    created=tallies,
    updated=tallies,
    deleted=tallies,
    unchanged=counts,
    conflicts=counts,
    held=counts,
    quarantined=counts,
    requests=st.dictionaries(texts, counts, max_size=3),
    mail_writes=counts,
    seconds=st.floats(0, 1e6),
    message=texts,
    exit_status=counts,
)
quarantined = st.builds(Quarantined, side=sides, id=texts, reason=texts, since=moments, retry_at=moments, attempts=counts)


@given(fields)
def test_fields_come_back_with_their_values_and_types(original):
    """``True == 1`` in Python, so equality alone would not notice the difference."""
    back = load_fields(dump_fields(original))
    assert {name: (type(value), value) for name, value in back.items()} == {
        name: (type(value), value) for name, value in original.items()
    }


@given(links)
def test_a_link_comes_back_equal(link):
    assert link_of(link_columns(link)) == link


@given(intents)
def test_an_intent_comes_back_equal_with_its_link(intent):
    assert intent_of(intent_columns(intent)) == intent


@given(links)
def test_a_link_that_was_announced_before_there_were_events_is_still_understood(link):
    """An intent that was open when the program was replaced is recovered by the new one."""
    late = {"series", "original_start", "meeting", "attended", "guest", "sealed", "gopaas_span", "outlook_span"}
    old = {name: value for name, value in link_columns(link).items() if name not in late}
    back = load_link(dump_json(old))
    assert {name: value for name, value in link_columns(back).items() if name not in late} == old
    assert {link_columns(back)[name] for name in late} == {"", False, "[]", None}


@given(entries)
def test_a_journal_line_comes_back_equal(entry):
    assert entry_of(entry_columns(entry)) == entry


@given(conflicts)
def test_a_conflict_comes_back_equal(conflict):
    assert conflict_of(conflict_columns(conflict)) == conflict


@given(reports)
def test_a_report_comes_back_equal(report):
    assert report_of(report_columns(report)) == report


@given(quarantined)
def test_a_quarantined_record_comes_back_equal(record):
    assert quarantined_of(quarantine_columns("job", record)) == record


@given(moments)
def test_a_moment_comes_back_equal_in_utc(moment):
    back = load_moment(dump_moment(moment))
    assert (back, back.tzinfo) == (moment, UTC)


@given(moments, moments)
def test_the_order_of_the_texts_is_the_order_of_the_times(one, other):
    """SQL sorts and compares the texts."""
    assert (dump_moment(one) < dump_moment(other)) == (one < other)


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="aware"):
        dump_moment(datetime(2026, 11, 22))


@pytest.mark.parametrize(
    "damage",
    [
        {"status": "half"},
        {"gopaas_fields": "{"},
        {"outlook_before": "[]"},
        {"gopaas_fields": None},
        {"outlook_span": "2026-11-22T12:00:00+00:00"},
    ],
    ids=["unknown word", "broken JSON", "JSON of another shape", "nothing", "half a span"],
)
def test_a_row_that_makes_no_sense_is_a_store_error(damage):
    row = link_columns(Link(id="1", job="j", gopaas_id="c")) | damage
    with pytest.raises(StoreError) as caught:
        link_of(row)
    assert caught.value.code == "SQLITE_CORRUPT"
