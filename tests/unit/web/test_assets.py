"""Static files: kept for good under an address that names their content, and what came from elsewhere is what it was."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from unit.web.visiting import Browser

from outlookd.web.site import assets

STATIC = Path(assets.__file__).parents[1] / "static"
VENDORED = [line.split() for line in (STATIC / "vendor/VENDORED.txt").read_text().splitlines() if not line.startswith("#")]


async def addresses(house: Browser) -> list[str]:
    return re.findall(r'(?:src|href)="(/crm/static/[^"]+)"', await (await house.get("/crm/signin")).text())


async def test_a_file_is_kept_for_good_under_the_address_that_pages_use(house: Browser) -> None:
    found = await addresses(house)
    assert len(found) >= 3
    for address in found:
        response = await house.get(address)
        assert (response.status, response.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000"])
async def test_a_file_is_not_kept_under_an_address_that_does_not_name_its_content(house: Browser, query: str) -> None:
    response = await house.get(f"/crm/static/outlookd.css{query}")
    assert (response.status, response.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize("path", ["..%2fserver.py", "vendor%2f..%2f..%2fserver.py", "vendor/..%2F..%2Fserver.py"])
async def test_nothing_outside_the_static_files_can_be_fetched(house: Browser, path: str) -> None:
    """The slashes are coded, because a client would resolve the way up before it asks."""
    assert (STATIC.parent / "server.py").exists()
    response = await house.get(f"/crm/static/{path}")
    assert ".." in response.url.raw_path
    assert response.status in {403, 404}


async def test_the_icon_is_a_picture_that_the_policy_lets_in(house: Browser) -> None:
    """Without one of our own, browsers ask for /favicon.ico and complain in the console."""
    response = await house.get("/crm/static/outlookd.svg")
    assert (response.status, response.content_type) == (200, "image/svg+xml")
    assert not re.search("style|script|on[a-z]+=", await response.text())


@pytest.mark.parametrize(("package", "version", "name", "digest"), VENDORED, ids=[row[2] for row in VENDORED])
def test_what_came_from_npm_is_unchanged(package: str, version: str, name: str, digest: str) -> None:
    assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest


def test_every_file_from_elsewhere_is_listed_and_has_its_licence() -> None:
    listed = {row[2] for row in VENDORED}
    assert listed == {path.name for path in (STATIC / "vendor").iterdir()} - {"VENDORED.txt"}
    assert all(f"{name.split('.')[0]}.LICENSE" in listed for name in listed)


def test_our_own_style_fetches_nothing_from_elsewhere() -> None:
    css = (STATIC / "outlookd.css").read_text()
    assert not re.search(r"url\(\s*[\"']?(?:https?:|//|data:)|@import", css)
