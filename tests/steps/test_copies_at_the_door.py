"""A picture that looks like one the show has comes in on a named person's word, or not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from seamline.cli.main import main
from seamline.errors import ApprovalError, InputError, RefusedError
from seamline.show.policy import house
from seamline.steps import book
from seamline.steps.copies import Said
from seamline.steps.kin import decisions
from seamline.steps.people import revoke_key
from seamline.steps.permission import approve, reinstate, revoke
from seamline.steps.reference import add_reference, find, require
from seamline.steps.stale import uses_of
from seamline.steps.training import may_be_trained_on
from tiny import APPROVED, TinyShow
from typed import runner

TRAIN = replace(APPROVED, allow=("train",))
NONE = Said(not_a_copy=("range.png",), by="Ada", reason="another morning")
COPY = Said(copy_of="range.png", by="Ada", reason="the scan without its border")


def surface(seed: int) -> NDArray[np.uint8]:
    """Eight bit codes with the spectrum of photographs, 120 x 180."""
    rng = np.random.default_rng(seed)
    down, across = np.fft.fftfreq(120)[:, None], np.fft.rfftfreq(180)
    falls = 1 / np.maximum(np.hypot(down, across), 1 / 180) ** 1.2
    wave = rng.normal(size=falls.shape) + 1j * rng.normal(size=falls.shape)
    plane = np.fft.irfft2(wave * falls, (120, 180))
    codes = np.clip(118 + 45 * plane / plane.std(), 0, 255)
    return np.repeat(codes[..., None], 3, axis=2).astype(np.uint8)


def saved(show: TinyShow, name: str, codes: NDArray[np.uint8], **how: Any) -> str:
    path = show.material / name
    Pillow.fromarray(codes).save(path, **how)
    return str(path)


@pytest.fixture
def door(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    """A show with Ada's key, and a crop of its one picture, turned over and saved as JPEG."""
    tiny_show.studio.keyring.create("Ada", None)
    codes = surface(1)
    saved(tiny_show, "range.png", codes)
    crop = np.ascontiguousarray(codes[30:110, 40:160, :][:, ::-1])
    return tiny_show, saved(tiny_show, "holiday.jpg", crop, quality=80)


def taken(show: TinyShow, said: Any = APPROVED) -> str:
    return add_reference(show.studio, str(show.material / "range.png"), said).id


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (APPROVED, "mirrored"),
        (replace(APPROVED, approved_by=""), "it has no approver"),
        (TRAIN, "allowed for train, not for paint"),
        (replace(APPROVED, expires_on="2020-01-01"), "mirrored"),
    ],
    ids=["approved", "unapproved", "train only", "expired"],
)
def test_a_mirrored_jpeg_of_a_part_is_held(
    door: tuple[TinyShow, str], standing: Any, words: str
) -> None:
    show, path = door
    first = taken(show, standing)

    with pytest.raises(ApprovalError, match=rf"looks like reference range\.png.*{words}") as no:
        add_reference(show.studio, path, APPROVED)

    assert f"--not-a-copy {first}" in no.value.remedy
    assert f"--copy-of {first}" in no.value.remedy
    assert list(book.references(show.studio.ledger)) == [first]
    assert decisions(show.studio.ledger) == []


def test_what_was_revoked_does_not_come_back_as_a_part_of_itself(
    door: tuple[TinyShow, str],
) -> None:
    show, path = door
    taken(show)
    revoke(show.studio, "range.png", by="Ada", reason="licence ended")

    with pytest.raises(ApprovalError, match=r"Ada revoked it .*licence ended"):
        add_reference(show.studio, path, APPROVED)
    with pytest.raises(ApprovalError, match=r"Ada revoked it .*licence ended"):
        add_reference(show.studio, path, replace(APPROVED, copies=COPY))


def test_a_named_person_may_say_that_it_is_no_copy_and_it_stands_in_the_book(
    door: tuple[TinyShow, str],
) -> None:
    show, path = door
    first = taken(show, TRAIN)

    found = add_reference(show.studio, path, replace(APPROVED, copies=NONE))

    require(show.studio, found, "paint")
    (word,) = decisions(show.studio.ledger)
    assert (word.reference, word.of, word.copy, word.by) == (found.id, first, False, "Ada")
    assert (word.reason, word.on, word.mirrored) == ("another morning", "2026-11-21", True)
    # Said once, it is not asked again; and whoever adds it again need not say it.
    assert add_reference(show.studio, path, APPROVED) == found


def test_a_copy_has_the_permissions_of_what_it_was_made_of_and_loses_them_with_it(
    door: tuple[TinyShow, str],
) -> None:
    show, path = door
    taken(show, replace(APPROVED, owner="Ada Bell"))
    with pytest.raises(ApprovalError, match="is added with other permissions"):
        add_reference(show.studio, path, replace(TRAIN, copies=COPY))

    copy = add_reference(show.studio, path, replace(APPROVED, copies=COPY))

    require(show.studio, copy, "paint")
    revoke(show.studio, "range.png", by="Ada", reason="licence ended")
    with pytest.raises(ApprovalError, match=r"holiday\.jpg .* may not be used .*licence ended"):
        require(show.studio, copy, "paint")
    assert uses_of(show.studio, copy.id) == []  # nothing was painted of either
    reinstate(show.studio, "range.png", by="Ada", reason="renewed")
    revoke(show.studio, "holiday.jpg", by="Ada", reason="the other way")
    with pytest.raises(ApprovalError, match="the other way"):
        require(show.studio, find(show.studio, "range.png"), "paint")


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (replace(NONE, by="Nobody"), RefusedError, "no key of 'Nobody'"),
        (replace(NONE, reason=" "), InputError, "nothing says why"),
        (
            replace(NONE, not_a_copy=("other.png",)),
            InputError,
            r"does not look like other\.png",
        ),
    ],
    ids=["no key", "no reason", "of another"],
)
def test_a_word_without_a_name_a_reason_or_a_likeness_is_refused(
    door: tuple[TinyShow, str], said: Said, error: type[Exception], words: str
) -> None:
    show, path = door
    taken(show)
    add_reference(show.studio, saved(show, "other.png", surface(2)), APPROVED)

    with pytest.raises(error, match=words):
        add_reference(show.studio, path, replace(APPROVED, copies=said))

    assert len(book.references(show.studio.ledger)) == 2


def test_a_revoked_key_decides_nothing_at_the_door(door: tuple[TinyShow, str]) -> None:
    show, path = door
    taken(show)
    revoke_key(show.studio, "Ada", by="Ada", reason="lost")

    with pytest.raises(RefusedError, match="was revoked"):
        add_reference(show.studio, path, replace(APPROVED, copies=NONE))
    with pytest.raises(RefusedError, match="was revoked"):
        approve(show.studio, "range.png", by="Ada", owner="A", licence="L", allow=("paint",))


@pytest.mark.parametrize("allow", [("paint",), ("paint", "train")])
def test_what_takes_the_place_of_a_picture_may_look_like_it_but_is_not_allowed_for_more(
    door: tuple[TinyShow, str], allow: tuple[str, ...]
) -> None:
    show, path = door
    taken(show)
    said = replace(APPROVED, allow=allow, replaces="range.png")

    if allow == ("paint",):
        assert add_reference(show.studio, path, said).approved
    else:
        with pytest.raises(ApprovalError, match="looks like reference range"):
            add_reference(show.studio, path, said)


def test_a_reference_of_an_older_show_is_known_again_too(door: tuple[TinyShow, str]) -> None:
    show, path = door
    older = replace(find(show.studio, taken(show)), approved_on="2026-01-01")
    book.write(
        show.studio.ledger, "reference", replace(older, id="0" * 12, file_sha256="0" * 64)
    )

    with pytest.raises(ApprovalError, match="looks like reference"):
        add_reference(show.studio, path, APPROVED)

    # One imprint for one picture, however often it is held against something.
    assert len(list(show.studio.ledger.rows("imprint"))) == 1


def test_the_shell_holds_a_copy_and_takes_a_word_for_it(door: tuple[TinyShow, str]) -> None:
    show, path = door
    words = ["reference", "add", "--show", str(show.root), "--kind", "photography"]
    words += ["--owner", "Ada Bell", "--licence", "CC-BY-4.0", "--approved-by", "Ada"]
    words += ["--allow", "paint", "--json"]
    assert runner().invoke(main, [*words, str(show.material / "range.png")]).exit_code == 0

    held = runner().invoke(main, [*words, path])
    told = runner().invoke(
        main, [*words, path, "--not-a-copy", "range.png", "--by", "Ada", "--reason", "no"]
    )

    assert held.exit_code == 1
    assert "looks like reference range.png" in json.loads(held.stdout)["error"]["message"]
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["references"][0]["approved"]


# -- what may be trained on -------------------------------------------------


def training(show: TinyShow, says: str) -> TinyShow:
    policy = replace(house(), no_training=says)
    show.studio = replace(show.studio, settings=replace(show.studio.settings, policy=policy))
    return show


def test_a_picture_to_paint_from_is_not_trained_on_nor_one_to_train_on_painted_from(
    door: tuple[TinyShow, str],
) -> None:
    show, path = door
    training(show, "")
    taken(show)
    add_reference(show.studio, saved(show, "train.png", surface(3)), TRAIN)
    both = replace(APPROVED, allow=("paint", "train"))
    add_reference(show.studio, saved(show, "both.png", surface(4)), both)
    ended = replace(TRAIN, expires_on="2026-01-01")
    add_reference(show.studio, saved(show, "ended.png", surface(5)), ended)
    # A copy of what is only painted from is not trained on under its own name either.
    add_reference(show.studio, path, replace(APPROVED, copies=COPY))

    assert [r.file_name for r in may_be_trained_on(show.studio)] == ["train.png", "both.png"]
    approve(
        show.studio, "holiday.jpg", by="Ada", owner="A", licence="L", allow=("paint", "train")
    )
    assert [r.file_name for r in may_be_trained_on(show.studio)] == ["train.png", "both.png"]
    revoke(show.studio, "both.png", by="Ada", reason="asked to")
    assert [r.file_name for r in may_be_trained_on(show.studio)] == ["train.png"]
    with pytest.raises(ApprovalError, match="allowed for train, not for paint"):
        require(show.studio, find(show.studio, "train.png"), "paint")


def test_nothing_is_trained_on_while_the_policy_says_so(tiny_show: TinyShow) -> None:
    training(tiny_show, "Nothing of this show is used to train anything.")
    add_reference(tiny_show.studio, saved(tiny_show, "train.png", surface(3)), TRAIN)

    with pytest.raises(ApprovalError, match="Nothing of this show is used to train"):
        may_be_trained_on(tiny_show.studio)
