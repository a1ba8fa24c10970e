"""
Reduce the demo show's photographs to what its shots can use, as PNG with alpha.

    python examples/demo_show/reduce_references.py FOLDER

FOLDER holds the original photographs (see SOURCES.md for origin and
licence). Alpha 0 marks what a painter would not copy from: the photographer's own
foreground, single trees that would stand about as landmarks, lens flare and the
blown sun. Polygons are in fractions of the original's width and height, drawn by
hand on a 1345 x 896 view of each photograph.

Neither photograph carries a lens in its header. Judged by eye against the plate they
are given ``--hfov 61.4`` (aitzgorri) and ``--hfov 86.6`` (sunset).
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).parent / "references"
VIEW = (1345.0, 896.0)
Polygon = list[tuple[float, float]]

AITZGORRI: list[Polygon] = [
    # the lawn
    [
        (0, 532),
        (150, 532),
        (300, 548),
        (450, 566),
        (600, 588),
        (750, 602),
        (880, 610),
        (1345, 650),
        (1345, 896),
        (0, 896),
    ],
    # spruce, oak and bushes on the right, down to the lawn
    [
        (866, 640),
        (872, 590),
        (905, 545),
        (935, 470),
        (960, 400),
        (985, 350),
        (1015, 350),
        (1050, 420),
        (1075, 440),
        (1092, 390),
        (1120, 335),
        (1165, 335),
        (1172, 362),
        (1205, 340),
        (1225, 262),
        (1262, 232),
        (1345, 110),
        (1345, 896),
        (866, 896),
    ],
    # bare branches against the range and the sky
    [(1262, 235), (1290, 195), (1312, 195), (1330, 120), (1345, 105), (1345, 300)],
    # twigs of the nearest larches against the sky
    [(0, 168), (40, 178), (78, 204), (100, 236), (70, 250), (0, 225)],
]
SUNSET: list[Polygon] = [
    # the near ground, with post and table
    [
        (0, 668),
        (110, 650),
        (250, 606),
        (340, 588),
        (450, 570),
        (560, 548),
        (640, 540),
        (760, 520),
        (880, 514),
        (1000, 503),
        (1080, 500),
        (1180, 510),
        (1260, 524),
        (1345, 530),
        (1345, 896),
        (0, 896),
    ],
    [(0, 540), (30, 540), (58, 640), (58, 700), (0, 700)],
    # the blown sun, its star and the streaks below it
    [
        (560, 420),
        (566, 330),
        (600, 268),
        (672, 240),
        (744, 268),
        (780, 330),
        (786, 420),
        (800, 470),
        (830, 540),
        (560, 560),
        (520, 500),
    ],
]
SPOTS = [  # lens flare: x, y, radius
    (342, 531, 18), (540, 480, 18), (520, 480, 14), (478, 517, 14), (934, 486, 18),
    (810, 465, 16), (710, 524, 60), (224, 517, 14), (153, 28, 20), (736, 52, 22),
    (722, 118, 16), (70, 250, 12), (615, 268, 16), (378, 292, 16), (1030, 188, 12),
    (1313, 64, 12), (1046, 140, 16), (480, 68, 16), (545, 338, 12), (124, 570, 16),
    (208, 468, 18), (1270, 470, 24), (570, 172, 18), (855, 282, 14), (325, 466, 34),
]  # fmt: skip


def reduce(
    original: Path,
    target: Path,
    *,
    width: int,
    rows: tuple[float, float],
    polygons: list[Polygon],
    spots: list[tuple[int, int, int]],
) -> None:
    """Write ``original`` at ``width`` px, only its ``rows`` (shares of its height)."""
    with Image.open(original) as opened:
        photograph = opened.convert("RGB")
    height = round(width * photograph.height / photograph.width)
    small = photograph.resize((width, height), Image.Resampling.LANCZOS)
    k = width / VIEW[0]
    alpha = Image.new("L", small.size, 255)
    draw = ImageDraw.Draw(alpha)
    for polygon in polygons:
        draw.polygon([(x * k, y * k) for x, y in polygon], fill=0)
    for x, y, r in spots:
        draw.ellipse([(x - r) * k, (y - r) * k, (x + r) * k, (y + r) * k], fill=0)
    black = Image.new("RGB", small.size)
    # what is not copied is not carried either: it would only weigh
    cells = alpha.resize((width // 8, height // 8), Image.Resampling.BOX)
    grown = cells.filter(ImageFilter.MaxFilter(3))
    carried = grown.point(lambda a: 255 if a else 0).resize(
        small.size, Image.Resampling.NEAREST
    )
    rgba = Image.composite(small, black, carried).convert("RGBA")
    rgba.putalpha(alpha)
    first, last = (round(height * share) for share in rows)
    rgba.crop((0, first, width, last)).save(target, optimize=True)


def main(folder: Path) -> None:
    """Write both reduced references beside this script."""
    HERE.mkdir(exist_ok=True)
    reduce(
        folder / "aitzgorri_by_Aitzol_Berasategi.jpg",
        HERE / "aitzgorri.png",
        width=1640,
        rows=(0.0, 0.70),
        polygons=AITZGORRI,
        spots=[],
    )
    reduce(
        folder / "sunset_by_Aitzol_Berasategi.jpg",
        HERE / "sunset.png",
        width=2600,
        rows=(0.13, 0.75),
        polygons=SUNSET,
        spots=SPOTS,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
