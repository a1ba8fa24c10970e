"""What every shelf promises: held by the real one and the tests' own, broken by bad ones."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fakes import FakeShelf
from seamline.errors import InputError, LeaseError, SeamlineError, ShowError
from seamline.ports import Shelf
from seamline.store.shelf import FileShelf

Promise = Callable[[Shelf, Path], None]
ID = "042_0110_env_b03_v001"


def names_lie_where_the_house_keeps_them(shelf: Shelf, show: Path) -> None:
    assert shelf.element_pattern(ID) == f"{show}/shots/042_0110/elements/{ID}/{ID}.%04d.exr"
    assert shelf.comp_pattern(ID) == f"{show}/shots/042_0110/comps/{ID}/{ID}_comp.%04d.exr"
    assert shelf.sheet_path("042_0110", "a.png") == f"{show}/shots/042_0110/sheets/a.png"
    assert shelf.report_path("042_0110", "a.html") == f"{show}/shots/042_0110/qc/a.html"
    assert shelf.matte_path("042_0110", "k_v001") == f"{show}/shots/042_0110/mattes/k_v001"
    assert shelf.host_path("042_0110", ID) == f"{show}/shots/042_0110/hosts/{ID}"
    screening = f"{show}/.seamline/screenings/042_0110"
    assert shelf.screening_path("042_0110", "") == screening
    assert shelf.screening_path("042_0110", "ab" * 32) == f"{screening}/{'ab' * 32}"
    with pytest.raises(InputError):
        shelf.screening_path("042_0110", "../../ledger.sqlite")
    with pytest.raises(ShowError):
        shelf.element_pattern("../../etc")


def a_file_is_written_with_the_folders_it_needs(shelf: Shelf, show: Path) -> None:
    shelf.write(f"{show}/shots/042_0110/sheets/contact.png", b"first")
    shelf.write(f"{show}/shots/042_0110/sheets/contact.png", b"second")

    assert (show / "shots/042_0110/sheets/contact.png").read_bytes() == b"second"
    assert os.listdir(show / "shots/042_0110/sheets") == ["contact.png"]
    assert (
        shelf.file_sha256(f"{show}/shots/042_0110/sheets/contact.png")
        == hashlib.sha256(b"second").hexdigest()
    )


def a_file_comes_back_byte_for_byte(shelf: Shelf, show: Path) -> None:
    content = bytes(range(256)) + b"\r\n\n"
    shelf.write(f"{show}/edge.cc", content)

    assert shelf.read(f"{show}/edge.cc") == content


def a_folder_made_twice_keeps_what_is_in_it(shelf: Shelf, show: Path) -> None:
    shelf.make_folder(f"{show}/shots/042_0110")
    shelf.write(f"{show}/shots/042_0110/note.txt", b"kept")
    shelf.make_folder(f"{show}/shots/042_0110")

    assert (show / "shots/042_0110/note.txt").read_bytes() == b"kept"


def a_folder_appears_when_all_of_it_is_there(shelf: Shelf, show: Path) -> None:
    at = show / "shots/042_0110/elements" / ID
    with shelf.folder(str(at)) as making:
        Path(making, "a.1001.exr").write_bytes(b"one")
        assert not shelf.exists(str(at))

    assert shelf.exists(str(at))
    assert [path.name for path in at.iterdir()] == ["a.1001.exr"]
    assert os.listdir(at.parent) == [ID]


def a_folder_that_went_wrong_leaves_nothing(shelf: Shelf, show: Path) -> None:
    at = show / "delivery"

    def stop_half_way() -> None:
        with shelf.folder(str(at)) as making:
            Path(making, "a.1001.exr").write_bytes(b"one")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        stop_half_way()

    assert os.listdir(show) == []


def a_published_folder_is_never_written_over(shelf: Shelf, show: Path) -> None:
    at = show / "delivery"
    at.mkdir()
    with shelf.folder(str(at)) as making:
        Path(making, "a.exr").write_bytes(b"one")

    with pytest.raises(InputError), shelf.folder(str(at)) as making:
        Path(making, "a.exr").write_bytes(b"two")

    assert (at / "a.exr").read_bytes() == b"one"
    assert os.listdir(show) == ["delivery"]


def a_second_name_shows_the_same_bytes(shelf: Shelf, show: Path) -> None:
    shelf.write(f"{show}/a.exr", b"pixels")

    shelf.link(f"{show}/a.exr", f"{show}/delivery/b.exr")
    shelf.link(f"{show}/a.exr", f"{show}/delivery/b.exr")

    assert (show / "delivery/b.exr").read_bytes() == b"pixels"


def a_name_that_means_other_bytes_is_not_taken(shelf: Shelf, show: Path) -> None:
    shelf.write(f"{show}/a.exr", b"pixels")
    shelf.write(f"{show}/b.exr", b"others")

    with pytest.raises(InputError):
        shelf.link(f"{show}/a.exr", f"{show}/b.exr")
    with pytest.raises(InputError):
        shelf.link(f"{show}/nobody.exr", f"{show}/c.exr")

    assert (show / "b.exr").read_bytes() == b"others"
    assert not shelf.exists(f"{show}/c.exr")


def what_is_removed_tells_the_room_it_gives_back(shelf: Shelf, show: Path) -> None:
    shelf.write(f"{show}/comps/a.exr", b"x" * 1000)
    shelf.write(f"{show}/comps/b.exr", b"x" * 234)

    assert shelf.remove(f"{show}/comps/b.exr") == 234
    assert shelf.remove(f"{show}/comps") == 1000
    assert shelf.remove(f"{show}/comps") == 0
    assert os.listdir(show) == []


def nothing_outside_the_show_is_removed(shelf: Shelf, show: Path) -> None:
    outside = show.parent / "plates"
    outside.mkdir()
    (outside / "plate.1001.exr").write_bytes(b"the plate")
    (show / "plates").symlink_to(outside)
    (show / "show.toml").write_text("")

    for path in (
        outside,
        show,
        show.parent,
        Path("/"),
        show / "plates/plate.1001.exr",
        show / ".." / "plates",
        show / "show.toml",
    ):
        with pytest.raises(InputError):
            shelf.remove(str(path))

    assert (outside / "plate.1001.exr").read_bytes() == b"the plate"
    assert (show / "show.toml").exists()


def a_lease_is_held_by_one_at_a_time(shelf: Shelf, show: Path) -> None:
    with shelf.lease("paint 042_0110"):
        with pytest.raises(LeaseError) as refused, shelf.lease("paint 042_0110"):
            pass
        with shelf.lease("paint 042_0120"):
            pass

    assert refused.value.exit_code == 4
    assert refused.value.remedy
    with shelf.lease("paint 042_0110"):
        pass


def a_lease_ends_with_its_work_even_when_that_fails(shelf: Shelf, show: Path) -> None:
    with pytest.raises(RuntimeError), shelf.lease("paint ../../042_0110"):
        raise RuntimeError

    with shelf.lease("paint ../../042_0110"):
        pass


def a_folder_that_cannot_be_is_bad_input(shelf: Shelf, show: Path) -> None:
    (show / "a").write_bytes(b"a file, not a folder")

    for attempt in (
        lambda: shelf.write(f"{show}/a/b/c.exr", b"x"),
        lambda: shelf.link(f"{show}/a", f"{show}/a/b/c.exr"),
        lambda: shelf.folder(f"{show}/a/b").__enter__(),
        lambda: shelf.make_folder(f"{show}/a/b"),
        lambda: shelf.file_sha256(f"{show}/nobody.exr"),
        lambda: shelf.read(f"{show}/nobody.exr"),
    ):
        with pytest.raises(SeamlineError) as refused:
            attempt()
        assert refused.value.exit_code == 2
        assert str(show) in str(refused.value)
        assert refused.value.remedy


PROMISES = [
    names_lie_where_the_house_keeps_them,
    a_file_is_written_with_the_folders_it_needs,
    a_file_comes_back_byte_for_byte,
    a_folder_made_twice_keeps_what_is_in_it,
    a_folder_appears_when_all_of_it_is_there,
    a_folder_that_went_wrong_leaves_nothing,
    a_published_folder_is_never_written_over,
    a_second_name_shows_the_same_bytes,
    a_name_that_means_other_bytes_is_not_taken,
    what_is_removed_tells_the_room_it_gives_back,
    nothing_outside_the_show_is_removed,
    a_lease_is_held_by_one_at_a_time,
    a_lease_ends_with_its_work_even_when_that_fails,
    a_folder_that_cannot_be_is_bad_input,
]


def a_show(tmp_path: Path) -> Path:
    show = tmp_path / "show"
    show.mkdir()
    return show


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("kind", [FileShelf, FakeShelf])
def test_every_shelf_keeps_its_promises(
    kind: type[FileShelf] | type[FakeShelf], promise: Promise, tmp_path: Path
) -> None:
    show = a_show(tmp_path)

    promise(kind(str(show)), show)


# -- shelves that must not pass ---------------------------------------------


class NoShotFolder(FakeShelf):
    def element_pattern(self, element_id: str) -> str:
        return f"{self.root}/elements/{element_id}.%04d.exr"


class LeavesItsTemporary(FakeShelf):
    def write(self, path: str, content: bytes) -> None:
        super().write(path, content)
        Path(f"{path}.writing").write_bytes(content)


class ReadsText(FakeShelf):
    def read(self, path: str) -> bytes:
        return b"\n".join(super().read(path).splitlines())


class MakesAnew(FakeShelf):
    def make_folder(self, path: str) -> None:
        shutil.rmtree(path, ignore_errors=True)
        super().make_folder(path)


class WritesInPlace(FakeShelf):
    @contextmanager
    def folder(self, path: str) -> Iterator[str]:
        os.makedirs(path, exist_ok=True)
        yield path


class WritesOver(FakeShelf):
    @contextmanager
    def folder(self, path: str) -> Iterator[str]:
        os.makedirs(path, exist_ok=True)
        with super().folder(f"{path}/new") as making:
            yield making
        for name in os.listdir(f"{path}/new"):
            os.replace(f"{path}/new/{name}", f"{path}/{name}")
        os.rmdir(f"{path}/new")


class LinksOver(FakeShelf):
    def link(self, source: str, path: str) -> None:
        if os.path.lexists(path):
            os.unlink(path)
        super().link(source, path)


class LinksEmpty(FakeShelf):
    def link(self, source: str, path: str) -> None:
        self.write(path, b"")


class FreesNothing(FakeShelf):
    def remove(self, path: str) -> int:
        super().remove(path)
        return 0


class FollowsLinks(FakeShelf):
    def remove(self, path: str) -> int:
        if not os.path.abspath(path).startswith(self.root + os.sep):
            return super().remove(path)
        os.unlink(path)
        return 0


class AnybodyHolds(FakeShelf):
    @contextmanager
    def lease(self, name: str) -> Iterator[None]:
        yield


class NeverLetsGo(FakeShelf):
    @contextmanager
    def lease(self, name: str) -> Iterator[None]:
        with super().lease(name):
            yield
        self.held.add(name)


class HoldsAfterAFailure(FakeShelf):
    @contextmanager
    def lease(self, name: str) -> Iterator[None]:
        if name in self.held:
            raise LeaseError("held", remedy="Wait.")
        self.held.add(name)
        yield
        self.held.discard(name)


class SaysNothing(FakeShelf):
    def write(self, path: str, content: bytes) -> None:
        with open(path, "wb") as file:
            file.write(content)


@pytest.mark.parametrize(
    ("bad", "promise"),
    [
        (NoShotFolder, names_lie_where_the_house_keeps_them),
        (LeavesItsTemporary, a_file_is_written_with_the_folders_it_needs),
        (ReadsText, a_file_comes_back_byte_for_byte),
        (MakesAnew, a_folder_made_twice_keeps_what_is_in_it),
        (WritesInPlace, a_folder_appears_when_all_of_it_is_there),
        (WritesInPlace, a_folder_that_went_wrong_leaves_nothing),
        (WritesOver, a_published_folder_is_never_written_over),
        (LinksOver, a_name_that_means_other_bytes_is_not_taken),
        (LinksEmpty, a_second_name_shows_the_same_bytes),
        (FreesNothing, what_is_removed_tells_the_room_it_gives_back),
        (FollowsLinks, nothing_outside_the_show_is_removed),
        (AnybodyHolds, a_lease_is_held_by_one_at_a_time),
        (NeverLetsGo, a_lease_is_held_by_one_at_a_time),
        (HoldsAfterAFailure, a_lease_ends_with_its_work_even_when_that_fails),
        (SaysNothing, a_folder_that_cannot_be_is_bad_input),
    ],
)
def test_a_shelf_that_breaks_a_promise_is_rejected(
    bad: type[FakeShelf], promise: Promise, tmp_path: Path
) -> None:
    show = a_show(tmp_path)

    with pytest.raises((AssertionError, OSError, LeaseError, pytest.fail.Exception)):
        promise(bad(str(show)), show)
