"""Whatever is changed, in whatever order: what was published and signed stands."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from test_by_hand import stroke
from test_retouch import Filling

from fakes import FakeLedger
from layered import RIG, employing, two_references
from seamline.errors import SeamlineError
from seamline.pixels.digest import picture_digest
from seamline.show.frames import FrameRange, frame_path
from seamline.show.lock import Light
from seamline.show.record import as_record
from seamline.show.seam import Seam
from seamline.steps import book
from seamline.steps.by_hand import export
from seamline.steps.deliver import deliver
from seamline.steps.grade import grade
from seamline.steps.history import history
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.lock import set_lock
from seamline.steps.main_job import brought_back, made_again, painted, painted_anew
from seamline.steps.permission import reinstate, revoke
from seamline.steps.render import render
from seamline.steps.review import choose, unchoose
from seamline.steps.revise import revise
from seamline.steps.sign import sign
from seamline.steps.sign_offs import covering
from seamline.steps.stands import frames_on_record
from seamline.steps.status import status
from seamline.steps.update import update_shot
from synth import Pose
from tiny import TinyShow, frame_of, grey_and_noise, lower_half

BY = "R. Lind"
ALL = FrameRange(first=1001, last=1004)
LOCK = "[light]\nkey_elevation_deg = 50\ncolour_temperature_k = 5600\nexposure_stops = 0\n"
CHANGES = 9
Pick = random.Random


@dataclass
class World:
    """A show of one shot, and what is known of all that was published in it."""

    show: TinyShow
    published: dict[str, tuple[str, ...]] = field(default_factory=dict)
    plates: int = 0
    deliveries: int = 0

    @property
    def versions(self) -> list[str]:
        return [v.id for v in book.versions(self.show.studio.ledger, "042")]

    def look(self) -> None:
        """Hold every frame that was ever published to what it was."""
        studio = self.show.studio
        for version in book.versions(studio.ledger, "042"):
            frames = FrameRange.parse(version.frames)
            found: list[str] = []
            for pattern in (
                studio.shelf.element_pattern(version.id),
                studio.shelf.comp_pattern(version.id),
            ):
                found += [
                    picture_digest(studio.images.read(frame_path(pattern, n))) for n in frames
                ]
            standing = self.published.setdefault(version.id, tuple(found))
            assert tuple(found) == standing, version.id
            assert tuple(found) == (*version.element_frames, *version.comp_frames)
        studio.ledger.verify()

    def signatures(self) -> None:
        """Hold every signature to frames that its version had when it was signed."""
        ledger = self.show.studio.ledger
        for sign_off in book.sign_offs_of_shot(ledger, "042"):
            had = dict(frames_on_record(book.version(ledger, sign_off.element)))
            assert sign_off.frames
            assert all(had[n] == digest for n, digest in sign_off.frames)


def paint(world: World, pick: Pick) -> None:
    painted(world.show.studio, "042", variations=1, seed=pick.randint(1, 5), generator="x")


def by_hand(world: World, pick: Pick) -> None:
    studio, element = world.show.studio, pick.choice(world.versions)
    path = str(world.show.material / "hand.exr")
    export(studio, "042", element, path)
    layer = pick.choice(["sky", "far"])
    touched = stroke(studio.images.read(path), layer, alpha=pick.choice([0.5, 1.0]))
    studio.images.write(path, touched)
    brought_back(studio, "042", element, path, by=BY, note="a stroke")


def anew(world: World, pick: Pick) -> None:
    element = pick.choice(world.versions)
    painted_anew(world.show.studio, "042", element, pick.choice(["sky", "far"]), variations=1)


def graded(world: World, pick: Pick) -> None:
    studio, element = world.show.studio, pick.choice(world.versions)
    stops = pick.choice([-0.5, 0.5])
    found = grade(studio, "042", element, "far", exposure_stops=stops)
    render(studio, "042", [found])


def cut(world: World, pick: Pick) -> None:
    first = pick.choice([1001, 1002])
    frames = FrameRange(first=first, last=pick.choice([1003, 1004]))
    poses = [Pose(pan_deg=1.5 * (n - 1001)) for n in frames]
    track = world.show.track(f"cut{frames}", RIG, poses, shutter_deg=0.0)
    update_shot(world.show.studio, "042", frames=frames, track=track)


def solve(world: World, pick: Pick) -> None:
    """Another solve of the frames there are: a pan that is wider, or looks lower."""
    frames = book.shot(world.show.studio.ledger, "042").frames
    speed, tilt = pick.choice([1.5, 2.5]), pick.choice([0.0, -1.0])
    poses = [Pose(pan_deg=speed * (n - 1001), tilt_deg=tilt) for n in frames]
    name = f"solve{frames}_{speed}_{tilt}"
    track = world.show.track(name, RIG, poses, shutter_deg=0.0)
    update_shot(world.show.studio, "042", track=track)


def scan(world: World, pick: Pick) -> None:
    world.plates += 1
    gain = pick.choice([0.9, 1.1])
    frames = book.shot(world.show.studio.ledger, "042").frames
    plate = world.show.plate(
        f"scan{world.plates}", ALL, lambda n: frame_of(gain * grey_and_noise(n, 36, 64))
    )
    update_shot(world.show.studio, "042", plate=plate, frames=frames)


def light(world: World, pick: Pick) -> None:
    kelvin = pick.choice([3400.0, 4300.0, 5600.0])
    said = Light(colour_temperature_k=kelvin)
    revise(world.show.studio, "042", said, reason="later in the day")


def again(world: World, pick: Pick) -> None:
    made_again(world.show.studio, "042")


def dusk(world: World, pick: Pick) -> None:
    made_again(world.show.studio, "042", like=pick.choice(world.versions))


def picked(world: World, pick: Pick) -> None:
    choose(world.show.studio, "042", pick.choice(world.versions), by=BY)


def unpicked(world: World, pick: Pick) -> None:
    unchoose(world.show.studio, "042", by=BY)


def signed(world: World, pick: Pick) -> None:
    sign(world.show.studio, pick.choice(world.versions), by=BY, passphrase=None)


def delivered(world: World, pick: Pick) -> None:
    world.deliveries += 1
    studio = world.show.studio
    deliver(studio, "042", str(world.show.root / f"out{world.deliveries}"))
    choice = book.chosen(studio.ledger, "042")
    assert choice is not None
    version = book.version(studio.ledger, choice.element)
    _, missing = covering(studio, version, frames_on_record(version))
    assert missing == []
    shot = book.shot(studio.ledger, "042")
    assert version.frames == str(shot.frames)
    assert shot.track == book.shot_of(studio.ledger, version).track


def finished(world: World, pick: Pick) -> None:
    """Make what is stale again, pick and sign the newest of it where it asks, deliver."""
    studio = world.show.studio
    made_again(studio, "042")
    version = book.versions(studio.ledger, "042")[-1]
    choose(studio, "042", version.id, by=BY)
    _, missing = covering(studio, version, frames_on_record(version))
    if missing:
        frames = FrameRange(first=missing[0], last=missing[-1])
        sign(studio, version.id, by=BY, passphrase=None, frames=frames)
    delivered(world, pick)


def revoked(world: World, pick: Pick) -> None:
    studio = world.show.studio
    known = book.references(studio.ledger)
    gone = [r for r in known.values() if r.revoked is not None]
    if gone:
        reinstate(studio, gone[0].id, by=BY, reason="renewed")
    else:
        revoke(studio, "range.exr", by=BY, reason="ended")


Change = Callable[[World, Pick], None]
WAYS: list[Change] = [
    paint, by_hand, anew, graded, cut, solve, scan, light, again, dusk, picked, picked,
    unpicked, signed, signed, delivered, finished, finished, finished, revoked,
]  # fmt: skip


@pytest.fixture
def world(tiny_show: TinyShow) -> World:
    employing(tiny_show, Filling())
    two_references(tiny_show)
    pattern = tiny_show.plate("042", ALL, lambda n: frame_of(grey_and_noise(n, 36, 64)))
    matte = tiny_show.matte("042", ALL, lambda n: lower_half(36, 64))
    short = FrameRange(first=1001, last=1003)
    track = tiny_show.track(
        "042", RIG, [Pose(pan_deg=1.5 * (n - 1001)) for n in short], shutter_deg=0.0
    )
    add_shot(tiny_show.studio, "042", plate=pattern, track=track, frames=short)
    set_seam(tiny_show.studio, Seam(shot="042", version=1, matte=matte))
    set_lock(tiny_show.studio, "042", LOCK, where="lock.toml")
    tiny_show.studio.keyring.create(BY, None)
    painted(tiny_show.studio, "042", variations=1, seed=1, generator="x")
    return World(show=tiny_show)


def state(show: TinyShow, ledger: Any) -> str:
    """All that a supervisor reads of the show, as ``ledger`` tells it."""
    studio = replace(show.studio, ledger=ledger)
    return json.dumps(
        [as_record(tuple(status(studio))), as_record(tuple(history(studio, "042")))]
    )


def _refusal(change: Change, world: World, pick: Pick) -> SeamlineError | None:
    try:
        change(world, pick)
    except SeamlineError as error:
        return error
    return None


@pytest.mark.parametrize("seed", range(20))
def test_twenty_shows_in_which_everything_changes(world: World, seed: int) -> None:
    pick = Pick(seed)
    refused = 0
    for _ in range(CHANGES):
        change = pick.choice(WAYS)
        before = sum(1 for _ in world.show.studio.ledger.rows())
        said = _refusal(change, world, pick)
        if said is not None:
            # What is refused says what to do, and publishes nothing.
            refused += 1
            assert said.remedy, said
            new = list(world.show.studio.ledger.rows())[before:]
            assert not any(row.kind in ("version", "sign-off", "delivery") for row in new)
        world.look()
        world.signatures()
    assert refused < CHANGES
    replayed = FakeLedger(world.show.clock)
    for row in world.show.studio.ledger.rows():
        replayed.append(row.kind, row.body)
    told = (state(world.show, ledger) for ledger in (world.show.studio.ledger, replayed))
    one, other = (json.loads(text) for text in told)
    for nodes in (one[1], other[1]):
        for node in nodes:  # a copied row was written by the copier
            node["at"] = node["by"] = ""
    assert one == other


def test_random_pictures_are_seen_to_differ(world: World) -> None:
    # The test of the tests: a frame that changes on disk is found.
    world.look()
    first = world.versions[0]
    path = frame_path(world.show.studio.shelf.element_pattern(first), 1001)
    picture = world.show.studio.images.read(path)
    other = {n: p + np.float16(0.25) for n, p in picture.channels.items()}
    world.show.studio.images.write(path, replace(picture, channels=other))

    with pytest.raises(AssertionError):
        world.look()
