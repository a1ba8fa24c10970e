"""``seamline seam``: which part of the frame is live, and how that is told."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, Group, command, numbers


@click.group(cls=Group)
def seam() -> None:
    r"""
    Say which part of the frame is live and which generated.

    \b
    Example:
        seamline seam set 042_0110 --matte 'mattes/042_0110.%04d.png'
    """


@command(seam, "set")
@click.argument("name", metavar="SHOT")
@click.option("--matte", metavar="PATTERN", default="", help="EXR or PNG; 1 = live stays.")
@click.option("--matte-channel", default="", help="Its channel [the only one, A, R or Y].")
@click.option("--box", metavar="X,Y,W,H", help="Generate inside this box only.")
@click.option("--shadow", metavar="PATTERN", help="Contact shadow to multiply by: %04d.")
@click.option("--polygon", metavar="FILE", help="Generate inside this polygon only.")
@click.option("--veil", metavar="FILE", help="A polygon around sand, smoke, spray.")
@click.option("--grow", default=0, metavar="PX", help="Grow the live side.")
@click.option("--shrink", default=0, metavar="PX", help="Shrink the live side.")
@click.option("--one-surface", is_flag=True, help="Both sides continue the same thing.")
def set_seam(
    call: Call,
    name: str,
    matte: str,
    matte_channel: str,
    box: str | None,
    shadow: str | None,
    polygon: str | None,
    veil: str | None,
    grow: int,
    shrink: int,
    one_surface: bool,
) -> Answer:
    r"""
    Set SHOT's seam: a matte sequence, a box, a polygon, or a matte within them.

    A box, a polygon and a --veil stand still while the camera moves: draw them around
    what they hold in all frames. What has to move is a matte sequence.

    \b
    Example:
        seamline seam set 042_0110 --matte 'mattes/042_0110.####.exr' --matte-channel A
    """
    from seamline import on_disk
    from seamline.show.seam import Box, Seam
    from seamline.steps.ingest import set_seam as step

    studio = call.studio()
    area = None
    if box:
        x, y, width, height = numbers(box, 4, what="--box")
        area = Box(x=x, y=y, width=width, height=height)
    found = step(
        studio,
        Seam(
            shot=name,
            version=1,
            matte=on_disk.absolute(matte) if matte else "",
            matte_channel=matte_channel,
            grow_px=grow - shrink,
            box=area,
            polygon=studio.papers.polygon(on_disk.absolute(polygon)) if polygon else (),
            veil=studio.papers.polygon(on_disk.absolute(veil)) if veil else (),
            one_surface=one_surface,
            shadow=on_disk.absolute(shadow) if shadow else "",
        ),
    )
    kind = "one surface" if one_surface else "parts different things"
    return {"shot": name, "version": found.version, "one_surface": one_surface}, [
        f"{name}: seam v{found.version}, {kind}"
    ]


@command(seam, "key")
@click.argument("name", metavar="SHOT")
@click.option(
    "--screen",
    "kind",
    type=click.Choice(["green", "blue", "cyc"]),
    required=True,
    help="What stands behind live action.",
)
@click.option("--sample", metavar="X,Y,W,H", help="A bare piece of it [found, but of a cyc].")
@click.option("--clean", metavar="FILE", default="", help="The view without live action.")
@click.option(
    "--edge", default=12, show_default=True, metavar="PX", help="Half the widest edge."
)
@click.option(
    "--solid",
    default=0.95,
    show_default=True,
    help="Live alone from this share on; greenish: less.",
)
@click.option(
    "--shadow",
    default=0.0,
    show_default=True,
    metavar="STOPS",
    help="How much darker a screen still is one.",
)
@click.option(
    "--despill", is_flag=True, help="Write live action without the screen's light too."
)
@click.option(
    "--contact-shadow",
    "floor",
    metavar="FILE",
    help="Lift the shadow on this polygon of floor too.",
)
@click.option("--one-surface", is_flag=True, help="Both sides continue the same thing.")
def key_seam(
    call: Call,
    name: str,
    kind: str,
    sample: str | None,
    clean: str,
    edge: int,
    solid: float,
    shadow: float,
    despill: bool,
    floor: str | None,
    one_surface: bool,
) -> Answer:
    r"""
    Key the screen behind SHOT's live action, and set its seam by the matte.

    The matte is written beside the shot, for every frame; a seam's box, polygon and growth
    stay. The plate itself is never despilled: where the matte is 1 the comp is the plate.

    \b
    Example:
        seamline seam key 042_0110 --screen green --sample 40,60,200,120
    """
    from seamline import on_disk
    from seamline.pixels.matte.keyer import KeySettings
    from seamline.steps.keying import KeyAsk, key_screen

    studio = call.studio()
    box = numbers(sample, 4, what="--sample") if sample else None
    ask = KeyAsk(
        kind=kind,
        sample=(box[0], box[1], box[2], box[3]) if box else None,
        clean=on_disk.absolute(clean) if clean else "",
        settings=KeySettings(solid=solid, edge_px=edge, shadow_stops=shadow),
        despill=despill,
        floor=studio.papers.polygon(on_disk.absolute(floor)) if floor else (),
        one_surface=one_surface,
    )
    found = key_screen(studio, name, ask)
    document = {
        "shot": name,
        "version": found.seam.version,
        "matte": found.matte,
        "despilled": found.despilled or None,
        "shadow": found.shadow or None,
        **found.numbers,
    }
    seen = [row["live_share"] for row in found.numbers["frames"].values()]
    words = [
        f"{name}: seam v{found.seam.version}, keyed; live action fills {min(seen):.0%} to "
        f"{max(seen):.0%} of the frame",
        f"  {found.numbers['spill_share']:.1%} of its light is the screen's, at most",
        *(f"  {path}" for path in (found.matte, found.despilled, found.shadow) if path),
    ]
    return document, words
