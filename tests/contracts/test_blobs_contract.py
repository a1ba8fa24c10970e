"""
What every store of blobs promises, held by the real one and the one tests use, and broken
by bad ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fakes import FakeBlobs, NpyImages
from seamline.errors import InputError, ShowError, TamperError
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Picture
from seamline.ports import Blobs
from seamline.store.blobs import FileBlobs

Promise = Callable[[Blobs, Path], None]


def plate(*, red: float = 0.18) -> Picture:
    """Overscan, half and float and whole numbers side by side, NaN and Inf among them."""
    channels: dict[str, Any] = {
        "R": np.full((3, 5), red, np.float16),
        "G": np.array([[np.nan, np.inf, -np.inf, -0.5, 65504.0]] * 3, np.float16),
        "B": np.zeros((3, 5), np.float16),
        "depth.Z": np.linspace(0.5, 66000.0, 15, dtype=np.float32).reshape(3, 5),
        "id": np.arange(15, dtype=np.uint32).reshape(3, 5) + np.uint32(2**31),
    }
    return Picture(channels=channels, data_window=(-1, -1, 5, 3), display_window=(0, 0, 3, 1))


def a_picture_comes_back_bit_for_bit(blobs: Blobs, _: Path) -> None:
    given = plate()

    found = blobs.picture(blobs.put_picture(given))

    assert (found.data_window, found.display_window) == ((-1, -1, 5, 3), (0, 0, 3, 1))
    assert sorted(found.channels) == sorted(given.channels)
    for name, plane in given.channels.items():
        assert found.channels[name].dtype == plane.dtype, name
        same = found.channels[name].tobytes() == plane.tobytes()
        assert same, name


def a_picture_is_named_by_its_pixels(blobs: Blobs, _: Path) -> None:
    given = plate()

    assert blobs.put_picture(given) == picture_digest(given)
    assert blobs.put_picture(plate(red=0.19)) != picture_digest(given)


def the_same_pixels_are_stored_once(blobs: Blobs, _: Path) -> None:
    digest = blobs.put_picture(plate())
    before = Path(blobs.path(digest)).stat().st_mtime_ns

    assert blobs.put_picture(plate()) == digest
    assert Path(blobs.path(digest)).stat().st_mtime_ns == before


def what_is_stored_does_not_follow_the_painter_s_hand(blobs: Blobs, _: Path) -> None:
    painted = plate()
    digest = blobs.put_picture(painted)
    painted.channels["R"][:] = 9

    assert picture_digest(blobs.picture(digest)) == digest


def a_file_is_kept_byte_for_byte(blobs: Blobs, folder: Path) -> None:
    content = bytes(range(256)) * 9000
    (folder / "reference.jpg").write_bytes(content)

    digest = blobs.put_file(str(folder / "reference.jpg"))
    (folder / "reference.jpg").unlink()

    assert digest == hashlib.sha256(content).hexdigest()
    same = Path(blobs.path(digest)).read_bytes() == content
    assert same, "not a word on which of two million bytes: that takes minutes to say"
    assert blobs.has(digest)


def what_is_not_there_is_said(blobs: Blobs, folder: Path) -> None:
    assert not blobs.has("ab" * 32)
    with pytest.raises(ShowError):
        blobs.path("ab" * 32)
    with pytest.raises(ShowError):
        blobs.picture("ab" * 32)
    with pytest.raises(InputError):
        blobs.put_file(str(folder / "nobody.exr"))


PROMISES = [
    a_picture_comes_back_bit_for_bit,
    a_picture_is_named_by_its_pixels,
    the_same_pixels_are_stored_once,
    what_is_stored_does_not_follow_the_painter_s_hand,
    a_file_is_kept_byte_for_byte,
    what_is_not_there_is_said,
]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("kind", ["real", "fake"])
def test_every_store_of_blobs_keeps_its_promises(
    kind: str, promise: Promise, tmp_path: Path
) -> None:
    root = tmp_path / "store"
    root.mkdir()
    real = FileBlobs(str(root), NpyImages())
    promise(real if kind == "real" else FakeBlobs(str(root)), tmp_path)


# -- stores that must not pass ----------------------------------------------


class Clips(FakeBlobs):
    def picture(self, digest: str) -> Picture:
        found = super().picture(digest)
        return found.with_channels(
            {
                name: np.minimum(plane, 1) if plane.dtype.kind == "f" else plane
                for name, plane in found.channels.items()
            }
        )


class EverythingFloat(FakeBlobs):
    def picture(self, digest: str) -> Picture:
        found = super().picture(digest)
        return found.with_channels(
            {name: plane.astype(np.float32) for name, plane in found.channels.items()}
        )


class LosesTheWindow(FakeBlobs):
    def picture(self, digest: str) -> Picture:
        found = super().picture(digest)
        return Picture(
            channels=found.channels, data_window=(0, 0, 5, 3), display_window=(0, 0, 5, 3)
        )


class NamesByRed(FakeBlobs):
    def put_picture(self, picture: Picture) -> str:
        digest = super().put_picture(picture)
        short = hashlib.sha256(bytes(np.asarray(picture.channels["B"]))).hexdigest()
        self.pictures[short] = self.pictures[digest]
        return short


class KeepsTheArray(FakeBlobs):
    def put_picture(self, picture: Picture) -> str:
        digest = picture_digest(picture)
        self.pictures[digest] = picture
        return digest


class WritesAgain(FakeBlobs):
    def path(self, digest: str) -> str:
        path = super().path(digest)
        Path(path).touch()
        return path


class StripsLineEnds(FakeBlobs):
    def put_file(self, path: str) -> str:
        digest = super().put_file(path)
        self.files[digest] = self.files[digest].replace(b"\r", b"")
        return digest


class HasEverything(FakeBlobs):
    def has(self, digest: str) -> bool:
        return True


@pytest.mark.parametrize(
    ("bad", "promise"),
    [
        (Clips, a_picture_comes_back_bit_for_bit),
        (EverythingFloat, a_picture_comes_back_bit_for_bit),
        (LosesTheWindow, a_picture_comes_back_bit_for_bit),
        (NamesByRed, a_picture_is_named_by_its_pixels),
        (KeepsTheArray, what_is_stored_does_not_follow_the_painter_s_hand),
        (WritesAgain, the_same_pixels_are_stored_once),
        (StripsLineEnds, a_file_is_kept_byte_for_byte),
        (HasEverything, what_is_not_there_is_said),
    ],
)
def test_a_store_that_breaks_a_promise_is_rejected(
    bad: type[FakeBlobs], promise: Promise, tmp_path: Path
) -> None:
    root = tmp_path / "store"
    root.mkdir()

    with pytest.raises((AssertionError, TamperError, pytest.fail.Exception)):
        promise(bad(str(root)), tmp_path)
