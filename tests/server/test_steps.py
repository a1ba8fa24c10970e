"""Steps that need pictures, over HTTP: the shell's own commands, run behind the server."""

from __future__ import annotations

import importlib.util
import os
import time
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from test_routes import Room

from seamline.cli import main
from seamline.errors import InputError
from seamline.server.places import Places
from seamline.server.step_routes import words_of
from seamline.server.step_table import (
    FLAG,
    PATHS,
    ROUTES,
    SHELL_ONLY,
    STEPS,
    TEXTS,
)
from seamline.steps.main_job import painted
from tiny import TinyShow

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
EVERYWHERE = {"root", "as_json", "threads"}


@cache
def page_maker() -> Any:
    path = REFERENCE / "make_routes.py"
    spec = importlib.util.spec_from_file_location("make_routes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def command_of(name: str) -> click.Command:
    found: click.Command | None = main
    for word in name.split():
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(main), word)
    assert found is not None
    assert not isinstance(found, click.Group), name
    return found


def test_every_command_of_the_shell_is_a_route_or_says_why_it_is_none() -> None:
    commands = list(page_maker().commands())
    paths = page_maker().DOCUMENT["paths"]

    for command in commands:
        alone = command not in STEPS and command.split()[0] in SHELL_ONLY
        named = [command in STEPS, command in ROUTES, alone]
        assert sum(named) == 1, command
    assert {*STEPS, *ROUTES} <= {*commands}
    for route in ROUTES.values():
        method, path = route.split()
        assert method.lower() in paths[path], route
    assert all(f"/steps/{name.replace(' ', '/')}" in paths for name in STEPS)


def test_the_page_of_routes_is_the_one_that_the_commands_make() -> None:
    said = (REFERENCE / "routes.md").read_text()
    assert said == page_maker().page(), "run: python docs/reference/make_routes.py"


@pytest.mark.parametrize("name", STEPS)
def test_a_step_takes_what_its_command_takes(name: str) -> None:
    step = STEPS[name]
    params = [p for p in command_of(name).params if p.name not in EVERYWHERE]
    placed = [p for p in params if isinstance(p, click.Argument)]
    options = {p.opts[0][2:]: p for p in params if isinstance(p, click.Option)}
    for by in filter(None, (step.by, step.also_by)):
        options.pop(by)  # it is whose token it is

    assert list(step.takes) == [p.name for p in placed]
    assert set(step.options) == set(options)
    many = [p.nargs == -1 for p in placed]
    assert [kind in (TEXTS, PATHS) for kind in step.takes.values()] == many
    for option, param in options.items():
        assert isinstance(param, click.Option)
        kind = step.options[option]
        assert (kind == FLAG) == param.is_flag, option
        assert (kind in (TEXTS, PATHS)) == param.multiple, option
    needed = {p.name for p in placed if p.required}
    needed |= {option for option, p in options.items() if p.required}
    assert needed <= set(step.needs)


def test_no_value_is_taken_for_an_option(tmp_path: Path) -> None:
    places, step = Places(str(tmp_path)), STEPS["match"]
    given = {"shot": "--show=/elsewhere", "on": ["--by=chief"], "cdl": "a b.cdl"}

    words = words_of("match", step, given, "ada", places)

    assert words == [
        "match", "--on=--by=chief", f"--cdl={tmp_path}/a b.cdl", "--by=ada",
        "--", "--show=/elsewhere",
    ]  # fmt: skip


def test_who_says_that_a_picture_is_no_copy_is_whose_token_it_is(tmp_path: Path) -> None:
    places, step = Places(str(tmp_path)), STEPS["reference add"]
    given = {"files": ["a.exr"], "not-a-copy": ["b.exr"], "reason": "an hour later"}

    words = words_of("reference add", step, given, "ada", places)
    plain = words_of("reference add", step, {"files": ["a.exr"]}, "ada", places)

    assert words[2:-2] == [
        "--not-a-copy=b.exr", "--reason=an hour later", "--approved-by=ada", "--by=ada"
    ]  # fmt: skip
    assert "--by=ada" not in plain


def test_a_path_stays_in_the_folders_that_the_show_names(tmp_path: Path) -> None:
    show, plates, other = (tmp_path / name for name in ("show", "plates", "other"))
    for folder in (show, plates, other):
        folder.mkdir()
    os.symlink(other, show / "way-out")
    places = Places(str(show), (str(plates),))

    assert places.within("a/b.%04d.exr") == f"{show}/a/b.%04d.exr"
    assert places.within(f"{plates}/x.exr") == f"{plates}/x.exr"
    for path in ("../other/x", "/etc/passwd", "way-out/x", f"{plates}-2/x", f"{show}/../other"):
        with pytest.raises(InputError, match="not in a folder that this server works in"):
            places.within(path)


def ended(room: Room, errand: dict[str, Any], role: str) -> dict[str, Any]:
    until = time.monotonic() + 120
    while errand["standing"] == "running" and time.monotonic() < until:
        time.sleep(0.1)
        errand = room.send("GET", f"/errands/{errand['id']}", role).json()
    return errand


def test_a_picture_of_two_versions_is_made_by_a_child_and_only_whose_it_is_sees_it(
    tiny_show: TinyShow,
) -> None:
    room = Room(tiny_show)
    painted(tiny_show.studio, "S_010", variations=2, seed=1, generator="neutral")
    pair = {"first": "S_010_env_b01_v001", "second": "S_010_env_b02_v001"}

    begun = room.send("POST", "/steps/compare", "artist", json=pair)
    outside = {"shot": "S_010", "directory": str(tiny_show.root.parent / "elsewhere")}
    leaves = room.send("POST", "/steps/deliver", "producer", json=outside)
    errand = ended(room, begun.json(), "artist")
    strange = room.send("GET", f"/errands/{errand['id']}", "director")

    assert (begun.status_code, errand["standing"]) == (202, "done"), errand
    assert Path(errand["found"]["picture"]).read_bytes().startswith(b"\x89PNG")
    assert strange.status_code == 404
    assert (leaves.status_code, "[server] folders" in leaves.json()["remedy"]) == (422, True)
