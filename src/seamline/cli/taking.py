"""What ``seamline lock check`` is handed, and how its answer is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seamline.cli.common import Answer, decimals
from seamline.errors import InputError
from seamline.show.measured import Measured, Number
from seamline.show.record import as_record

if TYPE_CHECKING:
    from seamline.ports import Studio
    from seamline.steps.measure import BallPicture, ChartPicture
    from seamline.steps.take import Drift

MARKS = {"pass": "ok", "fail": "FAIL", "not checked": "--", "not comparable": "--"}


def ball(file: str | None, circle: str | None, flag: str, around: str) -> BallPicture | None:
    """Return the picture of a ball; a file and its circle come together."""
    from seamline import on_disk
    from seamline.steps.measure import BallPicture

    _together(file, circle, flag, around)
    if not file or not circle:
        return None
    x, y, radius = decimals(circle, 3, what=around, expected="X,Y,RADIUS")
    return BallPicture(path=on_disk.absolute(file), circle=(x, y, radius))


def chart_picture(file: str | None, corners: str | None) -> ChartPicture | None:
    """Return the picture of a chart; a file and its corners come together."""
    from seamline import on_disk
    from seamline.steps.measure import ChartPicture

    _together(file, corners, "--chart", "--corners")
    if not file or not corners:
        return None
    at = decimals(corners, 8, what="--corners", expected="X,Y of four patches")
    return ChartPicture(
        path=on_disk.absolute(file), corners=tuple(zip(at[::2], at[1::2], strict=True))
    )


def _together(file: str | None, place: str | None, flag: str, where: str) -> None:
    if bool(file) != bool(place):
        have, lack = (flag, where) if file else (where, flag)
        raise InputError(
            f"{have} was given without {lack}",
            remedy=f"Give both: {flag} FILE says which picture, {where} where in it.",
        )


def given(
    studio: Studio,
    shot: str,
    *,
    horizon: float | None,
    focal: float | None,
    height: float | None,
) -> Measured:
    """Return the numbers that were typed; the horizon's row is one of the shot's frame."""
    from seamline.steps import book

    rows = float(book.shot(studio.ledger, shot).height_px) if horizon is not None else None
    said = {
        "horizon_px": horizon,
        "frame_height_px": rows,
        "focal_length_mm": focal,
        "camera_height_m": height,
    }
    return Measured(
        numbers={n: Number(value=v, by="hand") for n, v in said.items() if v is not None}
    )


def answer(shot: str, found: Drift) -> Answer:
    """Return the drift report: as a document, and line by line."""
    from seamline.steps.measured import measured_document

    document: dict[str, Any] = {
        "shot": shot,
        "lock_version": found.lock.version,
        "holds": found.holds,
        "findings": [as_record(finding) for finding in found.findings],
        "notes": list(found.notes),
        "measured": measured_document(found.measured),
    }
    failed = sum(finding.verdict == "fail" for finding in found.findings)
    checked = sum(finding.verdict in ("pass", "fail") for finding in found.findings)
    open_ones = len(found.findings) - checked
    words = [
        f"{shot}, lock v{found.lock.version}: "
        + (
            f"{failed} of {checked} numbers beyond tolerance"
            if failed
            else f"{checked} numbers hold"
        )
        + (f", {open_ones} not checked" if open_ones else "")
    ]
    words += [f"  {MARKS[f.verdict]:<4}  {f.says}" for f in found.findings]
    words += [f"  {note}" for note in found.notes]
    return document, words
