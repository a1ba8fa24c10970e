"""The page makes a shot ready by itself, and brings every pixel where somebody looks near."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from screened import SHOT, SUPERVISOR, Screened, begin
from serves import serving

from seamline.pixels.halves import unpacked
from seamline.show.frames import frame_path
from seamline.steps import screening
from seamline.steps.paint import paint
from seamline.steps.render import render

ELEMENT = f"{SHOT}_env_b01_v001"
NEAR = 64


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Screened:
    """A show whose shot nobody has made ready."""
    made = begin(tmp_path_factory.mktemp("show"), variations=1)
    shelf = made.show.studio.shelf
    shelf.remove(shelf.screening_path(SHOT, ""))
    return made


@pytest.fixture(scope="module")
def page(chromium: Any, made: Screened, tmp_path_factory: Any) -> Iterator[Any]:
    log = tmp_path_factory.mktemp("log") / "log"
    with serving(made.show.root, "--workers", "0", log=log) as server:
        opened = chromium.new_context(viewport={"width": 1160, "height": 700}).new_page()
        opened.set_default_timeout(60_000)
        opened.goto(f"{server.url}/review")
        opened.fill("#token", made.tokens["a.bell"])
        opened.keyboard.press("Enter")
        opened.wait_for_selector(".shots")
        yield opened
        opened.context.close()


def test_opening_a_shot_that_nobody_made_ready_makes_it_ready_and_says_so(
    page: Any, made: Screened
) -> None:
    page.click(f'a[href="#{SHOT}"]')
    page.wait_for_selector(".making progress")
    page.wait_for_selector(".making p[role=status]:has-text('frames')")
    page.wait_for_selector("html[data-exact='1']")

    assert ELEMENT in (screening.index_of(made.show.studio, SHOT) or {})["versions"]


def test_what_is_painted_while_somebody_looks_is_made_ready_without_asking(
    page: Any, made: Screened
) -> None:
    studio = made.show.studio
    render(studio, SHOT, paint(studio, SHOT, variations=2, seed=1))

    page.wait_for_selector("html[data-exact='2']")
    assert page.locator(".caption").all_inner_texts()[1].startswith("b02")
    assert page.locator(".panel .warning").count() == 0


def test_near_enough_every_pixel_of_the_frame_is_brought_in_squares(
    page: Any, made: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = made.show.studio
    monkeypatch.setattr(screening, "TILE_PX", NEAR)
    index = screening.screen(studio, SHOT, width_px=96)
    page.reload()
    page.wait_for_selector("html[data-exact='2']")
    page.keyboard.press("Enter")
    page.keyboard.press("8")
    # 192 x 108 in squares of 64: three across, two down; the last row is 44 high.
    page.wait_for_selector("html[data-tiles='6']")

    box = page.locator(".stage .over").bounding_box()
    wide = 192 * 8
    # Twenty pixels right of the middle and four below it, at eight wide.
    x, y = box["x"] + box["width"] / 2 + 20.5 * 8, box["y"] + box["height"] / 2 + 4.5 * 8
    page.mouse.move(x, y)
    page.wait_for_selector(".values:has-text('116, 58')")
    frame = int(page.inner_text(".number"))
    comp = studio.images.read(frame_path(studio.shelf.comp_pattern(ELEMENT), frame)).rgb()
    told = page.inner_text(".values").split()
    assert wide > box["width"] > 0
    assert "≈" not in told
    assert [float(v) for v in told[3:6]] == pytest.approx(list(comp[58, 116]), rel=6e-4)

    shown = settled(page)
    seen = studio.colour.for_viewing(comp)
    for right, down in ((20, 4), (-30, -20), (0, 10)):
        row, column = int(y - box["y"]) + (down - 4) * 8, int(x - box["x"]) + (right - 20) * 8
        there = shown[row, column, :3] / 255
        np.testing.assert_allclose(there, seen[54 + down, 96 + right], atol=1.01 / 255)
    name = index["versions"][ELEMENT]["frames"][str(frame)][screening.FULL]
    assert studio.shelf.exists(studio.shelf.screening_path(SHOT, name))


def test_a_wipe_of_squares_has_its_edge_where_the_whole_picture_has_it(page: Any) -> None:
    alone = settled(page)
    page.keyboard.press("w")
    page.wait_for_selector("html[data-tiles='0']")  # until the plate's have come too
    page.wait_for_selector("html[data-tiles='6']")
    wiped = settled(page)

    # Sky, where the plate is another than what was painted; without the labels above.
    apart = np.abs(wiped - alone)[60:200].max(axis=(0, 2)) > 3
    middle = wiped.shape[1] // 2
    assert not apart[: middle - 14].any()  # the wipe's handle is as wide
    assert apart[middle + 14 :].mean() > 0.9


def settled(page: Any) -> Any:
    """The stage as it stands on the screen, once it rests."""
    before, now = b"", page.locator(".stage .pictures").screenshot()
    while before != now:
        page.wait_for_timeout(150)
        before, now = now, page.locator(".stage .pictures").screenshot()
    return np.asarray(Image.open(BytesIO(now)).convert("RGB"), float)


def test_a_tiled_picture_is_where_each_square_begins_and_the_squares() -> None:
    from seamline.pixels.halves import tiled

    image = np.arange(5 * 7 * 3, dtype=np.float32).reshape(5, 7, 3)

    content = tiled(image, 4)

    begins = np.frombuffer(content[:20], "<u4")  # two across and two down, and the end
    assert (begins[0], begins[-1]) == (20, len(content))
    last = unpacked(content[begins[3] : begins[4]], 1, 3, 3)
    np.testing.assert_array_equal(last, image[4:, 4:])


def test_who_may_look_may_have_a_frame_made_and_nothing_that_is_not_there(
    page: Any, made: Screened
) -> None:
    ask = (
        "async ([source, frame]) => { const api = await import('/review/page/api.js');"
        " await api.who(); try { return await api.post('/shots/S_010/full', {source, frame}); }"
        " catch (error) { return error.status; } }"
    )

    index = screening.index_of(made.show.studio, SHOT)
    assert index is not None
    assert page.evaluate(ask, ["plate", 1001]) == {
        "file": index["plate"]["1001"][screening.FULL]
    }
    assert page.evaluate(ask, ["plate", 4000]) == 404
    assert page.evaluate(ask, ["S_010_env_b77_v001", 1001]) == 404
    assert SUPERVISOR in made.tokens
