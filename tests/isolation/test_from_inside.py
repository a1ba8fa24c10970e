"""From inside a worker nothing outside is reached; without walls the same probe reaches it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline import wiring
from seamline.cli.main import main
from seamline.errors import GeneratorError, InputError, IsolationError
from seamline.farm import painter
from seamline.formats import decoder, images
from seamline.formats.decoder import Decoders
from seamline.isolation import child, probing
from seamline.isolation.walls import Walls
from seamline.pixels.picture import Picture
from seamline.steps import book
from seamline.steps.paint import paint
from tiny import TinyShow, frame_of
from typed import runner
from walled import innermost

no_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="bubblewrap is not installed here"
)
SPY = '''
import contextlib, os, socket, time
from dataclasses import replace
from pathlib import Path
from seamline.errors import InputError
from seamline.generators.neutral import Neutral

class Spy(Neutral):
    """Tries to get out while it paints; a note says what it reached."""

    name = "spy"

    def paint(self, ask, canvas, references, progress):
        if ask.seed == 7:
            raise InputError("seven is refused", remedy="Take another.")
        if ask.seed == 8:
            os.kill(os.getpid(), 9)
        if ask.seed == 9:
            return replace(super().paint(ask, canvas, references, progress), layers=(None,))
        if ask.seed == 10:
            time.sleep(600)
        reached = []
        where = {CANARY!r}, {BOOK!r}, {KEYS!r}, os.path.expanduser("~root"), "/etc/passwd"
        for path in where:
            with contextlib.suppress(OSError):
                os.listdir(path) if os.path.isdir(path) else Path(path).read_bytes()
                reached.append(path)
        for family, to in ((socket.AF_INET, ("127.0.0.1", {PORT})), (socket.AF_UNIX, {DOOR!r})):
            with contextlib.suppress(OSError), socket.socket(family) as wire:
                wire.connect(to)
                reached.append(str(to))
        for path in ({CANARY!r}, os.path.dirname(__file__) + "/new"):
            with contextlib.suppress(OSError), open(path, "w"):
                reached.append("writing " + path)
        with contextlib.suppress(OSError):
            reached.append(str(os.system("true")) if os.fork() else os._exit(0))
        painted = super().paint(ask, canvas, references, progress)
        return replace(painted, notes=("reached: " + " ".join(reached),))
'''


@contextmanager
def doors(folder: Path) -> Iterator[tuple[int, str]]:
    """A TCP port and a Unix socket that anybody here may connect to."""
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        unix.bind(str(folder / "door"))
        unix.listen()
        yield tcp.getsockname()[1], str(folder / "door")


@pytest.fixture
def spied(
    tiny_show: TinyShow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TinyShow]:
    """A show with a shot, on a machine where a generator is installed that spies."""
    tiny_show.static_shot()
    plugin, secrets = tmp_path / "plugin", tmp_path / "secrets"
    (plugin / "spy-1.dist-info").mkdir(parents=True)
    secrets.mkdir()
    (secrets / "canary").write_text("sings")
    (plugin / "spy-1.dist-info" / "METADATA").write_text("Name: spy\nVersion: 1\n")
    (plugin / "spy-1.dist-info" / "entry_points.txt").write_text(
        "[seamline.generators]\nspy = spy:Spy\n"
    )
    state = tiny_show.root / ".seamline"
    with doors(secrets) as (port, door):
        told = {"CANARY": secrets / "canary", "BOOK": state / "ledger.sqlite", "DOOR": door}
        text = SPY.replace("{PORT}", str(port)).replace("{KEYS!r}", repr(str(state)))
        for name, value in told.items():
            text = text.replace(f"{{{name}!r}}", repr(str(value)))
        (plugin / "spy.py").write_text(text)
        before = os.environ.get("PYTHONPATH", "")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(plugin), before])))
        monkeypatch.syspath_prepend(str(plugin))
        yield tiny_show
    sys.modules.pop("spy", None)
    for key in [key for key in painter._ROOMS if key[0] == "spy"]:
        painter._ROOMS.pop(key).child.end()


def with_isolation(show: TinyShow, wanted: str) -> None:
    path = show.root / "show.toml"
    path.write_text(path.read_text().replace('"preferred"', f'"{wanted}"'))
    show.studio = replace(
        wiring.open_studio(str(show.root), threads=1, quiet=True), clock=show.clock
    )


def no_bwrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child.shutil, "which", lambda name: None)


# -- the probe --------------------------------------------------------------


@no_bubblewrap
@pytest.mark.parametrize("files", [True, False], ids=["painter", "decoder"])
def test_nothing_outside_is_reached_and_the_canary_is_not_read(files: bool) -> None:
    found = probing.probed(wanted="preferred", files=files)

    assert found.reached == ()
    assert found.walls.missing == ()
    assert all(found.holds(wall) for wall in probing.TRIED_BY)
    assert [n for n in found.found if found.found[n] == "closed"][:2] == ["TCP", "UDP"]


def test_without_walls_the_same_probe_reaches_what_it_is_told_of() -> None:
    found = probing.probed(wanted="off")

    assert {"TCP", "UDP", "abstract Unix socket", "Unix socket", "file", "writing", "process",
            "program"} <= set(found.reached)  # fmt: skip
    assert not any(found.holds(wall) for wall in ("network", "files", "processes"))
    assert found.walls.says == "limits only"


def test_without_bubblewrap_a_child_walls_itself_in_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    no_bwrap(monkeypatch)

    paints, decodes = probing.probed(wanted="preferred"), probing.probed(
        wanted="preferred", files=False
    )  # fmt: skip

    if "seccomp" not in paints.walls.by or not paints.walls.says.count("Landlock"):
        pytest.skip(f"this kernel has not what is needed: {paints.walls.says}")
    assert paints.reached == ()
    assert decodes.reached == ("file",)
    assert decodes.walls.missing == ("files",)


# -- what paints ------------------------------------------------------------


@no_bubblewrap
def test_a_generator_that_spies_reaches_nothing_and_paints(spied: TinyShow) -> None:
    (variation,) = paint(spied.studio, "S_010", variations=1, generator="spy")

    assert variation.notes[0] == "reached: "
    assert "bubblewrap" in variation.made.isolation
    assert "not walled" not in variation.made.isolation
    stored = book.variation_by_ask(spied.studio.ledger, "S_010", variation.ask_digest)
    assert stored == variation


def test_with_isolation_off_it_reaches_all_of_it_and_the_record_says_off(
    spied: TinyShow, tmp_path: Path
) -> None:
    with_isolation(spied, "off")

    (variation,) = paint(spied.studio, "S_010", variations=1, generator="spy")

    assert str(tmp_path / "secrets" / "canary") in variation.notes[0]
    assert "127.0.0.1" in variation.notes[0]
    assert variation.made.isolation == "off"


def test_refusals_come_through_and_a_dead_painter_is_replaced(spied: TinyShow) -> None:
    with pytest.raises(InputError, match="seven is refused") as refused:
        paint(spied.studio, "S_010", variations=1, seed=7, generator="spy")
    assert refused.value.remedy == "Take another."
    with pytest.raises(GeneratorError, match=r"painter of spy died \(SIGKILL\)"):
        paint(spied.studio, "S_010", variations=1, seed=8, generator="spy")
    with pytest.raises(GeneratorError, match="NoneType"):
        paint(spied.studio, "S_010", variations=1, seed=9, generator="spy")

    assert paint(spied.studio, "S_010", variations=1, seed=1, generator="spy")


def test_a_painter_ends_with_whoever_asked_it(spied: TinyShow) -> None:
    line = [sys.executable, "-m", "seamline.cli", "paint", "S_010", "-n", "1", "--seed", "10"]
    env = {**os.environ, "SEAMLINE_SHOW": str(spied.root)}
    script = (
        "import sys, threading, time\n"
        "from seamline.farm import painter\n"
        "def tell():\n"
        "    while not painter._ROOMS: time.sleep(.02)\n"
        "    time.sleep(.5)\n"
        "    print(*(r.child.process.pid for r in painter._ROOMS.values()), flush=True)\n"
        "threading.Thread(target=tell, daemon=True).start()\n"
        "from seamline.cli.main import main\n"
        f"main({[*line[3:], '-g', 'spy']!r})\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=env
    ) as run:
        assert run.stdout is not None
        inner = innermost(int(run.stdout.readline()))
        run.send_signal(signal.SIGKILL)

    for _ in range(100):
        state = Path(f"/proc/{inner}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        threading.Event().wait(0.05)
    pytest.fail(f"the painter {inner} outlived its caller")


# -- what is required -------------------------------------------------------

OWN = frame_of(np.random.default_rng(3).random((36, 64, 3)))


def shell(show: TinyShow, *words: str) -> tuple[int, dict[str, Any]]:
    done = runner().invoke(main, [*words, "--json", "--show", str(show.root)])
    return done.exit_code, json.loads(done.stdout.splitlines()[0])


def test_a_show_that_requires_walls_neither_decodes_paints_nor_serves_without(
    tiny_show: TinyShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_show.static_shot()
    with_isolation(tiny_show, "required")
    none = Walls(standing=("limits",), by=("limits",))  # as where the kernel has nothing
    monkeypatch.setattr(child, "walls_of", lambda found, sight: none)
    monkeypatch.setattr(painter, "_ROOMS", {})
    decoders = Decoders(1, isolation="required")
    with pytest.raises(IsolationError, match="opens a foreign file is not walled here"):
        decoders.read(str(next(tiny_show.material.glob("*.exr"))))

    monkeypatch.setattr(decoder, "_BY_ISOLATION", {"required": decoders})
    studio = wiring.open_studio(str(tiny_show.root), threads=1, quiet=True)
    with pytest.raises(IsolationError, match="opens a foreign file is not walled here"):
        studio.blobs.picture(studio.blobs.put_picture(OWN))  # cards and frames rest on those
    for words in (["paint", "S_010", "-n", "1", "-g", "neutral"], ["serve", "--port", "0"]):
        code, document = shell(tiny_show, *words)
        assert code == 1, words
        assert "walled" in document["error"]["message"], words
        assert document["error"]["remedy"]
    code, document = shell(tiny_show, "doctor")
    assert code == 1
    assert document["walls"]["holds"]["files"] is False
    for room in painter._ROOMS.values():
        room.child.end()


@no_bubblewrap
def test_a_show_that_requires_walls_paints_and_is_checked_where_they_stand(
    tiny_show: TinyShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_show.static_shot()
    with_isolation(tiny_show, "required")
    monkeypatch.delattr(images, "read_here")  # no picture is decoded in this process
    blobs = tiny_show.studio.blobs
    again = blobs.picture(blobs.put_picture(OWN)).channels["R"]
    assert again.tobytes() == OWN.channels["R"].tobytes()

    code, document = shell(tiny_show, "paint", "S_010", "-n", "1", "-g", "neutral")
    assert (code, len(document["variations"])) == (0, 1)
    code, document = shell(tiny_show, "doctor")

    assert code == 0
    assert all(document["walls"]["holds"].values())
    rows = [row.body for row in tiny_show.studio.ledger.rows("walls")]
    assert [row["isolation"] for row in rows] == ["required"]
    assert rows[0]["tried"]["network"]["TCP"] == "closed"
    before = document["ledger_rows"]
    assert shell(tiny_show, "doctor")[1]["ledger_rows"] == before, (
        "nothing new, nothing written"
    )


def test_painted_behind_walls_or_not_it_is_the_same_picture(tiny_show: TinyShow) -> None:
    rng = np.random.default_rng(3)
    tiny_show.static_shot(rgb=lambda n: rng.random((36, 64, 3)).astype(np.float32))
    (behind,) = paint(tiny_show.studio, "S_010", variations=1, generator="neutral")
    open_air = replace(tiny_show.studio, generator=lambda name: wiring.generators.load(name))

    (without,) = paint(open_air, "S_010", variations=1, seed=2, generator="neutral")

    assert behind.layers_digest == without.layers_digest
    assert behind.lineage_digest == without.lineage_digest


def test_a_script_that_lies_in_tmp_can_read_a_plate(tiny_show: TinyShow) -> None:
    plate = tiny_show.material / "plate.exr"
    picture = Picture(
        channels={name: np.ones((4, 6), np.float32) for name in "RGB"},
        data_window=(0, 0, 6, 4),
        display_window=(0, 0, 6, 4),
    )
    tiny_show.studio.images.write(str(plate), picture)
    handle, script = tempfile.mkstemp(suffix=".py", dir="/tmp")
    with os.fdopen(handle, "w") as file:
        file.write(
            "from seamline.formats.decoder import DECODERS\n"
            f"print(len(DECODERS.read({str(plate)!r}).channels))\n"
        )
    try:
        done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    finally:
        os.unlink(script)

    assert (done.returncode, done.stdout) == (0, "3\n"), done.stderr
