"""Bodies as text, whatever Exchange, Word or a stranger wrote."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outlookd.sandbox.bodies import rewritten, stored_body, with_join_block
from outlookd_calendar.body import read_body, read_html


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<div>a</div>\r\n<div>b</div>", "a\nb"),
        ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("<div>a<br></div><div><br></div><div>b</div>", "a\n\nb"),
        ("a<br/>b<BR>c", "a\nb\nc"),
        ("<div><div><div>a</div></div></div><div>b", "a\nb"),
        ("<ul><li>a<li>b</ul>c", "a\nb\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<p>a\r\n  <b>b</b>&nbsp;&nbsp;c</p>", "a b c"),
        ("&lt;b&gt; &amp; &eacute;&#8364;", "<b> & é€"),
        ("<pre>a\n  b\r\nc</pre>d", "a\nb\nc\nd"),
        ("<a href='https://example.com'>ici</a>", "ici"),
        ("<html><head><title>x</title><style>p {}</style></head><body>a", "a"),
        ("<head><meta><body>a", "a"),
        ("<script>x()</script>a<style>p{}</style>", "a"),
        ("a<!-- b -->c", "a c"),
        ("<!--[if gte mso 9]><xml>x</xml><![endif]-->a<![if !x]>b<![endif]>", "ab"),
        ("", None),
        ("<div>&nbsp;</div>\r\n<br>", None),
    ],
)
def test_a_page_reads_as_a_browser_shows_it(page, text):
    assert read_html(page) == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a  b\t c ", "a b c"),
        ("a\r\n\r\n\r\n\r\nb", "a\n\nb"),
        ("\n a \n", "a"),
        ("\xa0a\xa0\xa0b", "a b"),
        (" \n ", None),
        (None, None),
    ],
)
def test_a_cell_reads_as_the_same_text_without_needless_blanks(cell, text):
    assert read_body(cell) == text


@given(st.text())
def test_reading_a_text_twice_is_reading_it_once(text):
    once = read_body(text)
    assert read_body(once) == once


@given(st.text() | st.lists(st.text(max_size=8), max_size=6).map("\n".join))
@example("a\n\nb")
@example("<b>&amp;</b>")
@example("a\u2028b")
def test_a_text_that_exchange_made_a_page_of_reads_back_as_itself(text):
    body = read_body(text)
    sent = (body or "").replace("\n", "\r\n")
    assert read_html(stored_body({"contentType": "text", "content": sent})) == body


PIECES = st.sampled_from(
    [
        "<",
        ">",
        "</",
        "<!--",
        "-->",
        "<![",
        "]]>",
        "<!",
        "<?",
        "'",
        '"',
        "=",
        "&",
        "&#",
        "<p",
        "<script>",
        "</script>",
        "<pre>",
        "<head>",
        "a",
        " ",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_page_is_too_broken_to_be_read(page):
    text = read_html(page)
    assert read_body(text) == text


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<br>", "<div>", "</div>", "a", "b c", "&amp;", "<b>", "</b>", "\r\n"]), max_size=20
    ).map("".join)
)
def test_what_exchange_rewrites_reads_the_same(page):
    assert read_html(stored_body({"contentType": "html", "content": page})) == read_html(rewritten(page)) == read_html(page)


def test_the_lines_to_join_an_online_meeting_do_not_hide_the_text():
    page = with_join_block(stored_body({"contentType": "text", "content": "Ordre du jour"}), "https://meet.test/1")
    assert read_html(page).split("\n")[0] == "Ordre du jour"


@pytest.mark.parametrize("trap", ["<a b='", "<a", "<!--", "<!-- >", "<![ >", "</", "<?", "<a b='>", "<div>", "<pre>\n"])
def test_a_page_made_to_keep_us_busy_does_not(trap):
    page = trap * (100_000 // len(trap))
    began = time.process_time()
    read_html(page)
    assert time.process_time() - began < 2
