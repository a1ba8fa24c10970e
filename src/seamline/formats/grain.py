"""
Grain files: a plate's grain as JSON, to be kept, sent and laid on again.

UTF-8, keys sorted, no NaN; a few hundred kilobytes, most of them the spectrum. Numbers are
written so that reading gives the same ones back, and the same grain.
"""

from __future__ import annotations

import json
from typing import NoReturn

from seamline.errors import FormatError, GrainError, InputError
from seamline.formats.exr import whole_file
from seamline.show.grain import GrainModel, grain_from_record, grain_record
from seamline.show.record import canonical

MOST_BYTES = 1 << 24
_AGAIN = "Measure the grain again, or take the file as it was written."


def grain_file(model: GrainModel) -> bytes:
    """Return the JSON document of ``model``; ``parse_grain`` gives the same model back."""
    return canonical(grain_record(model)) + b"\n"


def parse_grain(content: bytes, *, where: str = "the grain file") -> GrainModel:
    """
    Return the model of a JSON document.

    Raises:
        FormatError: It is no JSON, no grain model, or one of another version.
        GrainError: It is one, and its numbers cannot be.
    """
    if len(content) > MOST_BYTES:
        raise FormatError(
            f"{where}: it is larger than {MOST_BYTES >> 20} MB, which no grain model is",
            remedy=_AGAIN,
        )
    try:
        record = json.loads(content.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{where}: it is no JSON ({error})", remedy=_AGAIN) from error
    try:
        return grain_from_record(record)
    except (FormatError, GrainError) as error:
        raise type(error)(f"{where}: {error}", remedy=error.remedy) from error


def read_grain(path: str) -> GrainModel:
    """
    Return the model in the file at ``path``.

    Raises:
        InputError: There is no such file, or it cannot be opened.
        FormatError: It is no JSON, no grain model, or one of another version.
        GrainError: It is one, and its numbers cannot be.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{path}: the grain file cannot be opened ({error.strerror})",
            remedy="Check the name.",
        ) from error
    return parse_grain(content, where=path)


def write_grain(path: str, model: GrainModel) -> None:
    """
    Write ``model`` at ``path``, whole or not at all.

    Raises:
        InputError: The folder is missing or not writable.
        DiskError: The disk is full.
    """
    content = grain_file(model)
    with whole_file(path) as temporary, open(temporary, "wb") as file:
        file.write(content)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
