"""Signing the session cookie: itsdangerous', whose commonest case takes the short way to the same bytes.

Everything that is not exactly as it should be (another key derivation, a signature that does not match, an old
timestamp, a compressed payload) is itsdangerous' to judge. `tests/test_sessions.py` holds the two equal.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import typing as t

from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode, bytes_to_int, int_to_bytes


def lazy_sha1(string: bytes = b"") -> t.Any:
    """Hash with SHA-1, which is looked up when it is used."""
    # NOTE: a Python built for FIPS may lack SHA-1; then only an app that uses it shall fail, not the import.
    return hashlib.sha1(string)


class Signer(TimestampSigner):
    """itsdangerous' signer, which derives each key once.

    PERF: half of the hashing of a signature is the derivation of a key that never changes (bench workload "session").
    """

    _derived: t.ClassVar[dict[tuple[t.Any, ...], bytes]] = {}
    _MOST_KEYS = 64

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """Return the signing key that belongs to a secret key, by default to the current one."""
        facts = (
            self.secret_keys[-1] if secret_key is None else secret_key,
            self.salt,
            self.key_derivation,
            self.digest_method,
        )
        key = self._derived.get(facts)
        if key is None:
            key = super().derive_key(secret_key)
            if len(self._derived) >= self._MOST_KEYS:
                self._derived.clear()
            self._derived[facts] = key
        return key


class SessionSerializer(URLSafeTimedSerializer):
    """Writes a session as signed text, and reads it again.

    Args:
        keys: the secret keys, the current one last.
        salt: keeps these signatures apart from others made with the same key.
        serializer: turns the session into text and back.
        key_derivation: how itsdangerous makes the signing key.
        digest_method: the hash of the signature.
    """

    def __init__(
        self, keys: list[t.Any], *, salt: t.Any, serializer: t.Any, key_derivation: t.Any, digest_method: t.Any
    ) -> None:
        super().__init__(
            keys,
            salt=salt,
            serializer=serializer,
            signer=Signer,
            signer_kwargs={"key_derivation": key_derivation, "digest_method": digest_method},
        )
        self._keys: tuple[bytes, ...] = ()
        """The derived keys, the current one first; none where only itsdangerous can sign."""
        if key_derivation == "hmac" and digest_method is lazy_sha1 and self.is_text_serializer:
            signer = self.make_signer(self.salt)
            self._keys = tuple(signer.derive_key(key) for key in reversed(self.secret_keys))

    def dumps(self, obj: t.Any, salt: str | bytes | None = None) -> str:
        """Write and sign a session."""
        if not self._keys or salt is not None or self.signer is not Signer:
            return super().dumps(obj, salt)
        # PERF: one native call instead of eleven Python ones (bench workload "session").
        value = self.dump_payload(obj) + b"." + base64_encode(int_to_bytes(int(time.time())))
        signature = base64.urlsafe_b64encode(hmac.digest(self._keys[0], value, "sha1")).rstrip(b"=")
        return (value + b"." + signature).decode()

    def loads(  # type: ignore[override]  # the overloads of itsdangerous
        self,
        s: str | bytes,
        max_age: int | None = None,
        return_timestamp: bool = False,
        salt: str | bytes | None = None,
    ) -> t.Any:
        """Check a signed session and read it.

        Raises:
            itsdangerous.SignatureExpired: it is older than `max_age` seconds.
            itsdangerous.BadSignature: it was not signed with one of the keys, or says something else.
        """
        is_usual = self.signer is Signer and not return_timestamp and salt is None
        if is_usual and type(s) is str and s.isascii() and s[:1] != ".":
            value, _, signature = s.encode().rpartition(b".")
            payload, _, stamp = value.rpartition(b".")
            # SECURITY: compared as it is written, in constant time; whatever does not match goes the long way.
            for key in self._keys:
                wanted = base64.urlsafe_b64encode(hmac.digest(key, value, "sha1")).rstrip(b"=")
                if not hmac.compare_digest(wanted, signature):
                    continue
                age_s = int(time.time()) - bytes_to_int(base64_decode(stamp)) if 0 < len(stamp) <= _STAMP_LENGTH else -1
                if payload and age_s >= 0 and (max_age is None or age_s <= max_age):
                    return self.load_payload(payload)
                break
        return super().loads(s, max_age, return_timestamp, salt)


_STAMP_LENGTH = 11
"""The most that eight bytes take in base64 without its padding."""
