"""What is read behind walls, looked at from both sides: which functions ran where."""

from __future__ import annotations

import inspect
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import pytest

from seamline import formats
from seamline.formats.doors import DOORS, Question
from seamline.formats.reader import Readers

ROOM = os.path.dirname(formats.__file__)
ASKING = ("reader.py", "tracks/__init__.py")
"""Modules that only ask, and hand in what lies beside a file."""
Functions = set[tuple[str, str]]


def ran(what: Callable[[], Any]) -> tuple[Any, Functions]:
    """Return what ``what`` returns, and the functions of ``formats`` that it ran here."""
    found: Functions = set()

    def look(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        # Bodies of modules and classes run once, when something is imported: nothing is read.
        is_function = code.co_flags & inspect.CO_OPTIMIZED
        if event == "call" and is_function and code.co_filename.startswith(ROOM):
            found.add((os.path.relpath(code.co_filename, ROOM), code.co_qualname))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        return what(), {one for one in found if one[0] not in ASKING}
    finally:
        sys.setprofile(before)


@dataclass
class Asked:
    """One question, as it was asked, and what the child answered."""

    door: str
    contents: list[bytes]
    where: str
    asked: dict[str, Any]
    beside: Callable[[str], bytes | None] | None
    found: Any = None

    def here(self) -> Any:
        """Have this process read it, and say it as a child would."""
        question = Question(
            where=self.where,
            asked=self.asked,
            files=tuple(io.BytesIO(content) for content in self.contents),
            beside=self.beside or (lambda path: None),
        )
        return json.loads(json.dumps(DOORS[self.door](question)))


@dataclass
class Overheard:
    """Every question that this process asks a reader, in order."""

    asked: list[Asked] = field(default_factory=list)

    def listen(self, monkeypatch: pytest.MonkeyPatch) -> Overheard:
        real = Readers.read

        def read(self_: Readers, door: str, *contents: bytes | int, **more: Any) -> Any:
            whole = [
                c if isinstance(c, bytes) else os.pread(c, os.fstat(c).st_size, 0)
                for c in contents
            ]
            one = Asked(
                door, whole, more["where"], dict(more.get("asked") or {}), more.get("beside")
            )
            one.found = real(self_, door, *contents, **more)
            self.asked.append(one)
            return one.found

        monkeypatch.setattr(Readers, "read", read)
        return self
