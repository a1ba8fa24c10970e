"""``seamline demo``: the whole main job on the demo show, from plate to signed delivery."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command, numbers


@command(None, "demo")
@click.argument("directory", default="demo")
@click.option("--variations", "-n", default=12, show_default=True, help="How many.")
@click.option("--seed", default=1, show_default=True, help="Seed of the first.")
@click.option("--frames", metavar="FIRST-LAST", help="Part of the shot [all of it].")
@click.option("--size", metavar="WxH", help="Make the plate smaller first [960x540].")
@click.option("--material", metavar="DIR", help="Where the demo show's pictures lie.")
def demo(
    call: Call,
    directory: str,
    variations: int,
    seed: int,
    frames: str | None,
    size: str | None,
    material: str | None,
) -> Answer:
    r"""
    Run the whole main job on the demo show, into DIRECTORY.

    A meadow is live; the range and the sky behind it are painted. Running it again
    finds what stands and gives the same pixels; a run that was killed goes on.

    \b
    Example:
        seamline demo demo --variations 2 --frames 1001-1004 --size 480x270
    """
    from seamline import demo_show

    width, height = numbers(size.replace("x", ","), 2, what="--size") if size else (0, 0)
    found = demo_show.run(
        directory,
        material=material,
        variations=variations,
        seed=seed,
        frames=frames,
        size=(width, height) if size else None,
        threads=call.threads,
    )
    return found, [
        f"contact sheet  {found['contact']}",
        f"review sheet   {found['review']}",
        f"chosen comp    {found['comp']}",
        f"delivery       {found['delivery']}",
    ]
