"""Cuts grow and shrink, plates are scanned again: only what changed is made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from test_by_hand import back, out, stroke
from test_retouch import Filling

from layered import RIG, employing, two_references
from seamline.cli.main import main
from seamline.errors import FormatError, InputError, ShowError, SignOffError, TrackError
from seamline.pixels.picture import Picture
from seamline.ports import Painted
from seamline.show.frames import FrameRange, frame_path, ranges
from seamline.show.review import Finding
from seamline.show.seam import Seam
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.compare import compare_records
from seamline.steps.deliver import deliver
from seamline.steps.grade import grade
from seamline.steps.history import history
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.looked import layer_distance_m
from seamline.steps.main_job import made_again, painted
from seamline.steps.rebuild import rebuild
from seamline.steps.render import render
from seamline.steps.review import choose
from seamline.steps.sign import sign
from seamline.steps.sign_offs import covering
from seamline.steps.stale import FRAMES, MATCH, stale
from seamline.steps.stands import frames_on_record
from seamline.steps.status import status
from seamline.steps.update import Updated, update_shot
from synth import Pose
from tiny import TinyShow, frame_of, grey_and_noise, lower_half
from typed import runner

SHORT, LONG = FrameRange(first=1001, last=1004), FrameRange(first=1001, last=1010)
BY = "R. Lind"


def poses(frames: FrameRange) -> list[Pose]:
    return [Pose(pan_deg=2.5 * (n - 1001)) for n in frames]


def four_of_a_pan(show: TinyShow) -> str:
    """Four frames of a pan, painted and chosen; ten are on disk."""
    employing(show, Filling())
    two_references(show)
    pattern = show.plate("042", LONG, lambda n: frame_of(grey_and_noise(n, 36, 64)))
    matte = show.matte("042", LONG, lambda n: lower_half(36, 64))
    track = show.track("042", RIG, poses(SHORT), shutter_deg=180.0)
    add_shot(show.studio, "042", plate=pattern, track=track, frames=SHORT)
    set_seam(show.studio, Seam(shot="042", version=1, matte=matte))
    show.studio.keyring.create(BY, None)
    first = painted(show.studio, "042", variations=1, seed=1, generator="layered")
    element = str(first["variations"][0]["id"])
    choose(show.studio, "042", element, by=BY)
    return element


@pytest.fixture
def cut(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    """Four frames of a pan, painted, chosen and signed; ten are on disk."""
    element = four_of_a_pan(tiny_show)
    sign(tiny_show.studio, element, by=BY, passphrase=None)
    return tiny_show, element


def rescanned(frame: int, grain: int) -> NDArray[np.float32]:
    """A frame of the plate a little larger, as another scanner frames it, its grain anew."""
    first = grey_and_noise(frame, 36, 64)
    rows, columns = (
        np.clip(((np.arange(n) + 0.5 - n / 2) / 1.003 + n / 2 - 0.5), 0, n - 1)
        for n in (36, 64)
    )
    top, left = (np.minimum(at.astype(int), n - 2) for at, n in ((rows, 36), (columns, 64)))
    down, across = (rows - top)[:, None, None], (columns - left)[None, :, None]
    upper = first[top][:, left] * (1 - across) + first[top][:, left + 1] * across
    lower = first[top + 1][:, left] * (1 - across) + first[top + 1][:, left + 1] * across
    fresh = grey_and_noise(grain + frame, 36, 64) - 0.18
    return (upper * (1 - down) + lower * down + fresh).astype(np.float32)


def longer(show: TinyShow) -> Updated:
    track = show.track("long", RIG, poses(LONG), shutter_deg=180.0)
    return update_shot(show.studio, "042", frames=LONG, track=track)


def made(show: TinyShow) -> tuple[Version, Variation]:
    (entry,) = made_again(show.studio, "042")["variations"]
    version = book.version(show.studio.ledger, entry["id"])
    return version, book.variation_of(show.studio.ledger, version)


def frames_of(show: TinyShow, element: str, frames: FrameRange) -> list[NDArray[Any]]:
    pattern = show.studio.shelf.element_pattern(element)
    return [show.studio.images.read(frame_path(pattern, n)).rgb() for n in frames]


def test_a_longer_cut_paints_only_what_no_frame_had_seen(cut: tuple[TinyShow, str]) -> None:
    show, first = cut
    before = book.variation_of(show.studio.ledger, book.version(show.studio.ledger, first))

    found = longer(show)
    assert [(i, why.what) for i, why in found.stale] == [(first, FRAMES)]
    version, variation = made(show)

    assert version.id == "042_env_b01_v002"
    assert version.frames == "1001-1010"
    assert [f.name for f in variation.layers] == ["sky", "far", "mist", "more"]
    old, _ = book.canvas_by_digest(show.studio.ledger, before.ask.canvas_digest)
    new, _ = book.canvas_by_digest(show.studio.ledger, variation.ask.canvas_digest)
    assert (new.px_per_rad, new.world_from_canvas) == (old.px_per_rad, old.world_from_canvas)
    assert new.width_px > old.width_px
    more = show.studio.blobs.picture(variation.layers[-1].digest).channels["A"]
    left = round((old.longitude_left_rad - new.longitude_left_rad) * new.px_per_rad)
    assert not more[:, left : left + old.width_px][: old.height_px].any()
    assert rebuild(show.studio, variation) == ["sky", "far", "mist", "more"]
    assert not any(f.check == "coverage" and f.verdict == "fail" for f in version.findings)


def test_old_frames_keep_their_bits_and_their_signatures(cut: tuple[TinyShow, str]) -> None:
    show, first = cut
    old = book.version(show.studio.ledger, first)
    longer(show)

    version, _ = made(show)

    assert version.element_frames[:4] == old.element_frames
    assert version.comp_frames[:4] == old.comp_frames
    found, missing = covering(show.studio, version, frames_on_record(version))
    assert [s.element for s in found] == [first]
    assert ranges(missing) == "1005-1010"


def test_new_frames_ask_for_a_signature_and_are_then_delivered(
    cut: tuple[TinyShow, str],
) -> None:
    show, first = cut
    longer(show)
    with pytest.raises(SignOffError, match="has frames 1001-1004, and 042 has 1001-1010"):
        deliver(show.studio, "042", str(show.root / "early"))
    version, _ = made(show)
    choose(show.studio, "042", version.id, by=BY)
    with pytest.raises(SignOffError, match="frames 1005-1010 are not signed; 4 of 10 are"):
        deliver(show.studio, "042", str(show.root / "half"))

    new = FrameRange(first=1005, last=1010)
    sign(show.studio, version.id, by=BY, passphrase=None, frames=new)
    delivered = deliver(show.studio, "042", str(show.root / "whole"))

    assert delivered["signed_by"] == BY
    record = show.studio.shelf.read(delivered["record"]).decode()
    assert '"also_signed"' in record
    assert first in record
    with pytest.raises(InputError, match="has frames 1001-1010, not 1011"):
        sign(
            show.studio, version.id, by=BY, passphrase=None,
            frames=FrameRange(first=1009, last=1011),
        )  # fmt: skip


def test_the_directors_choice_is_kept_when_the_shot_changes(
    cut: tuple[TinyShow, str],
) -> None:
    show, _ = cut
    longer(show)
    version, _ = made(show)
    again = show.plate("scan", LONG, lambda n: frame_of(1.15 * grey_and_noise(9 + n, 36, 64)))
    rescan = update_shot(show.studio, "042", plate=again)
    third, variation = made(show)

    choice = book.chosen(show.studio.ledger, "042")

    assert choice is not None
    assert (choice.element, choice.by) == (third.id, BY)
    assert {why.what for _, why in rescan.stale} == {MATCH}
    assert book.variation_of(show.studio.ledger, version).ask_digest == variation.ask_digest
    with pytest.raises(SignOffError):
        deliver(show.studio, "042", str(show.root / "early"))
    sign(show.studio, third.id, by=BY, passphrase=None)
    deliver(show.studio, "042", str(show.root / "kept"))
    # Another grade is another thing to choose.
    grade(show.studio, "042", third.id, "far", exposure_stops=0.5)
    render(show.studio, "042", [variation])
    choice = book.chosen(show.studio.ledger, "042")
    assert choice is not None
    assert choice.element == third.id


def test_status_counts_the_frames_that_are_signed(cut: tuple[TinyShow, str]) -> None:
    show, _ = cut
    assert "signed" in status(show.studio)[0].done
    longer(show)
    version, _ = made(show)

    (now,) = status(show.studio)

    assert "4 of 10 frames signed" in now.done
    assert now.next == f"review and sign {version.id} (4 of 10 frames signed)"
    assert now.waits_on == "supervisor"


def test_the_border_of_the_old_canvas_is_not_seen(cut: tuple[TinyShow, str]) -> None:
    show, first = cut
    longer(show)

    variation = made(show)[1]

    # The step over the border, against the steps beside it, in the plate's own noise.
    before = book.variation_of(show.studio.ledger, book.version(show.studio.ledger, first))
    old, _ = book.canvas_by_digest(show.studio.ledger, before.ask.canvas_digest)
    new, _ = book.canvas_by_digest(show.studio.ledger, variation.ask.canvas_digest)
    layers = {f.name: show.studio.blobs.picture(f.digest).channels for f in variation.layers}
    edge = round((old.longitude_left_rad - new.longitude_left_rad) * new.px_per_rad)
    flat = np.where(layers["more"]["A"] > 0, layers["more"]["G"], layers["sky"]["G"])
    top = np.flatnonzero(layers["more"]["A"][:, edge - 1] > 0)[:12]  # above the range
    steps = np.abs(np.diff(np.log2(np.maximum(flat[top], 1e-4)), axis=1))
    over, beside = steps[:, edge - 1], steps[:, edge - 9 : edge + 8]
    assert len(top) == 12
    assert over.mean() <= 1.5 * beside.mean()


def test_a_pixel_of_an_old_frame_is_traced_where_it_was(cut: tuple[TinyShow, str]) -> None:
    show, first = cut
    element = frame_path(show.studio.shelf.element_pattern(first), 1002)
    was = audit(show.studio, element, (30, 4))
    longer(show)
    version, _ = made(show)

    now = audit(
        show.studio, frame_path(show.studio.shelf.element_pattern(version.id), 1002), (30, 4)
    )

    assert now["sources"] == was["sources"]
    late = frame_path(show.studio.shelf.element_pattern(version.id), 1010)
    assert {s["layer"] for s in audit(show.studio, late, (1, 4))["sources"]} == {"more"}


def test_audit_names_whose_choice_went_on_with_the_longer_cut(
    cut: tuple[TinyShow, str],
) -> None:
    show, _ = cut
    longer(show)
    version, _ = made(show)
    element = frame_path(show.studio.shelf.element_pattern(version.id), 1010)

    assert audit(show.studio, element)["chosen_by"] == [BY]


def test_a_painting_goes_on_twice(cut: tuple[TinyShow, str]) -> None:
    show, first = cut
    some = FrameRange(first=1001, last=1006)
    track = show.track("some", RIG, poses(some), shutter_deg=180.0)
    update_shot(show.studio, "042", frames=some, track=track)
    second, _ = made(show)
    choose(show.studio, "042", second.id, by=BY)
    longer(show)

    third, variation = made(show)

    assert [f.name for f in variation.layers] == ["sky", "far", "mist", "more", "more_2"]
    assert third.element_frames[:6] == second.element_frames
    assert third.element_frames[:4] == book.version(show.studio.ledger, first).element_frames
    assert rebuild(show.studio, variation)


def test_old_frames_keep_their_bits_where_a_layer_moves_only_in_the_longer_cut(
    tiny_show: TinyShow,
) -> None:
    # 90 px of lens: a range 8 km away moves .02 px by 1.5 m, and .08 px by 7.5 m.
    show = tiny_show
    employing(show, Filling())
    two_references(show)
    walk = [Pose(pan_deg=0.5 * n, position_m=(1.0 * n, 1.6, 0.0)) for n in range(10)]
    pattern = show.plate("042", LONG, lambda n: frame_of(grey_and_noise(n, 36, 64)))
    matte = show.matte("042", LONG, lambda n: lower_half(36, 64))
    track = show.track("042", RIG, walk[:4], shutter_deg=180.0)
    add_shot(show.studio, "042", plate=pattern, track=track, frames=SHORT)
    set_seam(show.studio, Seam(shot="042", version=1, matte=matte))
    first = painted(show.studio, "042", variations=1, seed=1, generator="layered")
    short = book.version(show.studio.ledger, str(first["variations"][0]["id"]))

    track = show.track("long", RIG, walk, shutter_deg=180.0)
    update_shot(show.studio, "042", frames=LONG, track=track)
    version, variation = made(show)

    shot = book.shot(show.studio.ledger, "042")
    canvas, _ = book.canvas_by_digest(show.studio.ledger, variation.ask.canvas_digest)
    far = next(f for f in variation.layers if f.name == "far")
    assert layer_distance_m(show.studio, "042", canvas, far, list(SHORT)) is None
    assert layer_distance_m(show.studio, "042", canvas, far) == far.distance_m
    assert str(shot.frames) == "1001-1010"
    assert version.element_frames[:3] == short.element_frames[:3]
    assert version.element_frames[:4] == short.element_frames


def test_another_track_of_the_same_frames_makes_them_stale(
    cut: tuple[TinyShow, str],
) -> None:
    show, first = cut
    same = show.track("same", RIG, poses(SHORT), shutter_deg=180.0)
    update_shot(show.studio, "042", track=same)
    assert not stale(show.studio, book.version(show.studio.ledger, first))
    solved = [Pose(pan_deg=2.5 * n, tilt_deg=-0.5) for n in range(4)]
    track = show.track("solved", RIG, solved, shutter_deg=180.0)

    updated = update_shot(show.studio, "042", track=track)

    ((_, why),) = updated.stale
    assert why.what == MATCH
    assert "the camera is another since shot v" in why.says
    version, _ = made(show)
    before = book.version(show.studio.ledger, first)
    assert not set(version.element_frames) & set(before.element_frames)
    assert not stale(show.studio, version)


def test_frames_that_a_backup_does_not_hold_are_rendered_as_they_were(
    cut: tuple[TinyShow, str],
) -> None:
    show, _ = cut
    longer(show)
    version, _ = made(show)
    gone = [
        Path(frame_path(pattern(version.id), n))
        for pattern in (show.studio.shelf.element_pattern, show.studio.shelf.comp_pattern)
        for n in LONG
    ]
    before = gone[0].read_bytes()
    for path in gone:
        path.unlink()
    rows = len(list(show.studio.ledger.rows("version")))

    again, _ = made(show)

    assert again.id == version.id
    assert all(path.exists() for path in gone)
    assert gone[0].read_bytes() == before
    assert len(list(show.studio.ledger.rows("version"))) == rows
    assert not made_again(show.studio, "042")["variations"]


def test_a_painting_goes_on_under_the_version_that_was_chosen(
    cut: tuple[TinyShow, str],
) -> None:
    show, first = cut
    _, picture = out(show, first)
    back(show, first, stroke(picture, "far"))
    longer(show)

    version, variation = made(show)

    assert not variation.hands
    by_id = {node.element: node for node in history(show.studio, "042")}
    assert by_id[version.id].parent == first
    assert by_id[version.id].changed[0] == "its canvas went on for a longer shot"


def test_what_a_hand_painted_goes_along(cut: tuple[TinyShow, str]) -> None:
    show, first = cut
    _, picture = out(show, first)
    by_hand = back(show, first, stroke(picture, "far"))["variations"][0]["id"]
    choose(show.studio, "042", by_hand, by=BY)
    longer(show)

    version, variation = made(show)

    assert (
        version.element_frames[:4] == book.version(show.studio.ledger, by_hand).element_frames
    )
    assert [w.by for w in variation.hands] == [BY]
    assert rebuild(show.studio, variation)
    _, again = out(show, version.id, "again.exr")
    assert back(show, version.id, again)["variations"][0]["id"] == version.id


def test_a_shorter_cut_needs_no_new_signature(cut: tuple[TinyShow, str]) -> None:
    show, first = cut
    update_shot(show.studio, "042", frames=FrameRange(first=1001, last=1003))

    version, _ = made(show)
    choose(show.studio, "042", version.id, by=BY)

    assert version.element_frames == book.version(show.studio.ledger, first).element_frames[:3]
    assert deliver(show.studio, "042", str(show.root / "short"))["signed_by"] == BY


def test_a_scan_anew_redoes_match_and_comp_and_paints_nothing(
    cut: tuple[TinyShow, str],
) -> None:
    show, first = cut
    old = book.version(show.studio.ledger, first)
    # .2 stop brighter, enlarged by 1.003 about its middle, and with other grain.
    again = show.plate("042_v2", SHORT, lambda n: frame_of(2**0.2 * rescanned(n, 50)))

    found = update_shot(show.studio, "042", plate=again)
    assert {why.what for _, why in found.stale} == {MATCH}
    version, variation = made(show)

    assert version.id == "042_env_b01_v002"
    assert variation.ask_digest == old.ask_digest
    assert version.element_frames == old.element_frames
    assert version.comp_frames != old.comp_frames
    assert len(book.variations(show.studio.ledger, "042")) == 1
    assert stale(show.studio, version) == ()
    choose(show.studio, "042", version.id, by=BY)
    with pytest.raises(SignOffError):
        deliver(show.studio, "042", str(show.root / "early"))


def test_handles_are_frames_on_either_side(cut: tuple[TinyShow, str]) -> None:
    show, _ = cut
    track = show.track("h", RIG, poses(FrameRange(first=1001, last=1006)), shutter_deg=180.0)
    middle = FrameRange(first=1002, last=1005)
    update_shot(show.studio, "042", frames=FrameRange(first=1001, last=1006), track=track)
    update_shot(show.studio, "042", frames=middle)

    found = update_shot(show.studio, "042", frames=FrameRange(first=1003, last=1004), handles=1)

    assert str(found.shot.frames) == str(middle)
    assert found.shot.version == 3


def test_what_cannot_be_updated_is_refused_and_nothing_is_recorded(
    cut: tuple[TinyShow, str],
) -> None:
    show, _ = cut
    rows = sum(1 for _ in show.studio.ledger.rows())
    late = FrameRange(first=1001, last=1012)
    track = show.track("late", RIG, poses(late), shutter_deg=180.0)

    with pytest.raises(InputError, match="nothing is to be updated"):
        update_shot(show.studio, "042")
    with pytest.raises(TrackError, match="has no sample for frame 1005 and 5 more"):
        update_shot(show.studio, "042", frames=LONG)
    with pytest.raises(FormatError, match="1011"):
        update_shot(show.studio, "042", frames=late, track=track)
    with pytest.raises(ShowError):
        update_shot(show.studio, "043", frames=LONG)
    assert sum(1 for _ in show.studio.ledger.rows()) == rows


def test_a_changed_file_of_an_old_frame_is_still_found(cut: tuple[TinyShow, str]) -> None:
    show, _ = cut
    longer(show)
    path = str(show.material / "042.1002.exr")
    picture: Picture = show.studio.images.read(path)
    spoilt = {n: p + np.float16(0.01) for n, p in picture.channels.items()}
    show.studio.images.write(path, replace(picture, channels=spoilt))

    with pytest.raises(Exception, match="is not the plate that was taken in"):
        made(show)


class Seen(Filling):
    """Says what it found in its picture."""

    def spoilt(self, painted: Painted) -> Painted:
        found = Finding(check="floating", verdict="fail", says="a wood floats", measured=3.0)
        return replace(painted, findings=(found,))


def test_what_the_generator_found_is_still_there_beside_the_longer_cut(
    cut: tuple[TinyShow, str],
) -> None:
    show, _ = cut
    employing(show, Seen())
    other = painted(show.studio, "042", variations=1, seed=2, generator="layered")
    second = str(other["variations"][0]["id"])
    choose(show.studio, "042", second, by=BY)
    longer(show)
    version, _ = made(show)

    said = compare_records(show.studio, second, version.id)

    (floating,) = [f for f in said["findings"] if f["check"] == "floating"]
    assert floating["a"] == floating["b"]
    assert floating["b"]["says"] == "a wood floats"


def test_the_tree_tells_of_the_longer_shot(cut: tuple[TinyShow, str]) -> None:
    show, first = cut
    longer(show)
    version, _ = made(show)

    node = next(n for n in history(show.studio, "042") if n.element == version.id)

    assert node.parent == first
    assert node.changed == ("its canvas went on for a longer shot", "other frames")


def test_the_shell_takes_a_longer_cut(cut: tuple[TinyShow, str]) -> None:
    show, first = cut
    track = show.track("shell", RIG, poses(LONG), shutter_deg=180.0)
    words = ["shot", "update", "042", "--frames", "1001-1010", "--track", track]

    said = runner().invoke(main, [*words, "--show", str(show.root)])

    assert said.exit_code == 0, said.output
    assert "042 v2: 1001-1010" in said.output
    assert f"stale, frames: {first}" in said.output
