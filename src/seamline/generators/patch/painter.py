"""The patch generator itself: from an ask to layers, by layout, synthesis and composite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GeneratorError, InputError
from seamline.generators.patch import composite
from seamline.generators.patch.assembly import LaidOut, lay_out
from seamline.generators.patch.choice import find_layout
from seamline.generators.patch.compose import can_be_composed, compose
from seamline.generators.patch.compose.composition import Task
from seamline.generators.patch.compose.drawn import painted_layer
from seamline.generators.patch.filling import fill, finite, open_scene, plain_guides
from seamline.generators.patch.layout import Brief, Layout, can_be_laid_out
from seamline.generators.patch.lineage import extend, make_layer, trace
from seamline.generators.patch.resample import Bytes, Floats, grow
from seamline.generators.patch.search import P, R
from seamline.generators.patch.sheets import (
    EDGE,
    LAND,
    SKY,
    Atlas,
    Sheet,
    labels_of,
    make_sheet,
    soft_top,
    turned,
)
from seamline.generators.patch.synthesis import Scene, synthesise
from seamline.ports import CanvasPicture, Painted, PaintedLayer, ReferencePicture
from seamline.show.variation import Ask

MOST_PIXELS = 80_000_000
GROWN_PX = 24
LOOKS_TOGETHER = 4
"""Up to so many looks, a variation also keeps away from those of the other looks."""
SKY_ONLY_ABOVE_DEG = 8.0
LAND_ONLY_BELOW_DEG = -3.0
SKYLINE_SHARE = (0.06, 0.72)
GUIDE_WEIGHT = 0.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """One variation's choices."""

    looks: tuple[str, ...]
    which: int
    index: int
    seed: int

    @property
    def look(self) -> str:
        """The look of this variation."""
        return self.looks[self.which]


class Patch:
    """Guided multi-scale patch synthesis over whole-skyline layouts."""

    name = "patch"
    pixels = 1
    encoding = "ACEScct"
    needs_references = True

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        """
        Paint ``canvas`` out of ``references``.

        Returns:
            Layers ``env`` (the plate where kept, painted elsewhere) and, where the
            canvas has a margin, ``margin``: the live side of the border painted too,
            never copied from the plate.

        Raises:
            InputError: There is no reference, or nothing in them may be copied.
            GeneratorError: The canvas is larger than can be painted in one piece.
        """
        _check(canvas, references)
        kept = (canvas.keep >= 1).astype(np.uint8)
        edge = kept & grow((1 - kept).astype(np.uint8), 1)
        hole = bool(edge.any() or canvas.margin.any())
        plan = _plan(ask.seed, references)
        sheets = _sheets(references, plan.look)
        if not any(_copyable(sheet) for sheet in sheets):
            raise InputError(
                f"nothing can be copied from the look {plan.look!r}: no usable area of "
                f"{P} x {P} pixels is left in it",
                remedy="Paint out less in the reference's alpha, or approve a larger picture.",
            )
        progress(0.05)
        if hole:
            layers = fill(canvas, kept, sheets, references, plan.seed, progress)
            progress(1.0)
            return Painted(layers=layers, notes=_notes(references, plan, None, hole=True))
        wanted = _wanted(canvas, kept)
        composed = _composed(canvas, wanted, kept, references, plan, progress)
        if composed is not None:
            return composed
        sheets, laid, layout = _layout(canvas, sheets, references, plan)
        scene, guides = _scene(canvas, wanted, laid, sheets)
        field, _, atlas = synthesise(
            sheets, guides, scene, seed=plan.seed, progress=lambda p: progress(0.1 + 0.7 * p)
        )
        layers = _layers(canvas, kept, scene, field, atlas, sheets, references)
        progress(1.0)
        return Painted(layers=layers, notes=_notes(references, plan, layout, hole=False))


def _check(canvas: CanvasPicture, references: Sequence[ReferencePicture]) -> None:
    height, width = canvas.keep.shape
    if not references:
        raise InputError(
            "the patch generator has no reference to paint from",
            remedy="Approve one: seamline reference add FILE --allow paint ...",
        )
    if not any(picture.usable.any() for picture in references):
        raise InputError(
            "no reference has a single usable pixel: alpha is 0 everywhere",
            remedy="Alpha 0 means 'do not copy'; leave what may be copied opaque.",
        )
    if height * width > MOST_PIXELS:
        raise GeneratorError(
            f"the canvas is {width} x {height} pixels; the patch generator paints at most "
            f"{MOST_PIXELS // 1_000_000} million in one piece",
            remedy="Use a longer lens, a shorter camera move, or a smaller plate.",
        )
    if min(height, width) < 2 * P:
        raise GeneratorError(
            f"the canvas is {width} x {height} pixels, smaller than two patches ({2 * P})",
            remedy="Give the canvas at least 14 pixels each way.",
        )


def _plan(seed: int, references: Sequence[ReferencePicture]) -> _Plan:
    """Take looks in turn, seed by seed, and within a look one layout after the other."""
    looks = tuple(dict.fromkeys(p.look for p in references if p.usable.any()))
    index, which = divmod(seed - 1, len(looks))
    return _Plan(looks=looks, which=which, index=index % (1 << 20), seed=seed % (1 << 31))


def _copyable(sheet: Sheet) -> bool:
    solid = 1 - grow((1 - sheet.usable).astype(np.uint8), R)
    return bool(solid[R : sheet.height - R, R : sheet.width - R].any())


def _wanted(canvas: CanvasPicture, kept: Bytes) -> Bytes:
    """Return what is painted: all that is needed, and a little around it."""
    need = np.ascontiguousarray(canvas.need, dtype=np.uint8)
    return np.asarray(grow(need, GROWN_PX) & (1 - kept), np.uint8)


def _horizon_row(canvas: CanvasPicture) -> float:
    """Row of elevation 0 in the canvas's middle column; beyond the edge where it lies there."""
    height, width = canvas.keep.shape
    middle = float(canvas.elevation_deg[height // 2, width // 2])
    return float(height // 2 + middle * canvas.px_per_deg)


def _sheets(references: Sequence[ReferencePicture], look: str) -> list[Sheet]:
    return [
        make_sheet(p, i) for i, p in enumerate(references) if p.look == look and p.card is None
    ]


def _composed(
    canvas: CanvasPicture,
    wanted: Bytes,
    kept: Bytes,
    references: Sequence[ReferencePicture],
    plan: _Plan,
    progress: Callable[[float], None],
) -> Painted | None:
    """Return the picture composed of cards, or None where the look has not enough of them."""
    if not canvas.need.any():
        return None
    looks = can_be_composed(references, canvas.keep.shape[1])
    names = [stock.look for stock in looks]
    if plan.look not in names:
        return None
    task = Task(
        brief=_brief(canvas),
        wanted=wanted,
        index=plan.index,
        which=names.index(plan.look),
        seed=plan.seed,
    )
    found = compose(looks, task, progress)
    if found is None:
        return None
    drawn, _ = found
    layers = [painted_layer(d, references) for d in drawn]
    if kept.any():
        none = np.zeros_like(kept)
        nowhere = np.zeros(kept.shape, np.int32)
        layers.append(
            make_layer(
                "plate", canvas.known, none, kept, (nowhere, nowhere, nowhere), references
            )
        )
    progress(1.0)
    notes = (f"Composed of cards of {plan.look}.", *(d.says for d in drawn))
    return Painted(layers=tuple(layers), notes=notes)


def _brief(canvas: CanvasPicture) -> Brief:
    mean_rows, skyline_seen = _mean_rows(canvas)
    return Brief(
        need=canvas.need,
        horizon_row=_horizon_row(canvas),
        px_per_deg=canvas.px_per_deg,
        mean_rows=mean_rows,
        skyline_seen=skyline_seen,
    )


def _layout(
    canvas: CanvasPicture,
    sheets: list[Sheet],
    references: Sequence[ReferencePicture],
    plan: _Plan,
) -> tuple[list[Sheet], LaidOut | None, Layout | None]:
    """Return the sheets as the layout wants them, and the layout, if there is one."""
    height, width = canvas.keep.shape
    if not canvas.need.any() or not can_be_laid_out(sheets, width):
        return sheets, None, None
    brief = _brief(canvas)
    looks, which = [sheets], 0
    if len(plan.looks) <= LOOKS_TOGETHER:
        looks = [
            sheets if look == plan.look else _sheets(references, look) for look in plan.looks
        ]
        which = plan.which
    skied = [[s for s in own if s.top is not None] for own in looks]
    skied = [own if can_be_laid_out(own, width) else [] for own in skied]
    layout = find_layout(skied, brief, index=plan.index, which=which)
    if layout is None:
        return sheets, None, None
    # those with a sky first: the layout counts them
    ordered = skied[which] + [s for s in sheets if s.top is None]
    ready = [turned(s, layout.scale, mirrored=layout.mirrored) for s in ordered]
    return ready, lay_out(layout, ready, height, width), layout


def _mean_rows(canvas: CanvasPicture) -> tuple[tuple[float, float], bool]:
    """Where the skyline's mean row may lie, and whether it should be seen at all."""
    height = canvas.keep.shape[0]
    seen = canvas.need
    elevations = canvas.elevation_deg[seen]
    any_row = np.flatnonzero(seen.any(axis=1))
    top, bottom = int(any_row[0]), int(any_row[-1]) + 1
    if float(elevations.min()) > SKY_ONLY_ABOVE_DEG:
        return (bottom + 20.0, bottom + 20.0 + 0.3 * height), False
    if float(elevations.max()) < LAND_ONLY_BELOW_DEG:
        return (top - 20.0 - 0.3 * height, top - 20.0), False
    tall = np.sort(seen.sum(axis=0)[seen.any(axis=0)])
    usual = int(tall[len(tall) // 2])
    low, high = SKYLINE_SHARE
    return (top + low * usual, top + high * usual), True


def _scene(
    canvas: CanvasPicture, wanted: Bytes, laid: LaidOut | None, sheets: Sequence[Sheet]
) -> tuple[Scene, list[Floats]]:
    height, width = wanted.shape
    if laid is None:
        nothing = np.zeros_like(wanted)
        return open_scene(canvas, canvas.known, nothing, wanted), plain_guides(sheets)
    label = labels_of(laid.top, height, width)
    bits = np.array([1 << SKY, 1 << LAND, 0], np.uint8)
    bits[EDGE] = (1 << EDGE) | (1 << SKY) | (1 << LAND)
    copied = _copied(laid, sheets)
    mapped = (laid.sheet >= 0).astype(np.uint8)
    unit = np.float32(GUIDE_WEIGHT) / np.float32(height)
    rows = np.arange(height, dtype=np.float32)[:, None]
    scene = Scene(
        colour=copied,
        known=mapped,
        unknown=wanted & (1 - mapped),
        allowed=bits[label],
        guide=np.ascontiguousarray((rows - soft_top(laid.top)[None, :]) * unit),
        sheet=laid.sheet,
        row=laid.row,
        column=laid.column,
    )
    return scene, [_depth_guide(sheet, unit) for sheet in sheets]


def _depth_guide(sheet: Sheet, unit: np.float32) -> Floats:
    rows = np.arange(sheet.height, dtype=np.float32)[:, None]
    if sheet.top is None:
        return np.ascontiguousarray(np.repeat(rows * unit, sheet.width, axis=1))
    return np.ascontiguousarray((rows - soft_top(sheet.top)[None, :]) * unit)


def _copied(laid: LaidOut, sheets: Sequence[Sheet]) -> Floats:
    copied = np.zeros((*laid.sheet.shape, 3), np.float32)
    for k, sheet in enumerate(sheets):
        here = laid.sheet == k
        copied[here] = sheet.colour[laid.row[here], laid.column[here]]
    return copied


def _layers(
    canvas: CanvasPicture,
    kept: Bytes,
    scene: Scene,
    field: NDArray[np.int32],
    atlas: Atlas,
    sheets: Sequence[Sheet],
    references: Sequence[ReferencePicture],
) -> tuple[PaintedLayer, ...]:
    mapped = (scene.sheet >= 0).astype(np.uint8)
    painted = scene.unknown | mapped
    inner = np.zeros_like(painted)
    inner[R:-R, R:-R] = 1
    extend(field, inner | mapped, scene.unknown)
    traced = trace(field, painted, atlas, sheets, references)
    copies = atlas.colour[field[..., 0], field[..., 1]]
    smooth = composite.smoothness(atlas.colour)
    env_open = painted & (1 - kept)
    state = np.where(env_open > 0, composite.OPEN, composite.ABSENT).astype(np.uint8)
    state[kept > 0] = composite.KEPT
    base = np.where(env_open[..., None] > 0, copies, finite(canvas.known)).astype(np.float32)
    anchor = np.full(state.shape, composite.ANCHOR_HOLE, np.float32)
    if mapped.any():
        anchor[:] = composite.ANCHOR_FILLED
        anchor[mapped > 0] = composite.ANCHOR_WHOLE
    env = base + composite.correction(
        atlas.colour, atlas.pixel, smooth, field, state, base, anchor
    )
    env = np.where(kept[..., None] > 0, canvas.known, env)
    return (make_layer("env", env, env_open, kept, traced, references),)


def _notes(
    references: Sequence[ReferencePicture], plan: _Plan, layout: Layout | None, *, hole: bool
) -> tuple[str, ...]:
    names = ", ".join(dict.fromkeys(p.id for p in references if p.look == plan.look))
    if hole:
        return (f"Filled from {names}, tied to the plate around it.",)
    if layout is None:
        return (f"Painted from {names} by height above the horizon; no skyline was laid out.",)
    pieces = len(layout.pieces)
    mirrored = ", mirrored" if layout.mirrored else ""
    first = (
        f"Painted from {names} at {layout.scale:.2f} of its size{mirrored}: "
        f"{pieces} piece{'s' if pieces > 1 else ''} of its skyline."
    )
    if layout.missing < 0.02:
        return (first,)
    return (
        first,
        f"The reference does not reach everywhere: {100 * layout.missing:.0f} % of what is "
        "seen was filled with patches of the same kind; look there first.",
    )
