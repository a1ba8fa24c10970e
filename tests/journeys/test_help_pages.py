"""Every help page shows an example and explains its options."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from shell import here, process

from seamline import __version__
from seamline.cli.main import COMMANDS, main

CONTRACT = {
    *("show", "reference", "shot", "seam", "lock", "canvas", "paint", "sheet", "choose"),
    *("qc", "key", "sign", "deliver", "audit", "doctor", "demo"),
}
"""What scripts rely on."""


def pages(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            yield from pages(below, (*words, name))


PAGES = list(pages(main, ()))


@pytest.mark.parametrize("words", PAGES, ids=lambda words: " ".join(words) or "seamline")
def test_a_help_page_shows_an_example_of_itself(words: tuple[str, ...]) -> None:
    said = here(*words, "--help")

    assert said.code == 0
    assert said.err == ""
    example = said.out.split("Example:", 1)[1]
    assert " ".join(("seamline", *words)) in example
    for option in re.findall(r"^  (?:-\w, )?(--[\w-]+)(.*)$", said.out, re.MULTILINE):
        assert option[1].strip(), f"{option[0]} is not explained"


@pytest.mark.parametrize("words", PAGES, ids=lambda words: " ".join(words) or "seamline")
def test_every_command_takes_json_and_show(words: tuple[str, ...]) -> None:
    command: click.Command = main
    for name in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    if isinstance(command, click.Group):
        pytest.skip("a group of commands")

    options = {name for parameter in command.params for name in parameter.opts}

    assert {"--json", "--show", "--threads"} <= options


def test_the_first_page_lists_every_command() -> None:
    said = process("--help")

    assert said.code == 0
    for name, (_, summary) in COMMANDS.items():
        first_word = re.escape(summary.split()[0])
        assert re.search(rf"^  {name} +{first_word}", said.out, re.MULTILINE)
    assert set(COMMANDS) >= CONTRACT


def test_the_version_is_said() -> None:
    assert __version__ in here("--version").out


def test_a_near_miss_is_bad_input_with_a_way_out() -> None:
    said = here("pain", "042_0110")

    assert said.code == 2
    assert "pain" in said.sentence
    assert "--help" in said.err
