"""Field types of our own: encrypted text and JSON, points in time kept in UTC, and the model they live on."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any, Literal, TypeVar, overload

import orjson
from tortoise import fields
from tortoise import models as tortoise_models
from tortoise.exceptions import FieldError
from tortoise.models import Model

from storage import crypto

# Tortoise reads and parses a model's source for comments that describe its columns. Ours have none, and looking for
# them was a fifth of every command's start.
tortoise_models._get_comments = lambda cls: {}

T = TypeVar("T")
T_TEXT = TypeVar("T_TEXT", str, str | None)
T_MOMENT = TypeVar("T_MOMENT", datetime, datetime | None)


class Encrypted(fields.Field[T]):
    """A column that holds ciphertext. Python reads and sets the plain value; it cannot be searched."""

    SQL_TYPE = "TEXT"
    indexable = False

    @cached_property
    def context(self) -> bytes:
        """What a ciphertext is bound to."""
        return f"{self.model._meta.db_table}.{self.model_field_name}".encode()

    def seal(self, value: Any) -> bytes:
        raise NotImplementedError

    def unseal(self, plain: bytes) -> Any:
        raise NotImplementedError

    def to_db_value(self, value: Any, instance: Any) -> str | None:
        if isinstance(instance, type):
            raise FieldError(f"{self.context.decode()} is encrypted: search by its blind index")
        return None if value is None else crypto.current().encrypt(self.seal(value), self.context)

    def to_python_value(self, value: Any) -> Any:
        return None if value is None else self.unseal(crypto.current().decrypt(value, self.context))


class EncryptedText(Encrypted[T_TEXT]):
    """Encrypted text."""

    field_type = str

    @overload
    def __init__(self: EncryptedText[str], *, null: Literal[False] = False) -> None: ...

    @overload
    def __init__(self: EncryptedText[str | None], *, null: Literal[True]) -> None: ...

    def __init__(self, *, null: bool = False) -> None:
        super().__init__(null=null)

    def seal(self, value: str) -> bytes:
        return value.encode()

    def unseal(self, plain: bytes) -> str:
        return plain.decode()


class EncryptedBytes(Encrypted[bytes]):
    """Encrypted bytes: a part of a file."""

    field_type = bytes

    def seal(self, value: bytes) -> bytes:
        return value

    def unseal(self, plain: bytes) -> bytes:
        return plain


class EncryptedJSON(Encrypted[Any]):
    """Encrypted plain data: whatever JSON can say."""

    field_type = dict

    def __init__(self, *, null: bool = False) -> None:
        super().__init__(null=null)

    def seal(self, value: Any) -> bytes:
        return orjson.dumps(value)

    def unseal(self, plain: bytes) -> Any:
        return orjson.loads(plain)


class Moment(fields.Field[T_MOMENT]):
    """A point in time, aware, kept in UTC whatever zone it was given in: SQLite compares it as text."""

    field_type = datetime
    SQL_TYPE = "TIMESTAMP"

    class _db_postgres:  # noqa: N801  (the name Tortoise looks for)
        SQL_TYPE = "TIMESTAMPTZ"

    @overload
    def __init__(self: Moment[datetime], *, null: Literal[False] = False, db_index: bool = False) -> None: ...

    @overload
    def __init__(self: Moment[datetime | None], *, null: Literal[True], db_index: bool = False) -> None: ...

    def __init__(self, *, null: bool = False, db_index: bool = False) -> None:
        super().__init__(null=null, db_index=db_index)

    def to_db_value(self, value: Any, instance: Any) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise FieldError(f"{self.model_field_name} must be a datetime with a time zone")
        return value.astimezone(UTC)

    def to_python_value(self, value: Any) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value


class Table(Model):
    """A model with encrypted fields: given plain values, read back from ciphertext."""

    class Meta:
        abstract = True

    def __init__(self, **values: Any) -> None:
        """Takes columns as they are: Tortoise's own way costs five times as much."""
        blank = _blank(type(self))
        if values.keys() <= blank.keys():
            self.__dict__.update(blank, **values, _await_when_save={})
            return
        if unknown := values.keys() - self._meta.fields_map.keys():  # Tortoise would drop them silently
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        super().__init__(**values)

    def _set_kwargs(self, kwargs: dict[str, Any]) -> set[str]:
        """Tortoise passes what callers give through `to_python_value`, as if the database had given it."""
        encrypted = {name: kwargs[name] for name in encrypted_fields(type(self)) if name in kwargs}
        for name, value in encrypted.items():
            setattr(self, name, value)
        rest = {name: value for name, value in kwargs.items() if name not in encrypted}
        return super()._set_kwargs(rest) | encrypted.keys()


@cache
def _blank(model: type[Model]) -> dict[str, Any]:
    """The attributes of a new row before it is told anything."""
    assert model._meta._inited, "open a database before making rows: until then a model lacks its relations"
    state = {"_partial": False, "_saved_in_db": False, "_custom_generated_pk": False}
    fields_map = model._meta.fields_map
    return state | {name: fields_map[name].default for name in model._meta.fields_db_projection}


@cache
def encrypted_fields(model: type[Model]) -> tuple[str, ...]:
    """Names of the encrypted fields of a model."""
    return tuple(name for name, field in model._meta.fields_map.items() if isinstance(field, Encrypted))
