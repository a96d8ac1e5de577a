"""What Exchange makes of bodies: the laws that a client may rely on, and those that it may not."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from outlookd.sandbox.bodies import plain_text, preview, stored_body

PIECES = st.sampled_from(
    [
        "<p>",
        "</P>",
        "<br/>",
        "a",
        " b ",
        "&amp;",
        "&lt;",
        "<",
        "\n",
        "\xa0",
        "<script>",
        "</script>",
        "<!-- x -->",
        '<a href="?a=1&b=2">',
    ]
)
HTML = st.lists(PIECES, max_size=12).map("".join)
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], include_characters=" \n"), max_size=60
)


def html(content):
    return stored_body({"contentType": "html", "content": content})


@given(HTML)
def test_a_page_that_is_written_back_stays_as_it_is(content):
    stored = html(content)
    assert html(stored) == stored


@given(TEXT)
def test_text_reads_back_as_text_apart_from_blanks_and_line_ends(text):
    stored = stored_body({"contentType": "text", "content": text})
    assert plain_text(stored).split() == text.split()


@given(TEXT)
def test_a_preview_is_the_beginning_of_the_text_on_one_line(text):
    stored = stored_body({"contentType": "text", "content": text})
    assert preview(stored) == " ".join(text.split())[:255]


@given(HTML)
@example("<a<script>")
@example("<a <script>")
def test_no_script_survives(content):
    assert "<script" not in html(content)
