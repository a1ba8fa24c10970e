"""What a compositor sends a painting back for, on small pictures that are right or wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import ranges
from seamline.generators.patch import Patch, detect
from seamline.generators.patch.decoded import linear
from seamline.generators.patch.detect.examined import Examined, Found
from seamline.ports import PLATE, CardView, PaintedLayer, ReferencePicture

HEIGHT, WIDTH = 120, 200
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
ROWS, COLUMNS = np.indices((HEIGHT, WIDTH), dtype=np.int32)
EVERYWHERE = np.ones((HEIGHT, WIDTH), bool)


def said(painting: Examined, check: str) -> Found:
    (found,) = [one for one in detect.look(painting) if one.finding.check == check]
    return found


def view(
    name: str, colour: Floats, alpha: Floats | None = None, **card: object
) -> ReferencePicture:
    """A reference as large as the canvas or larger; with ``alpha`` a card of it."""
    height, width = colour.shape[:2]
    y, x = np.indices((height, width), dtype=np.float32)
    whole = ReferencePicture(
        id=name, look=name, colour=colour, usable=np.ones((height, width), bool),
        elevation_deg=None, master_x=x + np.float32(0.5), master_y=y + np.float32(0.5),
    )  # fmt: skip
    if alpha is None:
        return whole
    said: dict[str, object] = {
        "id": f"{name}_far_01", "label": "far", "alpha": alpha,
        "hidden": np.zeros(alpha.shape, bool), "base_row": float(height),
        "columns": (0, width), "mirror": False, "distance_m": None,
    }  # fmt: skip
    return replace(whole, card=CardView(**(said | card)))  # type: ignore[arg-type]


def layer(
    name: str,
    colour: Floats,
    alpha: Mask | Floats = EVERYWHERE,
    source: int | NDArray[np.int32] = 0,
    x: NDArray[np.int32] = COLUMNS,
    y: NDArray[np.int32] = ROWS,
    offset: Floats | None = None,
) -> PaintedLayer:
    return PaintedLayer(
        name=name,
        colour=colour,
        alpha=np.asarray(alpha, np.float32),
        source=np.broadcast_to(np.asarray(source, np.int32), (HEIGHT, WIDTH)).copy(),
        source_x=x.astype(np.int32),
        source_y=y.astype(np.int32),
        offset=np.zeros_like(colour) if offset is None else offset,
    )


def painting(
    *layers: PaintedLayer, references: tuple[ReferencePicture, ...], **more: object
) -> Examined:
    said: dict[str, object] = {"need": EVERYWHERE, "kept": ~EVERYWHERE}
    return Examined(layers=layers, references=references, **(said | more))  # type: ignore[arg-type]


def plain(value: float = 0.4) -> Floats:
    return np.full((HEIGHT, WIDTH, 3), value, np.float32)


def ground(top: int = 60) -> Mask:
    return top <= ROWS


def range_before_sky(land: Mask, *, own: Mask | None = None, **more: object) -> Examined:
    """A plain range before a plain sky; ``own`` is the alpha of the range's card."""
    alpha = np.asarray(land if own is None else own, np.float32)
    return painting(
        layer("sky", plain(0.5)),
        layer("far", plain(0.3), land, source=1),
        references=(view("sky", plain(0.5)), view("range", plain(0.3), alpha)),
        **more,
    )


# -- land and sky ---------------------------------------------------------------------


def test_a_range_on_the_ground_does_not_float() -> None:
    assert said(range_before_sky(ground()), "floating").finding.verdict == "pass"


def test_a_peak_cut_off_from_its_range_floats() -> None:
    peak = (abs(ROWS - 30) < 6) & (abs(COLUMNS - 80) < 10)

    found = said(range_before_sky(ground() | peak), "floating")

    assert found.finding.verdict == "fail"
    assert found.finding.measured == 11 * 19
    assert "x 71-89, y 25-35" in found.finding.says
    np.testing.assert_array_equal(found.where, peak)


def test_a_peak_above_live_action_stands_on_it() -> None:
    peak = (abs(ROWS - 30) < 6) & (abs(COLUMNS - 80) < 10)
    seen = ROWS < 36

    assert said(range_before_sky(peak, need=seen), "floating").finding.verdict == "pass"


def test_a_whole_picture_tells_land_by_its_references_skyline() -> None:
    top = np.full(WIDTH, 60, np.int32)
    picture = plain()
    lifted = np.where((ROWS < 30) & (abs(COLUMNS - 80) < 10), ROWS + 60, ROWS)

    right = painting(layer("env", picture), references=(view("r", picture),), tops={0: top})
    wrong = painting(
        layer("env", picture, y=lifted), references=(view("r", picture),), tops={0: top}
    )
    untold = painting(layer("env", picture), references=(view("r", picture),))

    assert said(right, "floating").finding.verdict == "pass"
    assert said(wrong, "floating").finding.verdict == "fail"
    assert said(untold, "floating").finding.verdict == "not checked"


def test_sky_between_a_cards_own_trees_is_no_hole() -> None:
    window = (abs(ROWS - 80) < 8) & (abs(COLUMNS - 100) < 8)

    assert said(range_before_sky(ground() & ~window), "sky below").finding.verdict == "pass"


def test_a_gap_between_two_pieces_is_a_hole() -> None:
    gap = (abs(ROWS - 80) < 8) & (abs(COLUMNS - 100) < 8)
    land = ground() & ~gap
    moved = np.where(COLUMNS < 100, COLUMNS, COLUMNS + 70)
    broken = painting(
        layer("sky", plain(0.5)),
        layer("far", plain(0.3), land, source=1, x=np.minimum(moved, WIDTH - 1)),
        references=(view("sky", plain(0.5)), view("range", plain(0.3), np.float32(land))),
    )

    found = said(broken, "sky below")

    assert found.finding.verdict == "fail"
    np.testing.assert_array_equal(found.where, gap)


# -- ends, water, filler --------------------------------------------------------------


def test_a_cards_own_cliff_is_no_cut() -> None:
    cliff = ground() & (COLUMNS < 120)

    assert said(range_before_sky(cliff, own=cliff), "cut ends").finding.verdict == "pass"


def test_a_range_that_goes_on_in_its_card_was_cut() -> None:
    cliff = ground() & (COLUMNS < 120)

    found = said(range_before_sky(cliff, own=ground()), "cut ends")

    assert found.finding.verdict == "fail"
    assert found.finding.measured == 60
    assert found.where is not None
    assert np.flatnonzero(found.where.any(axis=0)).tolist() == [119]


def test_a_cut_behind_something_nearer_is_not_seen() -> None:
    cliff = ground() & (COLUMNS < 120)
    cut = range_before_sky(cliff, own=ground())
    wood = (ROWS >= 50) & (COLUMNS > 90)
    card = view("wood", plain(0.2), np.float32(wood))

    hidden = replace(
        cut,
        layers=(*cut.layers, layer("forest", plain(0.2), wood, source=2)),
        references=(*cut.references, card),
    )

    assert said(hidden, "cut ends").finding.measured == 0


@pytest.mark.parametrize(
    ("row", "verdict", "off"),
    [(90, "pass", 0), (89, "pass", 1), (84, "fail", 6), (92, "pass", 0), (100, "fail", 6.4)],
)
def test_the_water_begins_at_the_locked_row_or_behind_its_shore(
    row: int, verdict: str, off: float
) -> None:
    scene = painting(
        layer("sky", plain(0.5)),
        layer("water", plain(0.2), row <= ROWS),
        references=(view("lake", plain()),),
        waterline=90.0,
    )

    found = said(scene, "waterline")

    assert found.finding.verdict == verdict
    # a shore of 3 % of 120 rows may stand before it; nothing may lie above it
    assert found.finding.measured == pytest.approx(off)


def two_silhouettes(left: int, right: int, *, slope: float = 0.0) -> Examined:
    """A range that goes on in another place of its photograph from column 80 on."""
    crest = np.where(COLUMNS < 80, left, right) + np.floor(slope * COLUMNS)
    far = layer(
        "far",
        plain(0.3),
        crest <= ROWS,
        source=1,
        x=np.where(COLUMNS < 80, COLUMNS, COLUMNS - 30),
    )
    cards = (view("sky", plain(0.5)), view("range", plain(0.3), np.float32(ground(0))))
    return painting(layer("sky", plain(0.5)), far, references=cards)


def test_a_step_where_two_silhouettes_meet_is_a_notch() -> None:
    found = said(two_silhouettes(60, 66), "notches")

    assert found.finding.verdict == "fail"
    assert found.finding.measured == 6
    assert found.where is not None
    assert np.flatnonzero(found.where.any(axis=0)).tolist() == [79, 80]


def test_silhouettes_that_meet_or_fall_as_steeply_beside_have_no_notch() -> None:
    assert said(two_silhouettes(60, 61), "notches").finding.verdict == "pass"
    assert said(two_silhouettes(20, 20, slope=0.5), "notches").finding.verdict == "pass"


def test_a_mountains_own_step_is_no_notch() -> None:
    own = two_silhouettes(60, 66)
    far = replace(own.layers[1], source_x=COLUMNS.copy())

    found = said(replace(own, layers=(own.layers[0], far)), "notches")

    assert found.finding.verdict == "pass"


def test_filler_in_the_open_is_measured_on_what_is_seen() -> None:
    completed = ROWS >= 90
    card = view("range", plain(0.3), np.float32(ground()), hidden=completed)
    behind = painting(
        layer("sky", plain(0.5)),
        layer("far", plain(0.3), ground(), source=1),
        references=(view("sky", plain(0.5)), card),
        need=ROWS < 92,
    )

    assert said(behind, "filler").finding.verdict == "pass"
    exposed = said(replace(behind, need=EVERYWHERE), "filler")
    assert exposed.finding.verdict == "fail"
    assert exposed.finding.measured == 50.0  # of the land: a sky carried on is a sky


# -- lineage --------------------------------------------------------------------------


def landmark(row: int, column: int, into: Floats) -> Floats:
    """A bright tower, three stops and a half above what surrounds it."""
    into[row - 12 : row + 12, column - 8 : column + 8] += np.float32(0.2)
    return into


def test_the_same_tower_seen_twice_is_a_repeat() -> None:
    reference = landmark(60, 60, plain())
    x = np.where(COLUMNS >= 120, COLUMNS - 90, COLUMNS)
    twice = np.ascontiguousarray(reference[ROWS, x])

    once = painting(layer("env", reference), references=(view("city", reference),))
    found = said(
        painting(layer("env", twice, x=x), references=(view("city", reference),)), "repeats"
    )

    assert said(once, "repeats").finding.verdict == "pass"
    assert found.finding.verdict == "fail"
    assert found.where is not None
    assert found.where[60, 135:165].any()
    assert not found.where[:, :112].any()
    assert "90 px across" in found.finding.says


def test_a_tower_shown_three_times_as_large_as_it_was_photographed_is_known_again() -> None:
    """A card says of each pixel the nearest of its photograph: most have their neighbour's."""
    reference = landmark(60, 60, plain())
    x = np.where(COLUMNS >= 120, COLUMNS - 90, COLUMNS)
    twice = np.ascontiguousarray(reference[ROWS, x])
    city = replace(
        view("city", reference),
        master_x=(COLUMNS // 3 + 0.5).astype(np.float32),
        master_y=(ROWS // 3 + 0.5).astype(np.float32),
    )

    once = painting(layer("env", reference), references=(city,))
    found = said(painting(layer("env", twice, x=x), references=(city,)), "repeats")

    assert said(once, "repeats").finding.verdict == "pass"
    assert found.finding.verdict == "fail"


def test_calm_sky_may_be_used_twice() -> None:
    x = np.where(COLUMNS >= 100, COLUMNS - 100, COLUMNS)

    calm = painting(layer("env", plain(), x=x), references=(view("sky", plain()),))

    assert said(calm, "repeats").finding.verdict == "pass"


def test_what_the_plate_shows_is_seen_already() -> None:
    plate = landmark(60, 60, plain())
    hole = COLUMNS >= 120
    x = np.where(hole, COLUMNS - 90, COLUMNS)
    copied = np.ascontiguousarray(plate[ROWS, x])
    source = np.where(hole, 0, PLATE)

    found = said(
        painting(
            layer("env", copied, source=source, x=x),
            references=(view("plate", plate),), need=hole, kept=~hole,
        ),
        "repeats",
    )  # fmt: skip

    assert found.finding.verdict == "fail"


def test_one_photograph_as_it_is_is_verbatim_scaled_or_mirrored() -> None:
    wide = np.full((300, 400, 3), 0.4, np.float32)
    for x in (COLUMNS, WIDTH - 1 - COLUMNS, COLUMNS * 13 // 10):
        copy = painting(layer("env", plain(), x=x), references=(view("photo", wide),))
        assert said(copy, "verbatim").finding.measured == 100.0


def test_four_quarters_from_four_places_are_not_verbatim_but_for_many_references() -> None:
    wide = np.full((300, 400, 3), 0.4, np.float32)
    x = COLUMNS + 37 * (COLUMNS >= 100)
    y = ROWS + 23 * (ROWS >= 60)
    two = tuple(view(name, wide) for name in ("a", "b"))

    few = painting(layer("env", plain(), x=x, y=y), references=two)
    many = replace(few, references=(*two, view("c", wide)))

    assert said(few, "verbatim").finding.measured == 25.0
    assert said(few, "verbatim").finding.verdict == "pass"
    assert said(many, "verbatim").finding.limit == 25.0


def test_a_sky_card_behind_a_range_is_one_piece_on_purpose_and_the_range_is_not() -> None:
    wide = np.full((300, 400, 3), 0.4, np.float32)
    below = (ROWS >= 60).astype(np.float32)
    sky = layer("sky", plain())

    whole = painting(sky, layer("far", plain(), alpha=below), references=(view("photo", wide),))
    parts = painting(
        sky,
        layer("far", plain(), alpha=below, x=COLUMNS + 37 * (COLUMNS >= 100)),
        references=(view("photo", wide),),
    )

    assert said(whole, "verbatim").finding.measured == 50.0
    assert said(parts, "verbatim").finding.measured == 25.0
    assert said(
        painting(sky, references=(view("photo", wide),)), "verbatim"
    ).finding.verdict == ("not checked")


def joined(step: float) -> Examined:
    """Two pieces of one even reference, one of them ``step`` brighter, side by side."""
    reference = plain() + ranges.speckle(HEIGHT, WIDTH, 3)[..., None] * np.float32(0.01)
    x = np.where(COLUMNS >= 100, COLUMNS - 60, COLUMNS)
    colour = reference[ROWS, x] + np.where(COLUMNS >= 100, step, 0)[..., None]
    return painting(
        layer("env", colour.astype(np.float32), x=x), references=(view("wall", reference),)
    )


def test_a_join_nobody_sees_may_be_straight() -> None:
    assert said(joined(0.01), "straight edges").finding.verdict == "pass"


def test_a_straight_join_between_two_tones_is_seen() -> None:
    found = said(joined(0.1), "straight edges")

    assert found.finding.verdict == "fail"
    assert found.finding.measured == HEIGHT
    assert found.where is not None
    assert set(np.flatnonzero(found.where.any(axis=0))) == {99}


def test_an_edge_that_a_source_has_itself_is_none_of_the_join() -> None:
    reference = np.where((COLUMNS >= 100)[..., None], plain(0.5), plain(0.3))
    y = np.where(COLUMNS >= 100, ROWS, ROWS // 2)  # left of the edge, from higher up

    wall = painting(
        layer("env", reference.astype(np.float32), y=y),
        references=(view("wall", reference.astype(np.float32)),),
    )

    assert said(wall, "straight edges").finding.verdict == "pass"


def test_a_seam_lifted_by_a_stop_is_a_smear() -> None:
    lifted = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    lifted[40:80, 60:100] = 0.07
    touched = np.full_like(lifted, 0.01)
    picture = view("r", plain())

    smeared = said(
        painting(layer("env", plain(), offset=lifted), references=(picture,)), "smears"
    )
    mended = said(
        painting(layer("env", plain(), offset=touched), references=(picture,)), "smears"
    )

    assert smeared.finding.verdict == "fail"
    assert mended.finding.verdict == "pass"


def test_a_calm_sky_carried_on_in_its_own_tone_is_no_smear_and_fog_on_a_cut_in_one_is() -> None:
    # a tenth of the encoding from the sky that its grain is copied from, evenly down
    lifted = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    lifted[40:] = (np.linspace(0, 0.16, 80, dtype=np.float32))[:, None, None]
    seen = plain()
    fog = np.where(COLUMNS % 24 < 8, np.float32(0.02), np.float32(0))[..., None]
    picture = view("r", seen)

    def verdict(name: str, rest: Floats | float) -> str:
        shown = layer(name, (seen + lifted + rest).astype(np.float32), offset=lifted)
        return said(painting(shown, references=(picture,)), "smears").finding.verdict

    assert verdict("sky", 0.0) == "pass"
    assert verdict("sky", fog) == "fail"
    assert verdict("env", 0.0) == "fail"


# -- the sun --------------------------------------------------------------------------


def test_light_of_the_log_encoding_is_the_academys() -> None:
    # S-2016-001: 18 % grey is .4135884 in ACEScct, black .0729055, and 1.0 is .5547945
    assert linear(0.4135884) == pytest.approx(0.18, rel=1e-5)
    assert linear(0.0729055341958355) == pytest.approx(0.0, abs=1e-9)
    assert linear(0.5547945) == pytest.approx(1.0, rel=1e-5)
    assert linear(1.4679964) == pytest.approx(65504.0, rel=1e-4)


def sunny(at: tuple[int, int], strength: float = 1.1, radius: int = 3) -> Floats:
    sky = plain(0.5)
    sky[(ROWS - at[0]) ** 2 + (COLUMNS - at[1]) ** 2 <= radius * radius] = strength
    return sky


def test_a_sun_that_stands_where_it_is_locked_passes() -> None:
    reference = view("sky", sunny((40, 50)))
    x = np.clip(COLUMNS - 40, 0, WIDTH - 1)

    kept = painting(layer("sky", sunny((40, 90)), x=x), references=(reference,), sun=(40, 90))

    assert said(kept, "lost sun").finding.verdict == "pass"


@pytest.mark.parametrize(
    "painted",
    [sunny((40, 90), 0.95), sunny((40, 90), 1.1, 2), sunny((40, 98))],
    ids=["dimmer", "smaller", "beside its place"],
)
def test_a_sun_that_lost_its_peak_its_energy_or_its_place_fails(painted: Floats) -> None:
    reference = view("sky", sunny((40, 50)))
    x = np.clip(COLUMNS - 40, 0, WIDTH - 1)

    lost = painting(layer("sky", painted, x=x), references=(reference,), sun=(40, 90))

    assert said(lost, "lost sun").finding.verdict == "fail"


def test_a_sky_without_a_sun_is_said_to_have_none() -> None:
    dull = painting(
        layer("sky", plain(0.5)), references=(view("dull", plain(0.5)),), sun=(40, 90)
    )

    finding = said(dull, "lost sun").finding

    assert finding.verdict == "fail"
    assert "dull shows none" in finding.says


# -- all together ---------------------------------------------------------------------


def test_every_detector_has_its_say_once_and_says_it_in_one_sentence() -> None:
    found = detect.findings(range_before_sky(ground()))

    assert len({one.check for one in found}) == len(detect.ALL) == len(found)
    for one in found:
        assert one.verdict in ("pass", "fail", "not checked")
        assert one.says
        assert not one.says.endswith(".")


def test_a_painting_of_cards_is_examined_as_it_is_handed_over() -> None:
    cards = tuple(ranges.cards())
    canvas = ranges.canvas(height=160, width=320, need=ranges.meadow_line(160, 320))
    layers = Patch().paint(ranges.ask(2), canvas, cards, lambda _: None).layers

    found = detect.look(
        Examined(layers=layers, references=cards, need=canvas.need, kept=canvas.keep >= 1)
    )

    verdicts = {one.finding.check: one.finding.verdict for one in found}
    for check in ("floating", "sky below", "repeats", "smears"):
        assert verdicts[check] == "pass", check
    assert verdicts["waterline"] == verdicts["lost sun"] == "not checked"
