"""
Galleries: every seed of a case on one sheet, and a set for judging blind.

The sheet shows the plate first, then seeds 1 to 12, none left out. For a blind judgement
real and painted pictures lie in one folder under numbers, full size, in an order that
only ``key.json`` knows; verdicts are written into ``verdicts.csv`` and counted after.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from patch import material
from patch.case import Case
from patch.painting import Take
from seamline.pixels.comp import CompLayer, over
from seamline.pixels.foreground import told_apart
from seamline.pixels.match import softened
from seamline.pixels.veil import let_through

Floats = NDArray[np.float32]
TILE_PX = 400
COLUMNS = 4
MOST_BYTES = 150_000
SHOWN = 0.16
"""A panorama's picture is shown so that its median light is this: there is no exposure."""
VERDICTS = ("usable", "fix", "reject")
"""Nothing to paint; a minute's painting; start again."""


def stops(case: Case) -> float:
    """Return by how much a case's pictures are brightened to be looked at."""
    if case.name in material.PHOTOS:
        return 0.0
    pictures = [case.plate] if case.task != "whole" else [r.colour for r in case.references]
    light = np.concatenate([material.light(p)[::7, ::7].reshape(-1, 3) for p in pictures])
    middle = float(np.median(light.mean(axis=-1)))
    return float(np.log2(SHOWN / max(middle, 1e-4)))


def in_context(case: Case, picture: Floats) -> Floats:
    """Return a painting as it is looked at: a sky behind what stands before it, comped."""
    if case.matte is None:
        return picture
    plate = material.light(case.plate)
    # what the match's sharpness layer does where lens, focus and stop are known
    new = softened(material.light(picture), np.ones_like(case.matte), sigma_px=case.soft_px)
    live_rgb, own, behind = told_apart(plate, case.matte)
    if case.veil is not None:
        live_rgb = let_through(live_rgb, case.matte, case.veil, own, behind, new)
    live = CompLayer(name="live", rgb=live_rgb, alpha=case.matte, live=True)
    sky = CompLayer(name="env", rgb=new, alpha=np.ones_like(case.matte))
    mixed, untouched = over([sky, live])
    return material.coded(np.where(untouched[..., None], plate, mixed))


def sheet(case: Case, takes: Sequence[Take], *, smaller: float = 1.0) -> bytes:
    """Return a JPEG of at most 150 kB: the plate or reference, then every take."""
    bright = stops(case)
    first = case.plate if case.task != "whole" else case.references[0].colour
    tiles = [("the plate" if case.task != "whole" else "the reference", first)]
    tiles += [(f"seed {take.seed}", in_context(case, take.colour)) for take in takes]
    height = TILE_PX * 9 // 16
    rows = -(-len(tiles) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * (TILE_PX + 4), rows * (height + 4)), (38, 38, 38))
    pen = ImageDraw.Draw(page)
    for k, (title, picture) in enumerate(tiles):
        shown = Image.fromarray(material.viewed(picture, bright))
        shown.thumbnail((TILE_PX, height), Image.Resampling.LANCZOS)
        x, y = k % COLUMNS * (TILE_PX + 4), k // COLUMNS * (height + 4)
        page.paste(shown, (x, y))
        pen.text(
            (x + 5, y + 3), title, fill=(255, 230, 0), stroke_width=1, stroke_fill=(0, 0, 0)
        )
    for quality in range(88, 20, -6):
        out = io.BytesIO()
        page.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


class Blind:
    """
    A set for judging blind, written picture by picture and shuffled at the end.

    Real pictures are the plates themselves, and for whole frames crops of the references;
    one to every three paintings, so that a judge cannot reckon.
    """

    def __init__(self, folder: Path, *, seed: int) -> None:
        self._folder, self._draw = folder, np.random.default_rng(seed)
        self._labels: list[dict[str, Any]] = []
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, case: Case, takes: Sequence[Take]) -> None:
        """Add every take of a case, and real pictures of its kind."""
        for take in takes:
            self._write(
                {"case": case.id, "seed": take.seed}, case, in_context(case, take.colour)
            )
        for n in range(max(1, len(takes) // 3)):
            self._write({"case": case.id, "real": n + 1}, case, _real(case, self._draw))

    def _write(self, label: dict[str, Any], case: Case, picture: Floats) -> None:
        shown = Image.fromarray(material.viewed(picture, stops(case)))
        shown.save(self._folder / f"unsorted{len(self._labels)}.png")
        self._labels.append(label)

    def close(self) -> int:
        """Give every picture its number, write key and table; return how many there are."""
        key = {}
        for number, index in enumerate(self._draw.permutation(len(self._labels)), start=1):
            name = f"{number:03d}.png"
            (self._folder / f"unsorted{index}.png").rename(self._folder / name)
            key[name] = self._labels[int(index)]
        (self._folder / "key.json").write_text(json.dumps(key, indent=1) + "\n")
        rows = "".join(f"{name},,\n" for name in key)
        head = f"picture,{'|'.join(VERDICTS)},what is wrong\n"
        (self._folder / "verdicts.csv").write_text(head + rows)
        return len(key)


def _real(case: Case, draw: np.random.Generator) -> Floats:
    """Return a real picture of a case's size, sometimes mirrored."""
    height, width = case.judged.shape
    source = case.plate
    if case.task == "whole":
        whole = [r for r in case.references if r.card is None and r.colour.shape[0] >= height]
        source = whole[int(draw.integers(len(whole)))].colour
    y, x = (int(draw.integers(n - m + 1)) for n, m in
            zip(source.shape[:2], (height, width), strict=True))  # fmt: skip
    cut = source[y : y + height, x : x + width]
    return np.ascontiguousarray(cut[:, ::-1] if draw.random() < 0.5 else cut)


def counted(folder: Path) -> dict[str, Any]:
    """Return what the verdicts of a blind set say, by case, real pictures apart."""
    key = json.loads((folder / "key.json").read_text())
    out: dict[str, dict[str, Any]] = {}
    with (folder / "verdicts.csv").open() as table:
        for name, verdict, *_ in list(csv.reader(table))[1:]:
            if verdict not in VERDICTS:
                continue
            label = key[name]
            kind = "real" if "real" in label else "painted"
            own = out.setdefault(label["case"], {}).setdefault(kind, dict.fromkeys(VERDICTS, 0))
            own[verdict] += 1
    return out
