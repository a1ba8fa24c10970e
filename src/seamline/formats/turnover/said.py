"""What a reader of turnovers has found so far: events, refused places, words."""

from __future__ import annotations

from dataclasses import dataclass, field

from seamline.errors import FormatError
from seamline.show.turnover import Event, Refused


@dataclass
class Said:
    """Filled while a file is read."""

    title: str = ""
    events: list[Event] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, where: str, says: str, *, shot: str = "") -> None:
        """Note that the place ``where`` cannot be used."""
        self.refused.append(Refused(where=where, shot=shot, says=says))


def decoded(content: bytes, *, where: str) -> str:
    """
    Return a text file's words: UTF-8, or UTF-16 with its mark.

    Raises:
        FormatError: It is neither; the sentence names the line.
    """
    codec = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{where}: line {line} is no {codec.upper()[:6].rstrip('-')} text",
            remedy="Save it again as UTF-8.",
        ) from error
    if "\0" in text:
        raise FormatError(f"{where} is no text file", remedy="Save it again as UTF-8.")
    return text
