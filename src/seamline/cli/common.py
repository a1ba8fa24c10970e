"""What every command shares: --show, --json, --threads, and how failures are said."""

from __future__ import annotations

import errno
import getpass
import json
import math
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from seamline.errors import DiskError, InputError, SeamlineError

if TYPE_CHECKING:
    from seamline.ports import Studio

DEBUG_VARIABLE = "SEAMLINE_DEBUG"
PASSPHRASE_VARIABLE = "SEAMLINE_PASSPHRASE_FILE"
AUTHORITY_VARIABLE = "SEAMLINE_AUTHORITY_PASSPHRASE_FILE"
INTERRUPTED = 130
Answer = tuple[dict[str, Any], Sequence[str]]
"""What a command says: the JSON document, and the same in words."""


def as_written(text: str | None) -> str | None:
    r"""Return a raw docstring with its ``\b`` as the character click keeps lines by."""
    return text.replace("\\b\n", "\b\n") if text else text


class Group(click.Group):
    """A group that says failures in one sentence and leaves with the right code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["help"] = as_written(kwargs.get("help"))
        super().__init__(*args, **kwargs)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run; never show a traceback unless $SEAMLINE_DEBUG is set."""
        run: Callable[..., Any] = super().main
        if not kwargs.pop("standalone_mode", True):
            return run(*args, standalone_mode=False, **kwargs)
        words = list(kwargs.get("args") or (args[0] if args and args[0] else sys.argv[1:]))
        as_json = "--json" in words
        try:
            left = run(*args, standalone_mode=False, **kwargs)
        except BaseException as error:
            left = _say(error, as_json=as_json)
            sys.stdout.flush()
        # What a command answered is None, or the code it asked to leave with.
        sys.exit(left if isinstance(left, int) else 0)


def _say(error: BaseException, *, as_json: bool) -> int:
    """Print what went wrong; return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 0
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _print("interrupted", "", INTERRUPTED, as_json=as_json)
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, click.UsageError):
        ctx = error.ctx
        remedy = f"{ctx.command_path} --help shows an example." if ctx else ""
        return _print(error.format_message(), remedy, InputError.exit_code, as_json=as_json)
    if isinstance(error, click.ClickException):
        return _print(error.format_message(), "", InputError.exit_code, as_json=as_json)
    if isinstance(error, OSError) and not isinstance(error, SeamlineError):
        error = _of_the_system(error)
    if isinstance(error, SeamlineError):
        if os.environ.get(DEBUG_VARIABLE):
            traceback.print_exception(error)
        return _print(str(error), error.remedy, error.exit_code, as_json=as_json)
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    return _print(
        f"seamline itself failed: {type(error).__name__}: {error}",
        f"Nothing published was touched. Run it again with {DEBUG_VARIABLE}=1 for the details.",
        3,
        as_json=as_json,
    )


def _of_the_system(error: OSError) -> SeamlineError:
    where = error.filename or "a file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskError(
            f"the disk is full: {where} could not be written",
            remedy="Free some space (seamline show prune) and run the same command again.",
        )
    return InputError(
        f"{where}: {error.strerror or error}", remedy="Check the path and its permissions."
    )


def _print(message: str, remedy: str, code: int, *, as_json: bool) -> int:
    if as_json:
        document = {"error": {"message": message, "remedy": remedy, "exit_code": code}}
        click.echo(json.dumps(document, ensure_ascii=False))
    click.echo(f"Error: {message}", err=True)
    if remedy:
        click.echo(f"  -> {remedy}", err=True)
    return code


def command(group: click.Group | None, name: str) -> Callable[..., click.Command]:
    """
    Make a command of a function that returns an ``Answer``.

    The function's first argument is a ``Call``; --show, --json and --threads are
    taken care of.
    """

    def decorate(function: Callable[..., Answer]) -> click.Command:
        def run(root: str | None, as_json: bool, threads: int | None, **options: Any) -> None:
            ctx = click.get_current_context()
            above = (ctx.find_root().obj or {}).get("show")
            call = Call(root or above, threads)
            document, words = function(call, **options)
            if as_json:
                click.echo(json.dumps(document, ensure_ascii=False))
            else:
                for line in words:
                    click.echo(line)
            if call.exit_code:
                ctx.exit(call.exit_code)

        run.__doc__ = as_written(function.__doc__)
        run.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
        for option in (
            click.option(
                "--threads", type=click.IntRange(1), metavar="N", help="Threads to use."
            ),
            click.option(
                "--json", "as_json", is_flag=True, help="One JSON document on stdout."
            ),
            click.option("--show", "root", metavar="DIR", help="The show's folder."),
        ):
            run = option(run)
        made = click.command(name=name)(run)
        if group is not None:
            group.add_command(made)
        return made

    return decorate


class Call:
    """One call of the shell: which show, and how many threads."""

    def __init__(self, root: str | None, threads: int | None) -> None:
        self.root, self.threads = root, threads
        self.exit_code = 0
        """With what the command leaves after it has answered: 1 where a check failed."""

    def studio(self, *, near: str = "") -> Studio:
        """Open the show this call is about; failing that, the one that ``near`` lies in."""
        from seamline import wiring

        return wiring.open_studio(
            wiring.show_root(self.root, near=near),
            threads=self.threads,
            passphrase=show_passphrase,
        )


def show_passphrase(*, confirm: bool = False) -> bytes:
    """Return the passphrase of the show's own key, as ``passphrase`` does a person's."""
    return passphrase(
        confirm=confirm, variable=AUTHORITY_VARIABLE, asks="Passphrase of the show's key"
    )


def passphrase(
    *,
    confirm: bool = False,
    variable: str = PASSPHRASE_VARIABLE,
    asks: str = "Passphrase",
    path: str | None = None,
) -> bytes:
    """Return a passphrase: from the file ``path`` or ``$variable`` names, else by a prompt."""
    there = f"${variable}" if variable else "--new"
    path = path or os.environ.get(variable)
    if path:
        try:
            with open(path, "rb") as file:
                said = file.read().rstrip(b"\r\n")
        except OSError as error:
            raise InputError(
                f"the passphrase file {path} cannot be read: {error.strerror}",
                remedy=f"Correct {there}, or leave it out to be asked.",
            ) from error
        if not said:
            raise InputError(
                f"the passphrase file {path} is empty",
                remedy="Write the passphrase on its first line.",
            )
        return said
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            answer: str = click.prompt(
                asks, hide_input=True, err=True, confirmation_prompt=confirm
            )
        except getpass.GetPassWarning as warning:
            click.echo(err=True)  # the question stands there already, without its answer
            raise InputError(
                "there is no terminal to ask for the passphrase without showing it",
                remedy=f"Write it to a file and name that in {there}.",
            ) from warning
    return answer.encode()


def numbers(text: str, count: int, *, what: str) -> list[int]:
    """Read ``count`` whole numbers separated by commas."""
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) != count:
        raise InputError(
            f"{what} {text!r} is not {count} whole numbers separated by commas",
            remedy="Count pixels from the top left of the display window.",
        )
    return found


def decimals(text: str, count: int, *, what: str, expected: str) -> tuple[float, ...]:
    """Read ``count`` finite numbers separated by commas."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) != count or not all(math.isfinite(number) for number in found):
        raise InputError(
            f"{what} {text!r} is not {expected}: {count} numbers separated by commas",
            remedy="Count pixels from the top left of the display window.",
        )
    return found
