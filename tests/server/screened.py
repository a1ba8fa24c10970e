"""A small show made ready for the review page, a server over it, and a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.steps.paint import paint
from seamline.steps.reference import add_reference
from seamline.steps.render import render
from seamline.steps.screening import screen
from seamline.steps.users import add_user
from tiny import AP1, APPROVED, TinyShow

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
SHOT = "S_010"
WIDE, TALL, FRAMES, VARIATIONS = 192, 108, 2, 12
SUPERVISOR, PASSPHRASE = "m.okafor", "four grey stones"
EVIL = "<img src=x onerror=\"document.title='owned'\">"

FILE_NAME = "ridge <img src=x onerror=alert(1)>.exr"


@dataclass
class Screened:
    """The show, and the tokens of who may look at it."""

    show: TinyShow
    tokens: dict[str, str] = field(default_factory=dict)


def hills(frame: int) -> NDArray[np.float32]:
    """A plate: a bright sky with one sample far over white, and grass with grain."""
    rng = np.random.default_rng(frame)
    rows = np.linspace(0, 1, TALL, dtype=np.float32)[:, None, None]
    sky = np.array([0.4, 0.6, 1.0], np.float32) * (1.5 - rows)
    grass = np.array([0.09, 0.12, 0.04], np.float32) * (1 + rows)
    rgb = np.where(rows < 0.55, sky, grass) + rng.normal(0, 0.006, (TALL, WIDE, 3))
    rgb[TALL - 4, 20] = (7.5, -0.25, 300.0)
    return rgb.astype(np.float32)


def range_picture(seed: int) -> NDArray[np.float32]:
    """A reference: sky over rough rock, 512 x 320."""
    rng = np.random.default_rng(seed)
    x = np.arange(512)
    line = 144 + sum(
        50 / k * np.sin(2 * np.pi * (k * x / 512 + rng.uniform())) for k in (1, 2, 3, 5, 8)
    )
    rough = np.kron(rng.normal(0, 0.05, (80, 128)), np.ones((4, 4)))[..., None]
    sky = np.array([0.35, 0.5, 0.8]) + np.linspace(0, 0.3, 320)[:, None, None]
    rock = np.array([0.2, 0.21, 0.23]) + rough + np.linspace(0, 0.1, 320)[:, None, None]
    picture = np.where((np.arange(320)[:, None] < line)[..., None], sky, rock)
    return np.maximum(picture + rng.normal(0, 0.01, (320, 512, 1)), 0.002).astype(np.float32)


def live(_: int) -> NDArray[np.float32]:
    """The lower part is live, with a soft edge."""
    rows = np.arange(TALL, dtype=np.float32)[:, None]
    return np.repeat(np.clip((rows - TALL * 0.6) / 4, 0, 1), WIDE, axis=1).astype(np.float32)


def begin(root: Path, *, variations: int = VARIATIONS, generator: str = "patch") -> Screened:
    """Make the show: its variations, everybody's tokens, the supervisor's key."""
    show = TinyShow(root)
    header = {"chromaticities": AP1, "Artist": ("string", EVIL)}
    photo = show.picture(FILE_NAME, range_picture(7), attributes=header)
    add_reference(show.studio, photo, replace(APPROVED, owner=EVIL))
    show.static_shot(SHOT, frames=FRAMES, rgb=hills, live=live)
    painted = paint(show.studio, SHOT, variations=variations, seed=1, generator=generator)
    render(show.studio, SHOT, painted)
    screen(show.studio, SHOT)
    made = Screened(show)
    for name, role in ((SUPERVISOR, "supervisor"), ("a.bell", "artist")):
        made.tokens[name] = add_user(show.studio.ledger, name, role)[1]
    show.studio.keyring.create(SUPERVISOR, PASSPHRASE.encode())
    return made


@contextmanager
def browser() -> Iterator[Any]:
    """Start a real Chromium that draws with its software GL."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield running
        finally:
            running.close()
