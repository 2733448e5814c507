"""Encryption at rest: the key ring, the ciphertext's form, and the blind indexes by which it is found.

A ciphertext is text, base64 of::

    1 byte   algorithm (1 = AES-256-GCM; others may follow, SM4-GCM first)
    4 bytes  key id, so that old rows stay readable while keys rotate
    12 bytes nonce
    rest     ciphertext and tag, bound to its context ("table.column") as associated data

What is searched for exactly has a blind index beside it: HMAC-SHA256 under a key of its own. That key does
not rotate with the others, or nothing would be found again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import unicodedata
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from binascii import b2a_base64
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Self

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BlindKind = Literal["name", "resident_id", "phone", "address", "code", "button", "pin", "act", "county_key"]

AES_256_GCM = 1
KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12  # random; one key may seal 2^32 values (NIST SP 800-38D 8.3), rotate long before
_HEADER = 1 + KEY_ID_BYTES


class KeyringError(Exception):
    """The key file cannot be used."""


class WrongKey(KeyringError):
    """The database was written with other keys than the ones given."""


class Undecryptable(Exception):
    """A stored value cannot be read: written with a key we have not, moved, or tampered with."""


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"yunguan key id\0" + key).digest()[:KEY_ID_BYTES]


class Keyring:
    """The keys of one installation: several that decrypt, the newest of which encrypts, the index key, and the key
    of the audit log, which stays when the others are replaced."""

    def __init__(self, keys: list[bytes], index_key: bytes, audit_key: bytes | None = None) -> None:
        """`keys` oldest first. A key file written before there was an audit key has one that follows from its
        index key."""
        if audit_key is None:
            audit_key = hmac.digest(index_key, b"yunguan audit key", "sha256")
        if not keys:
            raise KeyringError("a key ring needs at least one key")
        if any(len(key) != KEY_BYTES for key in [*keys, index_key, audit_key]):
            raise KeyringError(f"every key must be {KEY_BYTES} bytes long")
        if len({*keys, index_key, audit_key}) != len(keys) + 2:
            raise KeyringError("the keys of a key ring must all differ")
        self._keys = list(keys)
        self._index_key = index_key
        self._audit_key = audit_key
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        if len(self._ciphers) != len(keys):
            raise KeyringError("two keys have the same id: make another one")
        newest = _key_id(keys[-1])
        self._header = bytes([AES_256_GCM]) + newest
        self._seal = self._ciphers[newest].encrypt
        self._index_mac = _hmac(index_key)
        self._audit_seal = _hmac(audit_key)

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._keys)}, newest {self.newest}>"

    def __reduce__(self) -> str:
        raise TypeError("a key ring is not to be pickled")

    @property
    def newest(self) -> str:
        """Id of the key that encrypts, as hex."""
        return self._header[1:].hex()

    @property
    def old(self) -> tuple[str, ...]:
        """Ids of the keys that only decrypt any more."""
        return tuple(_key_id(key).hex() for key in self._keys[:-1])

    @classmethod
    def generate(cls, random_bytes: Callable[[int], bytes] = os.urandom) -> Self:
        """New keys."""
        return cls([random_bytes(KEY_BYTES)], random_bytes(KEY_BYTES), random_bytes(KEY_BYTES))

    def rotated(self, random_bytes: Callable[[int], bytes] = os.urandom) -> Keyring:
        """This ring with a new key that encrypts from now on; the old ones still decrypt."""
        return Keyring([*self._keys, random_bytes(KEY_BYTES)], self._index_key, self._audit_key)

    def only_newest(self) -> Keyring:
        """This ring without its old keys: for when no row needs them any more."""
        return Keyring(self._keys[-1:], self._index_key, self._audit_key)

    @classmethod
    def from_file(cls, path: Path | str) -> Self:
        """The ring in a key file, refused when others on the machine may read it."""
        path = Path(path)
        try:
            with path.open("rb") as file:
                state = os.fstat(file.fileno())
                mode = stat.S_IMODE(state.st_mode)
                if state.st_uid not in (os.geteuid(), 0):
                    raise KeyringError(
                        f"the key file {path} belongs to another user (number {state.st_uid}), who can read and "
                        f"change it; run: chown {os.geteuid()} {path}"
                    )
                if mode & 0o077:
                    raise KeyringError(
                        f"the key file {path} may be read by others (mode {mode:04o}); run: chmod 600 {path}"
                    )
                content = file.read()
        except OSError as error:
            raise KeyringError(f"the key file {path} cannot be read: {error.strerror}") from None
        try:
            data = orjson.loads(content)
            keys = [b64decode(key, validate=True) for key in data["keys"]]
            index_key = b64decode(data["index_key"], validate=True)
            audit_key = b64decode(data["audit_key"], validate=True) if "audit_key" in data else None
        except (ValueError, KeyError, TypeError):
            raise KeyringError(f"the key file {path} is damaged; restore it from its copy") from None
        return cls(keys, index_key, audit_key)

    def to_file(self, path: Path | str, *, replace: bool = False) -> None:
        """Write the key file, readable by its owner only; an existing one stays unless `replace`, which leaves it where it
        lies, whatever it is called here, and to whom it belongs."""
        path = Path(path).resolve() if replace else Path(path)
        content = orjson.dumps(
            {
                "audit_key": b64encode(self._audit_key).decode(),
                "index_key": b64encode(self._index_key).decode(),
                "keys": [b64encode(k).decode() for k in self._keys],
            },
            option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
        )
        target = path.with_name(path.name + ".new") if replace else path
        if replace:
            target.unlink(missing_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if replace and path.exists():  # root may rotate what the service's user reads
                os.fchown(descriptor, (state := path.stat()).st_uid, state.st_gid)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            target.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name, too, survives a power cut
        finally:
            os.close(folder)

    def encrypt(self, plain: bytes, context: bytes) -> str:
        """The ciphertext of `plain`, readable in the same context only."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._header + nonce + self._seal(nonce, plain, context)
        return b2a_base64(sealed, newline=False).decode("ascii")

    def decrypt(self, sealed: str, context: bytes) -> bytes:
        """What `encrypt` was given; raises `Undecryptable`, which says nothing about the content."""
        try:
            raw = b64decode(sealed, validate=True)
        except (BadBase64, ValueError):
            raise Undecryptable(f"{context.decode()}: not a ciphertext") from None
        if len(raw) < _HEADER + NONCE_BYTES or raw[0] != AES_256_GCM:
            raise Undecryptable(f"{context.decode()}: not a ciphertext of a known algorithm")
        cipher = self._ciphers.get(raw[1:_HEADER])
        if cipher is None:
            raise Undecryptable(
                f"{context.decode()}: sealed with key {raw[1:_HEADER].hex()}, which is not in the ring"
            )
        nonce_end = _HEADER + NONCE_BYTES
        try:
            return cipher.decrypt(raw[_HEADER:nonce_end], raw[nonce_end:], context)
        except InvalidTag:
            raise Undecryptable(f"{context.decode()}: damaged, or moved from another column") from None

    def is_newest(self, sealed: str) -> bool:
        """Whether this ciphertext was made by the key that encrypts now."""
        return b64decode(sealed[:8])[:_HEADER] == self._header

    def blind(self, kind: BlindKind, value: str) -> str:
        """The blind index of a value: base64, 44 characters. Blanks, width and case do not matter."""
        if not value.isascii():
            value = unicodedata.normalize("NFKC", value)
        plain = "".join(value.split()).casefold()
        return b2a_base64(self._index_mac(f"{kind}\0{plain}".encode()), newline=False).decode("ascii")

    def audit_mac(self, row: bytes) -> str:
        """What a row of the audit log is sealed with (storage/chain.py): base64, 44 characters."""
        return b2a_base64(self._audit_seal(row), newline=False).decode("ascii")


def _hmac(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 (RFC 2104) with this key, made ready: a third of what `hmac.digest` takes for a short text, of which
    a turn has a good many."""
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(message: bytes) -> bytes:
        within, around = inner.copy(), outer.copy()
        within.update(message)
        around.update(within.digest())
        return around.digest()

    return digest


def key_of(sealed: str) -> str:
    """Id of the key a ciphertext was made with, as hex; empty where it is none of ours."""
    try:
        head = b64decode(sealed[:8])
    except (BadBase64, ValueError):
        return ""
    return head[1:_HEADER].hex() if head[:1] == bytes([AES_256_GCM]) else ""


_current: Keyring | None = None


def use(keyring: Keyring | None) -> None:
    """Install the ring that the encrypted fields of this process use; None takes it away."""
    global _current
    _current = keyring


def current() -> Keyring:
    """The installed ring."""
    if _current is None:
        raise KeyringError("no key ring installed: open the database first")
    return _current
