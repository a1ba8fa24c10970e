"""A show that a group shares: whose its files are, and who may write them."""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from seamline import wiring
from seamline.errors import RefusedError, ShowError
from seamline.server.light import open_light
from seamline.store import sharing
from seamline.store.sharing import Sharing
from seamline.store.showfile import load_show, parse


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def another_group() -> str:
    """A group that this account may give files to, and that its files do not have."""
    ids = [g.gr_gid for g in grp.getgrall()] if os.geteuid() == 0 else os.getgroups()
    for gid in ids:
        if gid != os.getegid():
            return grp.getgrgid(gid).gr_name
    pytest.skip("this account is in one group only")


@pytest.fixture
def show(tmp_path: Path) -> Path:
    wiring.new_show(str(tmp_path / "show"), "Shared", width=64, height=36, rate="24")
    return tmp_path / "show"


def said(show: Path, files: str) -> None:
    path = show / "show.toml"
    path.write_text(path.read_text().replace("[files]\n", f"[files]\n{files}\n"))


def test_files_and_folders_are_the_group_s_and_open_to_it(show: Path) -> None:
    group = another_group()
    said(show, f'umask = "002"\ngroup = "{group}"')

    studio = wiring.open_studio(str(show), quiet=True)
    path = studio.shelf.sheet_path("S_010", "look.png")
    studio.shelf.write(path, b"a sheet")
    studio.ledger.append("note", {"says": "made by one, read by all"})

    gid = grp.getgrnam(group).gr_gid
    keys = [p for p in (show / ".seamline" / "authority").rglob("*") if p.is_file()]
    private = [p for p in keys if not p.stat().st_mode & stat.S_IRGRP]
    assert private, "the show's own key is nobody else's"
    made = [Path(path), *Path(path).parents[: len(Path(path).relative_to(show).parts)]]
    for one in [*made, show / "show.toml", show / ".seamline" / "ledger.sqlite"]:
        assert one.stat().st_gid == gid, one
    for one in made:
        mode = stat.S_IMODE(one.stat().st_mode)
        assert mode & 0o775 == (0o775 if one.is_dir() else 0o664), one
        assert bool(mode & stat.S_ISGID) == one.is_dir(), one


def test_the_server_makes_files_as_the_shell_does(show: Path) -> None:
    said(show, 'umask = "027"')
    studio = open_light(str(show))
    path = studio.shelf.sheet_path("S_010", "look.png")
    studio.shelf.write(path, b"a sheet")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640


def test_without_a_word_nothing_is_changed(show: Path) -> None:
    before = {path: path.stat().st_mode for path in show.rglob("*")}
    assert load_show(str(show)).sharing == Sharing()
    wiring.open_studio(str(show), quiet=True)
    assert os.umask(0o022) == 0o022
    assert {path: path.stat().st_mode for path in before} == before


def test_a_group_that_is_none_and_one_that_is_not_ours_to_give_are_refused(
    show: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ShowError, match="'no-such-group', which this machine does not know"):
        sharing.apply(str(show), Sharing(group="no-such-group"))

    def refuse(path: str, *_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted", path)

    monkeypatch.setattr(sharing.os, "chown", refuse)
    with pytest.raises(RefusedError, match="cannot be given to the group") as refused:
        sharing.apply(str(show), Sharing(group=another_group()))
    assert "chgrp -R" in refused.value.remedy


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[files]\numask = "9"', "umask"),
        ("[files]\nmask = 2", "mask"),
        ('[server]\nfolders = ["plates"]', "folders"),
        ('[server]\nfolders = ["/"]', "folders"),
    ],
)
def test_what_cannot_be_meant_is_refused(show: Path, text: str, where: str) -> None:
    whole = (show / "show.toml").read_text().split("[files]")[0] + text
    with pytest.raises(ShowError, match=where):
        parse(whole, root=str(show))
