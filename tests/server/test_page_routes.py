"""The review page's routes: sessions, bytes and their names, signing, what is refused."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import Any

import httpx
import pytest

from seamline.server.app import make_app
from seamline.server.desk import Desk
from seamline.server.light import open_light
from seamline.server.sessions import COOKIE, HEADER, TRIES
from seamline.steps.paint import paint
from seamline.steps.render import render
from seamline.steps.screening import screen
from seamline.steps.users import add_user, remove_user
from tiny import TinyShow

HOST = "127.0.0.1:8765"
ELEMENT = "S_010_env_b01_v001"
SIGN = {"element": ELEMENT, "view": "sRGB - Display / Raw", "width": 640, "height": 360}


class Room:
    """An application over a show that was made ready, and whoever knocks."""

    def __init__(self, show: TinyShow) -> None:
        show.static_shot()
        made = paint(show.studio, "S_010", variations=1, seed=1, generator="neutral")
        render(show.studio, "S_010", made)
        self.index = screen(show.studio, "S_010")
        self.show = show
        self.desk = Desk(studio=open_light(str(show.root)))
        self.app = make_app(self.desk, [HOST])

    def user(self, name: str, role: str) -> str:
        return add_user(self.desk.studio.ledger, name, role)[1]

    def send(self, method: str, path: str, **how: Any) -> httpx.Response:
        return asyncio.run(self._sent(method, f"/review{path}", **how))

    async def _sent(self, method: str, path: str, **how: Any) -> httpx.Response:
        inside = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=inside, base_url=f"http://{HOST}") as client:
            return await client.request(method, path, **how)

    def log_in(self, token: str) -> dict[str, str]:
        """Return the headers of somebody's page."""
        said = self.send("POST", "/login", json={"token": token})
        assert said.status_code == 201, said.text
        self.cookie = said.headers["set-cookie"]
        return {
            "Cookie": self.cookie.partition(";")[0],
            HEADER: said.json()["said"],
        }

    def errand(self, headers: dict[str, str], begun: dict[str, Any]) -> dict[str, Any]:
        end = time.monotonic() + 90
        while begun["standing"] == "running" and time.monotonic() < end:
            time.sleep(0.2)
            begun = self.send("GET", f"/errands/{begun['id']}", headers=headers).json()
        return begun


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(TinyShow(tmp_path_factory.mktemp("page")))


def test_the_page_s_files_may_do_nothing_but_what_they_need(room: Room) -> None:
    for path in ("", "/page/main.js", "/page/page.css", "/page/icon.svg"):
        said = room.send("GET", path)
        policy = said.headers["content-security-policy"]

        assert said.status_code == 200, path
        assert said.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe" not in policy
    for path in ("/page/page.html", "/page/..%2fapp.py", "/page/app.py", "/page/zz.js"):
        assert room.send("GET", path).status_code in (404, 422), path


def test_no_module_of_the_page_makes_html_of_text_or_asks_elsewhere(room: Room) -> None:
    from importlib.resources import files

    parts = [p for p in (files("seamline.server") / "page").iterdir()]
    assert len(parts) >= 12
    for part in parts:
        text = part.read_text()
        for word in ("innerHTML", "outerHTML", "insertAdjacent", "eval(", "document.write"):
            assert word not in text, (part.name, word)
        outside = text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in outside, part.name
        assert "https://" not in outside, part.name


def test_a_session_is_a_cookie_out_of_scripts_reach_and_a_word_said_with_changes(
    room: Room,
) -> None:
    headers = room.log_in(room.user("cookie.1", "artist"))
    note = {"element": ELEMENT, "frame": 1001, "text": "x"}
    alone = {"Cookie": headers["Cookie"]}

    assert "HttpOnly" in room.cookie
    assert "SameSite=strict" in room.cookie
    assert room.send("GET", "/shots", headers=alone).status_code == 200
    for said in ({}, {HEADER: "guessed"}, {HEADER: "é".encode()}):
        answer = room.send("POST", "/shots/S_010/notes", headers={**alone, **said}, json=note)
        assert answer.status_code == 403
    answer = room.send("POST", "/shots/S_010/notes", headers=headers, json=note)
    assert answer.status_code == 201
    elsewhere = {**headers, "Origin": "http://evil.example"}
    answer = room.send("POST", "/shots/S_010/notes", headers=elsewhere, json=note)
    assert answer.status_code == 403


def test_a_session_ends_when_its_user_logs_out_or_is_removed(room: Room) -> None:
    out = room.log_in(room.user("out.1", "artist"))
    gone = room.log_in(room.user("gone.1", "artist"))

    assert room.send("DELETE", "/session", headers=out).status_code == 204
    remove_user(room.desk.studio.ledger, "gone.1")

    for headers in (out, gone, {"Cookie": f"{COOKIE}=made-up"}):
        assert room.send("GET", "/shots", headers=headers).status_code == 401
    room.user("gone.1", "artist")  # the name again, with another token
    assert room.send("GET", "/shots", headers=gone).status_code == 401


def test_making_ready_is_one_errand_of_everybody_s_and_says_how_far_it_is(room: Room) -> None:
    one = room.log_in(room.user("ready.1", "artist"))
    other = room.log_in(room.user("ready.2", "wrangler"))

    begun = room.send("POST", "/shots/S_010/screening", headers=one)
    again = room.send("POST", "/shots/S_010/screening", headers=other)

    assert (begun.status_code, again.status_code) == (202, 202)
    assert again.json()["id"] == begun.json()["id"]
    ended = room.errand(other, again.json())
    assert (ended["standing"], ended["by"]) == ("done", ""), ended["says"]
    # The plate's two frames are looked at again; what was painted stands already.
    assert "the plate for the page" in ended["doing"]
    assert (ended["done"], ended["of"]) == (2.0, 2.0)


def test_a_picture_is_handed_out_by_its_name_whole_or_in_part(room: Room) -> None:
    headers = room.log_in(room.user("reader.1", "producer"))
    name = room.index["versions"][ELEMENT]["frames"]["1001"]["large"]
    path = f"/shots/S_010/screening/{name}"

    whole = room.send("GET", path, headers=headers)
    part = room.send("GET", path, headers={**headers, "Range": "bytes=10-19"})
    again = room.send("GET", path, headers={**headers, "If-None-Match": f'"{name}"'})

    assert hashlib.sha256(whole.content).hexdigest() == name
    assert "immutable" in whole.headers["cache-control"]
    assert "private" in whole.headers["cache-control"]
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert (again.status_code, again.content) == (304, b"")
    assert room.send("GET", path).status_code == 401
    for other in ("ab" * 32, "index.json", "..%2f..%2fledger.sqlite", "%2e%2e/x", name.upper()):
        answer = room.send("GET", f"/shots/S_010/screening/{other}", headers=headers)
        assert answer.status_code in (404, 422), other


def test_what_is_told_of_a_shot_has_all_that_the_page_shows(room: Room) -> None:
    headers = room.log_in(room.user("reader.2", "director"))

    (one,) = room.send("GET", "/shots", headers=headers).json()["shots"]
    told = room.send("GET", "/shots/S_010", headers=headers).json()

    assert (one["shot"], one["screening"], one["missing"]) == ("S_010", "ready", [])
    (version,) = told["versions"]
    assert version["id"] == ELEMENT
    assert {f["verdict"] for f in version["findings"]} <= {
        "pass",
        "fail",
        "not comparable",
        "not checked",
    }
    assert [node["id"] for node in told["history"]] == [ELEMENT]
    assert told["key"]["there"] is False
    assert "seamline key create" in told["key"]["remedy"]


def test_signing_needs_a_key_of_one_s_own_with_a_passphrase(room: Room) -> None:
    ring = room.desk.studio.keyring
    ring.create("bare.1", None)
    ring.create("kept.1", b"grey stones")
    bare = room.log_in(room.user("bare.1", "director"))
    none = room.log_in(room.user("none.1", "director"))
    kept = room.log_in(room.user("kept.1", "director"))
    path = "/shots/S_010/sign"

    def asked(headers: dict[str, str], word: str) -> httpx.Response:
        return room.send("POST", path, headers=headers, json={**SIGN, "passphrase": word})

    for headers, word, why in (
        (bare, "x", "has no passphrase"),
        (none, "x", "there is no key"),
        (kept, "wrong", "does not open the key"),
    ):
        said = asked(headers, word)
        assert (said.status_code, why in said.json()["detail"]) == (409, True), said.text
    begun = asked(kept, "grey stones")
    assert begun.status_code == 202
    assert room.send("GET", f"/errands/{begun.json()['id']}", headers=bare).status_code == 404
    done = room.errand(kept, begun.json())
    (row,) = room.desk.studio.ledger.rows("sign-off")

    assert done["standing"] == "done", done
    assert (row.body["by"], row.body["view"]) == ("kept.1", "sRGB - Display / Raw")
    assert row.body["size_px"] == [640, 360]


def test_a_pixel_s_source_is_what_the_shell_says(room: Room) -> None:
    headers = room.log_in(room.user("reader.3", "artist"))
    where = {"element": ELEMENT, "frame": 1001, "x": 3, "y": 30}

    said = room.send("GET", "/shots/S_010/pixel", headers=headers, params=where)
    beyond = room.send("GET", "/shots/S_010/pixel", headers=headers, params={**where, "x": 64})

    assert said.json()["origin"] == "plate"
    assert said.json()["pixel"] == {"x": 3, "y": 30}
    assert beyond.status_code == 409
    assert "lies outside" in beyond.json()["detail"]


def test_wrong_tokens_are_counted_and_then_everybody_waits(room: Room) -> None:
    token = room.user("late.1", "artist")
    codes = [
        room.send("POST", "/login", json={"token": f"guess {n}"}).status_code
        for n in range(TRIES)
    ]

    assert codes == [401] * TRIES
    assert room.send("POST", "/login", json={"token": token}).status_code == 429
