"""``seamline canvas`` and ``paint``."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command
from seamline.errors import InputError


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
@click.option("--seed", type=int, metavar="N", help="Seed of the first [1].")
@click.option("--generator", "-g", metavar="NAME", help="Backend [patch].")
@click.option("--reference", "-r", multiple=True, help="Paint from these only (id or name).")
@click.option("--skyline", metavar="FILE", help="A drawn line that the range shall follow.")
@click.option("--skyline-frame", type=int, metavar="N", help="Drawn over this frame [middle].")
@click.option("--from", "standing", metavar="ID", help="Leave this version's layers, but one.")
@click.option("--layer", metavar="NAME", help="The layer of it to paint anew.")
@click.option("--queue", "queued", is_flag=True, help="Put it in the queue, for workers.")
@click.option("--priority", default=0, metavar="N", help="In the queue; supervisors [0].")
def paint(
    call: Call,
    shot: str,
    variations: int,
    seed: int | None,
    generator: str | None,
    reference: tuple[str, ...],
    skyline: str | None,
    skyline_frame: int | None,
    standing: str | None,
    layer: str | None,
    queued: bool,
    priority: int,
) -> Answer:
    r"""
    Paint variations of SHOT's environment and render element and comp of each.

    What has been painted already is found, not painted again. A run that was
    interrupted goes on where it was. Where pictures are composed of cards, a sheet
    of sketches lies in the shot's sheets within seconds.

    A skyline FILE holds x,y points, one per line or as a JSON list, in display
    pixels from the top left; or it is an SVG whose lines are labelled by layer
    (far, forest, water ...), each that layer's upper edge.

    With --from ID --layer NAME one layer of a version is painted anew, from its own
    canvas and references; every other layer stays as it is, bit for bit.

    With --queue nothing is painted here: it is kept in the show's ledger for whoever
    runs seamline work.

    \b
    Example:
        seamline paint 042_0110 --variations 12 --seed 1 --generator patch
    """
    from seamline import wiring
    from seamline.steps.main_job import painted, painted_anew

    if queued:
        if standing or layer or skyline:
            raise InputError(
                "--queue does not go with --from, --layer or --skyline",
                remedy="Paint that one here: leave --queue out.",
            )
        from seamline.cli.queueing import described
        from seamline.steps.work import queue_painting

        studio = call.studio()
        ask = queue_painting(
            studio,
            shot,
            wiring.person(studio),
            variations=variations,
            seed=1 if seed is None else seed,
            generator=generator or "patch",
            references=reference,
            priority=priority,
        )
        return described(ask), [f"{ask.id}  {shot}: {ask.standing}"]
    if priority:
        raise InputError("--priority goes with --queue", remedy="Give both, or neither.")
    if standing or layer:
        if not (standing and layer):
            raise InputError(
                "--from and --layer go together: a version, and the layer of it to paint",
                remedy=f"seamline paint {shot} --from ID --layer NAME",
            )
        if generator or reference or skyline:
            raise InputError(
                f"{standing} stands with its generator, references and skyline; another one "
                "would be another painting",
                remedy="Leave --generator, --reference and --skyline out.",
            )
        document = painted_anew(
            call.studio(), shot, standing, layer, variations=variations, seed=seed
        )
    else:
        document = painted(
            call.studio(),
            shot,
            variations=variations,
            seed=1 if seed is None else seed,
            generator=generator or "patch",
            references=reference,
            skyline=wiring.absolute(skyline) if skyline else "",
            skyline_frame=skyline_frame,
        )
    words = []
    for entry in document["variations"]:
        words.append(f"{entry['id']}  {entry['comp']}")
        words += [f"    {said}" for said in entry["says"]]
    return document, words


@command(None, "layer")
@click.argument("shot")
@click.argument("element", metavar="ID")
@click.argument("layer", metavar="LAYER")
@click.option("--exposure", default=0.0, metavar="STOPS", help="Brighter or darker [0].")
@click.option("--saturation", default=1.0, metavar="S", help="0 is grey [1].")
@click.option("--opacity", default=1.0, metavar="A", help="How much of it stands [1].")
def layer(
    call: Call,
    shot: str,
    element: str,
    layer: str,
    exposure: float,
    saturation: float,
    opacity: float,
) -> Answer:
    r"""
    Grade LAYER of SHOT's version ID in the comp: a new version, unsigned.

    The clean element and the delivered layer stay as painted; the grade is delivered
    beside them as a CDL. What is not said is as painted, so that a call without options
    takes a grade away again.

    \b
    Example:
        seamline layer 042_0110 042_0110_env_b03_v001 far --exposure 0.3 --saturation 0.9
    """
    from seamline.steps.main_job import layer_graded

    document = layer_graded(
        call.studio(),
        shot,
        element,
        layer,
        exposure_stops=exposure,
        saturation=saturation,
        opacity=opacity,
    )
    (entry,) = document["variations"]
    return document, [f"{entry['id']}  {entry['comp']}", *(f"    {w}" for w in entry["says"])]
