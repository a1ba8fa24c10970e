"""``seamline show``: create a show, sum it up, prune its cache, back it up, restore it."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, Group, command, show_passphrase


@click.group(cls=Group)
def show() -> None:
    r"""
    Create a show; sum it up; free disk space; back it up.

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
@click.option("--protect", is_flag=True, help="Keep the show's own key under a passphrase.")
def create(
    call: Call, directory: str, name: str, width: int, height: int, rate: str, protect: bool
) -> Answer:
    r"""
    Create a show in DIRECTORY.

    Writes show.toml and config.ocio (ACES 1.3, studio config), pinned by its
    hash. A folder that is this show already is left as it is. With --protect the key that
    signs what leaves the show has a passphrase, from a prompt or from the file that
    $SEAMLINE_AUTHORITY_PASSPHRASE_FILE names; whoever delivers needs it.

    \b
    Example:
        seamline show create nordwand --name "Nordwand" --width 1920 --height 1080
    """
    from seamline import on_disk, wiring

    del call
    root = wiring.new_show(
        on_disk.absolute(directory),
        name,
        width=width,
        height=height,
        rate=rate,
        passphrase=show_passphrase(confirm=True) if protect else None,
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


@command(show, "summary")
def summary(call: Call) -> Answer:
    r"""
    Say how the show went: figures, shots, sources with thanks, and what is open.

    Time from ask to choice, variations per lock, share of re-paints, times of sign-offs
    and share generated, straight from the ledger. Writes a page to print,
    summary.html in the show's folder; --json prints the same as one document.

    \b
    Example:
        seamline show summary
    """
    from seamline.formats.summary import summary_lines
    from seamline.steps.summary import summary as step
    from seamline.steps.summary import write_summary

    studio = call.studio()
    found = step(studio)
    path = write_summary(studio, found)
    return {**found, "page": path}, [*summary_lines(found), path]


@command(show, "backup")
@click.argument("directory")
def backup(call: Call, directory: str) -> Answer:
    r"""
    Back the show up into DIRECTORY: ledger, canvases, layers, references and keys.

    A second backup into the same folder copies only what is new. Plates lie outside
    the show and rendered frames can be made again: neither is copied.

    \b
    Example:
        seamline show backup /mnt/backup/nordwand
    """
    from seamline import on_disk, wiring
    from seamline.show.record import as_record

    root = wiring.show_root(call.root)
    found = as_record(wiring.back_up(root, on_disk.absolute(directory)))
    return {"backup": on_disk.absolute(directory), **found}, [
        f"{found['rows']} rows, {found['files']} new files, {found['bytes'] / 1e6:.1f} MB"
    ]


@command(show, "restore")
@click.argument("backup", metavar="BACKUP")
@click.argument("directory")
def restore(call: Call, backup: str, directory: str) -> Answer:
    r"""
    Put the show in BACKUP back into DIRECTORY, which must not be a show.

    Every row is checked against the one before it and every blob against its name.

    \b
    Example:
        seamline show restore /mnt/backup/nordwand nordwand
    """
    from seamline import on_disk, wiring
    from seamline.show.record import as_record

    root = on_disk.absolute(directory)
    found = as_record(wiring.restore(on_disk.absolute(backup), root))
    count, rotten = wiring.scrub(root)
    call.exit_code = 1 if rotten else 0
    return {"show": root, **found, "blobs": count, "rotten": rotten}, [
        f"{root}: {found['rows']} rows, {found['files']} files, {count} blobs checked",
        *(f"not what it was: {path}" for path in rotten),
    ]


@command(show, "scrub")
def scrub(call: Call) -> Answer:
    r"""
    Read everything that is stored, and say what is no longer what it was.

    \b
    Example:
        seamline show scrub
    """
    from seamline import wiring

    count, rotten = wiring.scrub(wiring.show_root(call.root))
    call.exit_code = 1 if rotten else 0
    return {"blobs": count, "rotten": rotten}, [
        f"{count} blobs, {len(rotten)} not what they were",
        *(f"not what it was: {path}" for path in rotten),
    ]
