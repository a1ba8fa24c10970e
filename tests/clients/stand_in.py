"""
A stand-in for Nuke: its stub decides what may be called and how, a table what knobs there are.

No picture is made here. What it holds at the end is written as a script, as Nuke would save it.
"""

from __future__ import annotations

import queue
import re
import types
from collections.abc import Callable, Iterable
from typing import Any

from stub import Callee, Stub, stub

from seamline.formats.nk_read import parse

ENUMERATIONS = ("colorspace", "working_space", "operation", "on_error", "datatype", "rot_order")
ARRAYS = {
    "slope": 3, "offset": 3, "power": 3, "translate": 3, "rotate": 3, "scaling": 3,
    "win_translate": 2, "box": 4,
}  # fmt: skip
# What no script of ours has: Foundry's reference of the Write, Crop, Switch and Roto nodes,
# of a Read's premultiplied, a merge's bbox, and the root's custom config.
MORE = {
    "Write": ("file", "file_type", "channels", "datatype", "raw"),
    "Crop": ("box",),
    "Roto": (),
    "Switch": ("which",),
    "Read": ("premultiplied",),
    "Merge2": ("bbox",),
    "Root": ("colorManagement", "OCIO_config", "customOCIOConfigPath", "workingSpaceLUT"),
}
OF_ALL = ("name", "label", "xpos", "ypos", "disable")


def knobs_in(scripts: Iterable[bytes]) -> dict[str, set[str]]:
    """The knobs of every class of node, as the given scripts have them."""
    known = {kind: {*names, *OF_ALL} for kind, names in MORE.items()}
    for script in scripts:
        for node in parse(script):
            known.setdefault(node.kind, set(OF_ALL)).update(set(node.knobs) - {"inputs"})
    return known


class Held:
    """Something of Nuke's: what its stub does not know, it has not."""

    _stub: Stub
    _kind = ""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        callee = self._stub.method(self._kind, name)
        if callee is None:
            raise AttributeError(f"nuke's {self._kind} has no {name}")
        does = getattr(type(self), f"does_{name}", None)
        return checked(callee, does and types.MethodType(does, self))


def checked(callee: Callee, does: Callable[..., Any] | None) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        callee.check(args, kwargs)
        if does is None:
            raise NotImplementedError(f"the stand-in does no {callee.name}")
        return does(*args, **kwargs)

    return call


class Knob(Held):
    def __init__(self, name: str, label: str = "") -> None:
        self._name, self._flags = name, 0
        self._values: list[Any] = [None] * ARRAYS.get(name, 1)
        self._keys: dict[int, dict[float, float]] = {}
        self._said = ""
        self._known: list[str] = []

    def does_name(self) -> str:
        return self._name

    def does_setFlag(self, flag: int) -> None:
        self._flags |= flag

    def does_setValue(self, val: Any, chan: int = 0) -> bool:
        if self._known and val not in self._known:
            raise TypeError(f"{self._name} has no {val!r}")
        if not 0 <= chan < len(self._values):
            raise IndexError(f"{self._name} has {len(self._values)} values")
        self._values[chan] = val
        return True

    def does_getValue(self, channel: int = 0) -> Any:
        return self._values[channel]

    def does_value(self, index: int = 0) -> Any:
        return self._values[index]

    def does_values(self) -> list[str]:
        return list(self._known)

    def does_setAnimated(self, channel: int = 0) -> bool:
        self._keys.setdefault(channel, {})
        return True

    def does_setValueAt(self, val: float, time: float, index: int = 0) -> bool:
        assert index in self._keys, f"{self._name} is not animated"
        self._keys[index][time] = val
        return True

    def does_setExpression(self, expression: str, index: int = 0) -> bool:
        self._said = expression
        return True

    def written(self) -> str:
        """As a script has it; empty where nobody set it."""
        if self._said:
            return "{{" + self._said + "}}"
        if self._keys:
            columns = []
            for index, value in enumerate(self._values):
                keys = self._keys.get(index, {})
                curve = " ".join(f"x{int(t)} {v!r}" for t, v in sorted(keys.items()))
                columns.append("{curve " + curve + "}" if keys else repr(value))
            return "{" + " ".join(columns) + "}"
        if self._values == [None] * len(self._values):
            return ""
        if len(self._values) > 1:
            return "{" + " ".join(repr(v) for v in self._values) + "}"
        (value,) = self._values
        if isinstance(value, str):
            escaped = re.sub(r'(["\\\[\]$])', r"\\\1", value).replace("\n", "\\n")
            return f'"{escaped}"'
        return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)


class Node(Held):
    _nuke: StandIn

    def __init__(self, kind: str, name: str) -> None:
        self._class, self._size, self._alive = kind, (64, 36), True
        self._knobs = {k: self._nuke.knob_of(k) for k in sorted(self._nuke.known[kind])}
        self._knobs["name"].does_setValue(name)
        self._inputs: dict[int, Node] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._knobs:
            raise NameError(f"knob {name} does not exist: {self._class}")
        return self._knobs[name]

    def does_Class(self) -> str:
        return self._class

    def does_name(self) -> str:
        return str(self._knobs["name"].does_value())

    def does_setName(self, name: str) -> None:
        taken = [n.does_name() for n in self._nuke.all_nodes if n is not self]
        assert name not in taken, f"two nodes are called {name}"
        assert re.fullmatch(r"[A-Za-z_]\w*", name), name
        self._knobs["name"].does_setValue(name)

    def does_knob(self, p: str) -> Any:
        return self._knobs.get(p)

    def does_addKnob(self, knob: Knob) -> None:
        self._knobs[knob.does_name()] = knob

    def does_setInput(self, i: int, node: Node | None) -> bool:
        if node is None:
            self._inputs.pop(i, None)
        else:
            self._inputs[i] = node
        return True

    def does_input(self, index: int) -> Node | None:
        return self._inputs.get(index)

    def does_format(self) -> Any:
        return self._nuke.make("Format", *self._size)

    def does_xpos(self) -> int:
        return int(self._knobs["xpos"].does_value() or 0)

    def does_ypos(self) -> int:
        return int(self._knobs["ypos"].does_value() or 0)

    def does_setXYpos(self, x: int, y: int) -> None:
        self._knobs["xpos"].does_setValue(x)
        self._knobs["ypos"].does_setValue(y)


class Format(Held):
    def __init__(self, width: int, height: int) -> None:
        self._size = width, height

    def does_width(self) -> int:
        return self._size[0]

    def does_height(self) -> int:
        return self._size[1]


class Panel(Held):
    _nuke: StandIn

    def __init__(self, title: str) -> None:
        self._fields = {"": title}

    def does_addEnumerationPulldown(self, name: str, values: str) -> None:
        self._fields[name] = values.split()[0] if values.split() else ""

    def does_addSingleLineInput(self, name: str, value: str) -> None:
        self._fields[name] = value

    def does_addMultilineTextInput(self, name: str, value: str) -> None:
        self._fields[name] = value

    def does_show(self) -> bool:
        self._nuke.shown.append(dict(self._fields))
        self._fields |= self._nuke.answers
        return True

    def does_value(self, name: str) -> str:
        return self._fields[name]


class Menu(Held):
    def __init__(self, commands: dict[str, Any]) -> None:
        self._commands = commands

    def does_addMenu(self, name: str) -> Menu:
        return self

    def does_addCommand(self, name: str, command: Any) -> None:
        self._commands[name] = command


class Constructors:
    """``nuke.nodes``: one maker for each class of node that there is a table of knobs for."""

    def __init__(self, owner: StandIn) -> None:
        self._owner = owner

    def __getattr__(self, kind: str) -> Callable[..., Node]:
        if kind not in self._owner.known:
            raise AttributeError(f"no node {kind}")

        def make(**knobs: Any) -> Node:
            return self._owner.add(kind, **knobs)

        return make


class StandIn(types.ModuleType):
    """The module ``nuke``."""

    def __init__(self, known: dict[str, set[str]], spaces: list[str]) -> None:
        super().__init__("nuke")
        self.stub, self.known, self.spaces = stub(), known, spaces
        self.all_nodes: list[Any] = []
        self.selected: list[Any] = []
        self.messages: list[str] = []
        self.answers: dict[str, str] = {}
        self.shown: list[dict[str, str]] = []
        self.commands: dict[str, Any] = {}
        self.on_load: list[Callable[[], None]] = []
        self.on_execute: Callable[[Any, int, int], None] | None = None
        self.waiting: queue.Queue[tuple[Any, Any]] = queue.Queue()
        self.nodes = Constructors(self)
        self.INVISIBLE = 1024
        assert "nodes" in self.stub.values
        assert "INVISIBLE" in self.stub.values
        own = {"Node": Node, "Knob": Knob, "Format": Format, "Panel": Panel, "Menu": Menu}
        self._made: dict[str, type] = {}
        for name in self.stub.classes:
            self._class(name, own)
        self._root = self.make("Root", "Root", "Root")

    def _class(self, name: str, own: dict[str, type]) -> type:
        if name not in self._made:
            known = self.stub.classes.get(name)
            bases = [self._class(b, own) for b in known.bases] if known else []
            mine = own.get(name)
            if mine is not None:
                bases = [mine]
            facts = {"_kind": name, "_stub": self.stub, "_nuke": self}
            self._made[name] = type(name, tuple(bases) or (Held,), facts)
        return self._made[name]

    def make(self, kind: str, *args: Any) -> Any:
        return self._made[kind](*args)

    def knob_of(self, name: str) -> Any:
        kind = "String_Knob"
        if name in ARRAYS:
            kind = "Array_Knob"
        elif name in ENUMERATIONS:
            kind = "Enumeration_Knob"
        elif name == "file":
            kind = "File_Knob"
        made = self.make(kind, name)
        if name == "colorspace":
            made._known = self.spaces
        return made

    def add(self, kind: str, **knobs: Any) -> Any:
        made = self.make("Node", kind, f"{kind}{len(self.all_nodes) + 1}")
        for name, value in knobs.items():
            made[name].setValue(value)
        self.all_nodes.append(made)
        return made

    def __getattr__(self, name: str) -> Any:
        if name in self._made:
            return self._made[name]
        callee = self.stub.functions.get(name)
        if callee is None:
            raise AttributeError(f"nuke has no {name}")
        does = getattr(type(self), f"does_{name}", None)
        return checked(callee, does and types.MethodType(does, self))

    def does_root(self) -> Any:
        return self._root

    def does_toNode(self, s: str) -> Any:
        return next((n for n in self.all_nodes if n.does_name() == s), None)

    def does_delete(self, n: Any) -> None:
        self.all_nodes.remove(n)

    def does_selectedNodes(self) -> list[Any]:
        return list(self.selected)

    def does_message(self, prompt: str) -> None:
        self.messages.append(prompt)

    def does_tprint(self, *args: Any) -> None:
        self.messages.append(" ".join(map(str, args)))

    def does_frame(self) -> int:
        return 1001

    def does_menu(self, name: str) -> Any:
        return self.make("Menu", self.commands)

    def does_addOnScriptLoad(self, call: Callable[[], None]) -> None:
        self.on_load.append(call)

    def does_execute(self, nameOrNode: Any, start: int, end: int) -> None:
        assert self.on_execute is not None
        self.on_execute(nameOrNode, start, end)

    def does_executeInMainThread(self, call: Any, args: tuple[Any, ...] = ()) -> None:
        self.waiting.put((call, args))

    def pump(self) -> None:
        """What Nuke's main thread does when it is idle."""
        while not self.waiting.empty():
            call, args = self.waiting.get()
            call(*args)

    def script(self) -> bytes:
        """The script, as it would be saved: every node after those it is connected to."""
        lines, done = [_node("Root", self._root, 0)], set()

        def put(node: Any) -> None:
            if id(node) in done:
                return
            done.add(id(node))
            count = max(node._inputs, default=-1) + 1
            above = [node._inputs.get(i) for i in range(count)]
            for one in above:
                if one is not None:
                    put(one)
            for one in reversed(above):
                lines.append(f"push ${_id(one)}\n" if one is not None else "push 0\n")
            lines.append(_node(node._class, node, count))
            lines.append(f"set {_id(node)} [stack 0]\n")

        for node in self.all_nodes:
            put(node)
        return "".join(lines).encode()


def _id(node: Any) -> str:
    return f"N{id(node):x}"


def _node(kind: str, node: Any, inputs: int) -> str:
    knobs = {name: knob.written() for name, knob in node._knobs.items()}
    body = "".join(f" {name} {value}\n" for name, value in knobs.items() if value)
    return f"{kind} {{\n inputs {inputs}\n{body}}}\n"
