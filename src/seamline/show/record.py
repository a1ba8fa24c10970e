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
from collections.abc import Callable, Mapping
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
    readers = _readers(typing.cast(Any, cls))
    if not record.keys() <= readers.keys():
        unknown = sorted(set(record) - set(readers))
        raise FormatError(
            f"a {cls.__name__} record has no field {unknown[0]!r}",
            remedy="It was written by another version of seamline; use that version.",
        )
    values = {name: _read(readers[name], value) for name, value in record.items()}
    try:
        return cls(**values)
    except TypeError as error:
        raise FormatError(f"a {cls.__name__} record is incomplete: {error}") from error


_Reader = Callable[[Any], Any] | None
"""Makes a field's value of what stands in a record; None where that is the value."""


def _read(reader: _Reader, value: Any) -> Any:
    return value if reader is None else reader(value)


@functools.cache
def _readers(cls: Any) -> dict[str, _Reader]:
    """Return what reads each field of a noun: worked out once, a ledger has thousands."""
    hints = typing.get_type_hints(cls)
    return {f.name: _reader(hints[f.name]) for f in dataclasses.fields(cls)}


def _reader(kind: Any) -> _Reader:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        there = _reader(next(a for a in args if a is not type(None)))
        return None if there is None else _or_none(there)
    if origin is tuple:
        return _tuple_reader(args)
    if origin is frozenset:
        each = _reader(args[0])
        return frozenset if each is None else _of_each(frozenset, each)
    if origin is dict or origin is Mapping:
        named = _reader(args[1])
        return dict if named is None else _of_values(named)
    if kind is Fraction:
        return Fraction
    if kind is float:
        return lambda value: float(value) if isinstance(value, int) else value
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return lambda value: from_record(kind, value)
    return None


def _or_none(there: Callable[[Any], Any]) -> _Reader:
    return lambda value: None if value is None else there(value)


def _of_each(kind: Callable[[Any], Any], read: Callable[[Any], Any]) -> _Reader:
    return lambda value: kind(map(read, value))


def _of_values(read: Callable[[Any], Any]) -> _Reader:
    return lambda value: {k: read(v) for k, v in value.items()}


def _tuple_reader(args: tuple[Any, ...]) -> _Reader:
    if len(args) == 2 and args[1] is Ellipsis:
        one = _reader(args[0])
        return tuple if one is None else _of_each(tuple, one)
    each = [_reader(arg) for arg in args]
    return lambda value: tuple(
        v if read is None else read(v) for read, v in zip(each, value, strict=True)
    )
