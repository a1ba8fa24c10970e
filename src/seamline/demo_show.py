"""
The demo show: one real shot through every step, with the calls a studio would make.

DEMO_010: the near meadow is live; range and sky are painted from two approved
photographs, one by day, one at dusk. The lock says noon, so the dusk look is
found wrong in its light, which is what the sheet is for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from seamline import on_disk, wiring
from seamline.errors import InputError, RefusedError, ShowError
from seamline.pixels.picture import Picture, as_float
from seamline.pixels.resample import resized
from seamline.ports import Studio
from seamline.show.frames import FrameRange, frame_path
from seamline.show.lock import Light
from seamline.show.reference import Reference
from seamline.show.seam import Seam
from seamline.steps.cards import Wanted, approve, propose
from seamline.steps.deliver import deliver
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted
from seamline.steps.reference import Permission, add_reference
from seamline.steps.review import choose, sheet
from seamline.steps.sign import sign

SHOT = "DEMO_010"
FRAMES = FrameRange(first=1001, last=1024)
SUPERVISOR = "Demo Supervisor"
LIKED_SEED = 1
"""Looked at in the shot: a long crest in the sun, larches behind the meadow."""
CARD_SEARCH_PX = 400
"""Enough for slopes and larches that are seen once, far away; a show takes its time."""
CREDIT = "Aitzol Berasategi"
LICENCE = "CC-BY-4.0"
REFERENCES = {
    "aitzgorri.png": (
        "a range by day, autumn wood",
        61.4,
        Light(key_elevation_deg=40.0, colour_temperature_k=5600.0, exposure_stops=0.0),
    ),
    "sunset.png": (
        "hills at dusk",
        86.6,
        Light(key_elevation_deg=2.0, colour_temperature_k=4300.0, exposure_stops=-1.5),
    ),
}


def material_folder(said: str | None) -> Path:
    """Return the folder with the demo's pictures, or refuse."""
    folder = Path(said) if said else Path(__file__).parents[2] / "examples" / "demo_show"
    if not (folder / SHOT / "plate").is_dir():
        raise ShowError(
            f"the demo's pictures are not in {folder}",
            remedy="Run from a clone of the project, or name the folder with --material.",
        )
    return folder.absolute()


def run(
    directory: str,
    *,
    material: str | None,
    variations: int,
    seed: int,
    frames: str | None,
    size: tuple[int, int] | None,
    threads: int | None,
) -> dict[str, Any]:
    """Run the whole main job in ``directory``; return where its results lie."""
    studio = taken_in(directory, material=material, frames=frames, size=size, threads=threads)
    document = painted(studio, SHOT, variations=variations, seed=seed, generator="patch")
    picked = _directors_choice(document["variations"])
    _person(studio)
    choose(studio, SHOT, picked["id"], by=SUPERVISOR)
    sign(studio, picked["id"], by=SUPERVISOR, passphrase=None)
    delivered = deliver(studio, SHOT, f"{studio.settings.root}/delivery/{picked['id']}")
    contact, review = sheet(studio, SHOT)
    return {
        "contact": contact,
        "review": review,
        "chosen": picked["id"],
        "comp": picked["comp"],
        "delivery": delivered["directory"],
        "record": delivered["record"],
        "variations": document["variations"],
    }


def taken_in(
    directory: str,
    *,
    material: str | None = None,
    frames: str | None = None,
    size: tuple[int, int] | None = None,
    threads: int | None = None,
) -> Studio:
    """Make the show in ``directory`` with all its material, nothing painted; return it."""
    source = material_folder(material)
    wanted = FrameRange.parse(frames) if frames else FRAMES
    if wanted.first not in FRAMES or wanted.last not in FRAMES:
        raise InputError(f"the demo shot has frames {FRAMES}", remedy="Give a part of them.")
    root = on_disk.absolute(directory)
    wiring.new_show(root, "Demo show", width=960, height=540, rate="24")
    studio = wiring.open_studio(root, threads=threads)
    plate = str(source / SHOT / "plate" / f"{SHOT}.%04d.exr")
    matte = str(source / SHOT / "matte" / f"{SHOT}_fg.%04d.png")
    if size:
        plate, matte = _smaller(studio, root, plate, matte, wanted, size)
    for name, (caption, hfov, light) in REFERENCES.items():
        said = Permission(
            kind="photography",
            owner=CREDIT,
            licence=LICENCE,
            approved_by=SUPERVISOR,
            allow=("paint", "publish"),
            caption=caption,
            hfov_deg=hfov,
            light=light,
        )
        reference = add_reference(studio, str(source / "references" / name), said)
        _cards(studio, reference, source / "references")
    track = _track(studio, source, root, wanted)
    add_shot(studio, SHOT, plate=plate, track=track, frames=wanted)
    set_seam(studio, Seam(shot=SHOT, version=1, matte=matte))
    lock = source / SHOT / "lock.toml"
    set_lock(studio, SHOT, lock.read_text(), where=str(lock))
    return studio


def _cards(studio: Studio, reference: Reference, folder: Path) -> None:
    """Cut a reference along the lines drawn over it, and approve what was looked at."""
    lines = folder / f"{reference.file_name.rsplit('.', 1)[0]}.svg"
    if not lines.exists():
        return
    wanted = Wanted(
        lines=str(lines),
        completions=1,
        mirror=("sky", "far", "near", "forest"),
        distances=(("far", 4000.0), ("near", 800.0), ("forest", 250.0)),
        search_px=CARD_SEARCH_PX,
    )
    cards, _ = propose(studio, reference, wanted)
    approve(studio, reference, [card.id for card in cards], by=SUPERVISOR)


def _directors_choice(variations: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the variation the director liked, else the first with no failed check."""
    sound = [v for v in variations if all(f["verdict"] != "fail" for f in v["findings"])]
    liked = [v for v in sound if v["seed"] == LIKED_SEED]
    return (liked or sound or variations)[0]


def _person(studio: Studio) -> None:
    try:
        studio.keyring.find(SUPERVISOR)
    except RefusedError:
        studio.keyring.create(SUPERVISOR, None)


def _track(studio: Studio, source: Path, root: str, wanted: FrameRange) -> str:
    """Return the camera track; its lines for ``wanted`` alone where that is less."""
    whole = source / SHOT / "camera.opentrackio.jsonl"
    if str(wanted) == str(FRAMES):
        return str(whole)
    lines = whole.read_text().splitlines(keepends=True)
    part = lines[wanted.first - FRAMES.first : wanted.last - FRAMES.first + 1]
    path = f"{root}/material/{SHOT}.{wanted}.opentrackio.jsonl"
    studio.shelf.make_folder(f"{root}/material")
    studio.shelf.write(path, "".join(part).encode())
    return path


def _smaller(
    studio: Studio,
    root: str,
    plate: str,
    matte: str,
    frames: FrameRange,
    size: tuple[int, int],
) -> tuple[str, str]:
    """Return patterns of a smaller plate and matte, making the frames that are not there."""
    folder = f"{root}/material/{size[0]}x{size[1]}"
    made = []
    for pattern in (plate, matte):
        target = f"{folder}/{os.path.splitext(os.path.basename(pattern))[0]}.exr"
        studio.shelf.make_folder(folder)
        for frame in frames:
            if not studio.shelf.exists(frame_path(target, frame)):
                picture = studio.images.read(frame_path(pattern, frame))
                studio.images.write(frame_path(target, frame), _resized(picture, size))
        made.append(target)
    return made[0], made[1]


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    window = (0, 0, *size)
    kind = "float16" if picture.channel_type == "half" else "float32"
    return Picture(
        channels={
            name: resized(as_float(plane)[..., None], size[1], size[0])[..., 0].astype(kind)
            for name, plane in picture.channels.items()
        },
        data_window=window,
        display_window=window,
        attributes=picture.attributes,
    )
