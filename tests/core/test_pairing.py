"""Who belongs to whom: nobody twice, and the same whatever the order (design rules 6, 13 and 14)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from agenda_examples import MAP, event, link, marker, row, rules
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from outlookd.core.marker import birth_key, meeting_key
from outlookd.core.model import Bar, Link, LinkStatus, Record, Side
from outlookd.core.pairing import Pairing, pair
from outlookd.core.verdict import Seen

RULES = rules(fieldmap=MAP)
BIRTH = birth_key(event("o1"), RULES.install, RULES.user)
MEETING = meeting_key(event("o1", meeting="m"), RULES.install)
KEYS = ["k1", "k2", "k3", BIRTH, MEETING]
IDS = ["o1", "o2", "o3"]
OWNER = replace(link(), id="theirs", job="other", gopaas_id="k9", meeting="m")
NATURALS = st.sampled_from(["", "one", "one", "two"])
BARS = st.sampled_from([None, None, None, Bar.OF_ANOTHER, Bar.UNDATED])
STAMPS = st.sampled_from(["", "", *(marker(key=key, install=by) for key in ("k1", "k2") for by in ("i", "another"))])

ROWS = st.builds(row, st.sampled_from(KEYS), natural=NATURALS, barred=BARS, pointer=st.sampled_from([None, "", *IDS]))
EVENTS = st.builds(
    event,
    st.sampled_from(IDS),
    natural=NATURALS,
    barred=BARS,
    marker=STAMPS,
    meeting=st.sampled_from(["", "m"]),
    guest=st.booleans(),
)
LINKS = st.builds(
    lambda key, item, status: replace(link(), id=f"link-{key}", gopaas_id=key, outlook_id=item, status=status),
    st.sampled_from(KEYS),
    st.sampled_from(["", *IDS]),
    st.sampled_from(LinkStatus),
)


def known(key):
    """Several of something, no two of which have the same `key`."""
    return {"max_size": 4, "unique_by": key}


def paired(rows: list[Record], events: list[Record], links: list[Link], others: list[Link]) -> Pairing:
    def seen(side: Side, records: list[Record]) -> Seen:
        return Seen(side=side, records={record.id: record for record in records}, snapshot=True, complete=True)

    return pair(links, seen(Side.GOPAAS, rows), seen(Side.OUTLOOK, events), RULES, others=others)


def places(found: Pairing) -> list[tuple[Side, str]]:
    """Every record as often as it has a place in what was found; of a pair that is known, its key."""
    records = [record for match in found.matches for record in (match.gopaas, match.outlook)]
    records += [record for _, record in found.relinks]
    records += [*found.new_gopaas, *found.new_outlook, *(entry.outlook for entry in found.following), *found.twins]
    return [*((record.side, record.id) for record in records), *((Side.GOPAAS, link.gopaas_id) for link, _ in found.relinks)]


rows_of = st.lists(ROWS, **known(lambda record: record.id))
events_of = st.lists(EVENTS, **known(lambda record: record.id))
links_of = st.lists(LINKS, **known(lambda link: link.gopaas_id))
others_of = st.sampled_from([[], [OWNER]])


@settings(max_examples=examples(150))
@given(rows_of, events_of, links_of, others_of)
def test_no_record_has_two_places(rows, events, links, others):
    assert [place for place, times in Counter(places(paired(rows, events, links, others))).items() if times > 1] == []


@settings(max_examples=examples(80))
@given(rows_of, events_of, links_of, others_of, st.randoms())
def test_the_order_of_what_is_shown_gives_nobody_another_partner(rows, events, links, others, source):
    def told(found: Pairing) -> tuple[list[tuple[str, str]], list[tuple[Side, str]]]:
        return sorted((match.gopaas.id, match.outlook.id) for match in found.matches), sorted(places(found))

    first = told(paired(rows, events, links, others))
    source.shuffle(rows)
    source.shuffle(events)
    assert told(paired(rows, events, links, others)) == first


def test_an_event_whose_two_keys_name_two_rows_belongs_to_the_one_that_was_made_of_it():
    found = paired([row(BIRTH), row(MEETING)], [event("o1", meeting="m")], [], [])
    assert [match.gopaas.id for match in found.matches] == [BIRTH]


def test_a_row_whose_column_is_disputed_takes_no_other_event():
    disputed = [row("k1", pointer="o1"), row("k2", pointer="o1")]
    found = paired(disputed, [event("o1"), event("o2", marker=marker(key="k1"))], [], [])
    assert (found.matches, {record.id for record in found.twins}) == ((), {"k1", "k2", "o1"})


def test_a_copy_of_a_meeting_that_a_colleague_keeps_is_followed_before_it_looks_for_the_colleagues_row():
    theirs = row("k9", natural="one", barred=Bar.OF_ANOTHER)
    found = paired([theirs], [event("o1", natural="one", meeting="m", guest=True)], [], [OWNER])
    assert (found.matches, [entry.outlook.id for entry in found.following]) == ((), ["o1"])


def test_a_copy_that_could_be_two_rows_waits_even_when_a_colleague_keeps_its_meeting():
    alike = [row("k1", natural="one"), row("k2", natural="one")]
    found = paired(alike, [event("o1", natural="one", meeting="m")], [], [OWNER])
    assert (len(found.twins), found.following) == (3, ())


def test_of_two_copies_of_one_meeting_the_lowest_id_is_made_whichever_is_shown_first():
    copies = [event("o2", meeting="m"), event("o1", meeting="m")]
    assert [record.id for record in paired([], copies, [], []).new_outlook] == ["o1"]


def test_of_two_copies_of_one_meeting_the_lowest_id_has_its_row_whichever_is_shown_first():
    found = paired([row(MEETING)], [event("o2", meeting="m"), event("o1", meeting="m")], [], [])
    assert [match.outlook.id for match in found.matches] == ["o1"]
