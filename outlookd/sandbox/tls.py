"""A certificate authority of the sandbox's own. MSAL accepts no authority without TLS (Graph page, section 8.4)."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


def issue(directory: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a new authority and a certificate for localhost and 127.0.0.1.

    Returns the server's context and the file in `directory` that clients must trust. The keys exist in memory only, so that
    nobody can be talked into trusting an authority whose key lies about.
    """
    authority = trustme.CA(organization_name="outlookd sandbox")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    ca_file = directory / "sandbox-ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    return context, ca_file
