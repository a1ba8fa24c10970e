"""
Paint variations: one Ask each, found again when it has been answered already.

The layers and the lineage of every pixel go into the blobs; the ledger row that
makes a variation exist comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from threading import Event, Thread

from seamline.errors import ApprovalError, GeneratorError, SeamlineError, ShowError
from seamline.pixels.picture import Picture
from seamline.ports import (
    CanvasPicture,
    Generator,
    LaidOut,
    Levels,
    Painted,
    ReferencePicture,
    Studio,
)
from seamline.show.lock import Lock
from seamline.show.record import as_record, from_record, record_digest
from seamline.show.reference import Reference
from seamline.show.variation import DIFFERENT, YES, Ask, HandWork, Variation, anew_of
from seamline.steps import book, palette
from seamline.steps.canvas import lay_out, picture_on
from seamline.steps.drawing import Drawing, along
from seamline.steps.how_far import Telling, level_words
from seamline.steps.layers import hands_of, shares, store_layer
from seamline.steps.lighting import light_notes, light_settings, lit_of
from seamline.steps.promise import hold_to_promise
from seamline.steps.reference import find, require, usable_for
from seamline.steps.reserve import numbered
from seamline.steps.sketches import sketch_sheet
from seamline.steps.turning import key_settings, lit_as_asked, require_lit, why_not_lit

ELEMENT = "env"
ONWARD = "Run the same command again: it goes on from the last level that was finished."
Given = tuple[CanvasPicture, list[ReferencePicture]]
"""What a generator is handed beside the ask."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wanted:
    """
    So many paintings of a shot's canvas, and all that painting any of them needs.

    Attributes:
        backend: What paints.
        asks: One for each.
        given: Returns what the backend is handed, laid out once, when first asked for.
        notes: What each new variation says besides.
    """

    backend: Generator
    asks: tuple[Ask, ...]
    given: Callable[[], Given]
    notes: list[str]


def paint(
    studio: Studio,
    name: str,
    *,
    variations: int = 12,
    seed: int = 1,
    generator: str = "patch",
    references: Sequence[str] = (),
    drawn: Sequence[Drawing] = (),
    different: bool = False,
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
        drawn: Where somebody wants the range to stand, and what stands before it.
        different: Whether what continues the plate is to be laid with smaller pieces.

    Raises:
        ApprovalError: A named reference may not be used, or none may.
        GeneratorError: The backend broke its promise.
    """
    wish = wanted(
        studio,
        name,
        variations=variations,
        seed=seed,
        generator=generator,
        references=references,
        drawn=drawn,
        different=different,
    )
    return answers(studio, wish.backend, wish.asks, wish.given, wish.notes)


def wanted(
    studio: Studio,
    name: str,
    *,
    variations: int,
    seed: int,
    generator: str,
    references: Sequence[str] = (),
    drawn: Sequence[Drawing] = (),
    different: bool = False,
) -> Wanted:
    """Return what ``paint`` would paint: the canvas is laid out, and nothing painted."""
    check_count(studio, name, variations)
    backend = studio.generator(generator)
    notes: list[str] = []
    if book.canvas(studio.ledger, name) is None:
        _make_ready(backend)
    lock = book.lock(studio.ledger, name)
    used = _references(studio, backend, references, lock, notes)
    canvas, digest = lay_out(studio, name)
    _, body = book.canvas_by_digest(studio.ledger, digest)
    cards = {r.id: book.approved_cards(studio.ledger, r.id) for r in used}
    # Decoded once for all that looks at it here.
    arrays = cache(lambda: studio.blobs.picture(str(body["arrays"])))
    settings = (
        *(line.setting for line in drawn),
        *key_settings(lock, used),
        *light_settings(studio, lock, used, cards, looks_to_deg(arrays())),
        *(((DIFFERENT, YES),) if different else ()),
    )
    asks = tuple(
        Ask(
            shot=name,
            canvas_digest=digest,
            lock_digest=light_digest(studio, name),
            references=tuple(r.paint_digest for r in used),
            generator=backend.name,
            pixels=backend.pixels,
            encoding=backend.encoding,
            seed=seed + step,
            cards=tuple(c.paint_digest for r in used for c in cards[r.id]),
            settings=settings,
        )
        for step in range(variations)
    )
    notes += light_notes(studio, lock, used, asks[0])

    def laid_out() -> LaidOut:
        _make_ready(backend)
        picture = picture_on(studio, canvas, arrays(), backend.encoding)
        picture = lit_as_asked(picture, asks[0])
        picture = along(studio, canvas, picture, drawn)
        views = palette.views_for(
            studio, used, cards, picture, lit_of(asks[0]), backend.encoding
        )
        return picture, tuple(views)

    @cache
    def given() -> Given:
        decided = {
            "ask": as_record(replace(asks[0], seed=0)),
            "canvas": as_record(canvas),
            "arrays": str(body["arrays"]),
            "references": as_record(used),
            "cards": as_record(cards),
            "drawn": as_record(list(drawn)),
            "made": {**as_record(studio.made()), "isolation": ""},
        }
        picture, views = studio.laid_out(record_digest(decided), laid_out)
        palette.lay_out_later(studio, used, picture, lit_of(asks[0]), backend.encoding, views)
        arrays.cache_clear()
        return picture, list(views)

    return Wanted(backend=backend, asks=asks, given=given, notes=notes)


def _make_ready(backend: Generator) -> None:
    """Have ``backend`` load what it needs, where it can, beside what is done here."""
    ready: Callable[[], None] | None = getattr(backend, "make_ready", None)
    if ready is None:
        return

    def made() -> None:
        # What hinders it is said when it is asked to paint.
        with suppress(SeamlineError):
            ready()

    Thread(target=made, daemon=True).start()


def looks_to_deg(arrays: Picture) -> float:
    """Return the azimuth that the middle of a canvas looks to, by its ``arrays``."""
    azimuth = arrays.channels["azimuth"]
    return float(azimuth[azimuth.shape[0] // 2, azimuth.shape[1] // 2])


def check_count(studio: Studio, name: str, variations: int) -> None:
    """Refuse to paint none, or more than the show allows at a time."""
    most = studio.settings.most_variations
    if not 1 <= variations <= most:
        raise ShowError(
            f"{name}: {variations} variations were asked for, expected 1 to {most}",
            remedy="Give --variations a number in that range; [limits] in show.toml sets it.",
        )


def light_digest(studio: Studio, name: str) -> str:
    """Return the digest of the locked light of shot ``name``; empty without a lock."""
    lock = book.lock(studio.ledger, name)
    return record_digest(as_record(lock.light)) if lock else ""


def answers(
    studio: Studio,
    backend: Generator,
    asks: Sequence[Ask],
    given: Callable[[], Given],
    notes: list[str],
    hands: tuple[HandWork, ...] = (),
    *,
    sketch: bool = True,
) -> list[Variation]:
    """
    Return the variation that answers each of ``asks``, painting those that none does.

    Args:
        studio: Ports.
        backend: What paints.
        asks: All of one shot.
        given: Lays out what the backend is handed; called when something is missing.
        notes: What each new variation says besides.
        hands: What people painted over the standing layers, if there are some.
        sketch: Whether a sheet of sketches is drawn first, where the backend can.
    """
    shot = asks[0].shot
    standing = {v.ask_digest: v for v in book.variations(studio.ledger, shot)}
    missing = [ask for ask in asks if ask.digest not in standing]
    if missing:
        picture, views = given()
        numbers = numbered(studio.ledger, asks)
        jobs = [(numbers[ask.digest], ask) for ask in missing]
        if sketch and not picture.standing:
            sketch_sheet(studio, backend, picture, views, jobs)
        painted = _paint_all(studio, backend, picture, views, jobs, notes, hands)
        standing |= {v.ask_digest: v for v in painted}
    return [standing[ask.digest] for ask in asks]


def sketched(studio: Studio, wish: Wanted, numbers: Mapping[str, int]) -> None:
    """Draw a sheet of sketches of all of ``wish``, where its backend can."""
    if getattr(wish.backend, "sketch", None) is None:
        return
    picture, views = wish.given()
    jobs = [(numbers[ask.digest], ask) for ask in wish.asks]
    sketch_sheet(studio, wish.backend, picture, views, jobs)


def _references(
    studio: Studio,
    backend: Generator,
    words: Sequence[str],
    lock: Lock | None,
    notes: list[str],
) -> list[Reference]:
    if not backend.needs_references:
        return []
    if words:
        named = [find(studio, word) for word in words]
        for reference in named:
            require(studio, reference, "paint")
        require_lit(named, lock)
        return named
    approved, refused = usable_for(studio, "paint")
    usable = [r for r in approved if not why_not_lit(r, lock)]
    if approved and not usable:
        require_lit(approved, lock)
    refused += [why for why in (why_not_lit(r, lock) for r in approved) if why]
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
    picture: CanvasPicture,
    views: list[ReferencePicture],
    numbered: list[tuple[int, Ask]],
    notes: list[str],
    hands: tuple[HandWork, ...],
) -> list[Variation]:
    """Paint on the studio's threads; record by number, so that a kill leaves no gap."""
    shot = numbered[0][1].shot
    title = f"{shot}: painting {len(numbered)} variations"
    stopped = Event()
    with studio.progress.bar(title, float(len(numbered))) as bar:

        def one(job: tuple[int, Ask]) -> tuple[Painted, float]:
            done, place = [0.0], numbered.index(job) + 1
            begun = studio.clock.seconds()

            def tell(share: float) -> None:
                if stopped.is_set():
                    raise GeneratorError(f"{shot}: the painting was stopped", remedy=ONWARD)
                bar.advance(share - done[0])
                done[0] = share

            def at_level(stage: str, level: int, of: int) -> None:
                bar.now(level_words(shot, place, len(numbered), stage, level, of))

            levels = Telling(studio.levels(levels_key(studio, job[1])), at_level)
            painted = _painted(backend, job[1], picture, views, tell, levels)
            tell(1.0)
            hold_to_promise(backend, picture, views, painted, anew=anew_of(job[1]))
            return painted, studio.clock.seconds() - begun

        found = []
        pool = ThreadPoolExecutor(max(1, studio.threads))
        try:
            for job, (painted, seconds) in zip(numbered, pool.map(one, numbered), strict=True):
                variation = store(studio, picture, views, job, painted, seconds, notes, hands)
                found.append(_on_record(studio, variation))
                studio.levels(levels_key(studio, job[1])).done()
            bar.now(title)  # all of them, no longer one at some level
        finally:
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
    return found


def levels_key(studio: Studio, ask: Ask) -> str:
    """Return what the levels of a painting are kept under: all that decides a bit of it."""
    made = {**as_record(studio.made()), "isolation": ""}
    return record_digest({"ask": as_record(ask), "made": made})


def _painted(
    backend: Generator,
    ask: Ask,
    picture: CanvasPicture,
    views: Sequence[ReferencePicture],
    tell: Callable[[float], None],
    levels: Levels,
) -> Painted:
    """Return what ``backend`` paints, from the last level that it finished before."""
    go_on: Callable[..., Painted] | None = getattr(backend, "go_on", None)
    if go_on is None:
        return backend.paint(ask, picture, views, tell)
    return go_on(ask, picture, views, tell, levels)


def _on_record(studio: Studio, variation: Variation) -> Variation:
    """Write ``variation`` unless its ask is answered already; return the one that stands."""
    row = studio.ledger.append_once("variation", variation.ask_digest, as_record(variation))
    return from_record(Variation, row.body)


def store(
    studio: Studio,
    picture: CanvasPicture,
    views: Sequence[ReferencePicture],
    job: tuple[int, Ask],
    painted: Painted,
    seconds: float,
    notes: Sequence[str],
    hands: tuple[HandWork, ...] = (),
) -> Variation:
    """Put a painting into the blobs; return the variation it is, not yet on record."""
    number, ask = job
    _, body = book.canvas_by_digest(studio.ledger, ask.canvas_digest)
    known = (picture.known, studio.blobs.picture(str(body["arrays"])).rgb())
    painted_by = hands_of(studio, hands, ask.encoding)
    layers = [
        store_layer(studio, la, known, views, ask.encoding, painted_by) for la in painted.layers
    ]
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
        shares=shares(painted.layers, picture, views, [work.by for work in hands]),
        findings=painted.findings,
        notes=(*(_named(studio, note) for note in painted.notes), *notes),
        seconds=round(seconds, 3),
        made=studio.made(),
        hands=hands,
    )


def _named(studio: Studio, note: str) -> str:
    """Return a generator's note with the references' names in place of their ids."""
    for reference in book.references(studio.ledger).values():
        note = note.replace(reference.id, reference.file_name)
    return note
