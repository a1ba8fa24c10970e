"""The sky layer: a sky card set whole where it reaches, carried on where it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch import composite
from seamline.generators.patch.chance import below, draw
from seamline.generators.patch.compose.drawn import Drawn, filled_in, mended, set_down
from seamline.generators.patch.compose.stock import as_sky
from seamline.generators.patch.lineage import field_of, origins_of
from seamline.generators.patch.memory import give_back
from seamline.generators.patch.resample import Bytes, Floats
from seamline.generators.patch.scene import Scene
from seamline.generators.patch.sheets import SKY, Sheet, make_atlas
from seamline.ports import NOT_KEPT, Levels

HEIGHT_GUIDE = 0.9
"""Guide of one canvas height above the horizon: a sky's tone follows its height."""
BEHIND_PX = 40
"""So far behind the skyline the sky goes on, for soft edges and for a later look."""


def sky_wanted(wanted: Bytes, skyline: np.ndarray) -> Bytes:
    """Return (H, W) where the sky is to be painted: above the skyline, and a little behind."""
    rows = np.arange(wanted.shape[0], dtype=np.int64)[:, None]
    return ((wanted > 0) & (rows < skyline[None, :] + BEHIND_PX)).astype(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Which sky card is set, and where: canvas plus (``dx``, ``dy``) is the card."""

    card: int
    dx: int
    dy: int


def set_sky(
    skies: Sequence[Sheet], need: NDArray[np.bool_], horizon_row: float, *, seed: int
) -> Setting:
    """
    Return where one of ``skies`` is set on a canvas of which ``need`` (H, W) is seen.

    Its horizon lies on the canvas's, but its top not below the top of what is seen
    while it has more sky to give: real sky, not its continuation, is seen first.
    """
    which = below(draw(seed, 1, 41, 0), len(skies))
    card = skies[which]
    width = need.shape[1]
    room = card.width - width
    if room > 0:
        dx = below(draw(seed, 2, 41, 1), room + 1)
    else:
        dx = -below(draw(seed, 2, 41, 1), 1 - room)
    dy = int(np.floor(card.base_row - horizon_row + 0.5))
    seen, own = (np.flatnonzero(p.any(axis=1)) for p in (need, card.usable))
    if len(seen) and len(own):
        dy = max(dy, int(own[0] - seen[0]))
    return Setting(card=which, dx=dx, dy=dy)


def draw_sky(
    skies: Sequence[Sheet],
    setting: Setting,
    wanted: Bytes,
    *,
    seed: int,
    progress: Callable[[float], None],
    levels: Levels = NOT_KEPT,
) -> Drawn:
    """
    Return a sky on the canvas.

    Args:
        skies: Sky cards, turned as the variation is.
        setting: Which of them is set where.
        wanted: (H, W) 1 where sky is needed.
        seed: Decides how it is carried on.
        progress: Called with the share done, 0 to 1.
        levels: Where what is finished of it is kept.
    """
    height = wanted.shape[0]
    sheets = [as_sky(s) for s in skies]
    which, dx, dy = setting.card, setting.dx, setting.dy
    chosen = sheets[which]
    rows = np.indices(wanted.shape, dtype=np.int32)[0]
    inside, row, column = set_down(chosen, wanted.shape, dx=dx, dy=dy)
    mapped = (inside & (wanted > 0) & (chosen.usable[row, column] > 0)).astype(np.uint8)
    own = np.where(mapped > 0, which, -1).astype(np.int32)
    unknown = (wanted & (1 - mapped)).astype(np.uint8)
    unit = np.float32(HEIGHT_GUIDE) / np.float32(height)
    guides = [_height(sheet, unit) for sheet in sheets]
    if unknown.any():
        scene = Scene(
            colour=np.where(
                mapped[..., None] > 0, chosen.colour[row, column], np.float32(0)
            ).astype(np.float32),
            known=mapped,
            unknown=unknown,
            allowed=np.full(wanted.shape, 1 << SKY, np.uint8),
            guide=np.ascontiguousarray(
                (rows.astype(np.float32) + np.float32(dy - chosen.base_row)) * unit
            ),
            sheet=own,
            row=row,
            column=column,
        )
        field, atlas = filled_in(sheets, guides, scene, seed, progress, levels, "sky")
        del scene
        give_back()
    else:
        atlas = make_atlas(sheets, guides, 1.0)
        field = field_of(atlas, own, row, column)
    field = np.ascontiguousarray(field)
    colours, pixel = atlas.colour, atlas.pixel
    del atlas, guides, rows, row, column, inside, own
    give_back()
    shown = mapped | unknown
    anchor = np.full(shown.shape, composite.ANCHOR_FILLED, np.float32)
    anchor[mapped > 0] = composite.ANCHOR_WHOLE
    filled = float(unknown.sum()) / max(1, int(wanted.sum()))
    return Drawn(
        name="sky",
        colour=mended(colours, pixel, field, shown, anchor),
        alpha=shown.astype(np.float32),
        hidden=unknown,
        field=field,
        origins=origins_of(sheets),
        says=f"The sky is one card, {100 * filled:.0f} % of it carried on.",
    )


def _height(sheet: Sheet, unit: np.float32) -> Floats:
    rows = np.arange(sheet.height, dtype=np.float32)[:, None]
    guide = (rows - np.float32(sheet.base_row)) * unit
    return np.ascontiguousarray(np.repeat(guide, sheet.width, axis=1))
