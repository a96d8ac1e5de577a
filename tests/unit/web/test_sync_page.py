"""The sync page: what it says in each state, whose jobs it shows, and what its buttons do."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.web.twins import JOB, NOW, MemoryDesk, panel, result
from unit.web.visiting import FROM_OUR_PAGE, Browser, sign_in
from yarl import URL

import outlookd
from outlookd.core.model import Direction, RunStatus, Side, Tally
from outlookd.web import SessionVisitors
from outlookd.web.jobs.desk import Answer, Disputed, HeldBack, SetAside, Underway, Waiting, address_of
from outlookd.web.remedies import Remedy
from outlookd.web.words.causes import CAUSES

START = f"/crm/api/jobs/{address_of(JOB)}/start"
APPROVE = f"/crm/api/jobs/{address_of(JOB)}/approve"
BY_SCRIPT = {**FROM_OUR_PAGE, "HX-Request": "true"}
HOSTILE = '<script>alert("x")</script>{login}{{ 7*7 }}'


async def read(house: Browser, path: str = "/crm/", **headers: str) -> str:
    """The page's text without its tags."""
    text = await (await house.get(path, headers=headers or None)).text()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
async def alice(house: Browser, visitors: SessionVisitors) -> Browser:
    await sign_in(house, visitors, "alice")
    return house


async def test_what_waits_for_a_choice_leads_to_where_it_is_made(alice: Browser, desk: MemoryDesk) -> None:
    desk.shown = [panel(held=(HeldBack(guard="conflict", count=2, name="", reason="2 field groups"),))]
    page = await (await alice.get("/crm/")).text()
    assert "2 records were changed on both sides, and wait for somebody to choose." in page
    assert f'href="/crm/jobs/{address_of(JOB)}/conflicts"' in page


async def test_a_reason_of_ours_is_told_in_the_pages_language(alice: Browser, desk: MemoryDesk) -> None:
    desk.shown = [panel(held=(HeldBack(guard="recovery", count=2, name="", reason="the state was restored from a copy"),))]
    assert "L’état a été restauré d’une copie." in await read(alice, **{"Accept-Language": "fr"})


async def test_the_panels_say_what_gopaas_own_page_says(alice: Browser, desk: MemoryDesk) -> None:
    export = panel(job="c", resource="contacts", direction=Direction.TO_OUTLOOK, waiting=Waiting(count=32, at=NOW))
    desk.shown.append(export)
    english = await read(alice)
    assert "9 appointments to synchronize as of 14:05" in english
    assert "Start Synchronization" in english
    assert "32 contacts to synchronize" in english
    assert "Start Exportation" in english
    french = await read(alice, **{"Accept-Language": "fr"})
    assert "Synchronisation des agendas" in french
    assert "Export des contacts" in french
    assert "Démarrer la synchronisation" in french


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [
        (0, "0 appointments to", "0 rendez-vous à"),
        (1, "1 appointment to", "1 rendez-vous à"),
        (1000, "999+ appointments", "999+ rendez-vous"),
    ],
)
async def test_what_waits_is_counted_in_words_and_capped(
    alice: Browser, desk: MemoryDesk, count: int, english: str, french: str
) -> None:
    desk.shown = [panel(waiting=Waiting(count=count, at=NOW))]
    assert english in await read(alice)
    assert french in await read(alice, **{"Accept-Language": "fr"})


async def test_a_count_that_is_not_there_yet_says_so(alice: Browser, desk: MemoryDesk) -> None:
    desk.shown = [panel(waiting=None, counting=True)]
    assert "Counting what waits…" in await read(alice)
    desk.shown = [panel(waiting=None, counting=False)]
    assert "could not be counted" in await read(alice)


async def test_somebody_without_jobs_is_told_so(house: Browser, visitors: SessionVisitors) -> None:
    await sign_in(house, visitors, "stranger")
    assert "Nothing is set up for you yet." in await read(house)


async def test_the_last_result_names_only_the_sides_that_the_job_writes(alice: Browser, desk: MemoryDesk) -> None:
    desk.shown = [panel(resource="contacts", direction=Direction.TO_OUTLOOK, last=result(created=Tally(outlook=1234)))]
    text = await read(alice)
    assert "Outlook 1,234 0 0" in text
    assert "GoPaaS 0 0 0" not in text


async def test_a_screen_reader_hears_one_sentence_per_panel_and_no_counter(alice: Browser, desk: MemoryDesk) -> None:
    bar = Underway(stage="writes", done=3, total=9, share=0.6)
    desk.shown = [panel(bar=bar), panel(job="other", last=result())]
    text = await (await alice.get("/crm/")).text()
    regions = re.findall(r'<p role="status"[^>]*>([^<]*)</p>', text)
    assert regions == ["Calendar synchronization – Writing changes… Calendar synchronization – Both sides agree."]


async def test_the_region_for_news_is_there_before_there_are_any(alice: Browser) -> None:
    assert re.findall(r'<p role="status"[^>]*>([^<]*)</p>', await (await alice.get("/crm/")).text()) == [""]


async def test_what_is_held_back_says_what_to_do_and_can_be_approved(alice: Browser, desk: MemoryDesk) -> None:
    held = (HeldBack(guard="deletes", count=12, name="abc", reason="r"), HeldBack(guard="mail", count=1, name="", reason="r"))
    desk.shown = [panel(last=result(RunStatus.HELD), held=held)]
    text = await (await alice.get("/crm/")).text()
    assert "12 deletions at once are more than usual." in text
    assert re.findall(r'name="name" value="([^"]+)"', text) == ["abc"]
    assert "could send mail" in text


async def test_an_item_that_cannot_be_read_is_not_said_to_need_nothing(alice: Browser, desk: MemoryDesk) -> None:
    desk.shown = [panel(last=result(RunStatus.HELD), held=(HeldBack(guard="unread", count=1, name="", reason="r"),))]
    text = await read(alice)
    assert "1 item in Outlook is listed and cannot be read, so nothing new is made on either side." in text
    assert "There is nothing to do" not in text


async def test_an_unknown_guard_is_shown_in_its_own_words(alice: Browser, desk: MemoryDesk) -> None:
    desk.shown = [panel(held=(HeldBack(guard="plugin", count=2, name="abc", reason="not on Sundays"),))]
    text = await read(alice)
    assert "2 changes are held back by a rule of your company." in text
    assert "not on Sundays" in text


async def test_a_record_that_is_set_aside_is_named_with_its_reason_and_next_try(alice: Browser, desk: MemoryDesk) -> None:
    aside = SetAside(side=Side.GOPAAS, id="8f14e45f", field="jour", reason="this is not a date", retry_at=NOW + timedelta(hours=1))
    desk.shown = [panel(set_aside=(aside,), set_aside_count=3)]
    text = await read(alice)
    assert "3 records could not be synchronized." in text
    assert "8f14e45f , column jour This is not a date. next try: 15:05" in text
    assert "and 2 more" in text
    page = await (await alice.get("/crm/")).text()
    assert f'href="/crm/jobs/{address_of(JOB)}/aside"' in page
    assert "8f14e45f , colonne jour Ce n’est pas une date. prochain essai : 15:05" in await read(alice, **{"Accept-Language": "fr"})


async def test_a_record_whose_time_has_come_is_tried_by_the_next_run(alice: Browser, desk: MemoryDesk) -> None:
    aside = SetAside(side=Side.GOPAAS, id="8f14e45f", field="", reason="x", retry_at=NOW - timedelta(hours=1))
    desk.shown = [panel(set_aside=(aside,), set_aside_count=1)]
    assert "next try: 14:10" in await read(alice)
    desk.shown = [panel(set_aside=(aside,), set_aside_count=1, next_run=None)]
    assert "next try" not in await read(alice)


async def test_a_text_in_english_is_folded_and_an_operators_text_is_for_administrators(
    alice: Browser, visitors: SessionVisitors, desk: MemoryDesk
) -> None:
    aside = SetAside(side=Side.OUTLOOK, id="8f14e45f", field="", reason="Graph does not like it", retry_at=NOW)
    desk.shown = [panel(set_aside=(aside,), set_aside_count=1, last=result(RunStatus.FAILED, message="no answer"))]
    root = alice.another()
    await sign_in(root, visitors, "root")
    told = [("Ce qu’en dit outlookd", "no answer"), ("Raison", "Graph does not like it")]
    for browser, path, shown in ((alice, "/crm/", told[1:]), (root, "/crm/users/alice", told)):
        text = await (await browser.get(path, headers={"Accept-Language": "fr"})).text()
        found = re.findall(r'<details[^>]*><summary>([^<]*)</summary><p class="message" lang="en">([^<]*)</p></details>', text)
        assert found == shown


def test_every_reason_that_has_words_is_one_that_is_given() -> None:
    root = Path(outlookd.__file__).parents[1]
    code = "".join(
        path.read_text() for folder in ("outlookd", "plugins") for path in (root / folder).rglob("*.py") if "web" not in path.parts
    )
    assert not [reason for reason in CAUSES.english if f'BadRecord("{reason}"' not in code]


@pytest.mark.parametrize(
    ("remedy", "english", "french"),
    [
        (
            Remedy.WAIT,
            "There is nothing to do, this comes back by itself. The next try: 14:10.",
            "cela reprend tout seul. Prochain essai",
        ),
        (Remedy.ADMIN, "Show the text below to your administrator", "Montrez le texte ci-dessous à votre administrateur"),
        (Remedy.FOLDER, "look in Deleted Items", "voyez les Éléments supprimés"),
        (Remedy.NAME, "Rename that folder in Outlook", "Renommez ce dossier dans Outlook"),
        (Remedy.CALENDAR, "The Outlook calendar was deleted or renamed", "Le calendrier Outlook a été supprimé ou renommé"),
    ],
)
async def test_a_run_that_could_not_do_its_work_says_what_helps(
    alice: Browser, desk: MemoryDesk, remedy: Remedy, english: str, french: str
) -> None:
    desk.shown = [panel(last=result(RunStatus.FAILED), remedy=remedy)]
    assert english in await read(alice)
    assert french in await read(alice, **{"Accept-Language": "fr"})
    assert ("/folder" in await (await alice.get("/crm/")).text()) == (remedy is Remedy.FOLDER)


async def test_a_missing_folder_is_made_again_by_a_press(alice: Browser, desk: MemoryDesk) -> None:
    response = await alice.post(START.replace("/start", "/folder"))
    assert response.headers["Location"] == "/crm/?said=started"
    assert desk.pressed == [("recreate", "alice/calendar/action")]


@pytest.mark.parametrize(("counting", "text"), [(True, "is being looked up…"), (False, "cannot be looked up right now.")])
async def test_what_is_held_is_said_to_be_looked_up_only_while_it_is(
    alice: Browser, desk: MemoryDesk, counting: bool, text: str
) -> None:
    desk.shown = [panel(last=result(RunStatus.HELD), held_count=3, counting=counting)]
    assert f"3 changes are held back. What this is about {text}" in await read(alice)


async def test_somebody_who_was_never_connected_is_not_told_to_connect_again(alice: Browser, desk: MemoryDesk) -> None:
    desk.shown = [panel(sign_in=True, connected=False)]
    text = await read(alice)
    assert "No mailbox is connected yet." in text
    assert "connected again" not in text
    assert "Connect again" not in text


async def test_an_administrator_is_led_from_a_dead_sign_in_to_where_links_are_made(
    house: Browser, visitors: SessionVisitors, desk: MemoryDesk
) -> None:
    desk.shown = [panel("alice", sign_in=True)]
    await sign_in(house, visitors, "root")
    text = await (await house.get("/crm/users/alice")).text()
    assert '<a href="/crm/status#link">Only alice can do this. Make a sign-in link for them</a>' in text
    assert 'id="link"' in await (await house.get("/crm/status")).text()


async def test_what_was_changed_on_both_sides_is_shown_with_both_values_as_text(alice: Browser, desk: MemoryDesk) -> None:
    values = (("telephone", HOSTILE, "+33 1"), ("adresses", ("a@example.test", "b@example.test"), None), ("prive", True, False))
    desk.shown = [panel(last=result(), disputed=(Disputed(at=NOW, name=HOSTILE, values=values, kept=Side.OUTLOOK),))]
    assert "<script>alert" not in await (await alice.get("/crm/")).text()
    text = await read(alice)
    assert f"{HOSTILE} , 14:05 . Outlook was kept. telephone GoPaaS: {HOSTILE} – Outlook: +33 1" in text
    assert "adresses GoPaaS: a@example.test; b@example.test – Outlook: (empty)" in text
    french = await read(alice, **{"Accept-Language": "fr"})
    assert "prive GoPaaS : oui – Outlook : non" in french
    assert "Outlook a été gardé." in french


async def test_what_is_said_when_nobody_answers_is_on_the_page_and_hidden(alice: Browser) -> None:
    text = await (await alice.get("/crm/")).text()
    assert re.findall(r'<p [^>]*id="silence"[^>]*>', text) == ['<p class="alert" id="silence" role="alert" hidden>']


async def test_a_dead_sign_in_offers_a_new_one_instead_of_a_run(alice: Browser, desk: MemoryDesk) -> None:
    desk.shown = [panel(sign_in=True, last=result(RunStatus.REAUTH))]
    text = await (await alice.get("/crm/")).text()
    assert "Connect again" in text
    assert "Start Synchronization" not in text
    response = await alice.post("/crm/api/connect")
    assert (response.status, response.headers["Location"]) == (303, "https://crm.example.test/crm/connect/link-of-alice")


async def test_an_administrator_cannot_connect_their_own_mailbox_to_somebody_else(
    house: Browser, visitors: SessionVisitors, desk: MemoryDesk
) -> None:
    desk.shown = [panel("alice", sign_in=True)]
    await sign_in(house, visitors, "root")
    assert "Connect again" not in await read(house, "/crm/users/alice")
    await house.post("/crm/api/connect")
    assert desk.pressed == [("connect", "root")]


async def test_a_connection_that_cannot_be_made_now_says_so(alice: Browser, desk: MemoryDesk) -> None:
    desk.reachable = False
    response = await alice.post("/crm/api/connect")
    assert response.headers["Location"] == "/crm/?said=later"


@pytest.mark.parametrize(("answer", "text"), [(Answer.STARTED, "Started."), (Answer.RUNNING, "It is running already.")])
async def test_a_press_without_a_script_ends_on_the_page_with_what_became_of_it(
    alice: Browser, desk: MemoryDesk, answer: Answer, text: str
) -> None:
    desk.answer = answer
    response = await alice.post(START)
    assert response.status == 303
    assert text in await read(alice, response.headers["Location"])
    assert desk.pressed == [("start", "alice/calendar/action")]


async def test_a_press_with_a_script_draws_the_panels_only(alice: Browser) -> None:
    response = await alice.post(START, BY_SCRIPT)
    text = await response.text()
    assert response.status == 200
    assert "Started." in text
    assert "<html" not in text


@pytest.mark.parametrize("said", ["nonsense", HOSTILE, ""])
async def test_an_address_cannot_put_words_on_the_page(alice: Browser, said: str) -> None:
    response = await alice.get("/crm/", params={"said": said})
    assert 'class="note"' not in await response.text()


@pytest.mark.parametrize(("form", "pressed"), [({"name": "abc"}, 1), ({}, 0), ({"name": ""}, 0)])
async def test_an_approval_names_what_it_is_about(alice: Browser, desk: MemoryDesk, form: dict[str, str], pressed: int) -> None:
    response = await alice.post(APPROVE, data=form)
    assert response.headers["Location"] == ("/crm/?said=approved" if pressed else "/crm/?said=changed")
    assert desk.pressed == [("approve", "alice/calendar/action", "abc")] * pressed


async def test_the_page_asks_again_sooner_while_something_happens(alice: Browser, desk: MemoryDesk) -> None:
    for changes, seconds in (
        ({}, 15),
        ({"counting": True}, 2),
        ({"due": True}, 1),
        ({"bar": Underway(stage="", done=0, total=None, share=0)}, 1),
    ):
        desk.shown = [panel(**changes)]
        assert f'hx-trigger="every {seconds}s"' in await (await alice.get("/crm/")).text()


async def test_the_pages_clock_is_replaced_only_when_its_pace_changes(alice: Browser, desk: MemoryDesk) -> None:
    same = await (await alice.get("/crm/api/panels?every=15", headers=BY_SCRIPT)).text()
    assert 'id="poll"' not in same
    desk.shown = [panel(due=True)]
    other = await (await alice.get("/crm/api/panels?every=15", headers=BY_SCRIPT)).text()
    assert 'hx-trigger="every 1s"' in other


async def test_without_a_script_the_page_fetches_itself_while_something_runs(alice: Browser, desk: MemoryDesk) -> None:
    assert "http-equiv" not in await (await alice.get("/crm/?said=started")).text()
    desk.shown = [panel(due=True)]
    assert (
        '<noscript><meta http-equiv="refresh" content="2; url=/crm/"></noscript>'
        in await (await alice.get("/crm/?said=started")).text()
    )


async def test_an_administrator_sees_and_starts_the_jobs_of_others(
    house: Browser, visitors: SessionVisitors, desk: MemoryDesk
) -> None:
    await sign_in(house, visitors, "root")
    text = await (await house.get("/crm/users/alice")).text()
    assert "The page of alice" in text
    assert 'hx-get="/crm/api/users/alice/panels?every=15"' in text
    response = await house.post(START)
    assert response.headers["Location"] == "/crm/users/alice?said=started"


@pytest.mark.parametrize("login", ["a/b", "a b?c=d#e", "..", "%2e", "é", HOSTILE])
async def test_any_login_can_be_looked_up(house: Browser, visitors: SessionVisitors, desk: MemoryDesk, login: str) -> None:
    desk.shown = [panel(login)]
    await sign_in(house, visitors, "root")
    path = f"/crm/users/{quote(login, safe='').replace('.', '%2E')}"
    response = await house.client.get(
        URL(path, encoded=True), headers={"Cookie": "; ".join(f"{k}={v}" for k, v in house.cookies.items())}
    )
    text = await response.text()
    assert html.escape(login).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in text
    assert "<script>alert" not in text


async def test_hostile_text_is_text(alice: Browser, desk: MemoryDesk) -> None:
    aside = SetAside(side=Side.OUTLOOK, id=HOSTILE, field=HOSTILE, reason=HOSTILE, retry_at=NOW)
    held = (HeldBack(guard=HOSTILE, count=1, name=HOSTILE, reason=HOSTILE),)
    desk.shown = [
        panel(folder=HOSTILE, last=result(RunStatus.FAILED, message=HOSTILE), held=held, set_aside=(aside,), set_aside_count=1)
    ]
    text = await (await alice.get("/crm/")).text()
    assert text.count("&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;{login}{{ 7*7 }}") == 6
    assert "<script>alert" not in text


ACTS = st.sampled_from(["/crm/", "/crm/api/panels", "/crm/users/berta", "/crm/api/users/berta/panels", "/crm/status"])
PRESSES = st.sampled_from(["start", "approve"])


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=st.lists(ACTS, max_size=4), presses=st.lists(PRESSES, max_size=3))
async def test_nothing_that_alice_does_shows_or_starts_what_is_bertas(
    house: Browser, visitors: SessionVisitors, desk: MemoryDesk, looks: list[str], presses: list[str]
) -> None:
    desk.shown = [panel("alice"), panel("berta", folder="CANARY-folder", last=result(RunStatus.FAILED, message="CANARY-message"))]
    desk.pressed.clear()
    await sign_in(house, visitors, "alice")
    seen = [await (await house.get(path)).text() for path in looks]
    for verb in presses:
        answer = await house.post(f"/crm/api/jobs/{address_of('berta/calendar/action')}/{verb}", BY_SCRIPT, data={"name": "x"})
        seen.append(await answer.text())
    assert not [text for text in seen if "CANARY" in text]
    assert not desk.pressed
