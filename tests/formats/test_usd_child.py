"""A damaged USD stage cannot take its reader with it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import track_writers as w

from seamline.errors import IsolationError, TrackError
from seamline.formats.tracks import TrackFiles, usd_child
from seamline.formats.tracks.asked import Asked
from seamline.isolation.child import Child
from seamline.isolation.sight import Sight
from seamline.isolation.walls import OFF, REQUIRED


def test_a_stage_that_takes_too_long_or_ends_its_reader_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = w.usd(tmp_path, w.handheld(3))
    monkeypatch.setattr(usd_child, "LONGEST_S", 0.05)
    began = time.monotonic()
    with pytest.raises(TrackError, match=r"not read within 0\.05 s"):
        TrackFiles().read(str(path), None)
    assert time.monotonic() - began < 5

    monkeypatch.undo()
    monkeypatch.setattr(usd_child.sys, "executable", "/bin/false")
    with pytest.raises(TrackError, match="ended the process that read it"):
        TrackFiles().read(str(path), None)


def test_a_show_that_requires_walls_reads_no_stage_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(w.usd(tmp_path, w.handheld(3)))
    real = usd_child.Child

    def unwalled(module: str, sight: Sight, *, wanted: str) -> Child:
        assert wanted == REQUIRED  # what the show says comes to the child
        return real(module, sight, wanted=OFF)

    monkeypatch.setattr(usd_child, "Child", unwalled)

    with pytest.raises(IsolationError, match="reads a USD stage is not walled here against"):
        TrackFiles(isolation=REQUIRED).read(path, None)


def test_what_the_child_says_is_what_the_reader_says(tmp_path: Path) -> None:
    path = w.usd(tmp_path, w.handheld(3))

    assert TrackFiles().read(str(path), None) == usd_child.usd_camera.read(
        b"", Asked(path=str(path))
    )
    with pytest.raises(TrackError, match="has no camera called 'b'; it has /World/ShotCam"):
        TrackFiles().read(str(path), None, camera="b")


def test_a_crate_with_any_bytes_changed_is_a_sentence(tmp_path: Path) -> None:
    content = w.usd(tmp_path, w.handheld(3), ending="usdc").read_bytes()
    for n in range(6):
        at = len(content) * (2 * n + 1) // 12
        path = tmp_path / f"damaged{n}.usdc"
        path.write_bytes(content[:at] + bytes(8 * [255 - n]) + content[at + 8 :])
        try:
            assert TrackFiles().read(str(path), None).samples
        except TrackError as error:
            assert str(path) in str(error)  # noqa: PT017
