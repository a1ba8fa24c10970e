"""``seamline deliver``, ``handoff`` and ``audit``."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command, numbers
from seamline.errors import InputError


@command(None, "deliver")
@click.argument("shot")
@click.argument("directory")
@click.option(
    "--movie",
    type=click.Choice(["h264", "prores"]),
    help="A movie to look at, too [none].",
)
@click.option(
    "--overscan",
    type=float,
    metavar="PERCENT",
    help="Also the clean element undistorted, with so much on each side [none].",
)
@click.option(
    "--use",
    type=click.Choice(["ideation", "temp", "final"]),
    default="temp",
    show_default=True,
    help="What it is for.",
)
@click.option(
    "--c2pa-per-frame", "c2pa_each_frame", is_flag=True, help="A C2PA manifest per frame, too."
)
def deliver(
    call: Call,
    shot: str,
    directory: str,
    movie: str | None,
    overscan: float | None,
    use: str,
    c2pa_each_frame: bool,
) -> Answer:
    r"""
    Write SHOT's chosen, signed version to DIRECTORY.

    EXR comp, clean element, layers, match and generated-region matte; CDL, Nuke
    script, timeline, USD stage, OCIO config, a sheet to print and the delivery record;
    C2PA manifests, an ASC MHL history, and a list of all files that the show signs.
    Refuses what is unsigned, or changed after signing; and with --use final what
    cannot answer all that the show's policy.toml demands. Any other delivery says in
    its record what is missing.

    \b
    Example:
        seamline deliver 042_0110 deliveries/042_0110
        seamline deliver 042_0110 deliveries/042_0110_final --use final
    """
    from seamline import on_disk
    from seamline.steps.deliver import deliver as step

    found = step(
        call.studio(),
        shot,
        on_disk.absolute(directory),
        movie=movie,
        overscan=overscan,
        use=use,
        c2pa_each_frame=c2pa_each_frame,
    )
    missing = [
        f"missing for {one['use']}: {one['says']} ({one['remedy']})" for one in found["gaps"]
    ]
    return found, [
        f"{found['directory']}: {len(found['files'])} files for {found['use']}, signed by "
        f"{found['signed_by']}",
        found["record"],
        *missing,
    ]


@command(None, "handoff")
@click.argument("shots", metavar="SHOT...", nargs=-1, required=True)
@click.argument("directory")
@click.option(
    "--codec",
    type=click.Choice(["h264", "prores", "none"]),
    default="h264",
    show_default=True,
    help="Of the movies.",
)
@click.option(
    "--handles",
    type=click.IntRange(0),
    metavar="N",
    help="Frames at each end that the cut does not show [the turnover's, or none].",
)
@click.option(
    "--by-cut", is_flag=True, help="In the order and at the places of the shots' turnover."
)
@click.option(
    "--width",
    type=click.IntRange(16),
    default=1920,
    show_default=True,
    metavar="PX",
    help="Width of the movies, at most.",
)
@click.option("--exr", is_flag=True, help="Take the comps' EXR frames along.")
def handoff(
    call: Call,
    shots: tuple[str, ...],
    directory: str,
    codec: str,
    handles: int | None,
    by_cut: bool,
    width: int,
    exr: bool,
) -> Answer:
    r"""
    Write every variation of SHOTs for review to DIRECTORY, in the order of the cut.

    A movie each, with slate, frame, timecode, element and view burned in; a timeline
    (.otio) whose clips may be seen as any variation, and an .edl of what is chosen.
    It is no delivery: nothing need be signed.

    \b
    Example:
        seamline handoff 042_0110 review/042_0110 --codec prores --handles 8
    """
    from seamline import on_disk
    from seamline.steps.handoff import hand_off

    found = hand_off(
        call.studio(),
        shots,
        on_disk.absolute(directory),
        codec=codec,
        handles=handles,
        by_cut=by_cut,
        width_px=width,
        frames=exr,
    )
    words = [
        f"{one['shot']}: {len(one['variations'])} variations, seen {one['seen']}; "
        f"timecode from {one['timecode']}"
        for one in found["shots"]
    ]
    made = f", movies by {found['encoder']}" if found["encoder"] else ""
    return found, [f"{found['directory']}: {len(found['files'])} files{made}", *words]


@command(None, "audit")
@click.argument("path", required=False)
@click.option("--pixel", metavar="X,Y", help="One pixel, from the top left.")
@click.option("--rebuild", is_flag=True, help="Make its layers again from the references.")
@click.option("--tree", is_flag=True, help="PATH is an element's id: its whole family.")
@click.option("--picture", metavar="FILE", help="With --tree: draw it, too, as an SVG.")
@click.option("--ledger", is_flag=True, help="Check the ledger itself.")
@click.option("--head", metavar="FILE", help="With --ledger: against this exported head.")
@click.option("--export", metavar="FILE", help="With --ledger: export its signed head.")
def audit(
    call: Call,
    path: str | None,
    pixel: str | None,
    rebuild: bool,
    tree: bool,
    picture: str | None,
    ledger: bool,
    head: str | None,
    export: str | None,
) -> Answer:
    r"""
    Trace PATH (comp, element, layer, record or delivery folder), or one pixel of it.

    With --rebuild every painted layer is made again from its references' own files by
    its lineage, and must come out bit for bit. With --ledger the book itself is checked:
    against a signed head that was exported before and kept elsewhere, also for having
    been rebuilt or cut short.

    \b
    Example:
        seamline audit delivery/comp/042_0110_env_b03_v001_comp.1001.exr --pixel 480,120
        seamline audit 042_0110_env_b03_v001 --tree --picture family.svg
        seamline audit --ledger --export usb/head.json
        seamline audit --ledger --head usb/head.json
    """
    from seamline import on_disk
    from seamline.steps.audit import audit as step

    if ledger:
        return _ledger(call, head, export)
    if path is None:
        raise InputError(
            "there is nothing to trace", remedy="Name a file, or give --ledger for the ledger."
        )
    if tree:
        from seamline.steps.family import family_tree, tree_lines

        studio = call.studio()
        found = family_tree(studio, path)
        words = tree_lines(found)
        if picture is not None:
            drawn = on_disk.absolute(picture)
            title = f"{studio.settings.name}: {path}"
            studio.shelf.write(drawn, studio.papers.family_picture(found, title=title))
            words.append(drawn)
        return found, words
    at = numbers(pixel, 2, what="--pixel") if pixel else None
    file = on_disk.absolute(path)
    found = step(call.studio(near=file), file, (at[0], at[1]) if at else None, again=rebuild)
    return found, list(_told(found))


def _ledger(call: Call, head: str | None, export: str | None) -> Answer:
    from seamline import on_disk
    from seamline.steps.heads import hold_to_head, signed_head

    studio = call.studio()
    said: dict[str, object] = {"rows": studio.ledger.verify()}
    words = [f"the ledger: {said['rows']} rows, a whole chain"]
    if head is not None:
        file = on_disk.absolute(head)
        found = hold_to_head(studio, studio.shelf.read(file), where=file)
        said["head"] = found
        words.append(f"it holds row {found['rows']} as it stood on {found['at']}")
    if export is not None:
        file = on_disk.absolute(export)
        studio.shelf.write(file, signed_head(studio))
        said["exported"] = file
        words.append(f"{file}: its head, signed; keep it elsewhere")
    return said, words


def _told(found: dict[str, object]) -> list[str]:
    lines = []
    for name, value in found.items():
        if isinstance(value, list):
            lines.append(f"{name}:")
            lines += [f"    {_flat(item)}" for item in value]
        else:
            lines.append(f"{name}: {_flat(value)}")
    return lines


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items() if v not in ("", None))
    return str(value)
