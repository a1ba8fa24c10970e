"""
Write docs/reference/routes.md: every command of the shell, and the route that is the same.

    python docs/reference/make_routes.py            write the page
    python docs/reference/make_routes.py --check    exit 1 if the page is not up to date
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from seamline.cli import main
from seamline.server.app import openapi
from seamline.server.step_table import ROUTES, SHELL_ONLY, STEPS

DOCUMENT = openapi()
PAGE = Path(__file__).parent / "routes.md"
HEAD = """\
# The shell's steps as routes

Made by `make_routes.py` from the commands and the server's own table. What comes out of the
ledger is answered at once. What reads or writes pictures is `POST /steps/...`: the command runs
in a child process, the answer (202) names an errand, and `GET /errands/{errand}` says what came
of it, in the words of `--json`. An errand is on disk before it is answered and outlives the
server ([how](../how-to/run-the-server.md)). Names are the shell's, without dashes before them;
the [document](../how-to/run-the-server.md) (`seamline serve --openapi`) has every one. A path
lies in the show's folder or in one that `[server] folders` in [show.toml](show-toml.md) names.

| command | route | who |
|---|---|---|
"""


def commands() -> Iterator[str]:
    """Yield every command that does something, without the program's name."""

    def below(command: click.Command, words: tuple[str, ...]) -> Iterator[str]:
        if not isinstance(command, click.Group):
            yield " ".join(words)
            return
        context = click.Context(command, info_name="seamline")
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from below(found, (*words, name))

    yield from below(main, ())


def why_not(command: str) -> str:
    """Return why a command is no route; empty if nothing says so."""
    return SHELL_ONLY.get(command.split()[0], "")


def page() -> str:
    """Return the whole page."""
    rows = []
    for command in commands():
        if command in STEPS:
            route = f"`POST /steps/{command.replace(' ', '/')}`"
            roles = STEPS[command].roles
            who = "all roles" if len(roles) == 6 else ", ".join(roles)
        elif command in ROUTES:
            method, path = ROUTES[command].split()
            route, who = (
                f"`{method} {path}`",
                DOCUMENT["paths"][path][method.lower()]["summary"],
            )
            who = f"*{who}*"
        else:
            route, who = "—", f"the shell alone: it {why_not(command)}"
        rows.append(f"| `{command}` | {route} | {who} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(PAGE.read_text() != page())
    PAGE.write_text(page())
