"""Signing the session cookie: itsdangerous', whose commonest case takes the short way to the same bytes.

Everything that is not exactly as it should be (another key derivation, a signature that does not match, an old
timestamp, a compressed payload) is itsdangerous' to judge. `tests/test_sessions.py` holds the two equal.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import typing as t
import zlib
from binascii import a2b_base64, b2a_base64

from itsdangerous import TimestampSigner, URLSafeTimedSerializer


def lazy_sha1(string: bytes = b"") -> t.Any:
    """Hash with SHA-1, which is looked up when it is used."""
    # NOTE: a Python built for FIPS may lack SHA-1; then only an app that uses it shall fail, not the import.
    return hashlib.sha1(string)


class Signer(TimestampSigner):
    """itsdangerous' signer, which derives each key once.

    PERF: half of the hashing of a signature is the derivation of a key that never changes (bench workload "signed session").
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

    def dump_payload(self, obj: t.Any) -> bytes:
        """Write a session without its signature: base64 of its text, behind a dot where that is compressed."""
        written: t.Any = self.serializer.dumps(obj, **self.serializer_kwargs)
        data = written.encode() if isinstance(written, str) else written
        # PERF: zlib clears 256 KiB before it looks at the first byte (bench workload "signed session").
        packed = data if len(data) <= _NEVER_SHORTER else zlib.compress(data)
        if len(packed) < len(data) - 1:
            return b"." + _encode(packed)
        return _encode(data)

    def _load_plain_payload(self, payload: bytes) -> t.Any:
        """Read what is not compressed. What cannot be read is for itsdangerous to complain of."""
        try:
            return self.serializer.loads(_decode(payload).decode())
        except Exception:
            return super().load_payload(payload)

    def dumps(self, obj: t.Any, salt: str | bytes | None = None) -> str:
        """Write and sign a session."""
        if not self._keys or salt is not None or self.signer is not Signer:
            return super().dumps(obj, salt)
        # PERF: one native call instead of eleven Python ones (bench workload "signed session").
        now_s = int(time.time())
        value = self.dump_payload(obj) + b"." + _encode(now_s.to_bytes((now_s.bit_length() + 7) // 8, "big"))
        signature = _encode(hmac.digest(self._keys[0], value, "sha1"))
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
                wanted = _encode(hmac.digest(key, value, "sha1"))
                if not hmac.compare_digest(wanted, signature):
                    continue
                is_stamp = 0 < len(stamp) <= _STAMP_LENGTH
                age_s = int(time.time()) - int.from_bytes(_decode(stamp), "big") if is_stamp else -1
                if payload and age_s >= 0 and (max_age is None or age_s <= max_age):
                    return self._load_plain_payload(payload)
                break
        return super().loads(s, max_age, return_timestamp, salt)


def _encode(data: bytes) -> bytes:
    """Write base64 for URLs, without padding. Source: RFC 4648, section 5.

    PERF: the two functions of `binascii` that those of `base64` come down to (bench workload "signed session").
    """
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_FOR_URLS)


def _decode(text: bytes) -> bytes:
    """Read what `_encode` writes."""
    return a2b_base64(text.translate(_FROM_URLS) + b"=" * (-len(text) % 4))


_FOR_URLS = bytes.maketrans(b"+/", b"-_")
_FROM_URLS = bytes.maketrans(b"-_", b"+/")
_NEVER_SHORTER = 15
"""zlib cannot make a JSON object of so many bytes two bytes shorter: it takes 6 for its frame, and 8 for five literals, a match and the end."""
_STAMP_LENGTH = 11
"""The most that eight bytes take in base64 without its padding."""
