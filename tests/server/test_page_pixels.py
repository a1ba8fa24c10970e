"""The page's pixels are OpenColorIO's: its shader in a real browser against its processor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO
import pytest
from numpy.typing import NDArray
from screened import SUPERVISOR, Screened, begin
from serves import serving

WIDTH, HEIGHT = 181, 48
GREY = 0.18
DRAW = """async ([name, halves, width, height, looks]) => {
  const { Renderer } = await import("/review/page/gl.js");
  const api = await import("/review/page/api.js");
  const index = await api.get("/shots/S_010/screening");
  const view = index.views.find((one) => one.name === name);
  const text = await (await api.file("S_010", view.file)).text();
  const tables = await Promise.all(view.tables.map(async (table) => ({ ...table,
    values: new Float32Array(await (await api.file("S_010", table.file)).arrayBuffer()) })));
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const renderer = new Renderer(canvas);
  renderer.use({ ...view, text, tables });
  const a = renderer.picture(new Uint16Array(halves), width, height, 4);
  const whole = [0, 0, width, height];
  return looks.map((look) => {
    renderer.draw({ box: whole, picture: whole, a, plate: a, mode: "single", channel: "rgb",
      sharp: true, ...look });
    return [...renderer.read(0, 0, width, height)];
  });
}"""


def samples() -> NDArray[np.float16]:
    """(H, W, 4): colours and their negatives from -10 to +8 stops about grey, a tenth apart."""
    light = GREY * 2.0 ** np.linspace(-10, 8, WIDTH)
    rng = np.random.default_rng(5)
    colours = np.concatenate(
        [
            [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]],
            [[-1, -1, -1], [1, -0.2, 0.4], [-0.3, 1, 0.2], [0.5, 0.4, -0.6]],
            rng.uniform(0, 1, (HEIGHT - 17, 3)),
            rng.uniform(-0.5, 1, (6, 3)),
        ]
    )
    picture = np.ones((HEIGHT, WIDTH, 4), np.float16)
    picture[..., :3] = colours[:, None, :] * light[None, :, None]
    return picture


@pytest.fixture(scope="module")
def screened_show(tmp_path_factory: pytest.TempPathFactory) -> Screened:
    """A show whose one variation took no painting: only its views are looked at."""
    return begin(tmp_path_factory.mktemp("show"), variations=1, generator="neutral")


@pytest.fixture(scope="module")
def page(chromium: Any, screened_show: Screened, tmp_path_factory: Any) -> Iterator[Any]:
    log = tmp_path_factory.mktemp("log") / "log"
    with serving(screened_show.show.root, log=log) as server:
        opened = chromium.new_context().new_page()
        opened.goto(f"{server.url}/review")
        opened.evaluate(
            "async (token) => (await import('/review/page/api.js')).logIn(token)",
            screened_show.tokens[SUPERVISOR],
        )
        yield opened


def drawn(page: Any, view: str, looks: list[dict[str, Any]]) -> list[NDArray[np.uint8]]:
    halves = samples().view(np.uint16).reshape(-1).tolist()
    found = page.evaluate(DRAW, [view, halves, WIDTH, HEIGHT, looks])
    pictures = [np.array(one, np.uint8).reshape(HEIGHT, WIDTH, 4) for one in found]
    return [picture[::-1, :, :3] for picture in pictures]


def on_the_processor(path: str, view: str, rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    config = OCIO.Config.CreateFromFile(path)
    display, _, name = view.partition(" / ")
    transform = OCIO.DisplayViewTransform(src="ACEScg", display=display, view=name)
    processor = config.getProcessor(transform)
    cpu = processor.getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS)
    shown = np.ascontiguousarray(rgb, np.float32)
    cpu.applyRGB(shown)
    return np.clip(shown, 0, 1)


def test_every_sample_agrees_with_the_processor_to_one_in_255(
    page: Any, screened_show: Screened
) -> None:
    config = screened_show.show.studio.settings.config_path
    views = [v for v in screened_show.show.studio.colour.views() if v.startswith("sRGB")]
    views.append("Rec.2100-PQ - Display / ACES 1.1 - HDR Video (1000 nits & Rec.2020 lim)")
    rgb = samples()[..., :3].astype(np.float32)
    worst = {}

    assert len(views) == 5
    for view in views:
        stops = [0.0, -10.0, 8.0] if "SDR Video" in view else [0.0]
        pictures = drawn(page, view, [{"exposure": stop} for stop in stops])
        for stop, picture in zip(stops, pictures, strict=True):
            expected = on_the_processor(config, view, rgb * np.float32(2.0**stop))
            apart = np.abs(picture / 255.0 - expected)
            worst[view, stop] = float(apart.max() * 255)

    # An 8-bit screen is half a step off by itself.
    assert max(worst.values()) <= 1.0, worst


def test_the_page_s_own_view_is_the_sheet_s(page: Any, screened_show: Screened) -> None:
    colour = screened_show.show.studio.colour
    (picture,) = drawn(page, colour.display_view, [{}])

    shown = colour.for_viewing(samples()[..., :3].astype(np.float32))

    assert np.abs(picture / 255.0 - shown).max() * 255 <= 1.0


def test_channels_luminance_matte_and_gamma_show_what_they_say(page: Any) -> None:
    raw = "sRGB - Display / Raw"
    looks = [{"channel": c} for c in ("g", "luma", "a")] + [{"gamma": 2.0}]
    green, luma, matte, gamma = drawn(page, raw, looks)
    rgb = samples()[..., :3].astype(np.float64)
    weights = (0.2722287168, 0.6740817658, 0.0536895174)  # AP1: SMPTE ST 2065-4, D60

    np.testing.assert_allclose(green[..., 0], np.clip(rgb[..., 1], 0, 1) * 255, atol=1)
    np.testing.assert_allclose(luma[..., 2], np.clip(rgb @ weights, 0, 1) * 255, atol=1)
    assert (matte == 255).all()
    np.testing.assert_allclose(gamma, np.clip(rgb, 0, 1) ** 0.5 * 255, atol=1)


def test_a_wipe_shows_one_left_and_the_other_right_and_a_difference_only_what_differs(
    page: Any,
) -> None:
    halves = samples().view(np.uint16).reshape(-1).tolist()
    both = page.evaluate(
        DRAW.replace(
            "sharp: true, ...look",
            "sharp: true, b: renderer.picture(new Uint16Array(width * height * 4), width, "
            "height, 4), ...look",
        ),
        [
            "sRGB - Display / Raw",
            halves,
            WIDTH,
            HEIGHT,
            [{"mode": "wipe", "cut": 0.5}, {"mode": "difference", "gain": 4}],
        ],
    )
    wiped, difference = (np.array(o, np.uint8).reshape(HEIGHT, WIDTH, 4)[::-1] for o in both)
    rgb = samples()[..., :3].astype(np.float64)

    np.testing.assert_allclose(wiped[:, :90, :3], np.clip(rgb[:, :90], 0, 1) * 255, atol=1)
    assert not wiped[:, 92:, :3].any()
    np.testing.assert_allclose(
        difference[..., :3], np.clip(np.abs(rgb) * 4, 0, 1) * 255, atol=1
    )
