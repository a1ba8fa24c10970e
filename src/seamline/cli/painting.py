"""``seamline canvas`` and ``paint``."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command


@command(None, "canvas")
@click.argument("shot")
@click.option("--kind", type=click.Choice(["frame", "sphere"]), help="[frame if locked off]")
def canvas(call: Call, shot: str, kind: str | None) -> Answer:
    r"""
    Lay out SHOT's canvas: what its camera sees, at the plate's own sharpness.

    \b
    Example:
        seamline canvas 042_0110
    """
    from seamline.show.record import as_record
    from seamline.steps.canvas import lay_out

    studio = call.studio()
    found, digest = lay_out(studio, shot, kind=kind)
    document = {**as_record(found), "digest": digest}
    return document, [
        f"{shot}: {found.kind} canvas {found.width_px}x{found.height_px}, "
        f"{found.parallax_px:.2f} px parallax error"
    ]


@command(None, "paint")
@click.argument("shot")
@click.option("--variations", "-n", default=12, show_default=True, help="How many.")
@click.option("--seed", default=1, show_default=True, help="Seed of the first.")
@click.option("--generator", "-g", default="patch", show_default=True, help="Backend.")
@click.option("--reference", "-r", multiple=True, help="Paint from these only (id or name).")
@click.option("--skyline", metavar="FILE", help="A drawn line that the range shall follow.")
@click.option("--skyline-frame", type=int, metavar="N", help="Drawn over this frame [middle].")
def paint(
    call: Call,
    shot: str,
    variations: int,
    seed: int,
    generator: str,
    reference: tuple[str, ...],
    skyline: str | None,
    skyline_frame: int | None,
) -> Answer:
    r"""
    Paint variations of SHOT's environment and render element and comp of each.

    What has been painted already is found, not painted again. A run that was
    interrupted goes on where it was. Where pictures are composed of cards, a sheet
    of sketches lies in the shot's sheets within seconds.

    A skyline FILE holds x,y points, one per line or as a JSON list, in display
    pixels from the top left.

    \b
    Example:
        seamline paint 042_0110 --variations 12 --seed 1 --generator patch
    """
    from seamline import wiring
    from seamline.steps.main_job import painted

    document = painted(
        call.studio(),
        shot,
        variations=variations,
        seed=seed,
        generator=generator,
        references=reference,
        skyline=wiring.absolute(skyline) if skyline else "",
        skyline_frame=skyline_frame,
    )
    words = []
    for entry in document["variations"]:
        words.append(f"{entry['id']}  {entry['comp']}")
        words += [f"    {said}" for said in entry["says"]]
    return document, words
