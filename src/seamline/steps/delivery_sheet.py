"""
The delivery sheet's words and pictures: what a producer asks first, from the record.

Pictures are of the middle frame, through the show's view and the shot's own CDL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seamline.pixels.picture import Image, Picture
from seamline.pixels.resample import desqueezed
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.policy import QUESTIONS
from seamline.steps import book
from seamline.steps.element import space_of
from seamline.steps.ingest import read_matte, read_plate
from seamline.steps.record_says import Delivered
from seamline.steps.review import viewed
from seamline.steps.stands import Stands

SHEET = "delivery.html"
COMP_PX, SMALL_PX, SOURCE_PX = 1400, 700, 360
DIM = 0.12
"""How much of the live part's light is left where the generated one is shown alone."""
MOST_SOURCES, MOST_WORK = 12, 10


def sheet_page(studio: Studio, it: Delivered, said: Mapping[str, Any], stands: Stands) -> bytes:
    """Return the sheet of a delivery as HTML, from what its record says (``said_of``)."""
    pictures, shown = _pictures(studio, it)
    thumbs = _thumbs(studio, said)
    generated = [frame.generated for frame in stands.frames]
    sheet = {
        "show": studio.settings.name,
        "element": it.version.id,
        "use": it.use,
        "says": _sentence(it, said, generated),
        "facts": _facts(studio, it, said),
        "frames": list(it.shot.frames),
        "generated": generated,
        "shown": shown,
        "sources": [
            _source(one, thumbs) for one in said["references"][:MOST_SOURCES] if one["share"]
        ],
        "open": [(one["use"], one["says"], one["remedy"]) for one in said["gaps"]],
        "answered": [
            {
                "name": name.replace("_", " "),
                "asks": question.asks,
                "text": said["answers"][name]["text"],
                "by": said["answers"][name]["by"],
            }
            for name, question in QUESTIONS.items()
            if name in said["answers"]
        ],
        "work": _work(said),
        "signatures": [
            {
                "by": one.by,
                "at": one.at[:16].replace("T", " ") + " UTC",
                "key": one.key_fingerprint + ("" if one.key_protected else ", UNPROTECTED"),
                "says": f"{_signed(one.frames, it)}, seen at {one.size_px[0]} x "
                f"{one.size_px[1]} through {one.view}",
            }
            for one in it.signed
        ],
        "demands": [
            (one["source"], one["dated"], one["asks"]) for one in said["policy"]["sources"]
        ],
        "foot": "All of this, and the digest of every frame, stands in record.json beside this "
        "page. Checked in the show with: seamline audit FOLDER.",
    }
    return studio.papers.delivery_page(sheet, {**pictures, **thumbs})


def _signed(frames: tuple[tuple[int, str], ...], it: Delivered) -> str:
    if not frames or len(frames) >= len(it.shot.frames):
        return "every frame"
    return f"{len(frames)} frames"


def _sentence(it: Delivered, said: Mapping[str, Any], generated: list[float]) -> str:
    mean = sum(generated) / len(generated)
    count = len(said["references"])
    names = "one reference" if count == 1 else f"{count} references"
    made = (
        f"painted from {names} by {it.variation.ask.generator}"
        if count
        else f"made by {it.variation.ask.generator}"
    )
    hands = sorted({work.by for work in it.variation.hands})
    by = f" and by the hands of {', '.join(hands)}" if hands else ""
    return (
        f"{len(it.shot.frames)} frames; {mean:.0%} of the picture is generated, {made}{by}. "
        f"{said['weights']['says']}"
    )


def _facts(studio: Studio, it: Delivered, said: Mapping[str, Any]) -> list[tuple[str, str]]:
    failed = sum(1 for f in it.version.findings if f.verdict == "fail")
    space = space_of(studio, it.shot)
    return [
        ("Shot", f"{it.shot.name} v{it.shot.version}"),
        ("Frames", str(it.shot.frames)),
        ("Delivered", f"{it.at[:10]}"),
        ("In", space),
        ("Checks", f"{failed or 'none'} failed when rendered"),
        ("Digital source", said["digital_source_type"]["uri"].rsplit("/", 1)[1]),
        ("Training", "none of it" if said["no_training"]["says"] else "nothing is said"),
        ("Policy", said["policy"]["name"]),
    ]


def _source(one: Mapping[str, Any], thumbs: Mapping[str, Image]) -> dict[str, Any]:
    on = f" on {one['approved_on']}" if one["approved_on"] else ""
    return {
        "picture": one["id"] if one["id"] in thumbs else "",
        "name": one["file_name"],
        "owner": one["owner"],
        "licence": one["licence"],
        "approved": f"approved by {one['approved_by']}{on}" if one["approved_by"] else "",
        "share": one["share"],
        "why_not": one["why_not"],
    }


def _work(said: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    quiet = ("answer", "sign-off")  # they have places of their own on the sheet
    done = [one for one in said["contributions"] if one["kind"] not in quiet]
    shown = done[-MOST_WORK:]
    before = [("", "", f"{len(done) - len(shown)} earlier things stand in record.json")]
    return [
        *(before if len(done) > len(shown) else []),
        *_lines(shown),
    ]


def _lines(done: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return [
        (
            one["at"][:16].replace("T", " "),
            one["by"] + (" (login)" if one["login"] else ""),
            one["what"],
        )
        for one in done
    ]


def _pictures(studio: Studio, it: Delivered) -> tuple[dict[str, Image], list[dict[str, str]]]:
    shot, frame = it.shot, it.shot.frames.middle
    path = frame_path(studio.shelf.comp_pattern(it.version.id), frame)
    comp = _light(studio, it, studio.images.read(path))
    matte = read_matte(studio, shot, book.seam(studio.ledger, shot.name), frame)
    alone = comp * (DIM + (1 - DIM) * (1 - matte[..., None])).astype(np.float32)
    found: list[tuple[str, Image, int, str]] = [
        ("comp", comp, COMP_PX, f"The comp, frame {frame}"),
    ]
    if shot.plate:
        plate = _light(studio, it, read_plate(studio, shot, frame))
        found.append(("plate", plate, SMALL_PX, f"The plate, frame {frame}"))
    found.append(("generated", alone, SMALL_PX, "What is generated; the rest is dimmed"))
    aspect = shot.plate.pixel_aspect if shot.plate else 1.0
    pictures = {
        key: viewed(studio, desqueezed(rgb, aspect), width, shot.grade)
        for key, rgb, width, _ in found
    }
    return pictures, [{"picture": key, "says": says} for key, _, _, says in found]


def _light(studio: Studio, it: Delivered, picture: Picture) -> Image:
    space = space_of(studio, it.shot)
    return studio.colour.convert(picture.rgb(), space, studio.colour.working_space)


def _thumbs(studio: Studio, said: Mapping[str, Any]) -> dict[str, Image]:
    found = {}
    for one in said["references"][:MOST_SOURCES]:
        if one["share"] and studio.blobs.has(one["master_digest"]):
            rgb = studio.blobs.picture(one["master_digest"]).rgb()
            found[one["id"]] = viewed(studio, rgb, SOURCE_PX)
    return found
