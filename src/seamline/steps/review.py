"""Review: contact sheet and review page of a shot's variations in context; choosing one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seamline.errors import RefusedError, ShowError
from seamline.pixels.picture import Image
from seamline.pixels.resample import desqueezed
from seamline.ports import Studio, Tile
from seamline.show.cdl import CDL
from seamline.show.frames import frame_path
from seamline.show.lock import Lock
from seamline.show.names import ElementId
from seamline.show.reference import Reference
from seamline.show.review import Choice, Finding
from seamline.show.shot import Shot
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.ingest import linear, read_plate
from seamline.steps.match_papers import match_says
from seamline.steps.people import person
from seamline.steps.together import together
from seamline.steps.viewing import seen, view_words

TILE_PX = 480
PAGE_PX = 960
CONTACT, PRINTED, REVIEW = "contact.png", "contact.pdf", "review.html"


def sheet(studio: Studio, name: str) -> tuple[str, str]:
    """
    Write the contact sheet and the review page of shot ``name``; return their paths.

    The contact sheet is there as PDF too, beside the PNG (``PRINTED``).

    Raises:
        ShowError: Nothing has been painted yet.
    """
    shot = book.shot(studio.ledger, name)
    versions = book.newest_versions(studio.ledger, name)
    if not versions:
        raise ShowError(
            f"{name}: nothing has been painted yet", remedy=f"seamline paint {name}"
        )
    pictures: dict[str, Image] = {}

    def one(version: Version) -> tuple[Tile, dict[str, Any]]:
        return _tile(studio, shot, version), _entry(studio, shot, version, pictures)

    made = together(studio, f"{name}: making the sheets", one, versions)
    tiles, entries = [tile for tile, _ in made], [entry for _, entry in made]
    page = _page(studio, shot, entries, pictures)
    contact, printed, review = (
        studio.shelf.sheet_path(name, file) for file in (CONTACT, PRINTED, REVIEW)
    )
    whose, view = f"{studio.settings.name}  {name}", view_words(studio, shot)
    title = f"{whose}  {shot.frames}  {view}"
    columns = 4 if len(tiles) > 6 else 3
    studio.shelf.write(
        contact, studio.papers.contact_sheet(tiles, title=title, columns=columns)
    )
    about = f"frame {shot.frames.middle} of {shot.frames}, seen through {view}"
    studio.shelf.write(printed, studio.papers.contact_pdf(tiles, title=whose, about=about))
    studio.shelf.write(review, studio.papers.review_page(page, pictures))
    return contact, review


def viewed(studio: Studio, rgb: Image, width: int, grade: CDL | None = None) -> Image:
    """Return working-space ``rgb`` as it is looked at, at most ``width`` wide, 0 to 1."""
    height, own, _ = rgb.shape
    size = (max(1, round(height * width / own)), width) if own > width else (height, own)
    return seen(studio, rgb, size, grade)


def _shown(studio: Studio, shot: Shot, pattern: str, frame: int, width: int) -> Image:
    path = frame_path(pattern, frame)
    if not studio.shelf.exists(path):
        raise ShowError(
            f"{path} is not there; its frames were pruned",
            remedy=f"Render it again: seamline paint {shot.name}",
        )
    space = shot.plate.colourspace if shot.plate else studio.colour.working_space
    rgb = studio.images.read(path).rgb()
    light = studio.colour.convert(rgb, space, studio.colour.working_space)
    return viewed(studio, desqueezed(light, _aspect(shot)), width, shot.grade)


def _aspect(shot: Shot) -> float:
    return shot.plate.pixel_aspect if shot.plate else 1.0


def _tile(studio: Studio, shot: Shot, version: Version) -> Tile:
    pattern = studio.shelf.comp_pattern(version.id)
    failed = [f for f in version.findings if f.verdict == "fail"]
    lines = [_names(studio, version)]
    lines += [f"{f.check}: FAIL" for f in failed] or ["no check failed"]
    return Tile(
        rgb=_shown(studio, shot, pattern, shot.frames.middle, TILE_PX),
        title=version.id,
        lines=tuple(lines),
    )


def _names(studio: Studio, version: Version) -> str:
    references = book.references(studio.ledger)
    shares = book.variation_of(studio.ledger, version).shares
    return ", ".join(
        f"{references[i].file_name if i in references else i} {share:.0%}"
        for i, share in shares
    )


def _review_frames(shot: Shot) -> list[int]:
    return sorted({shot.frames.first, shot.frames.middle, shot.frames.last})


def _entry(
    studio: Studio, shot: Shot, version: Version, pictures: dict[str, Image]
) -> dict[str, Any]:
    variation = book.variation_of(studio.ledger, version)
    kinds: dict[str, list[dict[str, Any]]] = {"comps": [], "clean": []}
    for kind, pattern in (
        ("comps", studio.shelf.comp_pattern(version.id)),
        ("clean", studio.shelf.element_pattern(version.id)),
    ):
        for frame in _review_frames(shot) if kind == "comps" else [shot.frames.middle]:
            key = f"{version.id}.{kind}.{frame}"
            pictures[key] = _shown(studio, shot, pattern, frame, PAGE_PX)
            kinds[kind].append({"frame": frame, "picture": key})
    choice = book.chosen(studio.ledger, shot.name)
    signed = book.sign_offs(studio.ledger, version.id)
    return {
        "id": version.id,
        "number": variation.number,
        "title": _names(studio, version) or variation.ask.generator,
        "chosen": bool(choice and choice.element == version.id),
        "signed_by": ", ".join(s.by for s in signed),
        **kinds,
        "findings": [
            {"check": f.check, "verdict": f.verdict, "says": f.says} for f in version.findings
        ],
        "notes": [*variation.notes, *match_says(version)],
        "references": credits_of(studio, variation),
        "warning": _warning(version.findings),
    }


def credits_of(studio: Studio, variation: Variation) -> list[dict[str, Any]]:
    """Return the references of ``variation``, each with its share and whose it is."""
    return credits_among(book.references(studio.ledger), variation)


def credits_among(
    references: Mapping[str, Reference], variation: Variation
) -> list[dict[str, Any]]:
    """Return the same, of references that were read already."""
    return [
        {
            "id": i,
            "name": references[i].file_name,
            "share": share,
            "owner": references[i].owner,
            "licence": references[i].licence,
        }
        for i, share in variation.shares
        if i in references
    ]


def _warning(findings: Sequence[Finding]) -> str:
    light = [f.says for f in findings if f.check == "light" and f.verdict == "fail"]
    return light[0] if light else ""


def _page(
    studio: Studio,
    shot: Shot,
    entries: list[dict[str, Any]],
    pictures: dict[str, Image],
) -> dict[str, Any]:
    lock = book.lock(studio.ledger, shot.name)
    plates = []
    for frame in _review_frames(shot) if shot.plate else []:
        key = f"plate.{frame}"
        pictures[key] = viewed(
            studio,
            desqueezed(linear(studio, shot, read_plate(studio, shot, frame)), _aspect(shot)),
            PAGE_PX,
            shot.grade,
        )
        plates.append({"frame": frame, "picture": key})
    return {
        "show": studio.settings.name,
        "shot": shot.name,
        "frames": str(shot.frames),
        "view": view_words(studio, shot),
        "lock": lock_lines(lock),
        "notes": [
            *([] if lock else ["This shot has no lock: light, lens and height are unchecked."]),
            *(f"The track: {note}." for note in (shot.track.notes if shot.track else ())),
        ],
        "plate": plates,
        "variations": entries,
    }


def lock_lines(lock: Lock | None) -> list[str]:
    """Return what was agreed, line by line; nothing without a lock."""
    if lock is None:
        return []
    lines = [
        f"lock v{lock.version}"
        + (f", agreed by {', '.join(lock.agreed_by)}" if lock.agreed_by else "")
    ]
    if lock.lens:
        lines.append(f"lens {lock.lens_says}")
    if lock.camera_height_m is not None:
        lines.append(f"camera {lock.camera_height_m:g} m above the ground")
    light = lock.light
    if light.key_elevation_deg is not None:
        turn = (
            f" azimuth {light.key_azimuth_deg:g}" if light.key_azimuth_deg is not None else ""
        )
        lines.append(f"key elevation {light.key_elevation_deg:g}{turn} deg")
    if light.colour_temperature_k is not None:
        lines.append(f"{light.colour_temperature_k:g} K")
    return lines


def choose(studio: Studio, name: str, element_id: str, *, by: str) -> Choice:
    """
    Record that ``by`` picked ``element_id`` for shot ``name``.

    Raises:
        ShowError: It is not a version of this shot.
        RefusedError: ``by`` has no key.
    """
    person(studio, by)
    version = book.version(studio.ledger, element_id)
    if ElementId.parse(element_id).shot != name or version.shot != name:
        raise ShowError(
            f"{element_id} belongs to {version.shot}, not to {name}",
            remedy=f"seamline choose {version.shot} {element_id} --by {by!r}",
        )
    standing = book.chosen(studio.ledger, name)
    if standing is not None and (standing.element, standing.by) == (element_id, by):
        return standing
    choice = Choice(shot=name, element=element_id, by=by, at=studio.clock.now())
    book.write(studio.ledger, "choice", choice, by=by)
    return choice


def unchoose(studio: Studio, name: str, *, by: str) -> Choice:
    """
    Record that ``by`` took the choice for shot ``name`` back; what was published stands.

    Raises:
        RefusedError: ``by`` has no key, or nothing is chosen.
    """
    person(studio, by)
    book.shot(studio.ledger, name)
    require_choice(studio, name)
    choice = Choice(shot=name, element="", by=by, at=studio.clock.now())
    book.write(studio.ledger, "choice", choice, by=by)
    return choice


def require_choice(studio: Studio, name: str) -> Choice:
    """Return the shot's choice, or refuse."""
    found = book.chosen(studio.ledger, name)
    if found is None:
        raise RefusedError(
            f"{name}: no variation has been chosen",
            remedy=f"seamline choose {name} ID --by NAME",
        )
    return found
