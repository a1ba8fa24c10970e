"""No file from outside is taken apart in the process that asks for it."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import track_writers as w
from test_turnover_lists import LIST
from test_turnover_timelines import clip, cut

import seamline
from behind import Overheard, ran
from lenses import Glass, opencv_yaml
from seamline.errors import FormatError, InputError, IsolationError, TrackError
from seamline.formats import polygon
from seamline.formats import reader as asking
from seamline.formats.cdl import cdl_file
from seamline.formats.doors import DOORS
from seamline.formats.papers import PaperFiles
from seamline.formats.reader import Readers, readers
from seamline.formats.tracks import TrackFiles
from seamline.formats.turnover import read_turnover
from seamline.isolation.child import Child
from seamline.isolation.line import receive, send
from seamline.isolation.walls import OFF, PREFERRED, REQUIRED
from seamline.show.cdl import CDL
from synth import Rig
from tiny import TinyShow
from walled import innermost

RATE = Fraction(24)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50">'
    '<polyline id="far" points="0,10 33.3,5 100,10"/></svg>'
)
SONY = (
    "Focal Length (mm),Focus Distance (ft),Aperture,Frame\n40,12.5,T2.8,1\n41.5,12.25,T2.8,2\n"
)
TABLE = "shot,plate,first,last\n042_0110,plates/a.%04d.exr,1001,1024\n042_0120,,,\n"
OF_A_DELIVERY = {"manifest", "certificate", "chain", "generation"}
"""Doors that tests/proof go through: they need a delivery."""


def written(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def asks(folder: Path, isolation: str = PREFERRED) -> dict[str, Callable[[], Any]]:
    """One file for each kind that comes in, and who reads it."""
    papers, tracks = PaperFiles(isolation=isolation), TrackFiles(isolation=isolation)
    truth = w.handheld(3, zoom=False, axis=(0.0, 0.0))
    sony = written(folder, "clip.csv", SONY)
    w.sidecar(Path(sony), sensor_width_mm=22.8, sensor_height_mm=12.8)
    written(folder, "clipM01.XML", '<a xmlns="urn:x"><VideoFrame captureFps="23.98p"/></a>')
    cdl = CDL(id="a", slope=(1.1, 1 / 3, 0.9), working_space="ACEScct")
    how: dict[str, Any] = {"isolation": isolation}
    points = written(folder, "area.txt", "1,2\n3.25 4\n5;6\n")
    return {
        **{
            ending: partial(read_turnover, written(folder, f"cut{ending}", text), RATE, **how)
            for ending, text in ((".edl", LIST), (".csv", TABLE), (".otio", OTIO))
        },
        **{
            name: partial(tracks.read, str(write(folder, truth)), None)
            for name, write in TRACKS.items()
        },
        "lens report": lambda: tracks.lens(sony, None),
        "is it one": lambda: tracks.is_lens(sony),
        "openlensio": lambda: papers.lens(LENSIO, where="a.json"),
        "opencv": lambda: papers.lens(
            opencv_yaml(Glass((0.1, -0.2, 1e-3, 5e-4, 0.05)), RIG).encode(), where="a.yml"
        ),
        "cdl": lambda: papers.cdl(cdl_file(cdl), where="a.cc"),
        "line": lambda: papers.line(points),
        "polygon": lambda: papers.polygon(points),
        "drawing": lambda: papers.drawing(written(folder, "cards.svg", SVG), 333, 167),
    }


TRACKS = {write.__name__: write for write in (w.jsonl, w.cbor, w.nk, w.usd, w.tum, w.chan)}
RIG = Rig(1920, 1080, 24.0, 24.89)
LENSIO = json.dumps(
    {
        "protocol": {"name": "OpenTrackIO", "version": [1, 0, 1]},
        "lens": {
            "pinholeFocalLength": 24.0,
            "distortion": [{"radial": [1e-4, 2e-5], "tangential": [1e-5, 2e-5]}],
        },
    }
).encode()
OTIO = cut(clip("042_0110", 86400, 24, 23.976), clip("042_0120", 1 / 3, 7)).to_json_string()


def test_what_a_child_reads_is_what_this_process_would_and_none_of_it_is_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overheard = Overheard().listen(monkeypatch)
    for name, ask in asks(tmp_path).items():
        noun, here = ran(ask)
        question = overheard.asked[-1]
        found, there = ran(question.here)

        assert noun is not None, name
        assert question.found == found, name
        assert there, name
        assert not here & there, name

    assert {q.door for q in overheard.asked} == DOORS.keys() - OF_A_DELIVERY


def test_a_show_that_requires_walls_reads_nothing_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = asking.Child

    def unwalled(module: str, sight: Any, *, wanted: str, **more: Any) -> Child:
        assert wanted == REQUIRED  # what the show says comes to the child
        return real(module, sight, wanted=OFF, **more)

    monkeypatch.setattr(asking, "Child", unwalled)
    for name, ask in asks(tmp_path, REQUIRED).items():
        with pytest.raises(IsolationError, match="reads a foreign file is not walled") as no:
            ask()
        assert no.value.exit_code == 1, name


def test_many_files_are_read_by_one_child(tmp_path: Path) -> None:
    papers = PaperFiles()
    children = set()
    for n in range(8):
        papers.polygon(written(tmp_path, f"{n}.txt", "1,2\n3,4\n5,6\n"))
        TrackFiles().is_lens(written(tmp_path, f"{n}.csv", TABLE))
        children.add(readers(PREFERRED)._child)

    assert len(children) == 1


def test_what_only_looks_like_a_file_is_refused_and_nobody_waits_for_it(
    tmp_path: Path, tiny_show: TinyShow
) -> None:
    for ending in (".edl", ".chan", ".svg", ".txt"):
        os.mkfifo(tmp_path / f"pipe{ending}")
    pipe, papers = str(tmp_path / "pipe"), PaperFiles()
    for ask in (
        lambda path: read_turnover(f"{path}.edl", RATE),
        lambda path: TrackFiles().read(f"{path}.chan", None),
        lambda path: papers.drawing(f"{path}.svg", 10, 10),
        lambda path: papers.polygon(f"{path}.txt"),
        lambda path: tiny_show.studio.shelf.read(f"{path}.txt"),
    ):
        with pytest.raises(InputError, match=r"it is no file|invalid argument"):
            ask(pipe)
    with pytest.raises(InputError, match="Is a directory"):
        papers.polygon(str(tmp_path))


# -- a reader that goes wrong ----------------------------------------------------------------


@pytest.fixture
def own() -> Iterator[Readers]:
    found = Readers()
    yield found
    found.close()


def ask(own: Readers, **more: Any) -> Any:
    return own.read("points", b"1,2\n3,4\n", where="line.txt", asked={"fewest": 2}, **more)


def test_a_reader_that_is_killed_costs_a_sentence_and_is_replaced(own: Readers) -> None:
    chan = {"frames": None, "camera": "", "clock": None, "lens": ""}

    def shot_down(path: str) -> bytes | None:  # while it waits for the side-car
        assert own._child is not None
        os.kill(innermost(own._child.process.pid), signal.SIGKILL)
        own._child.process.wait()
        return None

    with pytest.raises(TrackError, match=r"a\.chan is damaged: its reader died \(SIGKILL\)"):
        own.read(
            "track", b"1 2", where="a.chan", asked=chan, beside=shot_down, wrong=TrackError
        )

    assert ask(own) == [[1, 2], [3, 4]]


def test_a_reader_that_dies_while_idle_is_replaced_unseen(own: Readers) -> None:
    first = ask(own)
    assert own._child is not None
    own._child.process.kill()
    own._child.process.wait()

    assert ask(own) == first


def test_a_reader_that_stalls_is_ended(own: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(own)
    child = own._child
    assert child is not None
    os.kill(innermost(child.process.pid), signal.SIGSTOP)
    monkeypatch.setattr(asking, "FIRST_S", 0.2)

    with pytest.raises(FormatError, match=r"line\.txt could not be read within 1 s"):
        ask(own)

    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "said",
    [
        {"nothing": 1},
        {"beside": "/etc/passwd"},
        {"beside": "../show.toml"},
        {"refused": "a", "kind": "SystemExit"},
        {"found": [[1]]},
        {"found": "1,2"},
        {"found": [["a", "b"]]},
    ],
)
def test_what_a_reader_makes_up_is_a_sentence_and_reaches_no_other_file(
    own: Readers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    path = written(tmp_path, "line.txt", "1,2\n3,4\n")
    ask(own)
    assert own._child is not None
    # Its own line stays open until it was asked: a reader that ended is not, but another.
    kept, (own._child.line, theirs) = own._child.line, socket.socketpair()
    monkeypatch.setattr(polygon, "readers", lambda isolation: own)
    heard: list[Any] = []

    def answer() -> None:
        with theirs, contextlib.suppress(EOFError, OSError):
            _, fds = receive(theirs)
            kept.close()
            for fd in fds:
                os.close(fd)
            send(theirs, said)
            heard.append(receive(theirs))

    false = threading.Thread(target=answer)
    false.start()
    with pytest.raises(FormatError, match=r"line\.txt"):
        polygon.read_line(path)
    own.close()
    false.join(10)

    assert heard == []


def test_a_track_has_only_its_own_folder_beside_it() -> None:
    near = asking.only_beside(lambda path: path.encode(), "/show/a.chan", "/lens/b.csv")

    assert near("/show/a.chan.toml") == b"/show/a.chan.toml"
    assert near("/lens/bM01.XML") == b"/lens/bM01.XML"
    for far in ("/etc/passwd", "/show/../etc/passwd", "/show/..", "/show/", "a", ""):
        with pytest.raises(ValueError, match="a reader asked for"):
            near(far)


def test_a_reader_sees_no_file_but_the_one_it_was_handed(own: Readers, tmp_path: Path) -> None:
    ask(own)
    assert own._child is not None
    if not own._child.mounts:
        pytest.skip("without bubblewrap a child sees what its account sees")
    root = Path(f"/proc/{innermost(own._child.process.pid)}/root")

    assert (root / "usr").is_dir()
    assert not (root / str(tmp_path)[1:]).exists()
    assert not (root / "etc/passwd").exists()


# -- damaged files ---------------------------------------------------------------------------

MUTANTS = int(os.environ.get("SEAMLINE_MUTANTS", "2000"))
WORDS = [b"", b"{", b"}", b"<", b'"', b"nan", b"1e999", b"-", b"\0", b"\xff", b" ", b"9" * 400]


def test_a_text_that_was_damaged_anywhere_is_a_sentence_and_never_a_death(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,000 in the ordinary tests; SEAMLINE_MUTANTS says how many more in a soak."""
    overheard = Overheard().listen(monkeypatch)
    for one in asks(tmp_path).values():
        one()
    monkeypatch.undo()
    questions, chance = overheard.asked, np.random.default_rng(5)
    child, slowest_s, said = readers(PREFERRED)._child, 0.0, list[str]()
    for n in range(MUTANTS):
        question = questions[n % len(questions)]
        content = question.contents[0]
        at, gone = int(chance.integers(len(content))), int(chance.integers(12))
        damaged = content[:at] + WORDS[chance.integers(len(WORDS))] + content[at + gone :]
        began = time.monotonic()
        try:
            readers(PREFERRED).read(
                question.door, damaged, where=question.where, asked=question.asked,
                beside=question.beside,
            )  # fmt: skip
        except InputError as error:
            said.append(str(error))
        slowest_s = max(slowest_s, time.monotonic() - began)

    assert readers(PREFERRED)._child is child
    assert slowest_s < 10
    assert MUTANTS // 10 < len(said) < MUTANTS
    assert [words for words in said if "its reader broke" in words] == []
    print(f"{MUTANTS} damaged texts: {len(said)} refused, slowest {slowest_s:.2f} s")


# -- the table of doors ----------------------------------------------------------------------

SOURCE = Path(seamline.__file__).parent
TAKES_APART = {
    "json.loads", "json.load", "tomllib.loads", "ElementTree.fromstring", "ET.fromstring",
    "ET.parse", "ElementTree.parse", "cbor2.loads", "CBORDecoder", "csv.reader",
    "csv.DictReader", "pickle.loads",
    "otio.core.deserialize_json_from_string", "c2pa.Reader", "oiio.ImageInput.open", "av.open",
    "usd.Usd.Stage.Open", "x509.load_pem_x509_certificate", "load_pem_public_key",
    "load_pem_private_key",
}  # fmt: skip
"""Calls that make something of bytes."""
BEHIND = {
    "formats/c2pa.py", "formats/cdl.py", "formats/certificates.py", "formats/lines.py",
    "formats/mhl.py", "formats/opencv_lens.py", "formats/openlensio.py", "formats/polygon.py",
    "formats/tracks/opentrackio_packets.py", "formats/tracks/sidecar.py",
    "formats/tracks/sony_clip.py", "formats/tracks/usd_camera.py",
    "formats/tracks/usd_child.py", "formats/tracks/vendor.py",
    "formats/turnover/checked_otio.py", "formats/turnover/table.py",
}  # fmt: skip
"""A child alone reads with it."""
OWN = {
    "farm/levels.py", "farm/material.py", "farm/parcels.py", "formats/exr.py",
    "formats/movie.py", "formats/otio.py", "isolation/inside.py", "isolation/line.py",
    "server/commands.py", "server/errand_files.py",
    "server/link_routes.py", "steps/book.py", "steps/drawing.py", "steps/queue.py",
    "steps/screening.py", "steps/users.py", "steps/walls.py", "store/backup.py",
    "store/chain.py", "store/keyring.py", "store/leases.py", "store/ledger.py",
    "store/how_far.py", "store/policyfile.py", "store/showfile.py",
}  # fmt: skip
"""What the show, or this program, wrote itself; and what is written, not read."""
HERE = {
    "formats/decode.py": "Pictures of the show's own",
    "formats/grain.py": "Grain models",
    "formats/received.py": "keys",
    "steps/delivery_record.py": "records of deliveries",
    "steps/heads.py": "heads of a ledger",
    "steps/lock.py": "Locks",
    "steps/measured.py": "measured numbers",
    "steps/verify.py": "records of deliveries",
}
"""Read where it is asked for, with a reason in docs/how-to/isolate-workers.md."""


def takes_apart(path: Path) -> bool:
    text = path.read_text()
    if not any(f"{name}(" in text for name in TAKES_APART):
        return False
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return any(ast.unparse(call.func) in TAKES_APART for call in calls)


def test_whatever_takes_bytes_apart_is_behind_a_door_or_says_why_not() -> None:
    found = {
        str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if takes_apart(path)
    }

    assert found - BEHIND - OWN == HERE.keys()
    assert found >= BEHIND | OWN

    page = (SOURCE.parents[1] / "docs/how-to/isolate-workers.md").read_text()
    for words in HERE.values():
        assert words in page, words


LIBRARIES = {
    "OpenImageIO", "PIL", "PyOpenColorIO", "ascmhl", "bpy", "c2pa", "cbor2", "cryptography",
    "mathutils", "numpy", "opentimelineio", "pxr", "reportlab", "seamline", "xxhash", "av",
}  # fmt: skip
"""What ``formats`` imports besides the standard library (two of them as text, for Blender)."""


def test_a_library_that_comes_new_says_on_which_side_it_reads() -> None:
    """Whoever adds one here has thought about it: see the tables above, and their page."""
    imported = {
        name
        for path in (SOURCE / "formats").rglob("*.py")
        for name in re.findall(r"^ *(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
    }

    assert imported - sys.stdlib_module_names <= LIBRARIES
