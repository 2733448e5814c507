import os
import pickle
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import crypto
from storage.crypto import Keyring, KeyringError, Undecryptable

CONTEXT = b"woman.details"


@given(st.binary(max_size=2000))
def test_what_is_encrypted_can_be_read(plain: bytes) -> None:
    keyring = Keyring([b"k" * 32], b"i" * 32)
    assert keyring.decrypt(keyring.encrypt(plain, CONTEXT), CONTEXT) == plain


def test_the_same_text_never_gives_the_same_ciphertext(keyring: Keyring) -> None:
    assert len({keyring.encrypt(b"x", CONTEXT) for _ in range(100)}) == 100


def test_the_ciphertext_names_its_algorithm_and_key(keyring: Keyring) -> None:
    raw = b64decode(keyring.encrypt(b"x", CONTEXT))
    assert raw[0] == 1
    assert raw[1:5].hex() == keyring.newest
    assert len(raw) == 1 + 4 + 12 + 1 + 16


def test_a_ciphertext_is_bound_to_its_column(keyring: Keyring) -> None:
    sealed = keyring.encrypt("王芳".encode(), b"woman.details")
    with pytest.raises(Undecryptable, match=r"child\.details"):
        keyring.decrypt(sealed, b"child.details")


@pytest.mark.parametrize("position", [0, 1, 5, 17, -1])
def test_a_changed_byte_is_noticed(keyring: Keyring, position: int) -> None:
    raw = bytearray(b64decode(keyring.encrypt(b"13800001111", CONTEXT)))
    raw[position] ^= 1
    with pytest.raises(Undecryptable):
        keyring.decrypt(b64encode(raw).decode(), CONTEXT)


@pytest.mark.parametrize("text", ["", "王芳", "AAAA", "not base64!", "A" * 40])
def test_what_is_no_ciphertext_is_refused(keyring: Keyring, text: str) -> None:
    with pytest.raises(Undecryptable):
        keyring.decrypt(text, CONTEXT)


def test_a_rotated_ring_reads_old_rows_and_writes_with_the_new_key(keyring: Keyring) -> None:
    old = keyring.encrypt(b"old", CONTEXT)
    rotated = keyring.rotated()
    assert rotated.decrypt(old, CONTEXT) == b"old"
    assert not rotated.is_newest(old)
    new = rotated.encrypt(b"new", CONTEXT)
    assert rotated.is_newest(new)
    with pytest.raises(Undecryptable, match=rotated.newest):
        keyring.decrypt(new, CONTEXT)
    with pytest.raises(Undecryptable, match=keyring.newest):
        rotated.only_newest().decrypt(old, CONTEXT)
    assert rotated.blind("name", "王芳") == keyring.blind("name", "王芳")


def test_blind_indexes_tell_kinds_and_keys_apart(keyring: Keyring) -> None:
    index = keyring.blind("phone", "13800001111")
    assert len(index) == 44
    assert index != keyring.blind("code", "13800001111")
    assert index != Keyring.generate().blind("phone", "13800001111")


@pytest.mark.parametrize(
    ("one", "other"),
    [("王芳", " 王 芳\u3000"), ("36072219900101002x", "36072219900101002X"), ("１３８", "138")],
)
def test_blanks_width_and_case_do_not_matter_to_a_blind_index(keyring: Keyring, one: str, other: str) -> None:
    assert keyring.blind("name", one) == keyring.blind("name", other)


def test_a_key_file_can_be_read_back(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keyring = Keyring.generate().rotated()
    keyring.to_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    again = Keyring.from_file(path)
    assert again.newest == keyring.newest
    assert again.blind("name", "x") == keyring.blind("name", "x")
    with pytest.raises(FileExistsError):
        keyring.to_file(path)
    rotated = again.rotated()
    rotated.to_file(path, replace=True)
    assert Keyring.from_file(path).newest == rotated.newest
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_file_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    Keyring.generate().to_file(path)
    path.chmod(mode)
    with pytest.raises(KeyringError, match=f"chmod 600 {path}"):
        Keyring.from_file(path)


@pytest.mark.parametrize(
    "content", ["", "{}", '{"keys": ["!"], "index_key": "!"}', '{"keys": [], "index_key": ""}', "[]"]
)
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyringError):
        Keyring.from_file(path)


def test_a_missing_key_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(KeyringError, match="nowhere"):
        Keyring.from_file(tmp_path / "nowhere")


def test_keys_must_be_whole_and_differ() -> None:
    with pytest.raises(KeyringError, match="32 bytes"):
        Keyring([b"short"], os.urandom(32))
    with pytest.raises(KeyringError, match="differ"):
        Keyring([b"k" * 32], b"k" * 32)


def test_a_ring_shows_no_secrets() -> None:
    key = b"secret-secret-secret-secret-secr"
    keyring = Keyring([key], b"i" * 32)
    for text in (repr(keyring), str(keyring), f"{keyring}"):
        assert "secret" not in text
        assert b64encode(key).decode() not in text
        assert key.hex() not in text
    with pytest.raises(TypeError):
        pickle.dumps(keyring)


def test_without_a_ring_nothing_is_encrypted() -> None:
    crypto.use(None)
    with pytest.raises(KeyringError):
        crypto.current()
