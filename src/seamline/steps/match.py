"""
Match: bring what was painted to what was photographed, as layers anybody can switch.

The clean element stays as it is. Everything is fitted once, over all frames: colour from the
painted margin where live and generated continue one surface, else from the lock and the
declared light of the references; black from the same margin; sharpness from edges; grain from
the plate itself. References are brought to the locked light before anything is painted from
them (``steps.lighting``); what the CDL adds is what a lock or a reference revised since asks
for. A layer for which nothing was found changes nothing and says why. What people set by
hand (``steps.match_by_hand``) stands over what was found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.digest import sequence_digest
from seamline.pixels.light import direction_apart_deg, gain_cdl
from seamline.pixels.margin import lifted_black, match_margin
from seamline.pixels.picture import Image
from seamline.pixels.sharpness import LEAST_PX, MOST_PX, UNTOLD, Softening, defocus_px
from seamline.ports import Studio
from seamline.show.cdl import CDL, RGB
from seamline.show.match import (
    LOCK,
    MEASURED,
    NOTHING,
    CDLLayer,
    GrainLayer,
    HazeLayer,
    Match,
    MatchChange,
    ShadowLayer,
    SharpnessLayer,
    WrapLayer,
    changed,
)
from seamline.show.record import from_record
from seamline.show.shot import Shot
from seamline.show.variation import Variation, further_than
from seamline.steps import book
from seamline.steps.alike import same_camera, same_plate, same_seam
from seamline.steps.camera import camera
from seamline.steps.lighting import LEAST, light_gain, lit_of
from seamline.steps.match_references import BesidePlate, beside_the_plate
from seamline.steps.plate_grain import plate_grain
from seamline.steps.softness import softness

DOMINANT_SHARE = 0.5
SURE = 3.0
"""Standard errors; black is lifted only where it is known to be."""
LEAST_BLACK, MOST_BLACK = 0.0005, 0.05
"""Scene-linear; a 400th of middle grey is not seen, a quarter of it is no black."""
BY_HAND = "match change"
BY_DISTANCE = (
    "haze by distance is not measured, since nothing photographed stands beside what is far: "
    "set haze.visibility_m by hand"
)
NO_MARGIN = HazeLayer(
    source=NOTHING, says=f"no margin tells how black is lifted; {BY_DISTANCE}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The match, how far the margin was off before it (stops), and what its CDL rests on."""

    match: Match
    margin_stops: float | None
    says: str
    margin_says: str = ""
    """Why the margin tells nothing, where one was painted."""
    references: tuple[BesidePlate, ...] = ()
    """How those that can be told are exposed beside the plate, where a margin was painted."""

    @property
    def cdl(self) -> CDL:
        """The CDL as it is applied."""
        return self.match.graded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Colour:
    """What was found about colour and black."""

    cdl: CDL
    says: str
    source: str = NOTHING
    margin_stops: float | None = None
    margin_says: str = ""
    haze: HazeLayer = NO_MARGIN


def match(studio: Studio, variation: Variation) -> Matched:
    """Return what takes ``variation``'s clean element to its plate, as it holds now."""
    found = fitted(studio, variation)
    kept = standing(studio, variation)
    if kept is not None:
        found = replace(found, match=kept)
    now = changed(found.match, changes(studio, variation))
    return replace(found, match=now)


def fitted(studio: Studio, variation: Variation) -> Matched:
    """Return what was found for ``variation``, before anybody set anything by hand."""
    name = f"{variation.shot}_{variation.element}_b{variation.number:02d}"
    shot = book.shot(studio.ledger, variation.shot)
    margin = next((f for f in variation.layers if f.name == "margin"), None)
    if margin is not None:
        colour = _by_margin(studio, variation, margin.digest, name)
    else:
        colour = _by_lock(studio, variation, name)
    grain = plate_grain(studio, shot)
    soft = softness(studio, shot, variation, grain)
    layers = Match(
        cdl=CDLLayer(cdl=colour.cdl, source=colour.source, says=colour.says),
        shadow=_shadow(studio, shot),
        haze=colour.haze,
        wrap=WrapLayer(says="off unless asked for: how far light spills is a matter of taste"),
        sharpness=_sharpness(studio, shot, soft),
        grain=GrainLayer(
            model=grain.model if grain else "",
            seed=grain_seed(shot),
            source=MEASURED if grain and grain.model else NOTHING,
            says=grain.says if grain else "there is no plate to measure grain in",
        ),
    )
    return Matched(
        match=layers,
        margin_stops=colour.margin_stops,
        margin_says=colour.margin_says,
        says=colour.says,
        references=beside_the_plate(studio, variation) if margin is not None else (),
    )


def standing(studio: Studio, variation: Variation) -> Match | None:
    """
    Return the match that ``variation`` keeps because its shot only grew or was cut.

    Frames that did not change keep their pixels: what an earlier version with other frames
    was matched by holds on, if plate and matte of the frames they share are the same.
    """
    shot = book.shot(studio.ledger, variation.shot)
    seam = book.seam(studio.ledger, variation.shot)
    asks = {variation.ask_digest, further_than(variation.ask)}
    for version in reversed(book.versions(studio.ledger, variation.shot)):
        if version.ask_digest not in asks or not version.frames or version.match is None:
            continue
        if version.frames == str(shot.frames):
            continue
        made, was, _ = book.as_made(studio.ledger, version)
        same = same_seam(seam, was, shot, made) and same_plate(shot, made)
        return version.match if same and same_camera(shot, made) else None
    return None


def grain_seed(shot: Shot) -> int:
    """Return the seed of a shot's grain: pictures of one shot share it, two shots do not."""
    return int(hashlib.sha256(shot.name.encode()).hexdigest()[:7], 16)


def changes(studio: Studio, variation: Variation) -> tuple[MatchChange, ...]:
    """Return what holds of what people set of the variation's match, in the layers' order."""
    newest = {
        str(row.body["change"]["layer"]): from_record(MatchChange, row.body["change"])
        for row in studio.ledger.rows(BY_HAND)
        if row.body["ask_digest"] == variation.ask_digest
    }
    return tuple(c for c in newest.values() if not c.is_nothing)


def _by_margin(studio: Studio, variation: Variation, digest: str, name: str) -> _Colour:
    _, body = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    arrays = studio.blobs.picture(str(body["arrays"]))
    painted = studio.blobs.picture(digest)
    mask = (arrays.channels["margin"] > 0) & (painted.channels["A"] == 1)
    mask &= arrays.channels["keep"] == 1
    plate, own = arrays.rgb(), painted.rgb()
    working = studio.colour.working_space
    coded = [studio.colour.convert(p, working, CDL(id="").working_space) for p in (plate, own)]
    fit = match_margin(coded[1], coded[0], mask, id=name)
    if not fit.sure:
        found = _by_lock(studio, variation, name)
        return replace(found, says=f"{fit.says}; {found.says}", margin_says=fit.says)
    return _Colour(
        cdl=fit.cdl,
        says=fit.says,
        source=MEASURED,
        margin_stops=fit.stops,
        haze=black_layer(studio.colour.grade(own, fit.cdl), plate, mask),
    )


def _sharpness(studio: Studio, shot: Shot, found: Softening) -> SharpnessLayer:
    """Return what edges told; where they told nothing, what lens, focus and distance say."""
    if found.sigma_px or not found.says.startswith(UNTOLD):
        source = MEASURED if found.sigma_px else NOTHING
        return SharpnessLayer(sigma_px=found.sigma_px, source=source, says=found.says)
    lock = book.lock(studio.ledger, shot.name)
    track = camera(shot, lock)
    lens = track.sample(shot.frames.middle).lens if track else None
    if lock is None or lens is None or lens.focus_distance_m is None or lens.t_stop is None:
        return SharpnessLayer(
            says=f"{found.says}; defocus is not known without lens, focus, stop and a lock"
        )
    sigma = defocus_px(
        focal_length_mm=lens.focal_length_mm,
        stop=lens.t_stop,
        focus_m=lens.focus_distance_m,
        distance_m=lock.environment_distance_m,
        px_per_mm=shot.width_px / lens.sensor_width_mm,
    )
    said = (
        f"{found.says}; focus at {lens.focus_distance_m:g} m at T{lens.t_stop:g} leaves "
        f"{lock.environment_distance_m:g} m out of focus by {sigma:.2f} px"
    )
    if sigma < LEAST_PX:
        return SharpnessLayer(says=f"{said}, which is not seen")
    return SharpnessLayer(sigma_px=round(min(sigma, MOST_PX), 2), source=LOCK, says=said)


def _shadow(studio: Studio, shot: Shot) -> ShadowLayer:
    """Return the contact shadow that the shot's seam names; on, since it was asked for."""
    seam = book.seam(studio.ledger, shot.name)
    if seam is None or not seam.shadow:
        return ShadowLayer()
    return ShadowLayer(
        frames=sequence_digest(zip(shot.frames, seam.shadow_digests, strict=True)),
        source=MEASURED,
        says=f"lifted from the plate's own floor with seam v{seam.version}: up to "
        f"{seam.shadow_stops:.2f} stops of light are lost",
    )


def black_layer(painted: Image, plate: Image, mask: NDArray[np.bool_]) -> HazeLayer:
    """
    Return by how much black is lifted, where that is known.

    Args:
        painted: (H, W, 3) the margin, scene-linear, its CDL laid on.
        plate: (H, W, 3) the same view, photographed.
        mask: (H, W) where they are to be compared.
    """
    found = lifted_black(painted, plate, mask)
    if found is None:
        return HazeLayer(
            says=f"the margin is too small, or too bright, to tell black by; {BY_DISTANCE}"
        )
    known = [
        found.borne_out and abs(v) > SURE * e and LEAST_BLACK < abs(v) <= MOST_BLACK
        for v, e in zip(found.values, found.errors, strict=True)
    ]
    said = ", ".join(f"{v:+.4f}" for v in found.values)
    if not any(known):
        why = "not known to, or too much to be black" if found.borne_out else "not borne out"
        return HazeLayer(says=f"black differs by {said} in the margin: {why}; {BY_DISTANCE}")
    black: Sequence[float] = [
        round(v, 6) if sure else 0.0 for v, sure in zip(found.values, known, strict=True)
    ]
    return HazeLayer(
        black=_three(black),
        source=MEASURED,
        says=f"black lifted by {said}, measured in the darkest tenth of the painted margin; "
        f"{BY_DISTANCE}",
    )


def _three(values: Sequence[float]) -> RGB:
    r, g, b = values
    return (r, g, b)


def _by_lock(studio: Studio, variation: Variation, name: str) -> _Colour:
    lock = book.lock(studio.ledger, variation.shot)
    references = book.references(studio.ledger)
    used = [(references[i], share) for i, share in variation.shares if i in references]
    if lock is None or not used:
        why = "the shot has no lock" if lock is None else "nothing came from a reference"
        return _Colour(
            cdl=CDL(id=name, description=f"changes nothing: {why}"),
            says=f"not matched: {why}",
        )
    source, share = used[0]
    lit = lit_of(variation.ask)
    apart = direction_apart_deg(lit.light_of(source), lock.light)
    if apart is not None and apart > lock.tolerances.key_direction_deg:
        # Graded to the lock it would only look like a wrong noon instead of a right dusk.
        return _Colour(
            cdl=CDL(
                id=name,
                description=f"changes nothing: the key of {source.file_name} stands "
                f"{apart:.0f} deg from lock v{lock.version}'s, which no CDL can turn",
            ),
            says=f"not matched: the key of {source.file_name} stands {apart:.0f} deg from the "
            "lock's",
        )
    gain, said = light_gain(studio, source.light, lock.light)
    if not said:
        return _Colour(
            cdl=CDL(
                id=name, description=f"changes nothing: light of {source.file_name} unknown"
            ),
            says=f"not matched: nobody declared exposure or colour temperature of "
            f"{source.file_name} and of the lock",
        )
    before = lit.gains.get(source.id)
    if before is not None:
        r, g, b = (now / then for now, then in zip(gain, before, strict=True))
        gain = (r, g, b)
        if max(abs(v - 1) for v in gain) < LEAST:
            done = (
                f"{source.file_name} was brought to lock v{lock.version} before painting: "
                + ", ".join(said)
            )
            return _Colour(
                cdl=CDL(id=name, description=f"changes nothing: {done}"),
                says=f"matched before painting: {done}",
                source=LOCK,
            )
    mixed = "" if share >= DOMINANT_SHARE else f", which is only {share:.0%} of the picture"
    description = f"{source.file_name}{mixed} to lock v{lock.version}: {', '.join(said)}"
    return _Colour(
        cdl=gain_cdl(gain, id=name, description=description),
        says=f"matched by the lock: {description}",
        source=LOCK,
    )
