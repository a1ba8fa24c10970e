"""Nuke scripts read back: nodes, their knobs, and what they are connected to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from seamline.errors import FormatError


@dataclass(slots=True, kw_only=True)
class Node:
    """
    One node of a script.

    Attributes:
        kind: ``Read``, ``Merge2`` ...
        knobs: Name to value, as Nuke holds it after Tcl has read it.
        inputs: The nodes it is connected to, input 0 first; None = not connected.
    """

    kind: str
    knobs: dict[str, str] = field(default_factory=dict)
    inputs: list[Node | None] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its ``name`` knob, empty without one."""
        return self.knobs.get("name", "")


def parse(script: bytes) -> list[Node]:
    """
    Return the nodes of a ``.nk`` script in the order they stand there.

    Knows what ``nuke_script`` and a plain Nuke script use: nodes, ``set``, ``push``
    and ``version``.

    Raises:
        FormatError: The text is no such script.
    """
    words = _words(script.decode())
    nodes: list[Node] = []
    stack: list[Node | None] = []
    named: dict[str, Node | None] = {}
    for kind, text in words:
        if kind != "word":
            raise FormatError(f"the Nuke script has {text!r:.40} where a node should begin")
        if text == "version":
            next(words), next(words)
        elif text == "set":
            named[f"${_next_text(words)}"] = stack[-1] if stack else None
            next(words)
        elif text == "end_group":
            continue
        elif text in ("add_layer", "define_window_layout_xml"):
            next(words)
        elif text == "push":
            stack.append(named.get(_next_text(words)))
        else:
            node = Node(kind=text, knobs=_knobs(_next_text(words)))
            node.inputs = [stack.pop() if stack else None for _ in range(_inputs(node))]
            nodes.append(node)
            if text != "Root" and text != "StickyNote":
                stack.append(node)
    return nodes


def _inputs(node: Node) -> int:
    # Nuke's own default is one input; "2+1" is two and a mask.
    said = node.knobs.get("inputs", "1")
    if not re.fullmatch(r"\d{1,4}(\+\d{1,4})?", said):
        raise FormatError(f"the Nuke script has a node with {said!r:.40} inputs")
    return sum(int(part) for part in said.split("+"))


def _knobs(body: str) -> dict[str, str]:
    words = [text for _, text in _words(body)]
    return dict(zip(words[::2], words[1::2], strict=True))


def _next_text(words: Iterator[tuple[str, str]]) -> str:
    _, text = next(words, ("", ""))
    return text


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Yield Tcl words as (kind, text): ``word``, ``quoted``, ``braced`` or ``command``."""
    at = 0
    pattern = re.compile(
        r'\s+|#[^\n]*|"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<word>[^\s{}\["]+)', re.S
    )
    while at < len(text):
        if text[at] in "{[":
            end = _closing(text, at)
            yield ("braced" if text[at] == "{" else "command"), text[at + 1 : end]
            at = end + 1
            continue
        found = pattern.match(text, at)
        if not found:
            raise FormatError(f"the Nuke script cannot be read at {text[at : at + 20]!r}")
        if found["quoted"] is not None:
            yield "quoted", _unescaped(found["quoted"])
        elif found["word"] is not None:
            yield "word", found["word"]
        at = found.end()


def _closing(text: str, at: int) -> int:
    opening, closing = text[at], {"{": "}", "[": "]"}[text[at]]
    depth, quoted, n = 0, False, at
    while n < len(text):
        if text[n] == "\\":
            n += 1
        elif text[n] == '"':
            quoted = not quoted
        elif not quoted and text[n] in (opening, closing):
            depth += 1 if text[n] == opening else -1
            if depth == 0:
                return n
        n += 1
    raise FormatError(f"the Nuke script has a {opening} that is never closed")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text, flags=re.S)
