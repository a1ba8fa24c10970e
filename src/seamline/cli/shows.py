"""``seamline show``: create a show, prune its cache."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, Group, command


@click.group(cls=Group)
def show() -> None:
    r"""
    Create a show; free disk space.

    \b
    Example:
        seamline show create nordwand --name "Nordwand"
    """


@command(show, "create")
@click.argument("directory")
@click.option("--name", required=True, help="What the show is called.")
@click.option("--width", default=1920, show_default=True, help="Frame width, pixels.")
@click.option("--height", default=1080, show_default=True, help="Frame height, pixels.")
@click.option("--rate", default="24", show_default=True, help="Frames per second.")
def create(call: Call, directory: str, name: str, width: int, height: int, rate: str) -> Answer:
    r"""
    Create a show in DIRECTORY.

    Writes show.toml and config.ocio (ACES 1.3, studio config), pinned by its
    hash. A folder that is this show already is left as it is.

    \b
    Example:
        seamline show create nordwand --name "Nordwand" --width 1920 --height 1080
    """
    from seamline import wiring

    del call
    root = wiring.new_show(
        wiring.absolute(directory), name, width=width, height=height, rate=rate
    )
    return {"show": root, "name": name}, [f"{name}: {root}"]


@command(show, "prune")
def prune(call: Call) -> Answer:
    r"""
    Remove rendered frames that nobody chose, signed or delivered.

    Canvases, layers and lineage stay: painting again gives the same bits.

    \b
    Example:
        seamline show prune
    """
    from seamline.steps.prune import prune as step

    found = step(call.studio())
    return found, [
        f"{len(found['removed'])} sequences removed, {found['bytes'] / 1e6:.1f} MB freed"
    ]
