"""The patch generator itself: from an ask to layers, by what the canvas asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from seamline.errors import GeneratorError, InputError
from seamline.generators.patch import detect
from seamline.generators.patch.behind import locked_sun, sky_behind
from seamline.generators.patch.choice import honest_count
from seamline.generators.patch.compose.anew import left_behind, look_of, paint_anew
from seamline.generators.patch.compose.drawn import painted_layer
from seamline.generators.patch.composed import paint_composed, settle, sketch_of, task_of
from seamline.generators.patch.filling import fill, most_of
from seamline.generators.patch.layout import Layout
from seamline.generators.patch.prepared import Prepared
from seamline.generators.patch.ready import warm_up
from seamline.generators.patch.resample import grow
from seamline.generators.patch.rough import (
    remembering,
    rough_hole,
    rough_sky,
    rough_whole,
)
from seamline.generators.patch.search import P, R
from seamline.generators.patch.sky import paint_sky
from seamline.generators.patch.skyviews import SkyView, sun_pixel
from seamline.generators.patch.whole import paint_whole
from seamline.pixels.picture import Image
from seamline.ports import (
    CanvasPicture,
    Levels,
    Painted,
    PaintedLayer,
    ReferencePicture,
)
from seamline.show.review import Finding
from seamline.show.variation import Ask, anew_of, more_different

MOST_PIXELS = 80_000_000
LAYOUTS_TRIED = 24
"""So many ranges are tried for one that fits the sky that stands."""


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


class Painter:
    """What ``Patch`` paints with; it remembers what it made ready of the last material."""

    def __init__(self) -> None:
        self._last: Prepared | None = None
        self._lock = Lock()

    def make_ready(self) -> None:
        """Load compiled code, by sketching some cards of no account."""
        warm_up()

    def go_on(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
        levels: Levels,
    ) -> Painted:
        """Paint ``canvas`` out of ``references``; see ``Patch.go_on``."""
        _check(canvas, references)
        prepared = self._prepared(canvas, references)
        plan = _plan(ask.seed, prepared)
        if not _may_be_copied(prepared, plan.look):
            raise InputError(
                f"nothing can be copied from the look {plan.look!r}: no usable area of "
                f"{P} x {P} pixels is left in it",
                remedy="Paint out less in the reference's alpha, or approve a larger picture.",
            )
        progress(0.05)
        if canvas.standing:
            return _anew(ask, prepared, plan, progress)
        if prepared.hole:
            sheets = prepared.sheets(plan.look)
            most = most_of(references, different=more_different(ask))
            layers = fill(
                canvas, prepared.kept, sheets, references, plan.seed, progress, levels, most,
                remembering(prepared, plan.look, plan.seed, most),
            )  # fmt: skip
            progress(1.0)
            return Painted(
                layers=layers,
                notes=_notes(references, plan, None, hole=True),
                findings=_findings(prepared, layers),
            )
        lit = _lit_sky(prepared, plan, progress, levels)
        if lit is not None:
            return lit
        settled = settle(prepared, plan.look, index=plan.index, seed=plan.seed)
        if settled is not None:
            made = paint_composed(
                prepared, settled, lambda p: progress(0.1 + 0.9 * p),
                sky_behind(prepared, plan.index, plan.seed, levels),
                locked_sun(prepared, plan.index), levels,
            )  # fmt: skip
            return Painted(layers=made.layers, notes=made.notes, findings=made.findings)
        layers, layout = paint_whole(
            prepared, plan.look, index=plan.index, seed=plan.seed,
            progress=lambda p: progress(0.05 + 0.95 * p), levels=levels,
        )  # fmt: skip
        progress(1.0)
        tops = {s.reference: s.top for s in prepared.sheets(plan.look) if s.top is not None}
        return Painted(
            layers=layers,
            notes=(
                *_notes(references, plan, layout, hole=False),
                *_counted(prepared, plan.look),
            ),
            findings=_findings(prepared, layers, tops=tops),
        )

    def sketch(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        reduce: int,
        *,
        first: bool = False,
    ) -> Image | None:
        """Sketch what ``go_on`` will give; see ``Patch.sketch``."""
        _check(canvas, references)
        prepared = self._prepared(canvas, references)
        plan = _plan(ask.seed, prepared)
        if canvas.standing or not _may_be_copied(prepared, plan.look):
            return None
        if prepared.hole:
            most = most_of(references, different=more_different(ask))
            return rough_hole(
                prepared, plan.look, seed=plan.seed, most=most, reduce=reduce, first=first
            )
        if first:
            return None
        view = _sky_of(prepared, plan)
        if view is not None:
            return rough_sky(prepared, view, seed=plan.seed, reduce=reduce)
        settled = settle(prepared, plan.look, index=plan.index, seed=plan.seed)
        if settled is None:
            return rough_whole(
                prepared, plan.look, index=plan.index, seed=plan.seed, reduce=reduce
            )
        behind = sky_behind(prepared, plan.index, plan.seed)
        return sketch_of(prepared, settled, reduce, behind)

    def _prepared(
        self, canvas: CanvasPicture, references: Sequence[ReferencePicture]
    ) -> Prepared:
        """Return what was made ready for the last ask, if this one has the same material."""
        with self._lock:
            if self._last is None or not self._last.fits(canvas, references):
                self._last = Prepared(canvas, references)
            return self._last


def _check(canvas: CanvasPicture, references: Sequence[ReferencePicture]) -> None:
    height, width = canvas.keep.shape
    if not references:
        raise InputError(
            "the patch generator has no reference to paint from",
            remedy="Approve one: seamline reference add FILE --allow paint ...",
        )
    if not any(picture.glance.usable.any() for picture in references):
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


def _plan(seed: int, prepared: Prepared) -> _Plan:
    """Take looks in turn, seed by seed, and within a look one layout after the other."""
    looks = prepared.looks
    index, which = divmod(seed - 1, len(looks))
    return _Plan(looks=looks, which=which, index=index % (1 << 20), seed=seed % (1 << 31))


def _may_be_copied(prepared: Prepared, look: str) -> bool:
    """Whether a patch of ``look`` may be copied, or a sky stands for it."""
    if any(_copyable(picture.usable) for picture in prepared.pictures(look)):
        return True
    return prepared.sky_only and bool(prepared.skies().all)


def _copyable(usable: NDArray[np.bool_]) -> bool:
    height, width = usable.shape
    solid = 1 - grow(np.ascontiguousarray(~usable).view(np.uint8), R)
    return bool(solid[R : height - R, R : width - R].any())


def _examined(
    prepared: Prepared,
    layers: tuple[PaintedLayer, ...],
    *,
    tops: Mapping[int, NDArray[np.int32]] | None = None,
    sun: tuple[int, int] | None = None,
) -> detect.Examined:
    return detect.Examined(
        layers=layers,
        references=tuple(prepared.references),
        need=prepared.canvas.need,
        kept=prepared.kept > 0,
        tops=tops or {},
        sun=sun,
    )


def _findings(
    prepared: Prepared,
    layers: tuple[PaintedLayer, ...],
    *,
    tops: Mapping[int, NDArray[np.int32]] | None = None,
) -> tuple[Finding, ...]:
    return _told(detect.look(_examined(prepared, layers, tops=tops)))


def _told(seen: Sequence[detect.Found]) -> tuple[Finding, ...]:
    """Return what was found; what there were no grounds to judge is not worth a line."""
    return tuple(f.finding for f in seen if f.finding.verdict != "not checked")


def _anew(
    ask: Ask, prepared: Prepared, plan: _Plan, progress: Callable[[float], None]
) -> Painted:
    """Return the standing layers, the one that the ask names painted anew."""
    name, standing = anew_of(ask), prepared.canvas.standing
    looks = prepared.stocks()
    names = [stock.look for stock in looks]
    look = look_of(standing, prepared.references)
    first = (
        prepared.card_layouts().find(plan.index, names.index(look)) if look in names else None
    )
    if first is None:
        raise InputError(
            "the picture was not composed of cards, so no layer of it can be painted alone",
            remedy="Paint another seed: every layer of it is another.",
        )
    which = names.index(look)

    def layouts(number: int) -> Layout | None:
        if number >= LAYOUTS_TRIED:
            return None
        return prepared.card_layouts().find(plan.index + number, which)

    task = task_of(prepared, looks[which], first, plan.seed)
    layers = paint_anew(
        name, looks[which], task, layouts, standing, prepared.references, progress,
        sky_behind(prepared, plan.index, plan.seed),
    )  # fmt: skip
    progress(1.0)
    return Painted(layers=layers, notes=left_behind(name, standing))


def _turn(prepared: Prepared, plan: _Plan) -> int | None:
    """Return how many variations before this one take a panorama's sky; None: it takes none."""
    looks = [look for look in plan.looks if not prepared.pictures(look)]
    if plan.look not in looks:
        return None
    return plan.index * len(looks) + looks.index(plan.look)


def _sky_of(prepared: Prepared, plan: _Plan) -> SkyView | None:
    """Return the sky that is all of a variation; None where more is seen, or it has none."""
    if not prepared.sky_only:
        return None
    skies, turn = prepared.skies(), _turn(prepared, plan)
    if turn is None or not skies.all:
        return None
    return skies.all[turn % len(skies.all)]


def _lit_sky(
    prepared: Prepared, plan: _Plan, progress: Callable[[float], None], levels: Levels
) -> Painted | None:
    """Return a sky from a panorama, or None where more than sky is seen or it has none."""
    view = _sky_of(prepared, plan)
    if view is None:
        return None
    drawn = paint_sky(
        prepared.canvas, prepared.whole(view), prepared.mirror(view), prepared.wanted(),
        seed=plan.seed, progress=lambda p: progress(0.05 + 0.9 * p), levels=levels,
    )  # fmt: skip
    layers = (painted_layer(drawn, prepared.references),)
    progress(1.0)
    sun = sun_pixel(prepared.canvas, view)
    return Painted(
        layers=layers,
        notes=(
            f"Painted from {prepared.references[view.sheet.reference].look}.",
            drawn.says,
            prepared.skies().says(),
        ),
        findings=_told(detect.look(_examined(prepared, layers, sun=sun))),
    )


def _counted(prepared: Prepared, look: str) -> tuple[str, ...]:
    found = prepared.picture_layouts(look)
    return () if found is None else honest_count(found[1].different())


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
