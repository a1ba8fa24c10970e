"""Which pictures may be painted from: owner, licence, approver, use, date; and no way round."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from fakes import FakeClock
from seamline.errors import ApprovalError, FormatError, ShowError
from seamline.steps import book
from seamline.steps.copies import Said
from seamline.steps.main_job import painted
from seamline.steps.reference import Permission, add_reference, find, require, usable_for
from tiny import APPROVED, TinyShow


def codes(seed: int = 1, height: int = 40, width: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).integers(5, 250, (height, width, 3), np.uint8)


def saved(show: TinyShow, name: str, pixels: np.ndarray) -> str:
    path = show.material / name
    path.parent.mkdir(exist_ok=True)
    Pillow.fromarray(pixels).save(path)
    return str(path)


def today_is(show: TinyShow, day: str) -> None:
    assert isinstance(show.clock, FakeClock)
    show.clock.moment = f"{day}T10:00:00Z"


def test_an_approved_photograph_may_be_painted_from(tiny_show: TinyShow) -> None:
    reference = add_reference(
        tiny_show.studio, saved(tiny_show, "range.png", codes()), APPROVED
    )

    require(tiny_show.studio, reference, "paint")
    assert reference.approved
    assert reference.approved_on == "2026-11-21"
    assert reference.id == reference.file_sha256[:12]
    assert reference.colourspace == "sRGB - Texture"
    assert (reference.width_px, reference.height_px) == (60, 40)


@pytest.mark.parametrize(
    ("lacks", "words"),
    [
        ({"owner": ""}, "it has no owner"),
        ({"licence": ""}, "it has no licence"),
        ({"approved_by": ""}, "it has no approver"),
        ({"owner": "", "licence": ""}, "it has no owner and no licence"),
        ({"allow": ("train",)}, "it is allowed for train, not for paint"),
        ({"allow": ()}, "it is allowed for nothing, not for paint"),
    ],
)
def test_a_picture_without_its_papers_is_kept_but_not_painted_from(
    tiny_show: TinyShow, lacks: dict[str, object], words: str
) -> None:
    path = saved(tiny_show, "range.png", codes())
    reference = add_reference(tiny_show.studio, path, replace(APPROVED, **lacks))

    with pytest.raises(ApprovalError, match=words) as refused:
        require(tiny_show.studio, reference, "paint")

    assert refused.value.exit_code == 1
    assert "--approved-by" in refused.value.remedy
    assert book.references(tiny_show.studio.ledger)[reference.id] == reference


def test_painting_from_nothing_approved_is_refused_with_the_reason(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    add_reference(
        tiny_show.studio,
        saved(tiny_show, "range.png", codes()),
        replace(APPROVED, approved_by=""),
    )

    with pytest.raises(ApprovalError, match=r"range\.png .* it has no approver"):
        painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="patch")

    assert not list(tiny_show.studio.ledger.rows("variation"))


def test_naming_a_refused_picture_does_not_help(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    tiny_show.reference("good.exr", codes(2) / 255)
    bad = add_reference(
        tiny_show.studio,
        saved(tiny_show, "training.png", codes()),
        replace(APPROVED, allow=("train",)),
    )

    for word in (bad.id, "training", "training.png"):
        with pytest.raises(ApprovalError, match="allowed for train, not for paint"):
            painted(
                tiny_show.studio, "S_010", variations=1, seed=1, generator="patch",
                references=[word],
            )  # fmt: skip


def test_a_renamed_copy_cannot_be_approved_into_more(tiny_show: TinyShow) -> None:
    original = saved(tiny_show, "training.png", codes())
    add_reference(tiny_show.studio, original, replace(APPROVED, allow=("train",)))
    copy = str(tiny_show.material / "holiday.png")
    shutil.copyfile(original, copy)

    with pytest.raises(ApprovalError, match=r"holiday\.png is the same picture as reference"):
        add_reference(tiny_show.studio, copy, APPROVED)


@pytest.mark.parametrize("name", ["holiday.tif", "holiday.png"])
def test_a_copy_saved_again_with_the_same_pixels_is_the_same_picture(
    tiny_show: TinyShow, name: str
) -> None:
    add_reference(
        tiny_show.studio,
        saved(tiny_show, "training.png", codes()),
        replace(APPROVED, allow=("train",)),
    )
    path = tiny_show.material / name
    Pillow.fromarray(codes()).save(path, compress_level=1)  # other bytes, the same pixels

    with pytest.raises(ApprovalError, match="is the same picture as reference training"):
        add_reference(tiny_show.studio, str(path), APPROVED)


def test_a_copy_in_sixteen_bits_or_as_float_is_the_same_picture(tiny_show: TinyShow) -> None:
    add_reference(
        tiny_show.studio,
        saved(tiny_show, "unapproved.png", codes()),
        replace(APPROVED, approved_by=""),
    )
    shares = codes().astype(np.float32) / np.float32(255)
    copy = tiny_show.picture("holiday.exr", shares, dtype=np.float32)

    with pytest.raises(ApprovalError, match="is the same picture as reference unapproved"):
        add_reference(tiny_show.studio, copy, replace(APPROVED, colourspace="sRGB - Texture"))


def test_a_copy_under_the_same_name_in_another_folder_does_not_free_either(
    tiny_show: TinyShow,
) -> None:
    first = add_reference(
        tiny_show.studio,
        saved(tiny_show, "training.png", codes()),
        replace(APPROVED, allow=("train",)),
    )
    path = tiny_show.material / "elsewhere" / "training.png"
    path.parent.mkdir()
    Pillow.fromarray(codes()).save(path, compress_level=1)
    twin = add_reference(tiny_show.studio, str(path), APPROVED)

    assert twin.id != first.id
    for reference in (first, twin):
        with pytest.raises(ApprovalError, match="not for paint"):
            require(tiny_show.studio, reference, "paint")


def test_a_picture_with_one_other_pixel_is_another_picture_when_somebody_says_so(
    tiny_show: TinyShow,
) -> None:
    add_reference(
        tiny_show.studio,
        saved(tiny_show, "training.png", codes()),
        replace(APPROVED, allow=("train",)),
    )
    other = codes()
    other[0, 0, 0] ^= 1
    path = saved(tiny_show, "own.png", other)
    with pytest.raises(ApprovalError, match=r"own\.png looks like reference training\.png"):
        add_reference(tiny_show.studio, path, APPROVED)
    tiny_show.studio.keyring.create("Supervisor", None)

    said = Said(not_a_copy=("training.png",), by="Supervisor", reason="a take of its own")
    reference = add_reference(tiny_show.studio, path, replace(APPROVED, copies=said))

    require(tiny_show.studio, reference, "paint")


def test_a_permission_ends_with_its_last_day(tiny_show: TinyShow) -> None:
    reference = add_reference(
        tiny_show.studio,
        saved(tiny_show, "range.png", codes()),
        replace(APPROVED, expires_on="2026-11-30"),
    )

    today_is(tiny_show, "2026-11-30")
    require(tiny_show.studio, reference, "paint")
    today_is(tiny_show, "2026-12-01")
    with pytest.raises(ApprovalError, match="its permission ended on 2026-11-30"):
        require(tiny_show.studio, reference, "paint")


def test_an_approval_added_later_holds(tiny_show: TinyShow) -> None:
    path = saved(tiny_show, "range.png", codes())
    add_reference(tiny_show.studio, path, replace(APPROVED, approved_by=""))

    approved = add_reference(tiny_show.studio, path, APPROVED)

    require(tiny_show.studio, approved, "paint")
    assert len(book.references(tiny_show.studio.ledger)) == 1


def test_an_approval_taken_back_holds_too(tiny_show: TinyShow) -> None:
    path = saved(tiny_show, "range.png", codes())
    add_reference(tiny_show.studio, path, APPROVED)

    add_reference(tiny_show.studio, path, replace(APPROVED, allow=()))

    assert usable_for(tiny_show.studio, "paint")[0] == []


def test_the_same_words_again_write_nothing(tiny_show: TinyShow) -> None:
    path = saved(tiny_show, "range.png", codes())
    first = add_reference(tiny_show.studio, path, APPROVED)
    rows = tiny_show.studio.ledger.verify()
    today_is(tiny_show, "2026-12-24")

    assert add_reference(tiny_show.studio, path, APPROVED) == first
    assert tiny_show.studio.ledger.verify() == rows


def test_the_picture_itself_is_kept(tiny_show: TinyShow) -> None:
    path = saved(tiny_show, "range.png", codes())
    reference = add_reference(tiny_show.studio, path, APPROVED)
    kept = tiny_show.studio.blobs.path(reference.file_sha256)

    assert Path(kept).read_bytes() == Path(path).read_bytes()


def test_the_master_is_the_picture_in_linear_acescg(tiny_show: TinyShow) -> None:
    # sRGB 188 is .5029 linear (IEC 61966-2-1); grey stays grey in any primaries.
    grey = np.full((40, 60, 3), 188, np.uint8)

    reference = add_reference(tiny_show.studio, saved(tiny_show, "g.png", grey), APPROVED)

    master = tiny_show.studio.blobs.picture(reference.master_digest)
    linear = ((188 / 255 + 0.055) / 1.055) ** 2.4
    for name in "RGB":
        assert master.channels[name][3, 4] == pytest.approx(linear, abs=2e-5)
    assert (master.channels["A"] == 1).all()


def test_what_an_alpha_has_painted_out_is_not_copied_from(tiny_show: TinyShow) -> None:
    pixels = np.dstack([codes(), np.full((40, 60), 255, np.uint8)])
    pixels[:10, :, 3] = 0
    path = tiny_show.material / "cut.png"
    Pillow.fromarray(pixels).save(path)

    reference = add_reference(tiny_show.studio, str(path), APPROVED)

    usable = tiny_show.studio.blobs.picture(reference.master_digest).channels["A"]
    assert not usable[:10].any()
    assert usable[10:].all()


def test_a_dead_pixel_of_a_reference_is_not_copied_from(tiny_show: TinyShow) -> None:
    rgb = np.full((40, 60, 3), 0.5, np.float32)
    rgb[7, 9, 1] = np.nan

    reference = tiny_show.reference("dead.exr", rgb)

    usable = tiny_show.studio.blobs.picture(reference.master_digest).channels["A"]
    assert usable[7, 9] == 0
    assert usable.sum() == 40 * 60 - 1


def test_a_photograph_burnt_out_to_white_says_so(tiny_show: TinyShow) -> None:
    burnt = codes()
    burnt[:4] = 255

    reference = add_reference(tiny_show.studio, saved(tiny_show, "b.png", burnt), APPROVED)

    assert reference.warnings == (
        "10.0% of its pixels are clipped at white: no highlight range there",
    )


def test_twice_as_wide_as_high_is_a_panorama_unless_said_otherwise(tiny_show: TinyShow) -> None:
    wide = codes(3, 30, 60)

    panorama = add_reference(tiny_show.studio, saved(tiny_show, "sky.png", wide), APPROVED)
    flat = add_reference(
        tiny_show.studio,
        saved(tiny_show, "wall.png", codes(4, 30, 60)),
        replace(APPROVED, projection="flat", hfov_deg=65.0),
    )

    assert (panorama.projection, panorama.hfov_deg) == ("latlong", 360.0)
    assert (flat.projection, flat.hfov_deg) == ("flat", 65.0)


def test_a_panorama_of_the_wrong_shape_is_refused(tiny_show: TinyShow) -> None:
    path = saved(tiny_show, "range.png", codes())

    with pytest.raises(FormatError, match="is 60x40; a latlong panorama is twice as wide"):
        add_reference(tiny_show.studio, path, replace(APPROVED, projection="latlong"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Permission(kind="stock"), "no reference kind 'stock'"),
        (replace(APPROVED, allow=("sell",)), "no reference use 'sell'"),
    ],
)
def test_an_unknown_kind_or_use_is_refused(
    tiny_show: TinyShow, said: Permission, words: str
) -> None:
    with pytest.raises(ShowError, match=words):
        add_reference(tiny_show.studio, saved(tiny_show, "range.png", codes()), said)

    assert not list(tiny_show.studio.ledger.rows("reference"))


def test_a_reference_is_found_by_name_stem_or_the_beginning_of_its_id(
    tiny_show: TinyShow,
) -> None:
    one = tiny_show.reference("range.exr", codes() / 255)
    tiny_show.reference("dusk.exr", codes(2) / 255)

    for word in ("range.exr", "range", one.id, one.id[:8], one.file_sha256):
        assert find(tiny_show.studio, word) == one
    with pytest.raises(ShowError, match="no reference is called 'noon'"):
        find(tiny_show.studio, "noon")


def test_a_text_file_is_no_reference(tiny_show: TinyShow) -> None:
    path = tiny_show.material / "range.png"
    path.write_text("not a picture")

    with pytest.raises(FormatError, match=r"range\.png"):
        add_reference(tiny_show.studio, str(path), APPROVED)
