"""The command tree. A command's module is imported when the command is called."""

from __future__ import annotations

import importlib

import click

from seamline import __version__
from seamline.cli.common import Group

HOME = "seamline.cli"
COMMANDS = {
    "show": ("shows:show", "Create a show; free disk space."),
    "status": ("versions:status", "Where every shot stands, and on whom it waits."),
    "reference": ("references:reference", "Approve the pictures a show may paint from."),
    "shot": ("shots:shot", "Take a plate and its camera in."),
    "seam": ("seams:seam", "Say which part of the frame is live and which generated."),
    "lock": ("locks:lock", "Set what live and generated must agree on."),
    "canvas": ("canvases:canvas", "Lay out what every frame looks at; paint on it by hand."),
    "paint": ("painting:paint", "Paint variations of a shot's environment."),
    "queue": ("queueing:queue", "What waits to be painted, and who works on it."),
    "work": ("queueing:work", "Do a part of what waits in the queue."),
    "serve": ("serving:serve", "Answer the studio's programs over HTTP, on this machine."),
    "user": ("serving:user", "Who may use the server, and as what."),
    "layer": ("painting:layer", "Grade one layer of a painting in the comp."),
    "match": ("matching:match", "Show or change what brings an element to its plate."),
    "sheet": ("reviewing:sheet", "Contact sheet and review page."),
    "versions": ("versions:versions", "What was made of a shot, as a tree."),
    "compare": ("versions:compare", "Two versions, side by side and their difference."),
    "notes": ("reviewing:notes", "What people said about a shot's versions."),
    "handoff": ("delivering:handoff", "Movies and a timeline for review."),
    "choose": ("reviewing:choose", "Pick one variation of a shot, or none."),
    "key": ("people:key", "People's signing keys, and the show's own."),
    "qc": ("reviewing:qc", "A report on what was checked, for a supervisor."),
    "answer": ("answering:answer", "Answer what only a person can say of a painting."),
    "sign": ("people:sign", "Sign off exact pixels."),
    "deliver": ("delivering:deliver", "Write a signed delivery."),
    "verify": ("verifying:verify", "Tell whether a delivery is whole, and whose."),
    "audit": ("delivering:audit", "Trace a file or a pixel back to its sources."),
    "replay": ("replaying:replay", "Make a delivery again from its record, bit for bit."),
    "doctor": ("doctoring:doctor", "Check this machine and a show's records."),
    "demo": ("demonstrating:demo", "Run the whole main job on the demo show."),
}


class Tree(Group):
    """The top of the command tree."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in film order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(f"{HOME}.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.command(cls=Tree, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="seamline")
@click.option(
    "--show", "root", metavar="DIR", help="The show's folder, for every command below."
)
@click.pass_context
def main(ctx: click.Context, root: str | None) -> None:
    r"""
    Live action and generated environments, one photographic image.

    The show is --show DIR, $SEAMLINE_SHOW, or the nearest folder upwards with a
    show.toml. Every command takes --json: one JSON document on stdout, words and
    progress on stderr.

    Exit codes: 0 done; 1 refused, or a check failed; 2 bad input; 3 our fault;
    4 try again; 130 interrupted.

    \b
    Example:
        seamline demo
    """
    ctx.ensure_object(dict)["show"] = root
