"""``seamline shot``: what is to be done, before anything is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seamline.cli.common import Answer, Call, Group, command
from seamline.cli.turnovers import shot_named, take_turnover_in, turnover_options

if TYPE_CHECKING:
    from seamline.show.shot import Shot


@click.group(cls=Group)
def shot() -> None:
    r"""
    Take a plate and its camera in.

    \b
    Example:
        seamline shot add 042_0110 --plate 'plates/042_0110.%04d.exr' --static
    """


@command(shot, "add")
@click.argument("name", metavar="SHOT", required=False)
@click.option(
    "--plate", metavar="PATTERN", help="EXR or DPX frames: PATH/NAME.%04d.exr or ####."
)
@click.option(
    "--plate-layer", metavar="NAME", help="Layer, part or view that is the plate [R, G, B]."
)
@click.option(
    "--track", metavar="FILE", help="Camera track: OpenTrackIO, .chan, .nk, USD, TUM."
)
@click.option("--camera", default="", metavar="NAME", help="Which camera of the track's file.")
@click.option("--static", is_flag=True, help="The camera is locked off.")
@click.option("--frames", metavar="FIRST-LAST", help="Frames [those on disk].")
@click.option("--colourspace", help="The plate's colour space, where the files do not say.")
@click.option("--grade", metavar="FILE", help="Look at it with this CDL (.cc, .ccc, .cdl).")
@click.option("--grade-space", help="The space of that CDL, where its file does not say.")
@click.option(
    "--lens",
    multiple=True,
    metavar="FILE",
    help="What the lens does (OpenLensIO, OpenCV), or the camera's own report (CSV); or both.",
)
@click.option("--stmap-undistort", metavar="FILE", help="In its place: ST map, EXR.")
@click.option("--stmap-redistort", metavar="FILE", help="Likewise, the other way.")
@turnover_options
def add_shot(
    call: Call,
    name: str | None,
    plate: str | None,
    plate_layer: str | None,
    track: str | None,
    camera: str,
    static: bool,
    frames: str | None,
    colourspace: str | None,
    grade: str | None,
    grade_space: str | None,
    lens: tuple[str, ...],
    stmap_undistort: str | None,
    stmap_redistort: str | None,
    **turnover: Any,
) -> Answer:
    r"""
    Add SHOT, or take in a new version of it; or all shots of a turnover.

    Every frame is read and hashed before anything is recorded. Without a plate it
    is a concept shot: its frame comes from show.toml, its camera from the lock.
    A --grade is how the shot is looked at on sheets, pages and movies; no pixel that
    is kept or delivered has it in.

    With --from, many shots come in at once from an editor's timeline, cut list or table;
    every shot whole or not at all. Leaves with 1 if anything is missing.

    \b
    Example:
        seamline shot add 042_0110 --plate 'plates/042_0110.####.exr' \
            --track 042_0110.opentrackio.jsonl --frames 1001-1024
        seamline shot add --from reel_1.edl --plates /mnt/turnover/reel_1 --dry-run
    """
    if turnover["file"]:
        return take_turnover_in(
            call, colourspace=colourspace, grade_space=grade_space,
            alone=(
                name, plate, track, static, frames, grade, lens, stmap_undistort,
                stmap_redistort,
            ),
            **turnover,
        )  # fmt: skip
    name = shot_named(name, turnover)
    from seamline import on_disk
    from seamline.show.frames import FrameRange
    from seamline.steps.ingest import add_shot as step
    from seamline.steps.taken_lens import LensFiles
    from seamline.steps.viewing import shot_grade

    pattern = on_disk.absolute(plate) if plate else None
    studio = call.studio()
    cdl = None
    if grade:
        cdl = shot_grade(studio, name, on_disk.absolute(grade), space=grade_space or "")
    report, model = on_disk.lens_files(lens)
    added = step(
        studio,
        name,
        plate=pattern,
        track=on_disk.absolute(track) if track else None,
        static=static,
        camera=camera,
        lens=report,
        frames=FrameRange.parse(frames) if frames else None,
        colourspace=colourspace,
        found_frames=on_disk.frames_on_disk(pattern) if pattern else (),
        grade=cdl,
        bends=LensFiles(
            model=model,
            undistort=on_disk.absolute(stmap_undistort) if stmap_undistort else "",
            redistort=on_disk.absolute(stmap_redistort) if stmap_redistort else "",
        ),
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
        "grade": added.grade.id if added.grade else None,
        **_lens_facts(added),
    }
    words = [
        f"{added.name} v{added.version}: {added.frames}, {added.width_px}x{added.height_px}"
    ]
    if added.plate:
        words.append(f"  plate in {added.plate.colourspace}, by {added.plate.evidence}")
        words += [f"  {note}" for note in added.plate.notes]
    for camera_words in (added.track, added.lens):
        words += [f"  {note}" for note in (camera_words.notes if camera_words else ())]
    if added.grade:
        words.append(
            f"  looked at with {added.grade.id or 'its CDL'} in {added.grade.working_space}"
        )
    return document, words + _lens_words(added)


def _lens_facts(added: Shot) -> dict[str, object]:
    if added.lens_model is not None:
        return {"lens": added.lens_model.origin, "lens_entries": len(added.lens_model.entries)}
    if added.lens_map is not None:
        maps = added.lens_map
        return {"lens": maps.origin, "made": maps.made, "residual_px": maps.residual_px}
    return {}


def _lens_words(added: Shot) -> list[str]:
    if added.lens_model is not None:
        count = len(added.lens_model.entries)
        words = [f"  lens measured at {count} setting{'s' if count > 1 else ''}"]
        return words + [f"  {note}" for note in added.lens_model.notes]
    if added.lens_map is not None:
        maps = added.lens_map
        made = f", the {maps.made} map made from the other one" if maps.made else ""
        return [f"  lens by ST maps{made}; there and back within {maps.residual_px:g} px"]
    return []


@command(shot, "update")
@click.argument("name", metavar="SHOT")
@click.option("--frames", metavar="FIRST-LAST", help="The frames it has now.")
@click.option("--handles", type=int, metavar="N", help="So many frames more on either side.")
@click.option("--plate", metavar="PATTERN", help="Another scan of the plate.")
@click.option("--track", metavar="FILE", help="Another camera track.")
@click.option("--camera", default="", metavar="NAME", help="Which camera of the track's file.")
@click.option(
    "--lens", default="", metavar="FILE", help="The camera's own report, for that track."
)
@click.option("--matte", metavar="PATTERN", help="Another matte.")
@click.option("--colourspace", help="The plate's colour space, where the files do not say.")
def update_shot(
    call: Call,
    name: str,
    frames: str | None,
    handles: int | None,
    plate: str | None,
    track: str | None,
    camera: str,
    lens: str,
    matte: str | None,
    colourspace: str | None,
) -> Answer:
    r"""
    Take a longer or shorter cut, a re-scan, a new track or matte of SHOT in.

    What is not said stands. Nothing is painted; what is stale since is listed, with why,
    and paint --stale makes just that again. A painting goes on where a longer cut or another
    camera sees beyond it, and frames that did not change stay signed.

    \b
    Example:
        seamline shot update 042_0110 --frames 1001-1032 --track 042_0110_v2.opentrackio.jsonl
    """
    from seamline import on_disk
    from seamline.show.frames import FrameRange
    from seamline.steps.update import update_shot as step

    found = step(
        call.studio(),
        name,
        frames=FrameRange.parse(frames) if frames else None,
        handles=handles,
        plate=on_disk.absolute(plate) if plate else None,
        track=on_disk.absolute(track) if track else None,
        camera=camera,
        lens=on_disk.absolute(lens) if lens else "",
        matte=on_disk.absolute(matte) if matte else None,
        colourspace=colourspace,
    )
    shot = found.shot
    document = {
        "shot": shot.name,
        "version": shot.version,
        "frames": str(shot.frames),
        "plate": shot.plate.pattern if shot.plate else None,
        "stale": [
            {"element": element, "what": why.what, "says": why.says}
            for element, why in found.stale
        ],
    }
    words = [f"{shot.name} v{shot.version}: {shot.frames}"]
    if track and shot.track:
        words += [f"  {note}" for note in shot.track.notes]
    words += [f"  stale, {why.what}: {element}: {why.says}" for element, why in found.stale]
    return document, words
