"""
The words of a Nuke script: nodes in braces, and values that Tcl finds nothing to evaluate in.

Paths are written relative to the script, so that its folder can move.
"""

from __future__ import annotations

import os
import re

_HERE = "[file dirname [value root.name]]"
_PLAIN = re.compile(r"[A-Za-z0-9_.%/+-]+")


def node(kind: str, **knobs: object) -> str:
    """Return one node, its values quoted so that Tcl finds nothing to evaluate."""
    lines = "".join(f" {name} {_quoted(str(value))}\n" for name, value in knobs.items())
    return f"{kind} {{\n{lines}}}\n"


def number(value: float) -> str:
    """Return a number as Nuke writes it."""
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def vector(values: tuple[float, float, float]) -> str:
    """Return three numbers as one knob's value."""
    return "{" + " ".join(number(v) for v in values) + "}"


def switch(on: bool) -> str:
    """Return what the knob ``disable`` says of what is ``on``."""
    return "false" if on else "true"


def safe(text: str) -> str:
    """Return ``text`` so that Tcl, evaluating a knob, finds nothing to evaluate."""
    return re.sub(r"([\\\[\]$])", r"\\\1", text)


def beside(path: str) -> str:
    """Return a path relative to the script; an absolute one as it is."""
    if os.path.isabs(path):
        return safe(path)
    return f"{_HERE}/{safe(path)}"


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    # Vectors, and curves of plain numbers: nothing that Tcl could evaluate.
    if re.fullmatch(r"\{(?:curve|[0-9x. e+{}-])+\}", value):
        return value
    escaped = re.sub(r'([\\"\[$])', r"\\\1", value).replace("\n", "\\n")
    return f'"{escaped}"'
