"""What a host may send, what is turned away, and what it is told of an ask."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_routes import Room, strange_bodies

from seamline import wiring
from seamline.steps import asked, queue
from tiny import TinyShow


@pytest.fixture
def room(tiny_show: TinyShow) -> Room:
    return Room(tiny_show)


@pytest.fixture(scope="module")
def quiet_room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(TinyShow(tmp_path_factory.mktemp("quiet")))


def wish(room: Room, **said: Any) -> Any:
    words = {
        "shot": "S_010", "variations": 1, "generator": "neutral", "request": "r1",
        "region": {"box": [4, 4, 10, 8]},
    }  # fmt: skip
    return room.send("POST", "/link/asks", "artist", json={**words, **said})


def test_a_shot_tells_a_host_all_that_it_needs_to_draw_a_region(quiet_room: Room) -> None:
    told = quiet_room.send("GET", "/link/shots/S_010", "artist").json()

    assert told["frames"] == [1001, 1002]
    assert told["format"] == {"width_px": 64, "height_px": 36, "pixel_aspect": 1.0}
    assert told["plate"]["colourspace"] == "ACEScg"
    assert told["plate"]["pattern"].endswith("S_010.%04d.exr")
    assert told["versions"] == []
    assert quiet_room.send("GET", "/link/shots/S_999", "artist").status_code == 404


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ({"region": {"box": [4, 4, 0, 8]}}, "4,4,0,8"),
        ({"region": {"box": [4, 4, 8]}}, "box"),
        ({"region": {"box": [4.5, 4, 8, 8]}}, "box"),
        ({"region": {"polygon": [[0, 0], [1, 1]]}}, "polygon"),
        ({"region": {"polygon": [[0, 0], [1, 1], [2, 1e9]]}}, "polygon"),
        ({"region": {"matte": "mattes/a.exr"}}, "matte"),
        ({"region": {"matte": "/a\nb.exr"}}, "matte"),
        ({"region": {"matte": "/" + "a" * 2000}}, "matte"),
        ({"region": {}}, "0 of them"),
        ({"region": {"box": [0, 0, 1, 1], "matte": "/a.exr"}}, "2 of them"),
        ({"region": {"circle": [0, 0, 1]}}, "circle"),
        ({"frames": [1001, 1003]}, "1003"),
        ({"frames": [1002, 1001]}, "1002-1001"),
        ({"from": "S_010_env_b01_v001"}, "go together"),
        ({"variations": 101}, "101"),
        ({"generator": "dream"}, "dream"),
        ({"references": ["no-such"]}, "no-such"),
        ({"shot": "S_999"}, "S_999"),
        ({"seed": -1}, "seed"),
        ({"request": "two words"}, "request"),
    ],
)
def test_what_no_worker_could_do_is_refused_with_what_was_wrong(
    quiet_room: Room, said: dict[str, Any], number: str
) -> None:
    answer = wish(quiet_room, **said)

    assert answer.status_code == 422, answer.text
    assert number in answer.json()["detail"]
    assert not queue.read(quiet_room.ledger)


def test_the_same_word_is_the_same_ask_and_another_wish_under_it_is_refused(
    room: Room,
) -> None:
    first, again = wish(room), wish(room)
    other = wish(room, region={"box": [4, 4, 11, 8]})

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["ask"] == first.json()["ask"]
    assert other.status_code == 409
    assert len(queue.read(room.ledger)) == 1
    told = room.send("GET", f"/link/asks/{first.json()['ask']}/return", "artist")
    assert (told.status_code, "is queued" in told.json()["detail"]) == (409, True)


def test_a_worker_s_no_and_a_person_s_no_are_told_apart(
    room: Room, tiny_show: TinyShow
) -> None:
    by_worker = wish(room, region={"matte": "/nowhere/a.exr"}).json()["ask"]
    by_person = wish(room, request="r2").json()["ask"]
    with pytest.raises(Exception, match="is missing"):
        asked.work(tiny_show.studio, wiring.at_work(), by_worker)
    room.send("POST", f"/queue/{by_person}/cancel", "artist")

    told = [
        room.send("GET", f"/link/asks/{a}", "artist").json() for a in (by_worker, by_person)
    ]
    assert [t["standing"] for t in told] == ["cancelled", "cancelled"]
    assert "/nowhere/a.exr is missing" in told[0]["why"]
    assert told[0]["remedy"]
    assert told[1]["why"] == ""


def test_what_went_back_and_was_pruned_is_said_to_be_gone(
    room: Room, tiny_show: TinyShow
) -> None:
    ask = wish(room).json()["ask"]
    asked.work(tiny_show.studio, wiring.at_work(), ask)
    back = room.send("GET", f"/link/asks/{ask}/return", "artist")
    (version,) = back.json()["versions"]
    assert version["folder"] == f"{tiny_show.root}/shots/S_010/hosts/S_010_env_b01_v001"
    assert version["config"] == str(tiny_show.root / "config.ocio")

    tiny_show.studio.shelf.remove(version["folder"])
    gone = room.send("GET", f"/link/asks/{ask}/return", "artist")

    assert gone.status_code == 404
    assert "pruned" in gone.json()["detail"]


def test_no_body_brings_the_link_s_route_down(room: Room) -> None:
    good = json.dumps({"shot": "S_010", "request": "r", "region": {"box": [1, 1, 2, 2]}})
    bodies = [*strange_bodies(11, 150), *(good[:n].encode() for n in range(0, len(good), 3))]
    for body in bodies:
        said = room.send(
            "POST", "/link/asks", "artist", content=body,
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        assert said.status_code in (201, 400, 409, 422, 403), (body, said.text)
