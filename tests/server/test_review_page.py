"""The review page in a real browser: look, note, choose, sign; then the shell delivers."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from screened import EVIL, FILE_NAME, PASSPHRASE, SHOT, SUPERVISOR, VARIATIONS, Screened
from serves import Served, until

from seamline.cli.main import main
from typed import runner

pytestmark = pytest.mark.slow

ELEMENT = f"{SHOT}_env_b02_v001"
HOSTILE = "</textarea><script>document.title='owned'</script>" + EVIL


class Desk:
    """A page that somebody sits at, all it asked for, and all it complained of."""

    def __init__(self, browser: Any, url: str, pictures: Path, **screen: Any) -> None:
        self.url, self.pictures = url, pictures
        self.asked: list[str] = []
        self.wrong: list[str] = []
        context = browser.new_context(viewport={"width": 1160, "height": 700}, **screen)
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda _: self.wrong.append("a dialog of the browser's"))

    def log_in(self, token: str) -> None:
        self.page.goto(f"{self.url}/review")
        self.page.fill("#token", token)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(".shots")

    def open(self) -> None:
        self.page.click(f'a[href="#{SHOT}"]')
        self.shows(VARIATIONS)

    def shows(self, count: int) -> None:
        self.page.wait_for_selector(f'html[data-exact="{count}"]')

    def keep(self, name: str) -> bytes:
        taken: bytes = self.page.screenshot(path=self.pictures / f"{name}.png")
        return taken

    def brightness(self) -> float:
        """Mean of the stage as the screen has it, once it rests."""
        before, now = -1.0, self._brightness()
        while before != now:
            self.page.wait_for_timeout(150)
            before, now = now, self._brightness()
        return now

    def _brightness(self) -> float:
        taken = self.page.locator(".stage .pictures").screenshot()
        return float(np.asarray(Image.open(BytesIO(taken)).convert("L"), float).mean())

    def is_labelled(self, *words: str) -> None:
        until(lambda: self.page.locator(".label").all_inner_texts() == list(words), 20)

    def said(self, words: str) -> None:
        self.page.wait_for_selector(f"#said.up:has-text('{words}')")


@pytest.fixture(scope="module")
def desk(
    chromium: Any,
    review_server: Served,
    screened_show: Screened,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    made = Desk(chromium, review_server.url, tmp_path_factory.mktemp("pictures"))
    made.log_in(screened_show.tokens[SUPERVISOR])
    made.open()
    yield made
    made.page.context.close()


def shell(show: Screened, *words: str, code: int = 0) -> Any:
    said = runner().invoke(main, ["--show", str(show.show.root), *words, "--json"])
    assert said.exit_code == code, said.output
    return json.loads(said.stdout.strip().splitlines()[-1])


def test_twelve_variations_stand_side_by_side_and_the_page_says_what_it_is_not(
    desk: Desk,
) -> None:
    page = desk.page

    assert page.locator(".caption").count() == VARIATIONS
    assert "Not a calibrated reference display" in page.inner_text(".foot")
    assert "12 painted" in page.inner_text(".top")
    assert page.locator(".panel .findings li").count() > 0
    desk.keep("1_twelve")


def test_exposure_makes_the_pictures_brighter_and_darker(desk: Desk) -> None:
    seen = []
    for keys in ("0", "." * 8, "0", "," * 8, "0"):
        for key in keys:
            desk.page.keyboard.press(key)
        seen.append(desk.brightness())
    plain, brighter, again, darker, last = seen

    assert brighter > plain * 1.2
    assert darker < plain * 0.8
    assert again == pytest.approx(plain, abs=0.5)
    assert last == pytest.approx(plain, abs=0.5)


def test_wipe_difference_and_flip_compare_with_the_plate(desk: Desk) -> None:
    page = desk.page
    page.keyboard.press("ArrowDown")
    page.keyboard.press("w")
    desk.shows(1)
    desk.is_labelled("b02", "plate")
    stage = page.locator(".stage .over").bounding_box()
    page.mouse.move(stage["x"] + stage["width"] / 2, stage["y"] + 200)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] / 4, stage["y"] + 200)
    page.mouse.up()
    desk.keep("2_wipe")
    page.keyboard.press("d")
    desk.shows(1)
    desk.is_labelled("b02 \N{MINUS SIGN} plate, \N{MULTIPLICATION SIGN} 4")
    desk.keep("3_difference")
    page.keyboard.press("x")
    page.keyboard.press("x")
    desk.is_labelled("plate")
    page.keyboard.press("k")
    page.keyboard.press("x")
    desk.is_labelled("b02")


def test_a_pixel_says_its_linear_values_and_where_it_came_from(
    desk: Desk, screened_show: Screened
) -> None:
    page = desk.page
    page.keyboard.press("Enter")
    desk.shows(1)
    box = page.locator(".stage .over").bounding_box()
    scale = min(box["width"] / 192, box["height"] / 108)
    left = box["x"] + (box["width"] - 192 * scale) / 2
    top = box["y"] + (box["height"] - 108 * scale) / 2

    # A live pixel that is far over and under the screen's range, as the plate has it.
    page.mouse.move(left + 20.5 * scale, top + 104.5 * scale)
    read = page.inner_text(".values")
    assert read.startswith("20, 104")
    assert "7.500  -0.2500  300.0" in read
    assert "matte 1.000" in read

    page.mouse.move(left + 60.5 * scale, top + 10.5 * scale)
    page.keyboard.press("o")
    page.wait_for_selector(".origin:has-text('100 % ridge')")
    told = page.inner_text(".origin")
    frame = int(page.inner_text(".number"))
    comp = screened_show.show.studio.shelf.comp_pattern(ELEMENT) % frame
    truth = shell(screened_show, "audit", comp, "--pixel", "60,10")
    assert f"at {truth['x']}, {truth['y']}" in told
    assert truth["licence"] in told
    assert EVIL in told  # as text, like the file's name
    assert FILE_NAME in told
    desk.keep("4_pixel")


def test_a_note_is_drawn_and_written_and_a_hostile_one_runs_nothing(
    desk: Desk, screened_show: Screened
) -> None:
    page = desk.page
    page.keyboard.press("p")
    box = page.locator(".stage .over").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    for step in range(8):
        page.mouse.move(box["x"] + 300 + step * 20, box["y"] + 200 + step * 6)
    page.mouse.up()
    page.fill("#note", HOSTILE)
    page.click("#leave")
    page.wait_for_selector(".notes p:has-text('owned')")
    page.locator(".acts button", has_text="nearly").click()
    page.wait_for_selector(".acts button[aria-pressed='true']:has-text('nearly')")
    desk.keep("5_note")

    drawn, verdict = shell(screened_show, "notes", SHOT)["notes"]
    assert (drawn["element"], drawn["by"], drawn["text"]) == (ELEMENT, SUPERVISOR, HOSTILE)
    assert len(drawn["strokes"][0]) >= 6
    assert verdict["verdict"] == "nearly"
    assert page.title() == f"{SHOT} · review"
    assert page.locator(".panel img, .panel script").count() == 0
    assert desk.wrong == []


def test_what_another_says_is_seen_without_asking(
    desk: Desk, review_server: Served, screened_show: Screened
) -> None:
    said = {"element": ELEMENT, "frame": 1001, "text": "The haze is right now."}
    path = f"/review/shots/{SHOT}/notes"
    code, _ = review_server.send("POST", path, screened_show.tokens["a.bell"], said)

    assert code == 201
    desk.page.wait_for_selector(".notes p:has-text('The haze is right now.')")


def test_an_earlier_version_is_compared_from_the_history(desk: Desk) -> None:
    page = desk.page
    page.click(".history summary")
    page.locator(".history li", has_text="b03").locator("button.go").click()
    desk.is_labelled("b02", "b03")
    desk.keep("5_history")
    page.keyboard.press("Enter")


def test_frames_are_scrubbed_and_played(desk: Desk) -> None:
    page = desk.page
    page.keyboard.press("Home")
    page.wait_for_selector("html[data-frame='1001'][data-exact='1']")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("html[data-frame='1002'][data-exact='1']")
    page.keyboard.press(" ")
    page.wait_for_selector(".rate:has-text('frames a second')")
    page.wait_for_selector("html[data-frame='1001']")
    page.wait_for_selector("html[data-frame='1002']")
    page.keyboard.press(" ")
    assert "Play" in page.inner_text(".play")


def test_choose_sign_and_the_shell_delivers(
    desk: Desk, screened_show: Screened, tmp_path: Path
) -> None:
    page = desk.page
    page.keyboard.press("c")
    desk.said("b02 is chosen")
    page.keyboard.press("s")
    page.fill("#passphrase", "not it")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog .told:has-text('does not open the key')")
    desk.keep("6_sign")
    page.fill("#passphrase", PASSPHRASE)
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.sign", state="detached", timeout=90_000)
    page.wait_for_selector(".head .state.signed")
    desk.keep("7_signed")

    (row,) = screened_show.show.studio.ledger.rows("sign-off")
    assert (row.body["element"], row.body["by"]) == (ELEMENT, SUPERVISOR)
    assert row.body["view"] == "sRGB - Display / ACES 1.0 - SDR Video"
    width, height = row.body["size_px"]
    assert width > 600
    assert width / height == pytest.approx(192 / 108, rel=0.01)
    assert row.body["key_protected"] is True
    delivered = shell(screened_show, "deliver", SHOT, str(tmp_path / "delivery"))
    assert delivered["signed_by"] == [SUPERVISOR] or SUPERVISOR in str(delivered["signed_by"])
    assert os.path.exists(tmp_path / "delivery" / "record.json")


def test_it_reads_on_a_tablet_and_every_key_is_on_its_page(desk: Desk) -> None:
    page = desk.page
    page.set_viewport_size({"width": 1024, "height": 768})
    page.keyboard.press("n")
    desk.shows(VARIATIONS)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    # Side by side, each of twelve is no thumbnail; upright the panel stands below.
    assert page.locator(".caption").first.bounding_box()["width"] >= 150
    desk.keep("8_tablet")
    page.set_viewport_size({"width": 768, "height": 1024})
    desk.shows(VARIATIONS)
    assert page.locator(".panel").bounding_box()["y"] > 500
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 768
    desk.keep("9_upright")
    page.set_viewport_size({"width": 1160, "height": 720})
    page.keyboard.press("?")
    listed = page.locator("dialog.help dt").count()
    page.keyboard.press("Escape")

    assert wide <= 1024
    assert listed >= 30


def test_the_page_asked_its_own_server_and_nobody_else(
    desk: Desk, review_server: Served
) -> None:
    assert len(desk.asked) > VARIATIONS
    assert {re.match(r"\w+://[^/]+", url)[0] for url in desk.asked} == {review_server.url}  # type: ignore[index]
    assert desk.wrong == []


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(desk: Desk) -> None:
    (cookie,) = desk.page.context.cookies()

    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert desk.page.evaluate("() => document.cookie") == ""
    # With the cookie alone, without the word that the page keeps, nothing is changed.
    code = desk.page.evaluate(
        "async (path) => (await fetch(path, {method: 'PUT', headers: "
        "{'Content-Type': 'application/json'}, body: '{}'})).status",
        f"/shots/{SHOT}/choice",
    )
    assert code == 403


def test_an_artist_looks_and_speaks_and_neither_chooses_nor_signs(
    chromium: Any, review_server: Served, screened_show: Screened, tmp_path: Path
) -> None:
    other = Desk(chromium, review_server.url, tmp_path, device_scale_factor=0.5)
    other.log_in(screened_show.tokens["a.bell"])
    other.open()

    assert other.page.locator("#choose").is_disabled()
    assert other.page.locator("#sign").is_disabled()
    other.page.keyboard.press("t")
    other.page.keyboard.type("Seen.")
    other.page.click("#leave")
    other.page.wait_for_selector(".notes p:has-text('Seen.')")
    other.page.click("text=Log out")
    other.page.wait_for_selector("#token")
    assert other.page.context.cookies() == []
    other.page.context.close()


def test_the_server_spends_nothing_on_what_is_looked_at(
    desk: Desk, review_server: Served
) -> None:
    spent = cpu_seconds(review_server.process.pid)
    for key in ("n", ".", ".", "w", "d", "Enter", "ArrowRight", "r", "0", "n"):
        desk.page.keyboard.press(key)
        time.sleep(0.05)
    desk.shows(VARIATIONS)

    assert cpu_seconds(review_server.process.pid) - spent <= 0.25


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, from /proc/PID/stat (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
