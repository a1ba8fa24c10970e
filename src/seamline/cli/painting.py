"""``seamline canvas`` and ``paint``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seamline.cli.beforehand import begin_painter
from seamline.cli.common import Answer, Call, command
from seamline.errors import InputError

if TYPE_CHECKING:
    from seamline.optics.card import PlaneInWorld
    from seamline.show.shot import Shot


@command(None, "canvas")
@click.argument("shot")
@click.option(
    "--kind", type=click.Choice(["frame", "sphere", "card"]), help="[frame if locked off]"
)
@click.option("--plane", metavar="X,Y,Z,NX,NY,NZ", help="A card's point, metres, and normal.")
@click.option("--ground", is_flag=True, help="A card on the ground, at the locked height.")
def canvas(call: Call, shot: str, kind: str | None, plane: str | None, ground: bool) -> Answer:
    r"""
    Lay out SHOT's canvas: what its camera sees, at the plate's own sharpness.

    `seamline canvas SHOT` is the same. For a camera that travels it says of each layer
    with a distance how far it moves, and how much of it the canvas holds; what has no
    distance lies flat.

    \b
    Example:
        seamline canvas lay-out 042_0110
        seamline canvas lay-out 042_0110 --kind card --ground
    """
    from seamline.show.record import as_record
    from seamline.steps import book
    from seamline.steps.canvas import lay_out

    studio = call.studio()
    if (plane or ground) and kind is None:
        kind = "card"
    found, digest = lay_out(
        studio, shot, kind=kind, plane=_plane(plane) if plane else None, level=ground
    )
    _, body = book.canvas_by_digest(studio.ledger, digest)
    layers = body.get("layers") or []
    document = {**as_record(found), "digest": digest, "layers": layers}
    words = f"{found.parallax_px:.2f} px parallax error"
    if layers:
        words += " where it lies flat"
    if found.kind == "card":
        words = (
            f"{found.px_per_m:.1f} px a metre, up to {found.distance_m:.1f} m away; holds "
            f"{found.coverage:.1%} of what is generated"
        )
    return document, [
        f"{shot}: {found.kind} canvas {found.width_px}x{found.height_px}, {words}",
        *(_layer_ahead(layer) for layer in layers),
        *_rolling(book.shot(studio.ledger, shot)),
    ]


def _rolling(shot: Shot) -> list[str]:
    """Return what is said of a shutter that may have rolled while the camera moved."""
    track = shot.track
    if track is None or track.static or track.rolling_shutter_s == 0:
        return []
    if track.rolling_shutter_s is None:
        return [
            "    rolling shutter: nobody said; rendered as if all rows were exposed at once"
        ]
    return [f"    rolling shutter: {track.rolling_shutter_s * 1000:.1f} ms, not rendered"]


def _layer_ahead(said: dict[str, Any]) -> str:
    words = f"    {said['layer']}: {said['distance_m']:g} m away, {said['parallax_px']:.2f} px"
    if said["passed"]:
        return f"{words}; the camera would pass it"
    if not said["moves"]:
        return f"{words}: lies flat"
    return f"{words} either way; the canvas holds {said['coverage'] or 0:.1%} of it"


def _plane(said: str) -> PlaneInWorld:
    from seamline.optics.card import PlaneInWorld

    try:
        x, y, z, across, up, back = (float(word) for word in said.split(","))
    except ValueError:
        raise InputError(
            f"--plane {said!r} is not six numbers",
            remedy="A point, metres, and a normal: --plane 0,0,-12,0,0,1 is a wall 12 m away.",
        ) from None
    return PlaneInWorld(point_m=(x, y, z), normal=(across, up, back))


@command(None, "paint")
@click.argument("shot")
@click.option("--variations", "-n", default=12, show_default=True, help="How many.")
@click.option("--seed", type=int, metavar="N", help="Seed of the first [1].")
@click.option("--generator", "-g", metavar="NAME", help="Backend [patch].")
@click.option("--reference", "-r", multiple=True, help="Paint from these only (id or name).")
@click.option("--skyline", metavar="FILE", help="A drawn line that the range shall follow.")
@click.option("--skyline-frame", type=int, metavar="N", help="Drawn over this frame [middle].")
@click.option(
    "--more-different", is_flag=True, help="In holes and extensions: no piece over a quarter."
)
@click.option("--from", "standing", metavar="ID", help="Leave this version's layers, but one.")
@click.option("--layer", metavar="NAME", help="The layer of it to paint anew.")
@click.option("--region", metavar="FILE", help="Only in this matte, drawn on the canvas.")
@click.option("--stale", is_flag=True, help="Make again what is stale, and nothing else.")
@click.option("--like", metavar="ID", help="With --stale: keep this version's layout.")
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
    more_different: bool,
    standing: str | None,
    layer: str | None,
    region: str | None,
    stale: bool,
    like: str | None,
    queued: bool,
    priority: int,
) -> Answer:
    r"""
    Paint variations of SHOT's environment and render element and comp of each.

    What has been painted already is found, not painted again. A run that was
    interrupted goes on where it was, in a picture from the last level it finished.
    A sheet of sketches lies in the shot's sheets within seconds; of holes and
    extensions as they are first chosen, and then, row by row, as they will be painted.
    The bar names the variation and the level at work.

    In holes and extensions no piece of the plate or a reference fills more than the
    check `verbatim` lets pass, where anything else can be had. With --more-different
    none fills more than a quarter: more joins, and more that may have to be sent back.

    A skyline FILE holds x,y points, one per line or as a JSON list, in display
    pixels from the top left; or it is an SVG whose lines are labelled by layer
    (far, forest, water ...), each that layer's upper edge.

    With --from ID --layer NAME one layer of a version is painted anew, from its own
    canvas and references; every other layer stays as it is, bit for bit. With --region
    only the pixels in that matte are; `seamline canvas export` gives the canvas to draw
    it on.

    With --stale what rests on another lock, plate or reference than the show has now is
    made again: the chosen version, or where nobody chose all of them. --like ID keeps a
    version's layout, the same ridge at dusk, where it was composed in layers. Frames
    that are not on disk, as after a restore, are rendered again as they were.

    With --queue nothing is painted here: it is kept in the show's ledger for whoever
    runs seamline work.

    \b
    Example:
        seamline paint 042_0110 --variations 12 --seed 1 --generator patch
    """
    if not (stale or queued or standing):
        begin_painter(call.root, generator or "patch")
    from seamline import on_disk, wiring
    from seamline.steps.main_job import made_again, painted, painted_anew

    if stale or like:
        others = (standing, layer, region, generator, reference, skyline, more_different)
        if not stale or any(others):
            raise InputError(
                "--stale makes again what stands; it goes with --like alone",
                remedy=f"seamline paint {shot} --stale [--like ID]",
            )
        return _told(made_again(call.studio(), shot, like=like or ""), shot)
    if queued:
        if standing or layer or region or skyline:
            raise InputError(
                "--queue does not go with --from, --layer or --skyline",
                remedy="Paint that one here: leave --queue out.",
            )
        from seamline.steps.queue import as_document
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
            different=more_different,
        )
        return as_document(ask), [f"{ask.id}  {shot}: {ask.standing}"]
    if priority:
        raise InputError("--priority goes with --queue", remedy="Give both, or neither.")
    if standing or layer or region:
        if not (standing and layer):
            raise InputError(
                "--from and --layer go together: a version, and the layer of it to paint",
                remedy=f"seamline paint {shot} --from ID --layer NAME",
            )
        if generator or reference or skyline or more_different:
            raise InputError(
                f"{standing} stands with its generator, references and skyline; another one "
                "would be another painting",
                remedy="Leave --generator, --reference, --skyline and --more-different out.",
            )
        document = painted_anew(
            call.studio(),
            shot,
            standing,
            layer,
            variations=variations,
            seed=seed,
            region=on_disk.absolute(region) if region else "",
        )
    else:
        document = painted(
            call.studio(),
            shot,
            variations=variations,
            seed=1 if seed is None else seed,
            generator=generator or "patch",
            references=reference,
            skyline=on_disk.absolute(skyline) if skyline else "",
            skyline_frame=skyline_frame,
            different=more_different,
        )
    return _told(document, shot)


def _told(document: dict[str, Any], shot: str) -> Answer:
    words = []
    for entry in document["variations"]:
        words.append(f"{entry['id']}  {entry['comp']}")
        words += [f"    {said}" for said in entry["says"]]
    return document, words or [f"{shot}: nothing is stale"]


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
