"""The shell, as a process or in this one, and shows that somebody has begun with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import material
import numpy as np
from numpy.typing import NDArray

from seamline.cli.main import main
from typed import runner

SEAMLINE = str(Path(sys.executable).with_name("seamline"))
OWN = (
    "SEAMLINE_SHOW",
    "SEAMLINE_PASSPHRASE_FILE",
    "SEAMLINE_AUTHORITY_PASSPHRASE_FILE",
    "SEAMLINE_THREADS",
    "SEAMLINE_DEBUG",
)


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one sentence of a failure."""
        lines = [line for line in self.err.splitlines() if line.startswith("Error:")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


def process(*words: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Said:
    """Run the installed command in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if k not in OWN}
    done = subprocess.run(
        [SEAMLINE, *words],
        env={**clean, **(env or {})},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # without a terminal to ask on
    )
    return Said(done.returncode, done.stdout, done.stderr)


def here(*words: str, env: Mapping[str, str] | None = None, keys: str = "") -> Said:
    """Run the same command in this process, which saves its start; ``keys`` are typed."""
    clean: dict[str, str | None] = {**dict.fromkeys(OWN), **(env or {})}
    done = runner().invoke(main, list(words), env=clean, input=keys)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


@dataclass
class Work:
    """A show on disk, what was brought to it, and the shell pointed at it."""

    root: Path
    outside: Path

    def __call__(
        self, *words: str, code: int = 0, env: Mapping[str, str] | None = None, keys: str = ""
    ) -> Said:
        """Run a command about this show; it must leave with ``code``."""
        said = here("--show", str(self.root), *words, env=env, keys=keys)
        assert said.code == code, (words, said.code, said.out, said.err)
        return said

    def json(self, *words: str, code: int = 0) -> Any:
        """Run a command with --json; return its document."""
        return self(*words, "--json", code=code).json

    def rows(self) -> int:
        """How many rows the ledger has; the chain must be whole."""
        return int(self.json("doctor")["ledger_rows"])

    def left_over(self) -> list[Path]:
        """Temporaries anywhere in the show."""
        return [path for path in self.root.rglob("*") if ".tmp-" in path.name]

    # -- what a coordinator does before anything is painted

    def plate(
        self,
        shot: str,
        frames: Sequence[NDArray[Any]],
        *,
        extra: Mapping[str, NDArray[Any]] | None = None,
        first: int = 1001,
        **how: Any,
    ) -> str:
        """Write (H, W, 3) ``frames`` as a plate; return its pattern."""
        for n, pixels in enumerate(frames):
            planes = {
                name: np.ascontiguousarray(pixels[..., i]) for i, name in enumerate("RGB")
            }
            path = self.outside / shot / f"{shot}.{first + n}.exr"
            material.write(path, planes | dict(extra or {}), **how)
        return str(self.outside / shot / f"{shot}.%04d.exr")

    def matte(self, shot: str, planes: Sequence[NDArray[Any]], **how: Any) -> str:
        """Write one matte per frame as EXR; return the pattern."""
        for n, plane in enumerate(planes):
            path = self.outside / shot / f"{shot}_fg.{1001 + n}.exr"
            material.write(path, {"A": plane}, **how)
        return str(self.outside / shot / f"{shot}_fg.####.exr")

    def reference(self, name: str = "ridge.png", *more: str, seed: int = 7) -> str:
        """Take an approved photograph in; return its id."""
        path = material.photograph(self.outside / name, material.ridge(seed=seed))
        said = (
            "--owner",
            "A. Berasategi",
            "--licence",
            "CC-BY-4.0",
            "--approved-by",
            "M. Okafor",
        )
        light = ("--key-elevation", "40", "--cct", "5600", "--exposure", "0")
        words = (
            "reference",
            "add",
            str(path),
            "--kind",
            "photography",
            *said,
            "--allow",
            "paint",
        )
        return str(self.json(*words, *light, *more)["references"][0]["id"])

    def person(self, name: str = "M. Okafor") -> str:
        """Make an unprotected key."""
        self("key", "create", "--name", name, "--unprotected")
        return name

    # -- shots in one go

    def meadow(self, shot: str = "042_0110", *, size: tuple[int, int] = (96, 64)) -> str:
        """Add a locked-off ACEScg shot of two frames with a matte; return its name."""
        width, height = size
        frames = [material.meadow(width, height, turn=n).astype(np.float16) for n in range(2)]
        pattern = self.plate(shot, frames, primaries=material.AP1)
        self("shot", "add", shot, "--plate", pattern, "--static")
        matte = self.matte(shot, [material.matte_plane(width, height)] * 2)
        self("seam", "set", shot, "--matte", matte)
        lock = self.outside / f"{shot}.lock.toml"
        lock.write_text(material.LOCK)
        self("lock", "set", shot, str(lock))
        return shot

    def signed(self, shot: str = "042_0110", generator: str = "neutral") -> str:
        """Take ``shot`` as far as a signature; return the element's id."""
        self.meadow(shot)
        painted = self.json("paint", shot, "-n", "1", "-g", generator)
        element = str(painted["variations"][0]["id"])
        by = self.person()
        self("choose", shot, element, "--by", by)
        self("sign", element, "--by", by)
        return element


def begin(folder: Path) -> Work:
    """Make an empty show in ``folder``, and a place beside it for what is brought."""
    work = Work(root=folder / "show", outside=folder / "outside")
    work.outside.mkdir(parents=True)
    made = here("show", "create", str(work.root), "--name", "Nordwand")
    assert made.code == 0, made.err
    return work
