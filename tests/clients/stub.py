"""Foundry's names as ``types-nuke`` writes them down: classes, functions, their arguments."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass, field
from importlib.metadata import files
from pathlib import Path
from typing import Any

_SIMPLE: dict[str, tuple[type, ...]] = {
    "int": (int,), "float": (int, float), "str": (str,), "bool": (bool, int),
}  # fmt: skip


@dataclass
class Callee:
    """The signatures that one name may be called with."""

    name: str
    ways: list[inspect.Signature] = field(default_factory=list)

    def check(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Refuse a call that fits none of them, by its arguments' names, number and kind."""
        why = ""
        for way in self.ways:
            try:
                bound = way.bind(*args, **kwargs)
                _check_kinds(self.name, way, bound)
                return
            except TypeError as error:
                why = str(error)
        raise TypeError(f"nuke's {self.name}: {why}")


def _check_kinds(name: str, way: inspect.Signature, bound: inspect.BoundArguments) -> None:
    for argument, value in bound.arguments.items():
        kinds = _SIMPLE.get(str(way.parameters[argument].annotation))
        if kinds and not isinstance(value, kinds):
            raise TypeError(f"{argument} is {value!r}, no {kinds[-1].__name__}")


@dataclass
class StubClass:
    bases: list[str]
    methods: dict[str, Callee] = field(default_factory=dict)


@dataclass
class Stub:
    classes: dict[str, StubClass] = field(default_factory=dict)
    functions: dict[str, Callee] = field(default_factory=dict)
    values: set[str] = field(default_factory=set)

    def method(self, kind: str, name: str) -> Callee | None:
        """The method of a class or of those it comes from."""
        known = self.classes.get(kind)
        if known is None:
            return None
        if name in known.methods:
            return known.methods[name]
        return next(filter(None, (self.method(base, name) for base in known.bases)), None)


def stub() -> Stub:
    """Read every file of the installed ``nuke-stubs``."""
    found = Stub()
    for file in files("types-nuke") or []:
        if file.suffix == ".pyi":
            _read(found, ast.parse(Path(str(file.locate())).read_text()))
    return found


def _read(found: Stub, tree: ast.Module) -> None:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            callee = found.functions.setdefault(node.name, Callee(node.name))
            callee.ways.append(_signature(node))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.values.add(node.target.id)
        elif isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base).partition("[")[0] for base in node.bases]
            known = found.classes.setdefault(node.name, StubClass(bases))
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    called = f"{node.name}.{member.name}"
                    callee = known.methods.setdefault(member.name, Callee(called))
                    callee.ways.append(_signature(member))


def _signature(node: ast.FunctionDef) -> inspect.Signature:
    made = inspect.Parameter
    said, given = node.args, []
    usual = [None] * (len(said.args) - len(said.defaults)) + list(said.defaults)
    for argument, default in zip(said.args, usual, strict=True):
        if argument.arg in ("self", "cls"):
            continue
        kind = ast.unparse(argument.annotation) if argument.annotation else ""
        empty = made.empty if default is None else ...
        given.append(
            made(argument.arg, made.POSITIONAL_OR_KEYWORD, default=empty, annotation=kind)
        )
    if said.vararg:
        given.append(made(said.vararg.arg, made.VAR_POSITIONAL))
    for argument, default in zip(said.kwonlyargs, said.kw_defaults, strict=True):
        empty = made.empty if default is None else ...
        given.append(made(argument.arg, made.KEYWORD_ONLY, default=empty))
    if said.kwarg:
        given.append(made(said.kwarg.arg, made.VAR_KEYWORD))
    return inspect.Signature(given)
