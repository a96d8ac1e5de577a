"""Encryption at rest: AES-256-GCM with the row's owner bound in (threat T9).

Knows keys and bytes. Does not know what is inside, nor where keys and rows are kept.

A sealed value is ``key id (1 byte) | nonce (12 bytes) | ciphertext and tag``. Purpose and owner are authenticated but not stored,
so a row that was moved to another user, or used for another purpose, does not open. Fernet was the alternative: larger, and blind
to a moved row.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from outlookd.errors import ConfigurationError, OutlookdError

__all__ = ["CACHE", "KEY_BYTES", "RECORD", "SIGN_IN", "Seal", "SealBroken", "read_key", "read_keys", "write_keys"]

KEY_BYTES = 32

CACHE = "token cache"
RECORD = "settings record"
SIGN_IN = "sign-in"
"""The purposes of what the state database keeps sealed: all of it can be given another key (`store.sealed`)."""

_NONCE_BYTES = 12
_HEADER_BYTES = 1 + _NONCE_BYTES


class SealBroken(OutlookdError):
    """A sealed value does not open: another key, a damaged row, or a row that belongs to somebody else.

    The three look alike on purpose, except that `known_key` is False when none of our keys has the id in the header: then the
    key file was replaced, and putting the old key back repairs everything at once.
    """

    exit_status = 78

    def __init__(self, message: str, *, purpose: str, known_key: bool, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.purpose = purpose
        self.known_key = known_key


class Seal:
    """Seals with the first key, opens with any: to rotate, put the new key in front and keep the old one while rows use it."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Keys of 32 bytes, newest first. Raises ConfigurationError for no key or a key of another length."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ConfigurationError("The state key must be 32 bytes long.", hint=_HOW_TO_MAKE_ONE)
        self._ciphers = [(_key_id(key), AESGCM(key)) for key in keys]
        self.fingerprints = tuple(_fingerprint(key) for key in keys)

    def seal(self, data: bytes, *, purpose: str, owner: str) -> bytes:
        """Encrypt `data` for one purpose and one owner. A nonce is random: at 2**32 values per key it would be time to rotate."""
        key_id, cipher = self._ciphers[0]
        nonce = os.urandom(_NONCE_BYTES)
        return key_id + nonce + cipher.encrypt(nonce, data, _bound(purpose, owner))

    def open(self, sealed: bytes, *, purpose: str, owner: str) -> bytes:
        """The data again. Raises SealBroken unless key, purpose and owner are those it was sealed with."""
        key_id, nonce, body = sealed[:1], sealed[1:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        known_key = False
        for candidate, cipher in self._ciphers:
            # One byte is a filter, not a name: two keys of a list may share it, so each match is tried.
            if candidate != key_id or len(nonce) != _NONCE_BYTES:
                continue
            known_key = True
            try:
                return cipher.decrypt(nonce, body, _bound(purpose, owner))
            except InvalidTag:
                continue
        raise SealBroken(
            f"A stored {purpose} cannot be opened with the present key.",
            purpose=purpose,
            known_key=known_key,
            hint="If state.key_file was replaced, put the previous key back as well (one key per line, newest first).",
        )

    def seal_text(self, text: str, *, purpose: str, owner: str = "") -> str:
        """The same for what a browser carries in an address or a cookie: ASCII that nobody has to quote."""
        return base64.urlsafe_b64encode(self.seal(text.encode(), purpose=purpose, owner=owner)).decode().rstrip("=")

    def open_text(self, sealed: str, *, purpose: str, owner: str = "") -> str:
        """The text again. Raises SealBroken as `open` does, also for what nobody ever sealed: a browser may send anything."""
        try:
            carried = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        except ValueError:
            carried = b""  # opens with no key
        return self.open(carried, purpose=purpose, owner=owner).decode()


def read_key(text: str) -> bytes:
    """A key as an administrator writes it: 32 bytes in base64 (either alphabet) or in hexadecimal.

    Raises ConfigurationError that says how to make one; the text itself is never repeated.
    """
    compact = "".join(text.split())
    for decode in (bytes.fromhex, _from_base64):
        try:
            key = decode(compact)
        except (ValueError, binascii.Error):
            continue
        if len(key) == KEY_BYTES:
            return key
    raise ConfigurationError("The state key is not 32 bytes in base64 or hexadecimal.", hint=_HOW_TO_MAKE_ONE)


def read_keys(text: str) -> tuple[bytes, ...]:
    """The keys of a key file: one per line, newest first. Raises ConfigurationError."""
    return tuple(read_key(line) for line in text.split())


def write_keys(keys: Sequence[bytes]) -> str:
    """The way back: what a key file holds."""
    return "".join(f"{base64.b64encode(key).decode()}\n" for key in keys)


_HOW_TO_MAKE_ONE = "Make one with: openssl rand -base64 32"


def _from_base64(text: str) -> bytes:
    standard = text.translate(str.maketrans("-_", "+/"))
    return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)


def _key_id(key: bytes) -> bytes:
    # Derived, so that an administrator has nothing to number and the order of the list may change.
    return hashlib.sha256(b"outlookd key id\0" + key).digest()[:1]


def _fingerprint(key: bytes) -> str:
    # Told to mailboxes (`core.seal`): whoever reads one there learns only whether two states have the same key.
    return hmac.digest(key, b"outlookd fingerprint", "sha256").hex()[:16]


def _bound(purpose: str, owner: str) -> bytes:
    # The purpose is one of our own words, without NUL: the pair cannot be split in another way.
    return purpose.encode() + b"\0" + owner.encode()
