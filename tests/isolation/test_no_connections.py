"""A whole small job, looked at from the kernel: no connection leaves the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seamline import wiring
from seamline.isolation.inside import without_internet
from seamline.steps.queue import Person
from seamline.steps.work import queue_painting
from tiny import TinyShow

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not here")
LEAVES = re.compile(r"connect\(|sendto\(.*sa_family|sendmsg\(.*sa_family")


def trace(folder: Path, words: list[str]) -> list[str]:
    """Run ``words`` with all its children under strace; return the calls that name somebody."""
    log = folder / "trace"
    calls = "trace=connect,sendto,sendmsg,sendmmsg,bind,socket"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", calls, "-o", str(log), *words],
        capture_output=True, text=True, env=os.environ,
    )  # fmt: skip
    if "ptrace" in done.stderr and done.returncode:
        pytest.skip(f"strace may not trace here: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = log.read_text().splitlines()
    assert any("sendmsg" in line for line in lines), "the painter was handed nothing"
    return lines


def test_a_whole_job_of_the_queue_connects_to_nobody(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    tiny_show.static_shot()
    ask = queue_painting(
        tiny_show.studio, "S_010", Person(name="a.bell"),
        variations=1, seed=1, generator="neutral", request="r",
    )  # fmt: skip
    words = wiring.work_line(str(tiny_show.root), ask.id, 1001, 1002)
    assert words == without_internet(words[words.index("seamline.cli") :])

    lines = trace(tmp_path, words)

    named = [line for line in lines if LEAVES.search(line)]
    far = [n for n in named if not re.search(r"AF_UNIX|AF_NETLINK|127\.0\.0\.1|::1", n)]
    assert far == []
    assert [n for n in lines if "socket(AF_INET" in n and "EPERM" not in n] == []


def test_what_works_on_a_queue_could_not_if_it_tried(tmp_path: Path) -> None:
    script = tmp_path / "calls_home.py"
    script.write_text(
        "import socket\n"
        "socket.socketpair()\n"
        "for family in (socket.AF_INET, socket.AF_INET6):\n"
        "    try:\n"
        "        socket.socket(family)\n"
        "    except PermissionError:\n"
        "        print('refused')\n"
    )
    line = without_internet(["calls_home"])
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}

    done = subprocess.run(line, capture_output=True, text=True, env=env)

    assert done.stdout.split() == ["refused", "refused"], done.stderr
    assert sys.executable == line[0]
