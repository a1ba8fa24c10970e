"""What was laid out for a painter is found again with its very bits, or not at all."""

from __future__ import annotations

import os
import stat
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline.farm import material
from seamline.farm.material import KeptMaterial
from seamline.ports import CanvasPicture, CardView, ReferencePicture


def laid_out(seed: int = 1) -> tuple[CanvasPicture, tuple[ReferencePicture, ...]]:
    rng = np.random.default_rng(seed)
    plane = rng.normal(size=(40, 60)).astype(np.float32)
    canvas = CanvasPicture(
        known=rng.normal(size=(40, 60, 3)).astype(np.float32),
        keep=(plane > 0).astype(np.float32),
        need=plane > 0.5,
        margin=plane > 1,
        elevation_deg=plane,
        azimuth_deg=2 * plane,
        px_per_deg=31.25,
    )
    view = ReferencePicture(
        id="ab" * 6,
        look="ab" * 6,
        colour=rng.normal(size=(30, 20, 3)).astype(np.float32),
        usable=rng.random((30, 20)) > 0.5,
        elevation_deg=None,
        master_x=rng.random((30, 20)).astype(np.float32),
        master_y=rng.random((30, 20)).astype(np.float32),
    )
    card = CardView(
        id="c", label="far", alpha=rng.random((30, 20)).astype(np.float32),
        hidden=rng.random((30, 20)) > 0.9, base_row=28.5, columns=(2, 19), mirror=True,
        distance_m=4000.0,
    )  # fmt: skip
    return canvas, (view, replace(view, card=card))


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if hasattr(a, "__dataclass_fields__"):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(a == b)


def never() -> Any:
    raise AssertionError("it lies there already")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(material, "LEAST_BYTES", 0)
    return tmp_path / "material"


def test_another_worker_finds_the_same_bits_and_may_write_on_its_own(folder: Path) -> None:
    made = laid_out()
    assert KeptMaterial(str(folder))("k" * 64, lambda: made) is made

    found = KeptMaterial(str(folder))("k" * 64, never)

    assert found is not made
    assert same(found, made)
    found[0].known[:] = 7.0  # a copy of its own: nobody else sees it
    assert same(KeptMaterial(str(folder))("k" * 64, never), made)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_under_another_key_nothing_is_found(folder: Path) -> None:
    keeps = KeptMaterial(str(folder))
    keeps("a" * 64, laid_out)
    assert same(keeps("b" * 64, lambda: laid_out(2)), laid_out(2))


@pytest.mark.parametrize("at", [0, 2, 40, 200, -1])
def test_a_file_with_a_byte_changed_or_cut_short_is_as_if_it_were_not_there(
    folder: Path, at: int
) -> None:
    KeptMaterial(str(folder))("k" * 64, laid_out)
    (path,) = folder.iterdir()
    whole = bytearray(path.read_bytes())
    for spoilt in (bytes(whole[: len(whole) // 2]), bytes(whole[:3]), b""):
        path.write_bytes(spoilt)
        assert same(KeptMaterial(str(folder))("k" * 64, laid_out), laid_out())
    whole[at] ^= 1
    path.write_bytes(bytes(whole))
    assert same(KeptMaterial(str(folder))("k" * 64, laid_out), laid_out())


def test_what_others_could_have_written_is_not_opened(folder: Path) -> None:
    made = laid_out(3)
    KeptMaterial(str(folder))("k" * 64, laid_out)
    (path,) = folder.iterdir()
    path.chmod(0o666)
    assert KeptMaterial(str(folder))("k" * 64, lambda: made) is made
    folder.chmod(0o777)
    assert KeptMaterial(str(folder))("k" * 64, lambda: made) is made
    folder.chmod(0o700)
    path.unlink()
    os.symlink("/dev/zero", path)
    assert KeptMaterial(str(folder))("k" * 64, lambda: made) is made


def test_only_so_much_is_kept_and_nothing_that_is_small(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps = KeptMaterial(str(folder))
    for n in range(7):
        keeps(f"{n}" * 64, laid_out)
    assert len(list(folder.iterdir())) == material.MOST_FILES
    monkeypatch.setattr(material, "LEAST_BYTES", 1 << 20)
    keeps("s" * 64, laid_out)
    assert not (folder / f"{'s' * 64}.material").exists()


def test_a_disk_that_takes_nothing_keeps_nobody_from_painting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    made = laid_out()
    assert KeptMaterial(str(tmp_path / "file" / "in"))("k" * 64, lambda: made) is made
