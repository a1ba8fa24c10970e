"""``seamline shot`` and ``lock``: what is to be done, before anything is painted."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, Group, command


@click.group(cls=Group)
def shot() -> None:
    r"""
    Take a plate and its camera in.

    \b
    Example:
        seamline shot add 042_0110 --plate 'plates/042_0110.%04d.exr' --static
    """


@command(shot, "add")
@click.argument("name", metavar="SHOT")
@click.option(
    "--plate", metavar="PATTERN", help="EXR or DPX frames: PATH/NAME.%04d.exr or ####."
)
@click.option(
    "--plate-layer", metavar="NAME", help="Layer, part or view that is the plate [R, G, B]."
)
@click.option("--track", metavar="FILE", help="Camera track (OpenTrackIO JSON lines).")
@click.option("--static", is_flag=True, help="The camera is locked off.")
@click.option("--frames", metavar="FIRST-LAST", help="Frames [those on disk].")
@click.option("--colourspace", help="The plate's colour space, where the files do not say.")
def add_shot(
    call: Call,
    name: str,
    plate: str | None,
    plate_layer: str | None,
    track: str | None,
    static: bool,
    frames: str | None,
    colourspace: str | None,
) -> Answer:
    r"""
    Add SHOT, or take in a new version of it.

    Every frame is read and hashed before anything is recorded. Without a plate it
    is a concept shot: its frame comes from show.toml, its camera from the lock.

    \b
    Example:
        seamline shot add 042_0110 --plate 'plates/042_0110.####.exr' \
            --track 042_0110.opentrackio.jsonl --frames 1001-1024
    """
    from seamline import wiring
    from seamline.show.frames import FrameRange
    from seamline.steps.ingest import add_shot as step

    pattern = wiring.absolute(plate) if plate else None
    studio = call.studio()
    added = step(
        studio,
        name,
        plate=pattern,
        track=wiring.absolute(track) if track else None,
        static=static,
        frames=FrameRange.parse(frames) if frames else None,
        colourspace=colourspace,
        found_frames=wiring.frames_on_disk(pattern) if pattern else (),
        layer=plate_layer or "",
    )
    document = {
        "shot": added.name,
        "version": added.version,
        "frames": str(added.frames),
        "width": added.width_px,
        "height": added.height_px,
        "plate": added.plate.pattern if added.plate else None,
        "colourspace": added.plate.colourspace if added.plate else None,
        "evidence": added.plate.evidence if added.plate else None,
        "layer": added.plate.layer if added.plate else "",
        "notes": list(added.plate.notes) if added.plate else [],
        "camera": "track" if added.track else "static" if added.static else None,
    }
    words = [
        f"{added.name} v{added.version}: {added.frames}, {added.width_px}x{added.height_px}"
    ]
    if added.plate:
        words.append(f"  plate in {added.plate.colourspace}, by {added.plate.evidence}")
        words += [f"  {note}" for note in added.plate.notes]
    if added.track:
        words += [f"  {note}" for note in added.track.notes]
    return document, words


@click.group(cls=Group)
def lock() -> None:
    r"""
    Set what live and generated must agree on.

    \b
    Example:
        seamline lock set 042_0110 042_0110.lock.toml
    """


@command(lock, "set")
@click.argument("name", metavar="SHOT")
@click.argument("file", metavar="LOCK.toml")
def set_lock(call: Call, name: str, file: str) -> Answer:
    r"""
    Set SHOT's lock from a TOML file: lens, camera, light, environment, tolerances.

    \b
    Example:
        seamline lock set 042_0110 042_0110.lock.toml
    """
    from seamline import wiring
    from seamline.errors import LockError
    from seamline.show.record import as_record
    from seamline.steps.lock import set_lock as step

    studio = call.studio()
    try:
        text = studio.shelf.read(wiring.absolute(file)).decode()
    except UnicodeDecodeError as error:
        raise LockError(
            f"{file} is not a text file", remedy="Write the lock as TOML, in UTF-8."
        ) from error
    found = step(studio, name, text, where=file)
    return as_record(found), [f"{name}: lock v{found.version}"]


@command(lock, "check")
@click.argument("name", metavar="SHOT")
@click.option("--measured", metavar="FILE", help="Numbers measured on set (JSON).")
@click.option("--track", metavar="FILE", help="The take's own track [the shot's].")
@click.option("--grey-ball", metavar="FILE", help="Picture of a grey ball.")
@click.option("--circle", metavar="X,Y,R", help="Circle around the grey ball, pixels.")
@click.option("--chrome-ball", metavar="FILE", help="Picture of a mirror ball.")
@click.option("--chrome-circle", metavar="X,Y,R", help="Circle around the mirror ball.")
@click.option("--chart", metavar="FILE", help="Picture of a chart of 24 patches.")
@click.option(
    "--corners",
    metavar="X,Y,...",
    help="Middles of its patches dark skin, bluish green, black, white.",
)
@click.option("--colourspace", help="The pictures' colour space, where the files do not say.")
@click.option("--reflectance", default=0.18, show_default=True, help="Of the grey ball.")
@click.option("--frame", type=int, metavar="N", help="The track's frame at the balls [first].")
@click.option("--pan", type=float, metavar="DEG", help="The camera's pan at the balls.")
@click.option("--tilt", type=float, metavar="DEG", help="Its tilt; up is positive.")
@click.option("--roll", type=float, metavar="DEG", help="Its roll.")
@click.option("--horizon", type=float, metavar="ROW", help="Row of the horizon, from the top.")
@click.option("--focal-length", type=float, metavar="MM", help="From the lens report.")
@click.option("--height", type=float, metavar="M", help="The camera's height.")
def check_lock(
    call: Call,
    name: str,
    measured: str | None,
    track: str | None,
    grey_ball: str | None,
    circle: str | None,
    chrome_ball: str | None,
    chrome_circle: str | None,
    chart: str | None,
    corners: str | None,
    colourspace: str | None,
    reflectance: float,
    frame: int | None,
    pan: float | None,
    tilt: float | None,
    roll: float | None,
    horizon: float | None,
    focal_length: float | None,
    height: float | None,
) -> Answer:
    r"""
    Check a take of SHOT against its lock, number by number.

    Lens, height and tilt come from the track; colour temperature, exposure and key light
    from pictures of a chart and of balls, or all of them from a file of numbers. Leaves
    with 1 if anything lies beyond its tolerance.

    \b
    Example:
        seamline lock check 042_0110 --measured 042_0110_take3.json
    """
    from seamline import wiring
    from seamline.cli.taking import answer, ball, chart_picture, given
    from seamline.steps.take import Take, check_take

    studio = call.studio()
    found = check_take(
        studio,
        name,
        Take(
            measured=wiring.absolute(measured) if measured else "",
            track=wiring.absolute(track) if track else "",
            grey=ball(grey_ball, circle, "--grey-ball", "--circle"),
            chrome=ball(chrome_ball, chrome_circle, "--chrome-ball", "--chrome-circle"),
            chart=chart_picture(chart, corners),
            colourspace=colourspace,
            reflectance=reflectance,
            frame=frame,
            pose_deg=(pan, tilt, roll),
            numbers=given(studio, name, horizon=horizon, focal=focal_length, height=height),
        ),
    )
    call.exit_code = 0 if found.holds else 1
    return answer(name, found)
