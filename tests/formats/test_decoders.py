"""Foreign files are decoded in children: limits, deaths, stalls, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline.errors import FormatError
from seamline.formats import decode_words, decoder
from seamline.formats.decoder import Decoders
from seamline.formats.exr import _bare_exr, write_exr
from seamline.formats.images import ImageFiles
from seamline.isolation import line as walls_line
from seamline.pixels.picture import Picture
from walled import innermost

SOURCE = str(Path(decoder.__file__).resolve().parents[2])


def _plate(folder: Path, *, width: int = 64, seed: int = 1) -> str:
    pixels = np.random.default_rng(seed).random((36, width, 3)).astype(np.float16)
    window = (0, 0, width, 36)
    picture = Picture(
        channels={name: pixels[..., n].copy() for n, name in enumerate("RGB")},
        data_window=window,
        display_window=window,
    )
    path = str(folder / f"plate{seed}.exr")
    write_exr(path, picture)
    return path


@pytest.fixture
def decoders() -> Iterator[Decoders]:
    found = Decoders(2)
    yield found
    found.close()


def _child(decoders: Decoders) -> subprocess.Popen[bytes]:
    return decoders._idle[-1].child.process


def _inner(decoders: Decoders) -> int:
    return innermost(_child(decoders).pid)


def test_a_decoder_that_is_killed_costs_a_sentence_and_is_replaced(
    tmp_path: Path, decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _plate(tmp_path)
    first = decoders.read(path)
    child, inner = _child(decoders), _inner(decoders)
    real = decode_words.claim_of

    def shot_down(word: dict[str, Any]) -> Any:  # between header and pixels
        os.kill(inner, signal.SIGKILL)
        child.wait()
        return real(word)

    monkeypatch.setattr(decoder, "claim_of", shot_down)
    with pytest.raises(FormatError, match=r"plate1\.exr .* died \(SIGKILL\)"):
        decoders.read(path)
    monkeypatch.undo()

    again = decoders.read(path)

    assert _child(decoders).pid != child.pid
    assert again.channels["R"].tobytes() == first.channels["R"].tobytes()


def test_a_decoder_that_dies_while_idle_is_replaced_unseen(
    tmp_path: Path, decoders: Decoders
) -> None:
    path = _plate(tmp_path)
    decoders.read(path)
    _child(decoders).kill()
    _child(decoders).wait()

    assert decoders.read(path).channels


def test_a_decoder_that_stalls_is_ended(
    tmp_path: Path, decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _plate(tmp_path)
    decoders.read(path)
    child = _child(decoders)
    monkeypatch.setattr(decoder, "HEADER_S", 0.2)
    inner = _inner(decoders)
    os.kill(inner, signal.SIGSTOP)

    with pytest.raises(FormatError, match="could not be decoded within 1 s"):
        decoders.read(path)

    assert child.returncode == -signal.SIGKILL
    assert _gone(inner)


def _answering(decoders: Decoders, *words: dict[str, Any]) -> None:
    """Put a false decoder before the real ones: it says ``words``, whatever it is asked."""
    place = decoder._Decoder()
    place._line, theirs = socket.socketpair()  # its own stays open: it would end with that

    def answer() -> None:
        with theirs:
            for word in words:
                walls_line.receive(theirs)
                walls_line.send(theirs, word)

    threading.Thread(target=answer, daemon=True).start()
    decoders._idle.append(place)


CLAIM = {
    "kind": "openexr",
    "is_float": True,
    "data_window": [0, 0, 64, 36],
    "display_window": [0, 0, 64, 36],
    "layout": [["R", "half"]],
    "attributes": {},
    "stored_bytes": 4608,
    "stored_channels": 1,
}


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ({"claim": {**CLAIM, "data_window": [0, 0, 200_000, 40_000]}}, "200000 x 40000"),
        ({"claim": {**CLAIM, "stored_bytes": 48_000_000_000}}, r"48\.0 GB"),
        ({"claim": {**CLAIM, "layout": [["R", "object"]]}}, "channel R is object"),
        ({"claim": {**CLAIM, "layout": [["R", "half"], ["R", "half"]]}}, "two channels"),
        ({"claim": {**CLAIM, "attributes": []}}, "stopped|died"),
        ({"claim": 7}, "stopped|died"),
        ({}, "stopped|died"),
    ],
)
def test_what_a_decoder_says_is_not_believed(
    tmp_path: Path, decoders: Decoders, word: dict[str, Any], says: str
) -> None:
    _answering(decoders, word)
    path = _plate(tmp_path)

    with pytest.raises(FormatError, match=says):
        decoders.read(path)

    assert decoders.read(path).channels  # the next file has a decoder of its own


def test_a_header_of_48_gigabytes_is_refused_with_the_number(
    tmp_path: Path, images: ImageFiles
) -> None:
    floats = {f"l{n:03d}.R": np.zeros((1, 1), np.float32) for n in range(60)}
    small = b"".join(_bare_exr(floats))
    # 20 000 x 10 000 pixels of 60 floats are 48 GB.
    huge = small.replace(
        struct.pack("<4i", 0, 0, 0, 0), struct.pack("<4i", 0, 0, 19_999, 9_999)
    )
    (tmp_path / "huge.exr").write_bytes(huge)

    began = time.monotonic()
    with pytest.raises(FormatError, match=r"48\.0 GB|damaged"):
        images.read(str(tmp_path / "huge.exr"))

    assert time.monotonic() - began < 10


def test_pictures_read_at_once_are_each_their_own(tmp_path: Path, decoders: Decoders) -> None:
    paths = [_plate(tmp_path, width=40 + n, seed=n) for n in range(8)]
    alone = [decoders.read(path).channels["G"].tobytes() for path in paths]
    found: dict[int, Picture] = {}

    def work(n: int) -> None:
        found[n] = decoders.read(paths[n])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [found[n].channels["G"].tobytes() for n in range(8)] == alone


@pytest.mark.parametrize(("starting_s", "started"), [(60.0, 1), (0.0, 2)])
def test_another_decoder_is_started_where_waiting_has_cost_more_than_its_start(
    tmp_path: Path,
    decoders: Decoders,
    monkeypatch: pytest.MonkeyPatch,
    starting_s: float,
    started: int,
) -> None:
    monkeypatch.setattr(decoder, "STARTING_S", starting_s)
    path = _plate(tmp_path)
    first = decoders._taken()
    found: list[Picture] = []
    second = threading.Thread(target=lambda: found.append(decoders.read(path)))
    second.start()
    second.join(5.0 if starting_s == 0 else 0.3)

    decoders._put_back(first)
    second.join()

    assert len(found) == 1
    assert len(decoders._idle) == started


def test_a_picture_that_is_held_is_not_overwritten_by_the_next(
    tmp_path: Path, decoders: Decoders
) -> None:
    one, two = _plate(tmp_path, seed=1), _plate(tmp_path, seed=2)
    row = decoders.read(one).channels["B"][3, 5:9]  # a view alone keeps its picture
    before = row.tobytes()

    for path in (two, two, one, two):
        decoders.read(path)

    assert row.tobytes() == before


def test_rooms_are_used_again(tmp_path: Path, decoders: Decoders) -> None:
    path = _plate(tmp_path)
    for _ in range(20):
        decoders.read(path)

    assert decoders._idle[0]._rooms._made == 1


def test_where_a_handed_file_could_be_written_to_a_copy_is_handed_over(
    tmp_path: Path, decoders: Decoders
) -> None:
    path = _plate(tmp_path)
    first = decoders.read(path).channels["R"].tobytes()
    decoders._idle[-1].child.may_be_handed_files = False

    assert decoders.read(path).channels["R"].tobytes() == first


@pytest.mark.skipif(os.getuid() != 0, reason="only root reads what others keep to themselves")
def test_root_reads_another_s_private_plate_from_behind_walls(
    tmp_path: Path, decoders: Decoders
) -> None:
    path = _plate(tmp_path)
    first = decoders.read(path).channels["R"].tobytes()
    os.chown(path, 65534, 65534)
    os.chmod(path, 0o600)

    assert decoders.read(path).channels["R"].tobytes() == first


SCRIPT = """
import sys, time
from walled import innermost
from seamline.formats.decoder import DECODERS
DECODERS.read(sys.argv[1])
print(innermost(DECODERS._idle[0].child.process.pid), flush=True)
{then}
"""


def _gone(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True  # its new parent has not looked yet
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("then", "ending"),
    [
        ("", None),
        ("raise RuntimeError('in the middle')", None),
        ("time.sleep(60)", signal.SIGINT),
        ("time.sleep(60)", signal.SIGTERM),
        ("time.sleep(60)", signal.SIGKILL),
    ],
)
def test_no_decoder_outlives_its_caller(
    tmp_path: Path, then: str, ending: signal.Signals | None
) -> None:
    caller = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(then=then), _plate(tmp_path)],
        env={**os.environ, "PYTHONPATH": f"{SOURCE}:{Path(__file__).parents[1]}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert caller.stdout is not None
    pid = int(caller.stdout.readline())
    if ending:
        caller.send_signal(ending)
    caller.wait(timeout=30)
    caller.stdout.close()

    assert _gone(pid)


def test_a_decoder_may_write_no_file_and_leaves_no_core(
    tmp_path: Path, decoders: Decoders
) -> None:
    decoders.read(_plate(tmp_path))
    limits = Path(f"/proc/{_inner(decoders)}/limits").read_text()
    told = {line[:26].strip(): line[26:].split() for line in limits.splitlines()[1:]}

    assert told["Max file size"][:2] == ["0", "0"]
    assert told["Max core file size"][:2] == ["0", "0"]
    assert int(told["Max address space"][0]) < 16 << 30
    assert int(told["Max cpu time"][0]) < 60


def test_header_values_of_every_kind_come_through_the_line() -> None:
    said = {"a": (1, 2), "b": 0.1, "c": np.arange(5, dtype=np.uint8), "d": b"\0\xff", "e": "ü"}
    line, other = socket.socketpair()
    with line, other:
        walls_line.send(line, {"claim": {**CLAIM, "attributes": {
            name: ("string", value) for name, value in said.items()}}})  # fmt: skip
        word, _ = walls_line.receive(other)
    back = decode_words.claim_of(word["claim"]).attributes

    assert back["a"] == ("string", (1, 2))
    assert back["b"][1] == 0.1
    np.testing.assert_array_equal(back["c"][1], said["c"])
    assert back["d"][1] == b"\0\xff"
    assert back["e"][1] == "ü"
    assert json.loads(json.dumps(word))


def _what_it_says(decoders: Decoders, path: str) -> str:
    try:
        return "a picture" if decoders.read(path).channels else "nothing"
    except FormatError as refused:
        return str(refused)


@pytest.mark.shared
def test_each_damaged_file_is_loaded_or_refused_within_its_limits(shared: Path) -> None:
    decoders = Decoders(1)
    damaged = sorted((shared / "data" / "bad_exr").iterdir())
    assert len(damaged) == 93
    try:
        for path in damaged:
            began = time.monotonic()
            said = _what_it_says(decoders, str(path))
            assert said == "a picture" or str(path) in said
            assert "\n" not in said
            assert time.monotonic() - began < 10, path
            if decoders._idle:
                status = Path(f"/proc/{_inner(decoders)}/status").read_text()
                peak_kb = int(status.split("VmHWM:")[1].split()[0])
                assert peak_kb < 1_000_000, path
    finally:
        decoders.close()
