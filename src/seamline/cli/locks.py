"""``seamline lock``: what live and generated must agree on."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, Group, command


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
    from seamline import on_disk
    from seamline.errors import LockError
    from seamline.show.record import as_record
    from seamline.steps.lock import set_lock as step

    studio = call.studio()
    try:
        text = studio.shelf.read(on_disk.absolute(file)).decode()
    except UnicodeDecodeError as error:
        raise LockError(
            f"{file} is not a text file", remedy="Write the lock as TOML, in UTF-8."
        ) from error
    found = step(studio, name, text, where=file)
    return as_record(found), [f"{name}: lock v{found.version}"]


@command(lock, "check")
@click.argument("name", metavar="SHOT")
@click.option("--measured", metavar="FILE", help="Numbers measured on set (JSON).")
@click.option("--track", metavar="FILE", help="The take's track or lens report [the shot's].")
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
    from seamline import on_disk
    from seamline.cli.taking import answer, ball, chart_picture, given
    from seamline.steps.take import Take, check_take

    studio = call.studio()
    found = check_take(
        studio,
        name,
        Take(
            measured=on_disk.absolute(measured) if measured else "",
            track=on_disk.absolute(track) if track else "",
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


@command(lock, "revise")
@click.argument("name", metavar="SHOT")
@click.option("--light-azimuth", type=float, metavar="DEG", help="Where the key stands now.")
@click.option("--light-elevation", type=float, metavar="DEG", help="How high it stands now.")
@click.option("--key-fill", type=float, metavar="RATIO", help="Key over fill now.")
@click.option("--cct", type=float, metavar="K", help="Colour temperature now.")
@click.option("--exposure", type=float, metavar="STOPS", help="Grey card, stops from 0.18.")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--by", default="", metavar="NAME", help="Who agreed; they need a key.")
def revise_lock(
    call: Call,
    name: str,
    light_azimuth: float | None,
    light_elevation: float | None,
    key_fill: float | None,
    cct: float | None,
    exposure: float | None,
    reason: str,
    by: str,
) -> Answer:
    r"""
    Revise the light that SHOT is locked to; what is not said stands.

    Lists what is stale since, and why, and suggests a grade for the live side as a .cc,
    which nothing applies. Nothing is painted: see paint --stale.

    \b
    Example:
        seamline lock revise 042_0110 --light-azimuth 265 --light-elevation 4 \
            --cct 3400 --exposure -1.5 --reason "the director wants sunset"
    """
    from seamline.show.lock import Light
    from seamline.show.record import as_record
    from seamline.steps.revise import revise

    found = revise(
        call.studio(),
        name,
        Light(
            key_azimuth_deg=light_azimuth,
            key_elevation_deg=light_elevation,
            key_fill_ratio=key_fill,
            colour_temperature_k=cct,
            exposure_stops=exposure,
        ),
        reason=reason,
        by=by,
    )
    words = [
        f"{name}: lock v{found.lock.version}"
        + (f", {reason}" if found.path or found.stale else "")
    ]
    words += [f"  stale, {why.what}: {element}: {why.says}" for element, why in found.stale]
    if found.suggestion is not None:
        words.append(f"  a grade suggested for the live side: {found.path}")
    document = {
        "lock": as_record(found.lock),
        "stale": [
            {"element": element, "what": why.what, "says": why.says}
            for element, why in found.stale
        ],
        "suggestion": as_record(found.suggestion) if found.suggestion else None,
        "suggestion_file": found.path or None,
    }
    return document, words
