"""
Paint variations: one Ask each, found again when it has been answered already.

The layers and the lineage of every pixel go into the blobs; the ledger row that
makes a variation exist comes last.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from seamline.errors import ApprovalError, GeneratorError, ShowError
from seamline.pixels.picture import Image, Picture
from seamline.ports import (
    NOTHING,
    PLATE,
    CanvasPicture,
    Generator,
    Painted,
    PaintedLayer,
    ReferencePicture,
    Studio,
)
from seamline.show.canvas import Canvas
from seamline.show.record import as_record, record_digest
from seamline.show.reference import Reference
from seamline.show.variation import Ask, LayerFacts, Variation
from seamline.steps import book, palette
from seamline.steps.canvas import canvas_picture, lay_out
from seamline.steps.reference import find, require, usable_for

ELEMENT = "env"


def paint(
    studio: Studio,
    name: str,
    *,
    variations: int = 12,
    seed: int = 1,
    generator: str = "patch",
    references: Sequence[str] = (),
) -> list[Variation]:
    """
    Return ``variations`` paintings of the shot's canvas, seeds ``seed`` onwards.

    Args:
        studio: Ports.
        name: The shot.
        variations: How many; show.toml says how many may be asked for.
        seed: Seed of the first.
        generator: Backend name.
        references: Ids or names; by default all that may be painted from.

    Raises:
        ApprovalError: A named reference may not be used, or none may.
        GeneratorError: The backend broke its promise.
    """
    most = studio.settings.most_variations
    if not 1 <= variations <= most:
        raise ShowError(
            f"{name}: {variations} variations were asked for, expected 1 to {most}",
            remedy="Give --variations a number in that range; [limits] in show.toml sets it.",
        )
    backend = studio.generator(generator)
    notes: list[str] = []
    used = _references(studio, backend, references, notes)
    canvas, digest = lay_out(studio, name)
    _, body = book.canvas_by_digest(studio.ledger, digest)
    lock = book.lock(studio.ledger, name)
    cards = {r.id: book.approved_cards(studio.ledger, r.id) for r in used}
    asks = [
        Ask(
            shot=name,
            canvas_digest=digest,
            lock_digest=record_digest(as_record(lock.light)) if lock else "",
            references=tuple(r.paint_digest for r in used),
            generator=backend.name,
            pixels=backend.pixels,
            encoding=backend.encoding,
            seed=seed + step,
            cards=tuple(c.paint_digest for r in used for c in cards[r.id]),
        )
        for step in range(variations)
    ]
    standing = {v.ask_digest: v for v in book.variations(studio.ledger, name)}
    missing = [ask for ask in asks if ask.digest not in standing]
    if missing:
        picture = canvas_picture(studio, canvas, str(body["arrays"]), backend.encoding)
        views = []
        for reference in used:
            views += palette.lay_out(studio, reference, picture, backend.encoding)
            around = palette.plate_view(picture, reference.id)
            views += [around] if around is not None else []
        for reference in used:
            views += palette.card_views(
                studio, reference, cards[reference.id], picture, backend.encoding
            )
        last = max((v.number for v in standing.values()), default=0)
        numbered = [(last + 1 + k, ask) for k, ask in enumerate(missing)]
        painted = _paint_all(studio, backend, canvas, picture, views, numbered, notes)
        standing |= {v.ask_digest: v for v in painted}
    return [standing[ask.digest] for ask in asks]


def _references(
    studio: Studio, backend: Generator, words: Sequence[str], notes: list[str]
) -> list[Reference]:
    if not backend.needs_references:
        return []
    if words:
        named = [find(studio, word) for word in words]
        for reference in named:
            require(studio, reference, "paint")
        return named
    usable, refused = usable_for(studio, "paint")
    notes.extend(f"left out: {why}" for why in refused)
    if not usable:
        raise ApprovalError(
            refused[0] if refused else "this show has no reference to paint from",
            remedy="Add one: seamline reference add FILE --kind photography --owner O "
            "--licence L --approved-by P --allow paint",
        )
    return usable


def _paint_all(
    studio: Studio,
    backend: Generator,
    canvas: Canvas,
    picture: CanvasPicture,
    views: list[ReferencePicture],
    numbered: list[tuple[int, Ask]],
    notes: list[str],
) -> list[Variation]:
    """Paint on the studio's threads; record by number, so that a kill leaves no gap."""
    shot = numbered[0][1].shot
    title = f"{shot}: painting {len(numbered)} variations"
    with studio.progress.bar(title, float(len(numbered))) as bar:

        def one(job: tuple[int, Ask]) -> tuple[Painted, float]:
            done = [0.0]
            begun = studio.clock.seconds()

            def tell(share: float) -> None:
                bar.advance(share - done[0])
                done[0] = share

            painted = backend.paint(job[1], picture, views, tell)
            tell(1.0)
            hold_to_promise(backend, picture, views, painted)
            return painted, studio.clock.seconds() - begun

        found = []
        pool = ThreadPoolExecutor(max(1, studio.threads))
        try:
            for job, (painted, seconds) in zip(numbered, pool.map(one, numbered), strict=True):
                variation = _store(studio, canvas, picture, views, job, painted, seconds, notes)
                book.write(studio.ledger, "variation", variation, key=variation.ask_digest)
                found.append(variation)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return found


def hold_to_promise(
    backend: Generator,
    canvas: CanvasPicture,
    views: Sequence[ReferencePicture],
    painted: Painted,
) -> None:
    """
    Refuse a painting that breaks the generator's contract.

    Raises:
        GeneratorError: Wrong shape or type, not finite, a kept pixel touched, a
            painted pixel without lineage, or copied from where it must not be.
    """

    def broken(what: str) -> GeneratorError:
        return GeneratorError(
            f"generator {backend.name!r} broke its promise: {what}",
            remedy="Its contract test says more: pytest tests/contracts --generator "
            f"{backend.name}",
        )

    if not painted.layers:
        raise broken("it returned no layer")
    for layer in painted.layers:
        shape = canvas.keep.shape
        if layer.colour.shape != (*shape, 3) or layer.colour.dtype != np.float32:
            raise broken(f"{layer.name}: colour is {layer.colour.dtype} {layer.colour.shape}")
        if layer.alpha.shape != shape or layer.alpha.dtype != np.float32:
            raise broken(f"{layer.name}: alpha is {layer.alpha.dtype} {layer.alpha.shape}")
        shown = layer.alpha > 0
        if not np.isfinite(layer.colour[shown]).all():
            raise broken(f"{layer.name}: it painted values that are not finite")
        if (layer.source[shown] == NOTHING).any():
            raise broken(f"{layer.name}: painted pixels without lineage")
        for index, view in enumerate(views):
            mine = shown & (layer.source == index)
            if not view.usable[layer.source_y[mine], layer.source_x[mine]].all():
                raise broken(f"{layer.name}: it copied pixels of {view.id} that are not usable")
        if (layer.source[shown] >= len(views)).any():
            raise broken(f"{layer.name}: lineage names a reference that was not handed over")
        if layer.name == "margin":
            continue
        kept = (canvas.keep == 1) & shown
        if not np.array_equal(layer.colour[kept], canvas.known[kept]):
            raise broken(f"{layer.name}: it touched plate pixels that were to be kept")


def _store(
    studio: Studio,
    canvas: Canvas,
    picture: CanvasPicture,
    views: Sequence[ReferencePicture],
    job: tuple[int, Ask],
    painted: Painted,
    seconds: float,
    notes: Sequence[str],
) -> Variation:
    number, ask = job
    _, body = book.canvas_by_digest(studio.ledger, ask.canvas_digest)
    known = studio.blobs.picture(str(body["arrays"])).rgb()
    layers = []
    for layer in painted.layers:
        colour = studio.colour.convert(layer.colour, ask.encoding, studio.colour.working_space)
        own = layer.source == PLATE
        colour[own] = known[layer.source_y[own], layer.source_x[own]]
        layers.append(
            LayerFacts(
                name=layer.name,
                digest=studio.blobs.put_picture(_layer_picture(canvas, colour, layer.alpha)),
                lineage_digest=studio.blobs.put_picture(_lineage_picture(canvas, layer, views)),
            )
        )
    return Variation(
        shot=ask.shot,
        element=ELEMENT,
        number=number,
        ask=ask,
        ask_digest=ask.digest,
        layers=tuple(layers),
        views=tuple(view.id for view in views),
        layers_digest=record_digest({"layers": [[f.name, f.digest] for f in layers]}),
        lineage_digest=record_digest({"layers": [[f.name, f.lineage_digest] for f in layers]}),
        shares=_shares(painted.layers[0], picture, views),
        findings=painted.findings,
        notes=(*(_named(studio, note) for note in painted.notes), *notes),
        seconds=round(seconds, 3),
        made=studio.made(),
    )


def _named(studio: Studio, note: str) -> str:
    """Return a generator's note with the references' names in place of their ids."""
    for reference in book.references(studio.ledger).values():
        note = note.replace(reference.id, reference.file_name)
    return note


def _layer_picture(canvas: Canvas, colour: Image, alpha: Image) -> Picture:
    window = (0, 0, canvas.width_px, canvas.height_px)
    solid = np.where(alpha[..., None] > 0, colour * alpha[..., None], np.float32(0))
    channels = {n: np.ascontiguousarray(solid[..., i]) for i, n in enumerate("RGB")}
    channels["A"] = alpha
    return Picture(channels=channels, data_window=window, display_window=window)


def _lineage_picture(
    canvas: Canvas, layer: PaintedLayer, views: Sequence[ReferencePicture]
) -> Picture:
    """
    Return the lineage as a picture any host can open.

    Channels: ``source`` (uint32: 0 nothing, 1 plate, 2 + view), ``view.x`` and
    ``view.y`` (uint32, pixel of that view or of the canvas), ``master.x`` and
    ``master.y`` (float, pixel of the reference file), ``offset.R/G/B`` (float, in
    the generator's encoding).
    """
    window = (0, 0, canvas.width_px, canvas.height_px)
    x, y = layer.source_x, layer.source_y
    master_x, master_y = (np.full(x.shape, -1, np.float32) for _ in range(2))
    for index, view in enumerate(views):
        mine = layer.source == index
        master_x[mine] = view.master_x[y[mine], x[mine]]
        master_y[mine] = view.master_y[y[mine], x[mine]]
    code = np.where(layer.source == PLATE, 1, np.where(layer.source >= 0, layer.source + 2, 0))
    channels = {
        "source": code.astype(np.uint32),
        "view.x": np.maximum(x, 0).astype(np.uint32),
        "view.y": np.maximum(y, 0).astype(np.uint32),
        "master.x": master_x,
        "master.y": master_y,
    }
    for i, name in enumerate("RGB"):
        channels[f"offset.{name}"] = np.ascontiguousarray(layer.offset[..., i])
    return Picture(channels=channels, data_window=window, display_window=window)


def _shares(
    layer: PaintedLayer, canvas: CanvasPicture, views: Sequence[ReferencePicture]
) -> tuple[tuple[str, float], ...]:
    seen = canvas.need & (layer.alpha > 0)
    total = max(1, int(seen.sum()))
    shares: dict[str, float] = {}
    for index, view in enumerate(views):
        count = int((seen & (layer.source == index)).sum())
        if count:
            shares[view.id] = shares.get(view.id, 0.0) + count / total
    plate = int((seen & (layer.source == PLATE)).sum())
    if plate:
        shares["plate"] = plate / total
    ranked = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((name, round(share, 6)) for name, share in ranked)
