"""
Deliver: signed pixels only, with their papers.

A delivery folder appears whole or not at all. Its record names every file, who
made, approved and signed what, and is signed itself with the digest of its own
bytes, so that one changed byte is found.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from seamline.errors import InputError, SignOffError, TamperError
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.record import as_record, record_digest
from seamline.show.review import SignOff
from seamline.show.shot import Shot
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.delivered_layers import (
    frames_of_layers,
    grade_papers,
    layer_pattern,
    layers_in_script,
    layers_on_record,
    seen_layers,
)
from seamline.steps.delivered_lens import (
    UNDISTORTED,
    Lens,
    deliver_lens,
    lens_again,
    require_overscan,
    undistorted_pattern,
)
from seamline.steps.delivered_match import (
    frames_of_match,
    kinds_of,
    match_in_script,
    match_pattern,
    seen_match,
)
from seamline.steps.delivered_papers import hand_over
from seamline.steps.delivered_scene import scene
from seamline.steps.ingest import read_matte, read_plate
from seamline.steps.layers import shown_layers
from seamline.steps.match_papers import match_papers, stack_of_greys
from seamline.steps.plate_files import layer_read
from seamline.steps.review import require_choice
from seamline.steps.sign import as_it_stands, holding, plate_of
from seamline.steps.together import together

RECORD = "record.json"
FORMAT = "seamline delivery 1"
_Digests = dict[str, list[str]]
_Told = dict[str, _Digests]
"""Frame digests of layers and of the match's sequences, by name."""


def deliver(
    studio: Studio,
    name: str,
    directory: str,
    *,
    movie: str | None = None,
    overscan: float | None = None,
) -> dict[str, Any]:
    """
    Write the chosen, signed version of shot ``name`` to ``directory``.

    Args:
        studio: Ports.
        name: The shot.
        directory: Made, whole or not at all.
        movie: Codec of a movie to look at (``h264``, ``prores``); none without.
        overscan: Percent of the frame on each side of an undistorted element; None
            without one.

    Returns:
        ``directory``, ``record`` (path) and ``files`` (path, sha256). A folder that
        already holds this very delivery, whole and unchanged, is left as it is.

    Raises:
        RefusedError: Nothing is chosen.
        SignOffError: What is chosen is unsigned, or changed after it was signed.
        TamperError: The ledger's chain is broken.
        InputError: The folder is in use or cannot be written; or holds this delivery without
            the movie that is wanted.
    """
    studio.ledger.verify()
    shot = book.shot(studio.ledger, name)
    version = book.version(studio.ledger, require_choice(studio, name).element)
    _hold_to_shot(shot, version)
    signatures = holding(studio, version, *as_it_stands(studio, version))
    signed = signatures[0]
    path = f"{directory}/{RECORD}"
    if studio.shelf.exists(path):
        standing = read_record(studio.shelf.read(path), where=path)
        if standing["sign_off"] == as_record(signed):
            verify_files(studio, directory, standing)
            _hold_to_movie(directory, standing, movie)
            require_overscan(standing, directory, overscan)
            if not _is_entered(studio, standing):
                _hold_to_show(studio, shot, version, signatures, standing, directory)
                _enter(studio, directory, standing)
            return _answer(directory, standing)
    with studio.shelf.folder(directory) as folder:
        lens = deliver_lens(studio, shot, version, folder, overscan)
        files, told = _files(studio, shot, version, folder, movie, lens)
        record = _record(studio, shot, version, signatures, files, told, lens)
        record["digest"] = record_digest(record)
        studio.shelf.write(f"{folder}/{RECORD}", _written(record))
    _enter(studio, directory, record)
    return _answer(directory, record)


def _hold_to_shot(shot: Shot, version: Version) -> None:
    """Refuse a version that has other frames than its shot has now."""
    if version.frames and version.frames != str(shot.frames):
        raise SignOffError(
            f"{version.id} has frames {version.frames}, and {shot.name} has {shot.frames} "
            f"since shot v{shot.version}",
            remedy=f"Make it again for all of them: seamline paint {shot.name} --stale",
        )


def _written(record: dict[str, Any]) -> bytes:
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return text.encode()


def _is_entered(studio: Studio, record: dict[str, Any]) -> bool:
    return any(row.body["record"] == record["digest"] for row in studio.ledger.rows("delivery"))


def _enter(studio: Studio, directory: str, record: dict[str, Any]) -> None:
    studio.ledger.append_once(
        "delivery",
        record["digest"],
        {
            "shot": record["shot"],
            "element": record["element"],
            "directory": directory,
            "record": record["digest"],
            "frames": record["digests"],
        },
        by=record["sign_off"]["by"],
    )


def _hold_to_movie(directory: str, standing: dict[str, Any], movie: str | None) -> None:
    if movie is not None and not any(f["path"].endswith(".mov") for f in standing["files"]):
        raise InputError(
            f"{directory} holds this very delivery, without a movie",
            remedy="Deliver with --movie to another folder.",
        )


def _hold_to_show(
    studio: Studio,
    shot: Shot,
    version: Version,
    signed: tuple[SignOff, ...],
    standing: dict[str, Any],
    directory: str,
) -> None:
    """
    Refuse a folder that is not in the ledger, unless a run was killed right before that row.

    Raises:
        TamperError: Its words or its frames are not the show's.
    """
    told = {
        "layers": _layer_digests(studio, shot, version),
        "match": _match_digests(studio, shot, version),
    }
    lens = lens_again(studio, shot, version, standing)
    own = _record(studio, shot, version, signed, standing["files"], told, lens)
    aside = ("ledger", "digest")  # the ledger has grown since
    own, said = ({k: v for k, v in r.items() if k not in aside} for r in (own, standing))
    patterns = _patterns(version.id)

    def read_back(pattern: str) -> list[str]:
        paths = [f"{directory}/{frame_path(pattern, n)}" for n in shot.frames]
        return [digest_of_frame(studio, path) for path in paths]

    found: dict[str, Any] = {kind: read_back(patterns[kind]) for kind in ("element", "comp")}
    found["layers"] = {
        name: read_back(layer_pattern(version.id, name)) for name in own["digests"]["layers"]
    }
    if own["digests"].get("match"):
        found["match"] = {
            kind: read_back(match_pattern(version.id, kind)) for kind in own["digests"]["match"]
        }
    if own["digests"].get(UNDISTORTED):
        found[UNDISTORTED] = read_back(undistorted_pattern(version.id))
    if record_digest(own) != record_digest(said) or found != own["digests"]:
        raise TamperError(
            f"{directory}/{RECORD} is not a record that this show wrote",
            remedy="Move the folder away, and deliver again from the show.",
        )


def _answer(directory: str, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "directory": directory,
        "record": f"{directory}/{RECORD}",
        "files": [{**f, "path": f"{directory}/{f['path']}"} for f in record["files"]],
        "signed_by": record["sign_off"]["by"],
    }


def _files(
    studio: Studio,
    shot: Shot,
    version: Version,
    folder: str,
    movie: str | None,
    lens: Lens,
) -> tuple[list[dict[str, str]], _Told]:
    """Write everything but the record; return (path, sha256) of each, and frames' digests."""
    patterns = _patterns(version.id)
    variation = book.variation_of(studio.ledger, version)
    names = [facts.name for facts in shown_layers(variation)]
    layers = {name: layer_pattern(version.id, name) for name in names}
    matched = seen_match(studio, version)
    kinds = {kind: match_pattern(version.id, kind) for kind in kinds_of(matched)}
    for pattern in (*patterns.values(), *layers.values(), *kinds.values()):
        studio.shelf.make_folder(f"{folder}/{pattern.rsplit('/', 1)[0]}")
    seam = book.seam(studio.ledger, shot.name)
    seen = seen_layers(studio, version)

    def frame_files(frame: int) -> tuple[list[str], list[str], list[str]]:
        linked = [
            (patterns["comp"], studio.shelf.comp_pattern(version.id)),
            (patterns["element"], studio.shelf.element_pattern(version.id)),
        ]
        digests = [version.element_frames[frame - shot.frames.first]]
        if seen is None:
            linked.append((layers[names[0]], studio.shelf.element_pattern(version.id)))
        made = [frame_path(pattern, frame) for pattern, _ in linked]
        for target, (_, source) in zip(made, linked, strict=True):
            studio.shelf.link(frame_path(source, frame), f"{folder}/{target}")
        if seen is not None:
            pictures = frames_of_layers(studio, shot, seen, frame)
            digests = [picture_digest(picture) for _, picture in pictures]
            for name, picture in pictures:
                made.append(frame_path(layers[name], frame))
                studio.images.write(f"{folder}/{made[-1]}", picture)
        of_match = frames_of_match(studio, shot, matched, frame) if matched else []
        for kind, picture in of_match:
            made.append(frame_path(kinds[kind], frame))
            studio.images.write(f"{folder}/{made[-1]}", picture)
        target = frame_path(patterns["matte"], frame)
        header = read_plate(studio, shot, frame) if shot.plate else None
        matte = read_matte(studio, shot, seam, frame)
        studio.images.write(f"{folder}/{target}", generated_region(shot, header, matte))
        return [*made, target], digests, [picture_digest(p) for _, p in of_match]

    rows = together(studio, f"{version.id}: delivering", frame_files, list(shot.frames))
    paths = [path for made, _, _ in rows for path in made]
    told: _Told = {
        "layers": {name: [row[1][i] for row in rows] for i, name in enumerate(names)},
        "match": {kind: [row[2][i] for row in rows] for i, kind in enumerate(kinds)},
    }
    papers = {
        f"{version.id}.nk": studio.papers.nuke_script(_script(studio, shot, version, lens)),
        **match_papers(studio, shot, version),
        **grade_papers(studio, version),
    }
    stack = stack_of_greys(studio, shot, version)
    if stack is not None:
        paths.append(f"{version.id}_grain_plate.exr")
        studio.images.write(f"{folder}/{paths[-1]}", stack)
    for name, content in papers.items():
        studio.shelf.write(f"{folder}/{name}", content)
    config = "config.ocio"
    studio.shelf.link(studio.settings.config_path, f"{folder}/{config}")
    sequences = {**patterns, **layers, **kinds}
    paths += hand_over(studio, shot, version, folder, sequences, movie=movie)
    paths += [*papers, config, *lens.paths]
    files = [
        {"path": path, "sha256": studio.shelf.file_sha256(f"{folder}/{path}")}
        for path in sorted(paths)
    ]
    return files, told


def _layer_digests(studio: Studio, shot: Shot, version: Version) -> _Digests:
    """Return the layers' frame digests as they are rendered, by name."""
    variation = book.variation_of(studio.ledger, version)
    names = [facts.name for facts in shown_layers(variation)]
    seen = seen_layers(studio, version)
    if seen is None:
        return {names[0]: list(version.element_frames)}
    rows = together(
        studio,
        f"{version.id}: rendering its layers",
        lambda n: [picture_digest(p) for _, p in frames_of_layers(studio, shot, seen, n)],
        list(shot.frames),
    )
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _match_digests(studio: Studio, shot: Shot, version: Version) -> _Digests:
    """Return the digests of the match's sequences as they are rendered, by kind."""
    seen = seen_match(studio, version)
    if seen is None:
        return {}
    rows = together(
        studio,
        f"{version.id}: rendering its match",
        lambda n: [picture_digest(p) for _, p in frames_of_match(studio, shot, seen, n)],
        list(shot.frames),
    )
    return {kind: [row[i] for row in rows] for i, kind in enumerate(kinds_of(seen))}


def _patterns(element_id: str) -> dict[str, str]:
    return {
        "comp": f"comp/{element_id}_comp.%04d.exr",
        "element": f"element/{element_id}.%04d.exr",
        "matte": f"matte/{element_id}_generated.%04d.exr",
    }


def generated_region(shot: Shot, plate: Picture | None, matte: Any) -> Picture:
    """Return the generated region of a frame, 1 = generated, as a one-channel picture."""
    window = plate.data_window if plate else (0, 0, shot.width_px, shot.height_px)
    display = plate.display_window if plate else window
    carried = {
        name: value
        for name, value in (plate.attributes if plate else {}).items()
        if name not in ("chromaticities", "colorInteropID", "acesImageContainerFlag")
    }
    return Picture(
        channels={"A": np.ascontiguousarray(np.float32(1) - matte, np.float32)},
        data_window=window,
        display_window=display,
        attributes=carried,
    )


def _script(studio: Studio, shot: Shot, version: Version, lens: Lens) -> dict[str, Any]:
    space = shot.plate.colourspace if shot.plate else studio.colour.working_space
    patterns = _patterns(version.id)
    return {
        "name": version.id,
        "frames": (shot.frames.first, shot.frames.last),
        "width_px": shot.width_px,
        "height_px": shot.height_px,
        "pixel_aspect": shot.plate.pixel_aspect if shot.plate else 1.0,
        "rate": studio.settings.rate,
        "plate": (
            {
                "pattern": shot.plate.pattern,
                "colourspace": space,
                "layer": layer_read(shot.plate),
            }
            if shot.plate
            else None
        ),
        "element": {"pattern": patterns["element"], "colourspace": space},
        "matte": {"pattern": patterns["matte"]},
        "comp": {"pattern": patterns["comp"], "colourspace": space},
        "cdl": version.cdl,
        "layers": layers_in_script(
            studio, shot, version, book.variation_of(studio.ledger, version)
        ),
        "match": match_in_script(studio, shot, version, seen_match(studio, version)),
        "scene": scene(studio, shot, version),
        "lens": lens.facts,
        "config_path": "config.ocio",
        "working_space": studio.colour.working_space,
    }


def _record(
    studio: Studio,
    shot: Shot,
    version: Version,
    signed: tuple[SignOff, ...],
    files: list[dict[str, str]],
    told: _Told,
    lens: Lens,
) -> dict[str, Any]:
    variation = book.variation_of(studio.ledger, version)
    keys = [studio.keyring.find(sign_off.by) for sign_off in signed]
    others = [
        {"sign_off": as_record(sign_off), "key": as_record(key)}
        for sign_off, key in zip(signed[1:], keys[1:], strict=True)
    ]
    lock = book.lock(studio.ledger, shot.name)
    return {
        "format": FORMAT,
        "show": studio.settings.name,
        "shot": shot.name,
        "element": version.id,
        "frames": str(shot.frames),
        "colourspace": shot.plate.colourspace if shot.plate else studio.colour.working_space,
        "config_sha256": studio.colour.config_sha256,
        "plate": plate_of(shot),
        "lock": as_record(lock) if lock else None,
        "ask": as_record(variation.ask),
        "made": as_record(variation.made),
        "references": _sources(studio, variation),
        "cdl": as_record(version.cdl),
        **({"match": as_record(version.match)} if version.match else {}),
        "findings": as_record(version.findings),
        "digests": {
            "element": list(version.element_frames),
            "comp": list(version.comp_frames),
            "layers": told["layers"],
            **({"match": told["match"]} if told["match"] else {}),
            **({UNDISTORTED: list(lens.digests)} if lens.digests else {}),
        },
        **({"lens": lens.facts} if lens.facts else {}),
        "layers": layers_on_record(version, variation),
        "ledger": ledger_head(studio),
        "sign_off": as_record(signed[0]),
        "key": as_record(keys[0]),
        # Frames that are the same as in an earlier version, and were signed there.
        **({"also_signed": others} if others else {}),
        **({"hands": as_record(variation.hands)} if variation.hands else {}),
        "files": files,
    }


def ledger_head(studio: Studio) -> dict[str, Any]:
    """Return the ledger's newest row: with it in a record, a ledger cut short is found."""
    head = {"rows": 0, "hash": ""}
    for row in studio.ledger.rows():
        head = {"rows": row.number, "hash": row.hash}
    return head


def _sources(studio: Studio, variation: Variation) -> list[dict[str, Any]]:
    known = book.references(studio.ledger)
    return [
        {"share": share, **as_record(known[i])} for i, share in variation.shares if i in known
    ]


def read_record(content: bytes, *, where: str) -> dict[str, Any]:
    """
    Return the delivery record in ``content`` if it is what was written.

    Raises:
        TamperError: It is no record, or not the one that was written.
    """
    try:
        record = json.loads(content)
        claimed = record.pop("digest")
        whole = record_digest(record) == claimed and content == _written(
            {**record, "digest": claimed}
        )
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise TamperError(
            f"{where} is not a delivery record any more: {error}",
            remedy="Deliver again from the show.",
        ) from error
    if not whole:
        raise TamperError(
            f"{where} was changed after it was written: its digest does not fit",
            remedy="Deliver again from the show.",
        )
    return {**record, "digest": claimed}


def verify_files(studio: Studio, directory: str, record: dict[str, Any]) -> None:
    """
    Check every file of a delivery against its record.

    Raises:
        TamperError: A file is missing or changed.
    """
    for entry in record["files"]:
        path = f"{directory}/{entry['path']}"
        if not studio.shelf.exists(path) or studio.shelf.file_sha256(path) != entry["sha256"]:
            raise TamperError(
                f"{path} is missing, or not the file that was delivered",
                remedy="Deliver again from the show.",
            )


def digest_of_frame(studio: Studio, path: str) -> str:
    """Return the pixel digest of the picture at ``path``."""
    return picture_digest(studio.images.read(path))
