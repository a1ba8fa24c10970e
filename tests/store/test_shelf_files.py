"""The shelf on real disks: leases between machines, links between disks, what it protects."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path

import pytest

from seamline.errors import InputError, LeaseError, ShowError
from seamline.store.leases import EXPIRES_AFTER_S
from seamline.store.shelf import FileShelf
from seamline.store.templates import Templates

ID = "042_0110_env_b03_v001"


@pytest.fixture
def shelf(tmp_path: Path) -> FileShelf:
    return FileShelf(str(tmp_path / "show"))


def lease_file(shelf: FileShelf, **facts: object) -> Path:
    """A lease on ``paint`` as a process of another machine would have left it."""
    path = Path(shelf.root, ".seamline/leases/paint.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "host": "render07",
        "pid": 4242,
        "start": "0123abcd-99",
        "token": "t",
        "since": "2026-11-21T09:00:00Z",
        "expires_after_s": EXPIRES_AFTER_S,
    }
    path.write_text(json.dumps(record | facts))
    return path


def test_another_machine_s_lease_holds_until_it_falls_silent(shelf: FileShelf) -> None:
    path = lease_file(shelf)
    with (
        pytest.raises(LeaseError, match="process 4242 on render07") as refused,
        shelf.lease("paint"),
    ):
        pass
    assert refused.value.exit_code == 4

    silent = time.time() - EXPIRES_AFTER_S - 1
    os.utime(path, (silent, silent))

    with shelf.lease("paint"):
        assert json.loads(path.read_text())["pid"] == os.getpid()


def test_a_lease_left_half_written_by_a_power_cut_holds_nobody_up(shelf: FileShelf) -> None:
    lease_file(shelf).write_text('{"host": "ren')

    with shelf.lease("paint"):
        pass


def test_a_lease_taken_over_is_noticed_at_the_end(shelf: FileShelf) -> None:
    with pytest.raises(LeaseError, match="lost"), shelf.lease("paint"):
        lease_file(shelf)

    assert Path(shelf.root, ".seamline/leases/paint.json").exists()


def test_a_name_across_disks_is_a_whole_copy(
    shelf: FileShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.write(f"{shelf.root}/a.exr", b"pixels" * 1000)
    real, tried = os.link, []

    def across_disks(source: str, path: str) -> None:
        tried.append(path)
        if len(tried) == 1:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        real(source, path)

    monkeypatch.setattr(os, "link", across_disks)
    shelf.link(f"{shelf.root}/a.exr", str(tmp_path / "other/a.exr"))

    assert (tmp_path / "other/a.exr").read_bytes() == b"pixels" * 1000
    assert os.listdir(tmp_path / "other") == ["a.exr"]
    assert os.stat(f"{shelf.root}/a.exr").st_nlink == 1


def test_a_name_for_a_linked_plate_is_the_plate_itself(
    shelf: FileShelf, tmp_path: Path
) -> None:
    (tmp_path / "plate.exr").write_bytes(b"plate")
    (tmp_path / "pointer.exr").symlink_to(tmp_path / "plate.exr")

    shelf.link(str(tmp_path / "pointer.exr"), str(tmp_path / "show/plate.exr"))

    assert not (tmp_path / "show/plate.exr").is_symlink()
    assert os.path.samefile(tmp_path / "plate.exr", tmp_path / "show/plate.exr")


@pytest.mark.parametrize(
    "name",
    ["show.toml", "config.ocio", ".seamline", ".seamline/ledger.sqlite", ".seamline/blobs"],
)
def test_the_show_s_own_book_is_never_removed(shelf: FileShelf, name: str) -> None:
    shelf.write(f"{shelf.root}/.seamline/blobs/ab/abcd.exr", b"pixels")
    shelf.write(f"{shelf.root}/.seamline/ledger.sqlite", b"rows")
    shelf.write(f"{shelf.root}/show.toml", b"[show]")
    shelf.write(f"{shelf.root}/config.ocio", b"ocio")

    with pytest.raises(InputError, match="belongs to the show"):
        shelf.remove(f"{shelf.root}/{name}")

    assert shelf.exists(f"{shelf.root}/{name}")
    assert shelf.remove(f"{shelf.root}/.seamline/blobs/ab/abcd.exr") == 6


def test_a_link_is_removed_and_what_it_points_to_stays(
    shelf: FileShelf, tmp_path: Path
) -> None:
    (tmp_path / "show").mkdir()
    (tmp_path / "plates").mkdir()
    (tmp_path / "plates/plate.1001.exr").write_bytes(b"plate")
    (tmp_path / "show/plates").symlink_to(tmp_path / "plates")

    shelf.remove(f"{shelf.root}/plates")

    assert not shelf.exists(f"{shelf.root}/plates")
    assert (tmp_path / "plates/plate.1001.exr").read_bytes() == b"plate"


@pytest.mark.parametrize("folder", ["/proc/seamline", "/proc/self/seamline"])
def test_an_unwritable_folder_is_named(shelf: FileShelf, folder: str) -> None:
    for attempt in (
        lambda: shelf.write(f"{folder}/a.exr", b"x"),
        lambda: shelf.folder(f"{folder}/delivery").__enter__(),
        lambda: FileShelf(folder).lease("paint").__enter__(),
    ):
        with pytest.raises(InputError, match="/proc") as refused:
            attempt()
        assert refused.value.exit_code == 2
        assert refused.value.remedy


def test_a_show_may_name_its_files_its_own_way() -> None:
    names = Templates(
        elements="vfx/{shot}/{element}/{id}/{id}.####.exr",
        comps="vfx/{shot}/comp/{id}/comp.%05d.exr",
        sheets="review/{shot}_{name}",
    )

    assert names.element(ID) == f"vfx/042_0110/env/{ID}/{ID}.%04d.exr"
    assert names.comp(ID) == f"vfx/042_0110/comp/{ID}/comp.%05d.exr"
    assert names.sheet("042_0110", "contact.png") == "review/042_0110_contact.png"


@pytest.mark.parametrize(
    ("key", "template", "why"),
    [
        ("elements", "shots/{shot}/elements/{id}.%04d.exr", "two would be one"),
        ("elements", "shots/{shot}/{id}/{id}.exr", "no frame number"),
        ("elements", "/mnt/{id}/{id}.%04d.exr", "not a path below"),
        ("elements", "../{id}/{id}.%04d.exr", "leaves the show"),
        ("elements", "a//{id}/{id}.%04d.exr", "empty part"),
        ("elements", ".seamline/{id}/{id}.%04d.exr", "hidden"),
        ("elements", "{id}/{frame}.%04d.exr", "known here: {shot}, {element}, {id}"),
        ("elements", "{id}/{id}}.%04d.exr", "brace"),
        ("elements", "{id}/{id}.%04d.png", ".exr"),
        ("elements", "", "not a path"),
        ("comps", "shots/{shot}/elements/{id}/{id}_comp.%04d.exr", "same folder"),
        ("sheets", "sheets/{name}", "{shot}"),
        ("sheets", "sheets/{shot}", "{name}"),
    ],
)
def test_names_that_could_meet_or_escape_are_refused(key: str, template: str, why: str) -> None:
    with pytest.raises(ShowError) as refused:
        Templates(**{key: template})

    assert why in str(refused.value)
    assert f"[names] {key}" in str(refused.value)
    assert "default" in refused.value.remedy


@pytest.mark.parametrize("name", ["../show.toml", ".hidden", "a/b.png", "", "a\0b"])
def test_a_sheet_s_name_is_no_path(shelf: FileShelf, name: str) -> None:
    with pytest.raises(ShowError, match="not a usable file name"):
        shelf.sheet_path("042_0110", name)
