"""
Replay: a delivery made again from its record, and held to it bit for bit.

The record says what was asked, of which references, through which config, by which
code. Where one of these is not what it was, nothing is made and the sentence names it.
Else the canvas is painted again by the generator, every frame is rendered anew into a
folder of its own, and each delivered sequence must come out with the digests that the
record names. What hands painted is laid on again from the picture that came back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from seamline.errors import RefusedError
from seamline.ports import Studio
from seamline.show.frames import frame_path, ranges
from seamline.show.shot import Shot
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.delivered_files import sequences
from seamline.steps.delivered_lens import UNDISTORTED, lens_again
from seamline.steps.delivery_record import RECORD, read_record
from seamline.steps.ingest import read_matte
from seamline.steps.painted_again import painted_again
from seamline.steps.render import render_some
from seamline.steps.rests_on import differing
from seamline.steps.stands import FrameStands, Stands, delivered_frame
from seamline.steps.to_render import prepared


def replay(
    studio: Studio, path: str, *, directory: str | None = None, any_code: bool = False
) -> dict[str, Any]:
    """
    Make the delivery of the record at ``path`` again, and compare every frame.

    Args:
        studio: Ports.
        path: A delivery's record, or its folder.
        directory: Where the frames are kept; without one they are thrown away.
        any_code: Also where the code is not the one that painted it: then bits decide.

    Returns:
        ``record``, ``element``, ``painted`` (``again`` or ``by lineage``, and under whose
        hands), ``layers``,
        ``sequences`` and ``frames`` (how many were compared), ``same`` (true).

    Raises:
        TamperError: The record is not the one that was written.
        RefusedError: Something it rests on is not what it was, or it came out otherwise.
    """
    where = f"{path}/{RECORD}" if studio.shelf.exists(f"{path}/{RECORD}") else path
    record = read_record(studio.shelf.read(where), where=where)
    if "outputs" not in record:
        raise RefusedError(
            f"{where} is a record of {record.get('format')}, which does not say enough",
            remedy="Deliver again: seamline deliver SHOT DIR.",
        )
    _hold_to(differing(studio, record, any_code=any_code), where)
    version = book.version(studio.ledger, record["element"])
    variation = book.variation_of(studio.ledger, version)
    layers, how = painted_again(studio, variation)
    _hold_to(
        [
            f"layer {facts.name}, painted again, is another picture"
            for facts in variation.layers
            if layers.get(facts.name) != facts.digest
        ],
        where,
    )
    target = directory or f"{studio.shelf.root}/shots/{version.shot}/replays/{version.id}"
    with studio.shelf.folder(target) as folder:
        found = _frames(studio, record, version, variation, folder)
        wanted = {
            one["name"]: [frame["digest"] for frame in one["frames"]]
            for one in record["outputs"]
        }
        _hold_to(_apart(record, wanted, found), where)
    if directory is None:
        studio.shelf.remove(target)
    return {
        "record": where,
        "element": version.id,
        "painted": how,
        "layers": [facts.name for facts in variation.layers],
        "sequences": sorted(found),
        "frames": sum(len(digests) for digests in found.values()),
        "same": True,
    }


class _Elsewhere:
    """The show's shelf, but element and comp frames lie in another folder."""

    def __init__(self, shelf: Any, folder: str) -> None:
        self._shelf, self._folder = shelf, folder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shelf, name)

    def element_pattern(self, element_id: str) -> str:
        """Pattern of the element's frames."""
        return f"{self._folder}/element/{element_id}.%04d.exr"

    def comp_pattern(self, element_id: str) -> str:
        """Pattern of the comp's frames."""
        return f"{self._folder}/comp/{element_id}_comp.%04d.exr"


def _frames(
    studio: Studio,
    record: dict[str, Any],
    version: Version,
    variation: Variation,
    folder: str,
) -> dict[str, list[str]]:
    """Render every sequence of the record into ``folder``; return frames' digests by name."""
    there: Any = _Elsewhere(studio.shelf, folder)
    aside = replace(studio, shelf=there)
    shot = book.shot(studio.ledger, version.shot)
    wanted = prepared(aside, shot.name, [variation])
    render_some(aside, wanted, list(shot.frames), lambda n, digests: None)
    stands = _stand(aside, shot, version)
    lens = lens_again(aside, shot, version, record)
    found = sequences(aside, shot, version, stands, lens).named(version.id)
    return {
        name: [frame.digest for frame in frames]
        for name, (_, frames) in found.items()
        if name != UNDISTORTED or frames
    }


def _stand(studio: Studio, shot: Shot, version: Version) -> Stands:
    """Return what element and comp are in the folder they were rendered to."""
    seam = book.seam(studio.ledger, shot.name)
    frames = []
    for n in shot.frames:
        element, comp = (
            delivered_frame(studio.images.read(frame_path(pattern, n)))
            for pattern in (
                studio.shelf.element_pattern(version.id),
                studio.shelf.comp_pattern(version.id),
            )
        )
        generated = 1 - float(read_matte(studio, shot, seam, n).mean())
        frames.append(
            FrameStands(element=element, comp=comp, plate="", matte="", generated=generated)
        )
    return Stands(facts={}, seen=(), frames=tuple(frames))


def _apart(
    record: Mapping[str, Any],
    wanted: Mapping[str, Sequence[str]],
    found: Mapping[str, Sequence[str]],
) -> list[str]:
    first = int(record["frames"].split("-")[0])
    said = [f"{name} was not made again" for name in wanted if name not in found]
    for name, digests in found.items():
        other = [
            first + place
            for place, digest in enumerate(digests)
            if wanted.get(name, [""] * len(digests))[place] != digest
        ]
        if other:
            said.append(f"{name}: frames {ranges(other)} come out otherwise")
    return said


def _hold_to(said: Sequence[str], where: str) -> None:
    if not said:
        return
    raise RefusedError(
        f"{where} is not replayed: {said[0]}"
        + "".join(f"\n  and {words}" for words in said[1:]),
        remedy="Bring back what differs; --any-code lets other code try, and bits decide.",
    )
