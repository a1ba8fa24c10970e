"""What a host asked for: a selection is the seam, or a place in a layer; done once, or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import layered
from seamline import wiring
from seamline.errors import InputError, LeaseError, RefusedError, SeamlineError, ShowError
from seamline.pixels.picture import Picture
from seamline.show.frames import FrameRange, frame_path
from seamline.show.queue import QueuedAsk
from seamline.show.region import HostAsk, Region
from seamline.show.seam import Box
from seamline.steps import asked, book, queue
from seamline.steps.ingest import read_matte
from seamline.steps.prune import prune
from seamline.steps.queue import Person
from seamline.steps.returned import paper_path
from seamline.steps.stale import stale
from tiny import TinyShow

ADA = Person(name="a.bell")
LEFT, RIGHT = Box(x=4, y=4, width=10, height=8), Box(x=40, y=2, width=12, height=10)


def ask(show: TinyShow, host: HostAsk, request: str = "r", **said: Any) -> QueuedAsk:
    words = {"variations": 1, "generator": "neutral", **said}
    name = words.pop("shot", "S_010")
    return asked.queue_for_host(show.studio, name, ADA, host, request=request, **words)


def work(show: TinyShow, found: QueuedAsk) -> dict[str, Any]:
    return asked.work(show.studio, wiring.at_work(), found.id)


def generated(show: TinyShow, name: str, frame: int) -> np.ndarray:
    """The region that a host is handed of the shot's newest version."""
    version = book.versions(show.studio.ledger, name)[-1]
    paper = Path(paper_path(show.studio, version))
    pattern = json.loads(paper.read_text())["matte"]["pattern"]
    return show.studio.images.read(frame_path(str(paper.parent / pattern), frame)).channels["A"]


def test_two_selections_are_two_seams_and_the_earlier_painting_says_that_it_is_stale(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    first = ask(tiny_show, HostAsk(region=Region(box=LEFT)), "left")
    second = ask(tiny_show, HostAsk(region=Region(box=RIGHT)), "right")

    done = [work(tiny_show, first), work(tiny_show, second)]
    seam = book.seam(tiny_show.studio.ledger, "S_010")
    assert seam is not None
    assert (seam.version, seam.box) == (3, RIGHT)
    assert seam.matte, "what the shot's seam says is live stays live"
    old, new = (book.version(tiny_show.studio.ledger, d["versions"][0]) for d in done)
    assert [why.what for why in stale(tiny_show.studio, new)] == []
    assert stale(tiny_show.studio, old)
    want = np.zeros((36, 64), np.float32)
    want[2:12, 40:52] = 1
    np.testing.assert_array_equal(generated(tiny_show, "S_010", 1001), want)
    # Done once: whoever comes again is told the same, and nothing is set again.
    assert work(tiny_show, first)["versions"] == done[0]["versions"]
    again = book.seam(tiny_show.studio.ledger, "S_010")
    assert again == seam


def test_a_matte_takes_the_seams_place_soft_edges_and_all(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    selected = np.zeros((36, 64), np.float32)
    selected[10:30, 8:20] = 1  # over the lower half too, which was live
    selected[10:30, 20] = 0.25
    pattern = tiny_show.matte(
        "region", FrameRange(first=1001, last=1002), lambda n: np.roll(selected, n - 1001, 1)
    )

    work(tiny_show, ask(tiny_show, HostAsk(region=Region(matte=pattern))))

    for frame in (1001, 1002):
        want = np.roll(selected, frame - 1001, 1)
        np.testing.assert_array_equal(generated(tiny_show, "S_010", frame), want)
        shot = book.shot(tiny_show.studio.ledger, "S_010")
        seam = book.seam(tiny_show.studio.ledger, "S_010")
        live = read_matte(tiny_show.studio, shot, seam, frame)
        np.testing.assert_array_equal(live, 1 - want)


@pytest.mark.parametrize("size", [(64, 35), (128, 72)])
def test_a_matte_of_another_size_takes_the_ask_out_of_the_queue(
    tiny_show: TinyShow, size: tuple[int, int]
) -> None:
    tiny_show.static_shot()
    width, height = size
    window = (0, 0, width, height)
    path = str(tiny_show.material / "still.exr")
    plane = np.ones((height, width), np.float32)
    tiny_show.studio.images.write(
        path, Picture(channels={"A": plane}, data_window=window, display_window=window)
    )
    before = book.seam(tiny_show.studio.ledger, "S_010")
    found = ask(tiny_show, HostAsk(region=Region(matte=path)))

    with pytest.raises(SeamlineError, match=f"is {width}x{height}"):
        work(tiny_show, found)

    ended = queue.find(tiny_show.studio.ledger, found.id)
    assert (ended.standing, ended.claims) == ("cancelled", {})
    why, remedy = asked.why_not(tiny_show.studio.ledger, found.id)
    assert f"is {width}x{height}, the plate's frame is 64x36" in why
    assert remedy == "Write the region at the plate's size."
    assert book.seam(tiny_show.studio.ledger, "S_010") == before
    assert not list((tiny_show.root / "shots" / "S_010").rglob("*.exr"))
    with pytest.raises(RefusedError, match="is cancelled"):
        work(tiny_show, found)


def test_a_region_over_one_frame_is_the_same_place_on_a_canvas_that_turns(
    tiny_show: TinyShow,
) -> None:
    """Drawn over 1002, after a pan of 3 degrees, it holds the layer's pixels seen there."""
    from seamline.generators.patch import Patch

    class Filling(layered.Layered):
        def paint(self, ask: Any, canvas: Any, references: Any, progress: Any) -> Any:
            if not canvas.standing and (canvas.keep == 1).any():
                return Patch().paint(ask, canvas, references, progress)
            return super().paint(ask, canvas, references, progress)

    layered.employing(tiny_show, Filling())
    layered.two_references(tiny_show)
    layered.panned(tiny_show)
    first = str(layered.paint(tiny_show)["id"])
    host = HostAsk(
        region=Region(box=Box(x=20, y=3, width=16, height=10)),
        standing=first,
        layer="sky",
        frame=1002,
    )
    found = ask(tiny_show, host, shot="042", generator="")

    done = work(tiny_show, found)

    (fresh,) = done["versions"]
    frames = {
        (name, frame): tiny_show.studio.images.read(
            frame_path(tiny_show.studio.shelf.element_pattern(name), frame)
        ).rgb()
        for name in (first, fresh)
        for frame in (1001, 1002)
    }
    for frame in (1001, 1002):
        changed = (frames[first, frame] != frames[fresh, frame]).any(axis=-1)
        rows, columns = np.nonzero(changed)
        assert changed.sum() > 60
        # 35 mm on 24.89: 3 degrees are 4.7 pixels; the camera pans left, so things go right.
        left = 20 - (4.7 if frame == 1001 else 0)
        assert (columns.min(), columns.max()) == pytest.approx((left, left + 15), abs=2.5)
        assert (rows.min(), rows.max()) == pytest.approx((3, 12), abs=2.5)


def test_what_a_host_asks_for_and_no_shot_has_is_refused_before_it_is_queued(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    box = Region(box=LEFT)
    with pytest.raises(InputError, match="frames 1001-1002, not 1003"):
        ask(tiny_show, HostAsk(region=box, first=1002, last=1003))
    with pytest.raises(InputError, match="1002-1001 run backwards"):
        ask(tiny_show, HostAsk(region=box, first=1002, last=1001))
    with pytest.raises(ShowError, match="go together"):
        HostAsk(standing="S_010_env_b01_v001")
    with pytest.raises(ShowError, match="first and a last"):
        HostAsk(first=1001)
    with pytest.raises(ShowError, match="2 of them were given"):
        Region(box=LEFT, matte="/a.exr")
    with pytest.raises(ShowError, match="has 2 points"):
        Region(polygon=((0, 0), (1, 1)))
    with pytest.raises(ShowError, match="has not been painted"):
        ask(tiny_show, HostAsk(standing="S_010_env_b01_v001", layer="env"), generator="")
    assert not queue.read(tiny_show.studio.ledger)


def test_while_somebody_paints_a_shot_its_seam_is_not_set_by_another(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot()
    found = ask(tiny_show, HostAsk(region=Region(box=LEFT)))

    with tiny_show.studio.shelf.lease("paint-S_010"), pytest.raises(LeaseError):
        work(tiny_show, found)

    assert queue.find(tiny_show.studio.ledger, found.id).standing == "queued"
    seam = book.seam(tiny_show.studio.ledger, "S_010")
    assert seam is not None
    assert seam.version == 1
    assert work(tiny_show, found)["standing"] == "published"


def test_what_was_handed_out_is_pruned_and_asked_for_again(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    work(tiny_show, ask(tiny_show, HostAsk(region=Region(box=LEFT)), "one"))
    (version,) = book.versions(tiny_show.studio.ledger, "S_010")
    paper = Path(paper_path(tiny_show.studio, version))
    before = paper.read_bytes()

    removed = prune(tiny_show.studio)["removed"]
    assert str(paper.parent) in removed
    assert not paper.exists()
    work(tiny_show, ask(tiny_show, HostAsk(region=Region(box=LEFT)), "two"))

    assert paper.read_bytes() == before
    assert len(book.versions(tiny_show.studio.ledger, "S_010")) == 1
