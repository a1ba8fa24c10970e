"""
Records: nouns as plain JSON, in one canonical form.

Canonical bytes are what is hashed, signed and kept: UTF-8, keys sorted, no
spaces, no NaN. A noun read back from its own record is equal to the noun.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeVar

from seamline.errors import FormatError

Noun = TypeVar("Noun")

LATER: Mapping[str, Any] = types.MappingProxyType({"seamline:later": True})
"""
``metadata`` of a field that a noun was given after records of it were kept. At its
default it is left out of a record, so that what was signed before keeps its digest.
"""


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return the one byte string that stands for ``record``."""
    return json.dumps(
        record, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def record_digest(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical(record)).hexdigest()


def as_record(noun: Any) -> Any:
    """Return ``noun`` (a dataclass, or anything made of them) as plain JSON values."""
    if dataclasses.is_dataclass(noun) and not isinstance(noun, type):
        return {
            f.name: as_record(getattr(noun, f.name))
            for f in dataclasses.fields(noun)
            if not (f.metadata.get("seamline:later") and getattr(noun, f.name) == f.default)
        }
    if isinstance(noun, Fraction):
        return f"{noun.numerator}/{noun.denominator}"
    if isinstance(noun, Mapping):
        return {str(k): as_record(v) for k, v in noun.items()}
    if isinstance(noun, tuple | list):
        return [as_record(v) for v in noun]
    if isinstance(noun, frozenset | set):
        return sorted(as_record(v) for v in noun)
    return noun


def from_record(cls: type[Noun], record: Mapping[str, Any]) -> Noun:
    """
    Return the noun of type ``cls`` that ``record`` was made from.

    Raises:
        FormatError: A field is missing, unknown or of the wrong kind.
    """
    fields = _fields(typing.cast(Any, cls))
    unknown = sorted(set(record) - set(fields))
    if unknown:
        raise FormatError(
            f"a {cls.__name__} record has no field {unknown[0]!r}",
            remedy="It was written by another version of seamline; use that version.",
        )
    values = {
        name: _value(kind, record[name]) for name, kind in fields.items() if name in record
    }
    try:
        return cls(**values)
    except TypeError as error:
        raise FormatError(f"a {cls.__name__} record is incomplete: {error}") from error


@functools.cache
def _fields(cls: Any) -> dict[str, Any]:
    """Return the fields of a noun and their types: looked up once, a ledger has thousands."""
    hints = typing.get_type_hints(cls)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls)}


def _value(kind: Any, value: Any) -> Any:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _value(next(a for a in args if a is not type(None)), value)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_value(args[0], v) for v in value)
        return tuple(_value(a, v) for a, v in zip(args, value, strict=True))
    if origin is frozenset:
        return frozenset(_value(args[0], v) for v in value)
    if origin is dict or origin is Mapping:
        return {k: _value(args[1], v) for k, v in value.items()}
    if kind is Fraction:
        return Fraction(value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return from_record(kind, value)
    if kind is float and isinstance(value, int):
        return float(value)
    return value
