"""The samples for reverse proxies: what the proxies say of them, and what they keep to themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from outlookd.settings import WebSettings

PROXIES = Path(__file__).parents[2] / "etc" / "proxy"
SAMPLES = ["nginx.conf", "Caddyfile", "apache.conf"]
HEADERS = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"]
INSIDE = ["metrics", "healthz", "readyz"]


def rules_of(name):
    """The sample without its comments."""
    return re.sub(r"(^|\s)#.*$", "", (PROXIES / name).read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_proxy_talks_to_the_address_that_is_the_default(name):
    assert str(WebSettings().listen) in rules_of(name)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_a_client_says_about_its_own_origin_goes_no_further(name):
    """Threat T22."""
    removals = {
        "nginx.conf": r'proxy_set_header {} "";',
        "Caddyfile": r"header_up -{}\n",
        "apache.conf": r"RequestHeader unset {}\n",
    }
    missing = [header for header in HEADERS if not re.search(removals[name].format(header), rules_of(name))]
    assert missing == []


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_for_this_host_is_not_shown_to_the_world(name):
    assert [page for page in INSIDE if page not in rules_of(name)] == []


@pytest.mark.parametrize("name", ["nginx.conf", "apache.conf"])
def test_requests_that_hold_a_secret_are_exempt_from_the_log(name):
    """Threat T8: the redirect's query holds a code, a link's path its secret."""
    text = rules_of(name).replace("\\.", ".")
    assert [path for path in (WebSettings().redirect_path, "/connect/") if path not in text] == []


@pytest.mark.parametrize(
    ("name", "leaks"), [("nginx.conf", r"\$request\b|\$request_uri.*;.*log|\$args"), ("apache.conf", r"%r|%q|\{Referer\}")]
)
def test_no_log_format_shows_query_strings(name, leaks):
    [log_format] = re.findall(r"(?i)^\s*log_?format .*$", rules_of(name), re.MULTILINE)
    assert re.search(leaks, log_format) is None


# --- what the proxies say ------------------------------------------------------------------------------------------------


def tool(*names):
    found = next(
        (path for name in names if (path := shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin:/usr/local/sbin"))), None
    )
    return found or pytest.skip(f"{names[0]} is not installed")


def call(*command, **environment):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False, **environment)


@pytest.fixture
def certified(tmp_path):
    """A function that puts a certificate that exists, and this test's directory, into a sample."""
    names = [f"{tmp_path}/outlookd.{end}" for end in ("pem", "key")]
    made = call(tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=outlookd.example.com", "-out", names[0], "-keyout", names[1])  # fmt: skip  # an option and its value stay together
    assert made.returncode == 0

    def put(name):
        text = (PROXIES / name).read_text()
        for place in re.findall(r"/etc/ssl/\S+\.(?:pem|key)", text):
            text = text.replace(place, names[place.endswith("key")])
        return text.replace("/var/log/nginx", str(tmp_path)).replace("${APACHE_LOG_DIR}", str(tmp_path))

    return put


def test_nginx_accepts_its_sample(certified, tmp_path):
    nginx = tool("nginx")
    (tmp_path / "site.conf").write_text(certified("nginx.conf"))
    paths = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; {paths} include {tmp_path}/site.conf; }}\n"
    )
    answer = call(nginx, "-t", "-q", "-p", tmp_path, "-c", tmp_path / "nginx.conf")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_caddy_accepts_its_sample(tmp_path):
    answer = call(
        tool("caddy"), "validate", "--adapter", "caddyfile", "--config", PROXIES / "Caddyfile", env={"HOME": str(tmp_path)}
    )
    assert answer.returncode == 0, answer.stderr


def test_apache_accepts_its_sample(certified, tmp_path):
    apache, modules = tool("apache2", "httpd"), Path("/usr/lib/apache2/modules")
    if not modules.is_dir():
        pytest.skip(f"there is no {modules}, where Debian puts the modules of Apache")
    needed = [
        "mpm_event",
        "authz_core",
        "ssl",
        "proxy",
        "proxy_http",
        "headers",
        "setenvif",
        "reqtimeout",
        "alias",
        "socache_shmcb",
    ]
    loads = "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in needed)
    (tmp_path / "apache.conf").write_text(
        f"{loads}ServerName localhost\nDefaultRuntimeDir {tmp_path}\nPidFile {tmp_path}/pid\n{certified('apache.conf')}"
    )
    answer = call(apache, "-t", "-f", tmp_path / "apache.conf")
    assert answer.returncode == 0, answer.stderr
