"""
Write docs/reference/cli.md from the commands themselves.

    python docs/reference/make_cli.py            write the page
    python docs/reference/make_cli.py --check    exit 1 if the page is not up to date
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from seamline.cli import main

PAGE = Path(__file__).parent / "cli.md"
EVERYWHERE = ("root", "as_json", "threads")
HEAD = """\
# The shell

Made from the commands themselves by `make_cli.py`; `seamline COMMAND --help` says the same.
"""
SHARED = """\
Every command but the groups takes

- `--show DIR` — the show's folder; otherwise `$SEAMLINE_SHOW`, or the nearest `show.toml`
  upwards
- `--json` — one JSON document on stdout; words and progress on stderr
- `--threads N` — threads to use; otherwise `$SEAMLINE_THREADS`, or every core

A passphrase comes from a prompt, or from the file that `$SEAMLINE_PASSPHRASE_FILE` names.
With `$SEAMLINE_DEBUG` set, a failure also prints where in the code it happened.
"""


def commands(
    command: click.Command, path: tuple[str, ...] = ("seamline",)
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words it is called by, groups before what is in them."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


def words(command: click.Command) -> tuple[str, str]:
    """Return a command's prose and its example, as they stand in its help."""
    text = inspect.cleandoc(command.help or "").replace("\b", "\\b")
    prose, _, example = text.partition("\\b\nExample:\n")
    return prose.strip(), textwrap.dedent(example).strip()


def page() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for path, command in commands(main):
        prose, example = words(command)
        parts.append(f"{'#' * (1 + len(path.split()))} {path}\n\n{prose}\n")
        parts.append(f"```\n{_usage(path, command)}\n```\n")
        options = [_option(p) for p in command.params if _shown(p)]
        if options:
            parts.append("\n".join(options) + "\n")
        if command is main:
            parts.append(SHARED)
        parts.append(f"For example:\n\n```\n{example}\n```\n")
    return "\n".join(parts)


def _usage(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    return " ".join([path, *command.collect_usage_pieces(context)])


def _shown(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and parameter.name not in EVERYWHERE


def _option(option: click.Parameter) -> str:
    assert isinstance(option, click.Option)
    names = ", ".join(f"`{name}`" for name in reversed(option.opts))
    takes = "" if option.is_flag else f" `{_takes(option)}`"
    said = f" — {option.help}" if option.help else ""
    facts = ["needed"] if option.required else []
    facts += ["may be repeated"] if option.multiple else []
    if option.show_default:
        facts.append(f"default {option.default}")
    return f"- {names}{takes}{said}" + (f" ({', '.join(facts)})" if facts else "")


def _takes(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(option.type.choices)
    return {"integer": "NUMBER", "float": "NUMBER"}.get(option.type.name, "TEXT")


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(PAGE.read_text() != page())
    PAGE.write_text(page())
