"""Whom to tell: a relay needs all it takes, and gets a password only where nobody listens."""

from __future__ import annotations

import pytest

MAIL = """
[notify]
smtp = "{host}:25"
smtp_tls = "{tls}"
smtp_user = "{user}"
mail_from = "outlookd@example.com"
mail_to = "admin@example.com"
"""


@pytest.mark.parametrize(
    ("host", "tls", "user"),
    [
        ("127.0.0.1", "none", "outlookd"),
        ("mail.example.com", "none", ""),
        ("mail.example.com", "tls", "outlookd"),
        ("mail.example.com", "starttls", "outlookd"),
    ],
)
def test_a_password_travels_encrypted_or_not_at_all(configuration, working, host, tls, user):
    assert configuration.load(working + MAIL.format(host=host, tls=tls, user=user)).notify.smtp_tls == tls


def test_a_password_in_clear_over_the_network_is_a_fault(configuration, working):
    (fault,) = configuration.faults(working + MAIL.format(host="mail.example.com", tls="none", user="outlookd"))
    assert fault.startswith("notify: must not send a password without TLS")


def test_a_relay_without_a_receiver_is_a_fault(configuration, working):
    (fault,) = configuration.faults(working + '[notify]\nsmtp = "127.0.0.1:25"')
    assert "needs smtp, mail_from and mail_to together" in fault


HALVES = {
    "smtp_user": 'smtp_user = "outlookd"',
    "smtp_password_file": 'smtp_password_file = "gopaas.key"',
    "webhook_key_file": 'webhook_key_file = "gopaas.key"',
}


@pytest.mark.parametrize("key", HALVES)
def test_what_is_given_by_halves_is_a_warning(configuration, working, key):
    (warning,) = configuration.load(working + f"[notify]\n{HALVES[key]}").warnings
    assert f"notify.{key}: is not used without" in warning


def test_what_is_given_whole_is_no_warning(configuration, working):
    whole = "\n".join(["[notify]", *HALVES.values(), 'webhook = "https://hooks.example.com/x"'])
    assert configuration.load(working + whole).warnings == ()
