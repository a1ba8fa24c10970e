"""
Turnovers: what a reel of shots costs to take in, and what is told of what it lacks.

A cut list and ten small frames a shot, with timecode in their headers, in folders named by
shot. Some shots lack their plate, some a frame, some have two plates: how many of them the
report names, and how many shots it names wrongly. Times are this machine's, beside reading
the same frames with the bare library in the same run.
"""

from __future__ import annotations

import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from seamline import wiring
from seamline.formats.sequences import material_under
from seamline.formats.turnover import read_turnover
from seamline.steps.status import status
from seamline.steps.turnover import take_in
from seamline.steps.turnover_look import Asked
from seamline.steps.turnover_report import MISSING, STANDING, Intake

SHOTS, FRAMES, HANDLES = 100, 10, 3
RATE, HOUR = 24, 86400
WIDTH, HEIGHT = 96, 54
AP1 = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
EVERY = {"no plate": 20, "a gap": 25, "two plates": 33}
"""One shot in so many lacks that."""


def figures() -> dict[str, Any]:
    """Return the figures of a reel, and of one ten times as long: what grows with it."""
    return {**taken(SHOTS), "ten times as many": taken(10 * SHOTS)}


def taken(shots: int) -> dict[str, Any]:
    """Return the figures of a reel of ``shots``."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        planted = _reel(root / "reel", shots)
        wiring.new_show(str(root / "show"), "Reel", width=WIDTH, height=HEIGHT, rate=str(RATE))
        studio = wiring.open_studio(str(root / "show"), threads=1, quiet=True)
        bare_s = _bare(root / "reel")

        def take(*, dry_run: bool = False) -> tuple[Intake, float, float]:
            begun, spent = time.perf_counter(), time.process_time()
            turnover = read_turnover(str(root / "reel" / "reel.edl"), Fraction(RATE))
            material = material_under([str(root / "reel")])
            asked = Asked(handles=HANDLES)
            found = take_in(studio, turnover, material, asked, dry_run=dry_run)
            return found, time.perf_counter() - begun, time.process_time() - spent

        _, dry_s, _ = take(dry_run=True)
        first, first_s, first_cpu_s = take()
        second, again_s, again_cpu_s = take()
        spent = time.process_time()
        status(studio)
        status_cpu_s = time.process_time() - spent
        named = {o.shot for o in first.outcomes if o.state == MISSING}
        rows = sum(1 for _ in studio.ledger.rows())
        begun = time.perf_counter()
        for n in range(200):
            studio.ledger.append("note", {"n": n})
        append_ms = (time.perf_counter() - begun) * 5
        return {
            "shots": shots,
            "frames a shot": FRAMES,
            "planted faults": len(planted),
            "faults named": len(planted & named),
            "whole shots named as missing": len(named - planted),
            "unchanged at the second run": second.count(STANDING),
            "rows": rows,
            "bare reading s": round(bare_s, 2),
            "dry run s": round(dry_s, 2),
            "first run s": round(first_s, 2),
            "second run s": round(again_s, 2),
            "ms a shot": round(1000 * first_s / shots, 1),
            "CPU ms a shot, decoding apart": round(1000 * first_cpu_s / shots, 1),
            "CPU ms a shot at the second run": round(1000 * again_cpu_s / shots, 1),
            "CPU ms a shot of status": round(1000 * status_cpu_s / shots, 1),
            "ledger append ms": round(append_ms, 2),
        }


def _reel(folder: Path, shots: int) -> set[str]:
    """Write a reel; return the shots that lack something."""
    lines, planted = ["TITLE: REEL", "FCM: NON-DROP FRAME"], set()
    length, record = FRAMES - 2 * HANDLES, HOUR
    for n in range(shots):
        shot, source = f"{n // 20 + 1:03d}_{n % 20 * 10 + 10:04d}", 2 * HOUR + 1000 * n
        times = (source, source + length, record, record + length)
        words = " ".join(_timecode(t) for t in times)
        lines += [f"{n % 999 + 1:03d}  A{n:03d} V C {words}", f"* SHOT: {shot}"]
        record += length
        lacks = {what for what, every in EVERY.items() if n % every == every - 1}
        if lacks:
            planted.add(shot)
        if "no plate" in lacks:
            continue
        _plate(folder / shot / f"{shot}_plate_v001", source - HANDLES, gap="a gap" in lacks)
        if "two plates" in lacks:
            _plate(folder / shot / f"{shot}_plate_v002", source - HANDLES, gap=False)
    (folder / "reel.edl").write_text("\n".join(lines) + "\n")
    return planted


def _plate(head: Path, starts: int, *, gap: bool) -> None:
    head.parent.mkdir(parents=True, exist_ok=True)
    for n in range(FRAMES):
        if gap and n == FRAMES // 2:
            continue
        rng = np.random.default_rng([starts, n])
        spec = oiio.ImageSpec(WIDTH, HEIGHT, 3, "half")
        spec.attribute("compression", "zip")
        spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), AP1)
        word = int(_timecode(starts + n).replace(":", ""), 16)
        spec.attribute("smpte:TimeCode", oiio.TypeDesc("timecode"), (word, 0))
        path = f"{head}.{1001 + n:04d}.exr"
        output = oiio.ImageOutput.create(path)
        output.open(path, spec)
        output.write_image(rng.uniform(0, 2, (HEIGHT, WIDTH, 3)).astype(np.float16))
        output.close()


def _bare(folder: Path) -> float:
    begun = time.perf_counter()
    for path in sorted(folder.rglob("*.exr")):
        opened = oiio.ImageInput.open(str(path))
        opened.read_image(0, 0, 0, 3, "half")
        opened.close()
    return time.perf_counter() - begun


def _timecode(frames: int) -> str:
    seconds, frame = divmod(frames, RATE)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frame:02d}"
