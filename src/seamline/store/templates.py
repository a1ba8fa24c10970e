"""
Templates: where a show keeps its named files, as ``show.toml`` writes it.

A template is a path below the show's folder with fields in braces:

    elements  {shot} {element} {id}, and %04d or #### for the frame
    comps     the same
    sheets    {shot} {name}
    qc        the same
    mattes    the same, of a folder
    hosts     the same

The folder of an element's or comp's frames is published and pruned as one
thing, so it carries ``{id}``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from seamline.errors import ShowError
from seamline.show.frames import is_sequence, printf_pattern
from seamline.show.names import ElementId, checked_name

DEFAULTS = {
    "elements": "shots/{shot}/elements/{id}/{id}.%04d.exr",
    "comps": "shots/{shot}/comps/{id}/{id}_comp.%04d.exr",
    "sheets": "shots/{shot}/sheets/{name}",
    "qc": "shots/{shot}/qc/{name}",
    "mattes": "shots/{shot}/mattes/{name}",
    "hosts": "shots/{shot}/hosts/{name}",
}
_FIELD = re.compile(r"\{([^{}]*)\}")
_SHEET_NAME = re.compile(r"[^\W_][\w.-]{0,119}")
_FRAME_FIELDS = ("shot", "element", "id")
_SHEET_FIELDS = ("shot", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """The six templates of a show; refused at birth if they could collide or escape."""

    elements: str = DEFAULTS["elements"]
    comps: str = DEFAULTS["comps"]
    sheets: str = DEFAULTS["sheets"]
    qc: str = DEFAULTS["qc"]
    mattes: str = DEFAULTS["mattes"]
    hosts: str = DEFAULTS["hosts"]

    def __post_init__(self) -> None:
        for key in ("elements", "comps"):
            _check_frames(key, getattr(self, key))
        for key in ("sheets", "qc", "mattes", "hosts"):
            _check_path(key, getattr(self, key), _SHEET_FIELDS)
            for field in _SHEET_FIELDS:
                _require(key, getattr(self, key), field)
        if os.path.dirname(self.elements) == os.path.dirname(self.comps):
            raise _wrong("comps", self.comps, "lies in the same folder as the elements")

    def element(self, element_id: str) -> str:
        """Return the pattern of the element's frames, below the show's folder."""
        return _filled_frames(self.elements, element_id)

    def comp(self, element_id: str) -> str:
        """Return the pattern of the comp's frames, below the show's folder."""
        return _filled_frames(self.comps, element_id)

    def sheet(self, shot: str, name: str) -> str:
        """Return where the sheet ``name`` of ``shot`` lies, below the show's folder."""
        return _named(self.sheets, shot, name, what="sheet")

    def report(self, shot: str, name: str) -> str:
        """Return where the QC report ``name`` of ``shot`` lies, below the show's folder."""
        return _named(self.qc, shot, name, what="report")

    def matte(self, shot: str, name: str) -> str:
        """Return the folder of the matte ``name`` of ``shot``, below the show's folder."""
        return _named(self.mattes, shot, name, what="matte")

    def host(self, shot: str, name: str) -> str:
        """Return the folder handed to hosts for ``name`` of ``shot``, below the show's."""
        return _named(self.hosts, shot, name, what="folder")


def _named(template: str, shot: str, name: str, *, what: str) -> str:
    checked_name(shot, what="shot")
    if not _SHEET_NAME.fullmatch(name):
        raise ShowError(
            f"{what} {name!r} is not a usable file name",
            remedy="Use letters, digits, _ - and ., beginning with a letter or digit.",
        )
    return _filled(template, {"shot": shot, "name": name})


def _filled_frames(template: str, element_id: str) -> str:
    parsed = ElementId.parse(element_id)
    fields = {"shot": parsed.shot, "element": parsed.element, "id": str(parsed)}
    return _filled(printf_pattern(template), fields)


def _filled(template: str, fields: dict[str, str]) -> str:
    return _FIELD.sub(lambda found: fields[found[1]], template)


def _check_frames(key: str, template: str) -> None:
    _check_path(key, template, _FRAME_FIELDS)
    folder, name = os.path.split(template)
    _require(key, folder, "id", what="the folder of its frames")
    if is_sequence(folder) or not is_sequence(name):
        raise _wrong(key, template, "has no frame number in its file name (%04d or ####)")
    if not name.endswith(".exr"):
        raise _wrong(key, template, "does not end in .exr")


def _check_path(key: str, template: str, fields: tuple[str, ...]) -> None:
    if not template or os.path.isabs(template) or "\\" in template or "\0" in template:
        raise _wrong(key, template, "is not a path below the show's folder")
    parts = template.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise _wrong(key, template, "leaves the show's folder, or has an empty part")
    if parts[0].startswith("."):
        raise _wrong(key, template, "lies in a hidden folder, where the show keeps its own")
    for field in _FIELD.findall(template):
        if field not in fields:
            known = ", ".join(f"{{{name}}}" for name in fields)
            raise _wrong(key, template, f"has a field {{{field}}}; known here: {known}")
    if "{" in _FIELD.sub("", template) or "}" in _FIELD.sub("", template):
        raise _wrong(key, template, "has a brace without its other half")


def _require(key: str, template: str, field: str, *, what: str = "it") -> None:
    if f"{{{field}}}" not in template:
        raise _wrong(key, template, f"needs {{{field}}} in {what}, or two would be one")


def _wrong(key: str, template: str, why: str) -> ShowError:
    return ShowError(
        f"[names] {key} = {template!r} {why}",
        remedy=f"Correct it in show.toml; the default is {DEFAULTS[key]!r}.",
    )
