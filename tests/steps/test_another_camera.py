"""Another track of a shot: its painting goes on where the new camera sees beyond its canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from test_longer_cuts import BY, SHORT, four_of_a_pan, longer, made, poses
from test_retouch import Filling
from test_travelling_layers import DOLLY, Standing, travelling

from layered import RIG, employing, paint, two_references
from seamline.cli.main import main
from seamline.errors import CanvasError, InputError, SignOffError, TrackError
from seamline.optics.card import PlaneInWorld
from seamline.pixels.picture import Image
from seamline.ports import CanvasPicture, PaintedLayer
from seamline.show.canvas import Canvas
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Seam
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.canvas import lay_out
from seamline.steps.deliver import deliver
from seamline.steps.history import history
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.lock import set_lock
from seamline.steps.main_job import made_again
from seamline.steps.painting import pins_of
from seamline.steps.rebuild import rebuild
from seamline.steps.sign import sign
from seamline.steps.stale import MATCH, stale
from seamline.steps.update import update_shot
from synth import Pose
from tiny import TinyShow, frame_of, grey_and_noise, lower_half
from typed import runner


@pytest.fixture
def panned(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    """Four frames of a pan, painted and chosen; ten are on disk."""
    return tiny_show, four_of_a_pan(tiny_show)


def retracked(show: TinyShow, name: str, others: list[Pose]) -> None:
    track = show.track(name, RIG, others, shutter_deg=180.0)
    update_shot(show.studio, "042", track=track)


def wider(count: int = 4) -> list[Pose]:
    """The pan turns out to be twice as fast and a little higher."""
    return [Pose(pan_deg=6.0 * n, tilt_deg=1.0) for n in range(count)]


def canvas_of(show: TinyShow, variation: Variation) -> Canvas:
    return book.canvas_by_digest(show.studio.ledger, variation.ask.canvas_digest)[0]


def holes(show: TinyShow, version: Version) -> int:
    """How many generated pixels of all frames were not painted, counted in the files."""
    shot = book.shot(show.studio.ledger, "042")
    pattern = show.studio.shelf.element_pattern(version.id)
    seam = book.seam(show.studio.ledger, "042")
    assert seam is not None
    count = 0
    for frame in shot.frames:
        alpha = show.studio.images.read(frame_path(pattern, frame)).channels["A"]
        matte = show.studio.images.read(frame_path(seam.matte, frame)).channels["A"]
        count += int(((alpha < 0.99) & (matte < 1)).sum())
    return count


def layer(show: TinyShow, variation: Variation, name: str) -> Image:
    facts = next(f for f in variation.layers if f.name == name)
    picture = show.studio.blobs.picture(facts.digest)
    return np.stack([picture.channels[c] for c in "RGBA"], axis=-1)


def base_of(show: TinyShow, element: str) -> Variation:
    return book.variation_of(show.studio.ledger, book.version(show.studio.ledger, element))


def test_a_pan_that_turns_out_wider_has_no_holes_and_its_old_canvas_stands(
    panned: tuple[TinyShow, str],
) -> None:
    show, first = panned
    retracked(show, "wider", wider())

    version, variation = made(show)

    assert holes(show, version) == 0
    assert not any(f.check == "coverage" and f.verdict == "fail" for f in version.findings)
    before = base_of(show, first)
    old, new = canvas_of(show, before), canvas_of(show, variation)
    assert (new.px_per_rad, new.world_from_canvas) == (old.px_per_rad, old.world_from_canvas)
    left = round((old.longitude_left_rad - new.longitude_left_rad) * new.px_per_rad)
    top = round((new.latitude_top_rad - old.latitude_top_rad) * new.px_per_rad)
    assert new.width_px > old.width_px
    assert top > 0
    for name in ("sky", "far", "mist"):
        inside = layer(show, variation, name)[top:, left:][: old.height_px, : old.width_px]
        np.testing.assert_array_equal(inside, layer(show, before, name))
    assert rebuild(show.studio, variation)[:3] == ["sky", "far", "mist"]
    assert stale(show.studio, version) == ()
    choice = book.chosen(show.studio.ledger, "042")
    assert choice is not None
    assert choice.element == version.id
    node = next(n for n in history(show.studio, "042") if n.element == version.id)
    assert node.changed[0] == "its canvas went on for another camera"


def test_a_track_that_its_canvas_shows_paints_nothing(panned: tuple[TinyShow, str]) -> None:
    show, first = panned
    inner = [Pose(pan_deg=p) for p in (1.0, 3.0, 5.0, 6.0)]
    retracked(show, "inner", inner)

    version, variation = made(show)

    assert variation.ask_digest == base_of(show, first).ask_digest
    assert len(book.variations(show.studio.ledger, "042")) == 1
    assert holes(show, version) == 0


def test_what_another_camera_saw_is_not_delivered_and_asks_for_a_signature(
    panned: tuple[TinyShow, str],
) -> None:
    show, first = panned
    sign(show.studio, first, by=BY, passphrase=None)
    retracked(show, "wider", wider())

    with pytest.raises(SignOffError, match="was seen by another camera than 042 has since"):
        deliver(show.studio, "042", str(show.root / "early"))
    version, _ = made(show)
    with pytest.raises(SignOffError, match=f"{version.id} has no sign-off|not signed"):
        deliver(show.studio, "042", str(show.root / "unsigned"))
    sign(show.studio, version.id, by=BY, passphrase=None)
    deliver(show.studio, "042", str(show.root / "whole"))


def test_no_frame_of_another_camera_is_bound_to_the_canvas_of_a_shorter_cut(
    panned: tuple[TinyShow, str],
) -> None:
    # After the longer cut the first four frames look at the first, small canvas. The new
    # camera sees beyond that one, and not beyond the larger one.
    show, _ = panned
    longer(show)
    long, variation = made(show)
    assert [str(pin.frames) for pin in pins_of(show.studio, variation)] == ["1001-1004"]
    turned = [Pose(pan_deg=2.5 * (9 - n)) for n in range(10)]
    retracked(show, "turned", turned)

    version, again = made(show)

    assert pins_of(show.studio, again) == ()
    assert canvas_of(show, again) == canvas_of(show, variation)
    assert [f.digest for f in again.layers] == [f.digest for f in variation.layers]
    assert holes(show, version) == 0
    assert version.element_frames[:4] != long.element_frames[:4]
    assert rebuild(show.studio, again)


def test_a_longer_cut_after_another_track_binds_the_frames_that_did_not_change(
    panned: tuple[TinyShow, str],
) -> None:
    show, _ = panned
    retracked(show, "wider", wider())
    second, _ = made(show)
    track = show.track("wider_long", RIG, wider(7), shutter_deg=180.0)
    seven = FrameRange(first=1001, last=1007)
    update_shot(show.studio, "042", frames=seven, track=track)

    third, variation = made(show)

    assert third.element_frames[:4] == second.element_frames
    assert [str(pin.frames) for pin in pins_of(show.studio, variation)] == ["1001-1004"]
    assert holes(show, third) == 0


class OnlyAsked(Filling):
    """Paints what is asked for, and leaves the rest of its canvas open."""

    def layers(self, seed: int, canvas: CanvasPicture, references: Any) -> list[PaintedLayer]:
        def within(found: PaintedLayer) -> PaintedLayer:
            alpha = np.where(canvas.need, found.alpha, 0).astype(np.float32)
            source = np.where(alpha > 0, found.source, -2)
            return replace(found, alpha=alpha, source=source.astype(np.int32))

        return [within(found) for found in super().layers(seed, canvas, references)]


def test_what_the_live_hid_before_another_camera_is_painted_where_it_is_seen_now(
    tiny_show: TinyShow,
) -> None:
    # The live half stood before the lower half of the canvas; the camera looked lower than
    # the first solve said.
    show = tiny_show
    employing(show, OnlyAsked())
    two_references(show)
    pattern = show.plate("042", SHORT, lambda n: frame_of(grey_and_noise(n, 36, 64)))
    matte = show.matte("042", SHORT, lambda n: lower_half(36, 64))
    track = show.track("042", RIG, poses(SHORT), shutter_deg=180.0)
    add_shot(show.studio, "042", plate=pattern, track=track, frames=SHORT)
    set_seam(show.studio, Seam(shot="042", version=1, matte=matte))
    paint(show)
    retracked(show, "low", [Pose(pan_deg=2.5 * n, tilt_deg=-12.0) for n in range(4)])

    version, variation = made(show)

    assert holes(show, version) == 0
    assert variation.layers[-1].name == "more"
    assert rebuild(show.studio, variation)


# -- cameras that travel ----------------------------------------------------------------


class Farther(Filling, Standing):
    """Layers at their distances, and filled where they end."""


def test_a_camera_that_travels_farther_sees_no_hole_past_its_near_layers(
    tiny_show: TinyShow,
) -> None:
    show = tiny_show
    employing(show, Farther())
    two_references(show)
    travelling(show, poses=DOLLY, shutter_deg=90.0)
    first = paint(show)["id"]
    farther = [replace(p, position_m=(2.5 * p.position_m[0], 1.6, 0.0)) for p in DOLLY]
    track = show.track("farther", RIG, farther, shutter_deg=90.0)

    update_shot(show.studio, "042", track=track)
    version, variation = made(show)

    assert holes(show, version) == 0
    old, new = canvas_of(show, base_of(show, first)), canvas_of(show, variation)
    assert (new.origin_m, new.px_per_rad) == (old.origin_m, old.px_per_rad)
    # .6 m farther either way at 90 px, past a layer 9 m away: six pixels.
    assert new.width_px - old.width_px == pytest.approx(2 * 0.6 / 9 * 90, abs=3)
    assert rebuild(show.studio, variation)


def test_a_flat_painting_is_refused_before_a_camera_that_travels_too_far(
    panned: tuple[TinyShow, str],
) -> None:
    show, _ = panned
    lock = "[environment]\ndistance_m = 100\n"
    set_lock(show.studio, "042", lock, where="lock.toml")
    # 6 m at 90 px, 100 m away: 2.7 px either way of the middle, limit 2.
    dolly = [Pose(pan_deg=2.5 * n, position_m=(2.0 * n, 1.6, 0.0)) for n in range(4)]
    employing(show, Filling())
    canvas, _ = lay_out(show.studio, "042")
    assert canvas.distance_m == 100
    paint(show, seed=5)
    retracked(show, "dolly", dolly)

    with pytest.raises(CanvasError, match=r"moves 2\.7 px against a flat canvas"):
        made_again(show.studio, "042")


WALL = PlaneInWorld(point_m=(0, 0, -6), normal=(0, 0, 1))
WALK = [
    Pose(pan_deg=p, tilt_deg=-4.0, position_m=(x, 1.6, z))
    for p, x, z in ((2.0, -0.8, 0.0), (0.0, 0.0, 0.3), (-3.0, 0.7, 0.8))
]


def test_a_card_goes_on_where_a_walking_camera_sees_more_of_its_plane(
    tiny_show: TinyShow,
) -> None:
    show = tiny_show
    employing(show, Filling())
    two_references(show)
    travelling(show, poses=WALK, lock="")
    lay_out(show.studio, "042", kind="card", plane=WALL)
    first = paint(show)["id"]
    aside = [
        replace(p, position_m=(p.position_m[0] + 0.5 * n, 1.6, p.position_m[2]))
        for n, p in enumerate(WALK)
    ]
    track = show.track("aside", RIG, aside, shutter_deg=0.0)

    update_shot(show.studio, "042", track=track)
    version, variation = made(show)

    assert holes(show, version) == 0
    before = base_of(show, first)
    old, new = canvas_of(show, before), canvas_of(show, variation)
    assert (new.kind, new.px_per_m, new.origin_m) == ("card", old.px_per_m, old.origin_m)
    # The last frame stands a metre farther aside, and sees a metre more of the wall.
    assert (new.width_px - old.width_px) / old.px_per_m == pytest.approx(1.0, abs=0.05)
    left = round((old.card_left_m - new.card_left_m) * new.px_per_m)
    top = round((new.card_top_m - old.card_top_m) * new.px_per_m)
    inside = layer(show, variation, "sky")[top:, left:][: old.height_px, : old.width_px]
    np.testing.assert_array_equal(inside, layer(show, before, "sky"))
    assert rebuild(show.studio, variation)


def test_a_painting_on_one_view_is_refused_to_a_camera_that_moves(tiny_show: TinyShow) -> None:
    show = tiny_show
    employing(show, Filling())
    two_references(show)
    pattern = show.plate("042", SHORT, lambda n: frame_of(grey_and_noise(n, 36, 64)))
    matte = show.matte("042", SHORT, lambda n: lower_half(36, 64))
    add_shot(show.studio, "042", plate=pattern, static=True, frames=SHORT)
    set_seam(show.studio, Seam(shot="042", version=1, matte=matte))
    paint(show)
    retracked(show, "042", poses(SHORT))

    with pytest.raises(CanvasError, match="is one view, and the camera moves now") as refused:
        made_again(show.studio, "042")

    assert "--kind sphere" in (refused.value.remedy or "")


# -- the track is held against what the shot has ------------------------------------------


def test_another_track_is_held_against_the_lock_as_the_first_was(
    panned: tuple[TinyShow, str],
) -> None:
    show, _ = panned
    set_lock(show.studio, "042", "[camera]\nheight_m = 1.6\n", where="lock.toml")
    tracks = {
        metres: show.track(
            f"up_{metres:.0f}", RIG,
            [replace(p, position_m=(0.0, metres, 0.0)) for p in poses(SHORT)],
            shutter_deg=180.0,
        )
        for metres in (16.0, 160.0)
    }  # fmt: skip

    found = update_shot(show.studio, "042", track=tracks[16.0])
    with pytest.raises(TrackError, match=r"160 m high, lock v1 says 1\.6 m, 100 times"):
        update_shot(show.studio, "042", track=tracks[160.0])

    assert found.shot.track is not None
    assert "the track's camera is 16 m high, lock v1 says 1.6 m" in found.shot.track.notes[-1]
    assert MATCH in [why.what for _, why in found.stale]


def test_a_camera_or_a_report_goes_with_a_track(panned: tuple[TinyShow, str]) -> None:
    show, _ = panned
    rows = sum(1 for _ in show.studio.ledger.rows())

    for said in ({"camera": "B"}, {"lens": "lens.csv"}):
        with pytest.raises(InputError, match="go with a track"):
            update_shot(show.studio, "042", frames=SHORT, **said)
    track = show.track("b", RIG, wider(), shutter_deg=180.0)
    with pytest.raises(TrackError):
        update_shot(show.studio, "042", track=track, lens=str(show.root / "none.csv"))
    assert sum(1 for _ in show.studio.ledger.rows()) == rows


def test_the_shell_takes_another_track(panned: tuple[TinyShow, str]) -> None:
    show, first = panned
    track = show.track("shell", RIG, wider(), shutter_deg=180.0)
    words = ["shot", "update", "042", "--track", track, "--show", str(show.root)]

    said = runner().invoke(main, words)

    assert said.exit_code == 0, said.output
    assert f"stale, match and comp: {first}: the camera is another" in said.output
