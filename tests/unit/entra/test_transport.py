"""The session under MSAL: what it must not do."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from unit.entra.twins import Answer

from outlookd.entra import Authority, delegated_scopes
from outlookd.entra.transport import NotNow, PatientClient, open_session
from outlookd.errors import ConfigurationError


class _Redirecting(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if "session" in self.headers.get("Cookie", ""):
            self.send_response(418)
        else:
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.send_header("Set-Cookie", "session=of-somebody")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Redirecting) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_a_redirect_is_not_followed_and_no_cookie_is_kept(address: str) -> None:
    with open_session(None) as session:
        assert session.get(address).status_code == 302
        assert session.get(address).status_code == 302


def test_the_environment_cannot_replace_the_configured_authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/somewhere/else.pem")
    ours = tmp_path / "ca.pem"
    with open_session(ours) as session:
        settings = session.merge_environment_settings("https://login.example.test", {}, None, None, None)
    assert settings["verify"] == str(ours)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [({}, None), ({"retry-after": "7"}, 7.0), ({"Retry-After": "999999"}, 3600.0), ({"Retry-After": "Wed, 1 Jan"}, None)],
)
def test_not_now_carries_a_sane_wait(retry_after: dict[str, str], seconds: float | None) -> None:
    class Busy:
        def get(self, *_args: object, **_options: object) -> Answer:
            return Answer(503, "", retry_after)

        post = get

        def close(self) -> None:
            pass

    with pytest.raises(NotNow) as caught:
        PatientClient(Busy()).get("https://login.example.test")
    assert caught.value.retry_after == seconds
    assert isinstance(caught.value, requests.RequestException)


@pytest.mark.parametrize("url", ["http://login.example.test/tenant", "https://login.example.test", "nonsense"])
async def test_an_authority_that_cannot_be_used_names_its_setting(url: str) -> None:
    authority = Authority(url, client_id="c", client_secret="s", instance_discovery=False)
    with pytest.raises(ConfigurationError) as caught:
        await authority.begin(["scope"], redirect_uri="https://x.example.test", state="s")
    await authority.close()
    assert "entra.authority" in str(caught.value)


@pytest.mark.parametrize(
    ("graph_url", "resource"),
    [
        ("https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/"),
        ("https://dod-graph.microsoft.us", "https://dod-graph.microsoft.us/"),
        ("https://microsoftgraph.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/"),
        ("http://127.0.0.1:8080", "https://graph.microsoft.com/"),
    ],
)
def test_permissions_are_asked_of_the_graph_that_is_used(graph_url: str, resource: str) -> None:
    assert all(scope.startswith(resource) for scope in delegated_scopes(graph_url))
