"""The note in the database that tells whether we hold the keys it was written with."""

from __future__ import annotations

from typing import Any

from storage.crypto import Keyring, Undecryptable, WrongKey
from storage.models import Setting

_KEY = "key_check"
_CONTEXT = b"setting.key_check"
_SEALED = b"yunguan"
_REMEDY = "point `keys` at the key file this database was made with, or restore that file from its copy"


async def write(connection: Any, keyring: Keyring) -> None:
    """Leave the note, sealed with the newest key; replaces an older one."""
    value = f"{keyring.encrypt(_SEALED, _CONTEXT)} {keyring.blind('code', _KEY)}"
    await Setting.filter(key=_KEY).using_db(connection).delete()
    await Setting(key=_KEY, value=value).save(using_db=connection)


async def exists(connection: Any) -> bool:
    """Whether there is a note."""
    return await Setting.filter(key=_KEY).using_db(connection).exists()


async def check(connection: Any, keyring: Keyring) -> None:
    """Raise `WrongKey` unless the note, if there is one, was written with these keys."""
    note = await Setting.filter(key=_KEY).using_db(connection).first()
    if note is None:
        return
    sealed, _, blind = note.value.partition(" ")
    try:
        readable = keyring.decrypt(sealed, _CONTEXT) == _SEALED
    except Undecryptable:
        readable = False
    if not readable:
        raise WrongKey(f"the keys given do not open this database; {_REMEDY}")
    if blind != keyring.blind("code", _KEY):
        raise WrongKey(f"the index key given is not the one of this database; {_REMEDY}")
