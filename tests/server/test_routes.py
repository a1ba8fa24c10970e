"""Every route, from the document itself: tokens, roles, bodies, hosts and sizes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any

import httpx
import pytest

from seamline.errors import ShowError
from seamline.server import doors, routes
from seamline.server.app import make_app, openapi
from seamline.server.desk import Desk
from seamline.server.light import open_light
from seamline.server.step_table import STEPS
from seamline.show.user import ROLES
from seamline.steps import queue
from seamline.steps.users import add_user, remove_user
from tiny import TinyShow

HOST = "127.0.0.1:8765"
MAY: dict[tuple[str, str], tuple[str, ...]] = {
    ("get", "/metrics"): ("admin",),
    ("post", "/link/asks"): ("artist", "supervisor"),
    ("post", "/queue"): ("artist", "supervisor"),
    ("post", "/queue/{ask}/cancel"): ("artist", "supervisor"),
    ("post", "/queue/{ask}/pause"): ("artist", "supervisor"),
    ("post", "/queue/{ask}/resume"): ("artist", "supervisor"),
    ("put", "/shots/{name}/lock"): ("supervisor",),
    ("post", "/shots/{name}/lock/revise"): ("supervisor",),
    ("put", "/shots/{name}/choice"): ("supervisor", "director"),
    ("delete", "/shots/{name}/choice"): ("supervisor", "director"),
    ("post", "/references/{reference_id}/approve"): ("supervisor", "producer"),
    ("post", "/references/{reference_id}/revoke"): ("supervisor", "producer"),
    ("post", "/references/{reference_id}/reinstate"): ("supervisor", "producer"),
}
SPEAK = ("artist", "supervisor", "director", "producer")
JUDGE = ("supervisor", "director")
MAY |= {
    ("post", "/review/shots/{name}/notes"): SPEAK,
    ("post", "/review/shots/{name}/sign"): JUDGE,
}
MAY |= {
    ("post", f"/steps/{name.replace(' ', '/')}"): step.roles for name, step in STEPS.items()
}
OPEN = ("/health", "/review/login")


class Room:
    """An application over a tiny show, and a token for everybody."""

    def __init__(self, show: TinyShow) -> None:
        show.static_shot()
        self.desk = Desk(studio=open_light(str(show.root)))
        self.ledger = self.desk.studio.ledger
        self.tokens = {role: add_user(self.ledger, f"{role}.1", role)[1] for role in ROLES}
        self.app = make_app(self.desk, [HOST])

    def send(self, method: str, path: str, role: str = "", **how: Any) -> Any:
        token = self.tokens.get(role, role)
        headers = {"Authorization": f"Bearer {token}".encode("latin-1")} if token else {}
        headers |= {key: value.encode() for key, value in how.pop("headers", {}).items()}
        return asyncio.run(self._sent(method, path, headers=headers, **how))

    async def _sent(self, method: str, path: str, **how: Any) -> httpx.Response:
        inside = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=inside, base_url=f"http://{HOST}") as client:
            return await client.request(method, path, **how)

    def ask(self, role: str = "artist", request: str = "r1", **more: Any) -> Any:
        wish = {"shot": "S_010", "variations": 1, "generator": "neutral", "request": request}
        return self.send("POST", "/queue", role, json={**wish, **more})


@pytest.fixture
def room(tiny_show: TinyShow) -> Room:
    return Room(tiny_show)


@pytest.fixture(scope="module")
def quiet_room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """A room that is asked a lot and never changed."""
    return Room(TinyShow(tmp_path_factory.mktemp("quiet")))


@cache
def every_route() -> list[tuple[str, str]]:
    return [
        (method, path)
        for path, methods in openapi()["paths"].items()
        for method in methods
        if path not in OPEN
    ]


def filled(path: str) -> str:
    path = path.replace("{digest}", "ab" * 32).replace("{errand}", "ab" * 8)
    digest = "0123456789ab"
    path = path.replace("{ask}", digest).replace("{reference_id}", digest)
    return path.replace("{name}", "S_010")


def test_the_document_is_openapi_3_1_and_has_every_route() -> None:
    document = openapi()

    assert document["openapi"].startswith("3.1")
    assert len(every_route()) >= 24
    for method, path in every_route():
        assert document["paths"][path][method]["security"] == [{"HTTPBearer": []}], path


def test_no_route_answers_without_a_token_or_with_a_stranger_s(room: Room) -> None:
    gone = add_user(room.ledger, "gone", "admin")[1]
    remove_user(room.ledger, "gone")
    for method, path in every_route():
        for token in ("", "x", gone, "é" * 40):
            said = room.send(method, filled(path), token)
            assert said.status_code == 401, (method, path, token)
            assert said.headers["content-type"] == "application/problem+json"
            assert said.headers["www-authenticate"] == "Bearer"
            assert "seamline user add" in said.json()["remedy"]


def test_every_route_is_closed_to_the_roles_it_is_not_for(quiet_room: Room) -> None:
    for method, path in every_route():
        if path.endswith("/events"):
            continue
        for role in ROLES:
            said = quiet_room.send(method, filled(path), role)
            closed = role not in MAY.get((method, path), ROLES)
            assert (said.status_code == 403) == closed, (method, path, role, said.text)
            if closed:
                assert said.json()["title"] == "not yours to do"


def test_the_same_request_is_one_ask_and_another_under_its_word_is_refused(room: Room) -> None:
    first, again, other = room.ask(), room.ask(), room.ask(seed=2)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json() == again.json()
    assert "was another ask" in other.json()["detail"]
    assert room.ask("supervisor").json()["ask"] != first.json()["ask"]
    assert len(queue.read(room.ledger)) == 2


def test_only_the_owner_or_a_supervisor_may_take_an_ask_out(room: Room) -> None:
    ask = room.ask("supervisor").json()["ask"]
    mine = room.ask().json()["ask"]

    stranger = room.send("POST", f"/queue/{ask}/cancel", "artist")
    owner = room.send("POST", f"/queue/{mine}/pause", "artist")
    chief = room.send("POST", f"/queue/{mine}/cancel", "supervisor")
    twice = room.send("POST", f"/queue/{mine}/cancel", "supervisor")

    assert (stranger.status_code, owner.json()["standing"]) == (403, "paused")
    assert (chief.json()["standing"], twice.status_code) == ("cancelled", 409)
    assert queue.find(room.ledger, ask).standing == "queued"


@pytest.mark.parametrize(
    ("wish", "number"),
    [
        ({"variations": 101}, "101"),
        ({"variations": 0}, "0"),
        ({"shot": "S_999"}, "S_999"),
        ({"generator": "dream"}, "dream"),
        ({"references": ["no-such"]}, "no-such"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_was_wrong(
    quiet_room: Room, wish: dict[str, Any], number: str
) -> None:
    said = quiet_room.ask(**wish)

    assert said.status_code == 422
    assert number in said.json()["detail"]
    assert said.json()["remedy"]
    assert not queue.read(quiet_room.ledger)


def test_more_than_one_persons_share_is_refused_with_the_number(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_WAITING", 2)
    answers = [room.ask(request=f"r{n}") for n in range(3)]

    assert [a.status_code for a in answers] == [201, 201, 429]
    assert "2 asks of artist.1" in answers[2].json()["detail"]
    assert room.ask("supervisor").status_code == 201


def test_only_a_supervisor_gives_priority(room: Room) -> None:
    assert room.ask(priority=5).status_code == 403
    assert room.ask("supervisor", priority=5).json()["priority"] == 5


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8765"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:8766"},
        {"Host": "127.0.0.1:8765.evil.example"},
        {"Host": ""},
    ],
)
def test_another_hosts_name_is_answered_on_no_method(
    quiet_room: Room, headers: dict[str, str]
) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        said = quiet_room.send(method, "/health", "admin", headers=headers)
        assert said.status_code == 421, method


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:8765"},
        {"Origin": "http://127.0.0.1:8765.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_from_elsewhere_is_answered_on_no_method(
    quiet_room: Room, headers: dict[str, str]
) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert quiet_room.send(method, "/queue", "admin", headers=headers).status_code == 403
    own = {"Origin": f"http://{HOST}"}
    assert quiet_room.send("GET", "/queue", "admin", headers=own).status_code == 200


def test_a_body_too_large_is_refused_with_its_size_told_or_not(
    quiet_room: Room,
) -> None:
    many = doors.LARGEST_BODY + 1

    async def untold() -> AsyncIterator[bytes]:
        for _ in range(many // 1024 + 1):
            yield b" " * 1024

    for content in (b" " * many, untold()):
        said = quiet_room.send("POST", "/queue", "artist", content=content)
        assert said.status_code == 413
        assert str(doors.LARGEST_BODY) in said.json()["detail"]


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "..\\..\\x",
        "S_010%00",
        "S_010%2f..",
        "a" * 300,
        "%ff%fe",
        "S_010;x",
        "' OR 1=1--",
    ],
)
def test_a_name_that_leads_elsewhere_leads_nowhere(quiet_room: Room, name: str) -> None:
    for path in (f"/shots/{name}", f"/shots/{name}/versions", f"/queue/{name}"):
        said = quiet_room.send("GET", path, "artist")
        assert said.status_code in (404, 422), (path, said.text)
        assert "root" not in said.text


def strange_bodies(seed: int, count: int) -> Iterator[bytes]:
    """Bodies near a good one, and far from it; the same ones for the same seed."""
    good = b'{"shot": "S_010", "variations": 1, "generator": "neutral", "request": "r"}'
    chance = random.Random(seed)
    odd = [b"null", b"[]", b"1e999", b'"\\ud800"', b"-1", b"true", b"{}", b"NaN", b'"\\u0000"']
    odd += [
        b"9" * 400,
        b"[" * 2000,
        b'{"a":' * 500,
        b"\xff\xfe",
        b"",
        b'"' + b"a" * 9000 + b'"',
    ]
    fields = [b"shot", b"variations", b"seed", b"generator", b"references", b"priority"]
    yield from odd
    for _ in range(count):
        if chance.random() < 0.5:
            body = bytearray(good)
            for _ in range(chance.randint(1, 4)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            yield bytes(body)
        else:
            key, value = chance.choice([*fields, b"request"]), chance.choice(odd)
            yield good[:-1] + b', "' + key + b'": ' + value + b"}"


def test_no_body_brings_the_server_down_and_none_is_said_back(room: Room) -> None:
    codes = set()
    for body in strange_bodies(7, 400):
        said = room.send(
            "POST",
            "/queue",
            "artist",
            content=body,
            headers={"Content-Type": "application/json"},
        )
        codes.add(said.status_code)
        assert said.status_code in (201, 409, 422, 400, 403), (body, said.text)
    assert 422 in codes
    secret = {"shot": "S_010", "request": "r", "seed": "the director's secret idea"}
    assert "secret" not in room.send("POST", "/queue", "artist", json=secret).text


def test_what_the_server_itself_gets_wrong_is_said_without_its_insides(
    quiet_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("/srv/secret/path")

    monkeypatch.setattr(routes, "status", broken)
    said = quiet_room.send("GET", "/status", "artist")

    assert (said.status_code, said.json()["exit_code"]) == (500, 3)
    assert "secret" not in said.text
    assert "Traceback" not in said.text


def test_the_sentence_and_remedy_are_the_shell_s(quiet_room: Room) -> None:
    with pytest.raises(ShowError) as shell:
        queue.find(quiet_room.ledger, "abcdef")
    said = quiet_room.send("GET", "/queue/abcdef", "artist").json()

    assert (said["detail"], said["remedy"]) == (str(shell.value), shell.value.remedy)
    assert (said["status"], said["exit_code"]) == (404, 2)


def test_prometheus_finds_what_was_answered_and_what_waits(room: Room) -> None:
    room.ask()
    room.send("GET", "/shots/S_010", "artist")

    text = room.send("GET", "/metrics", "admin").text

    assert 'seamline_asks{standing="queued"} 1' in text
    assert "seamline_asks_cpu_seconds_total 0.00" in text
    one = 'seamline_requests_total{method="GET",route="/shots/{name}",status="200"} 1'
    assert one in text
    assert "S_010" not in text
    assert "artist" not in text
