"""Lock, choice, comparison and references over HTTP: who holds the token is who decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_routes import Room

from seamline.steps import book
from seamline.steps.main_job import painted
from tiny import TinyShow

LOCK = """
[agreed]
by = ["M. Okafor"]
on = "2026-11-01"
[camera]
height_m = 1.6
[light]
key_azimuth_deg = 200.0
key_elevation_deg = 35.0
colour_temperature_k = 5600.0
"""


class Decided(Room):
    """A room whose deciders have keys, with two versions of a shot and a reference."""

    def __init__(self, show: TinyShow) -> None:
        super().__init__(show)
        painted(show.studio, "S_010", variations=2, seed=1, generator="neutral")
        grey = np.full((8, 16, 3), 0.18, np.float32)
        self.reference = show.reference("valley.exr", grey)
        for name in ("supervisor.1", "director.1", "producer.1"):
            show.studio.keyring.create(name, passphrase=None)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Decided:
    return Decided(TinyShow(tmp_path_factory.mktemp("decided")))


def test_a_lock_is_set_read_and_revised_by_a_supervisor(decided: Decided) -> None:
    assert decided.send("GET", "/shots/S_010/lock", "artist").status_code == 404
    first = decided.send("PUT", "/shots/S_010/lock", "supervisor", json={"text": LOCK})
    again = decided.send("PUT", "/shots/S_010/lock", "supervisor", json={"text": LOCK})
    relit = {"key_azimuth_deg": 265.0, "reason": "the director wants sunset"}
    revised = decided.send("POST", "/shots/S_010/lock/revise", "supervisor", json=relit)

    assert first.json()["lock"]["light"]["key_elevation_deg"] == 35.0
    assert again.json() == first.json()
    found = decided.send("GET", "/shots/S_010/lock", "director").json()["lock"]
    assert (found["version"], found["light"]["key_azimuth_deg"]) == (2, 265.0)
    assert found["agreed_by"] == ["supervisor.1"]
    stale = {one["element"] for one in revised.json()["stale"]}
    assert "S_010_env_b01_v001" in stale
    wrong = decided.send("PUT", "/shots/S_010/lock", "supervisor", json={"text": "[lens"})
    assert (wrong.status_code, bool(wrong.json()["remedy"])) == (422, True)


def test_a_choice_is_whose_token_it_is(decided: Decided) -> None:
    pick = {"element": "S_010_env_b02_v001"}
    chosen = decided.send("PUT", "/shots/S_010/choice", "director", json=pick).json()["choice"]
    assert (chosen["element"], chosen["by"]) == ("S_010_env_b02_v001", "director.1")
    assert decided.send("GET", "/shots/S_010/choice", "artist").json()["choice"] == chosen

    assert decided.send("DELETE", "/shots/S_010/choice", "supervisor").status_code == 200
    assert decided.send("GET", "/shots/S_010/choice", "artist").json() == {"choice": None}
    assert decided.send("DELETE", "/shots/S_010/choice", "supervisor").status_code == 409
    strange = decided.send(
        "PUT", "/shots/S_010/choice", "director", json={"element": "S_999_env_b01_v001"}
    )
    assert strange.status_code == 404


def test_who_has_no_key_decides_nothing(room_without_keys: Room) -> None:
    pick = {"element": "S_010_env_b01_v001"}
    said = room_without_keys.send("PUT", "/shots/S_010/choice", "director", json=pick)

    assert said.status_code == 409
    assert "key create" in said.json()["remedy"]


@pytest.fixture
def room_without_keys(tiny_show: TinyShow) -> Room:
    return Room(tiny_show)


def test_two_versions_are_compared_by_what_is_on_record(decided: Decided) -> None:
    query = "a=S_010_env_b01_v001&b=S_010_env_b02_v001"
    said = decided.send("GET", f"/compare?{query}", "artist").json()

    assert (said["frames"], said["element_differs"]) == (2, 0)  # neutral paints nothing
    assert {one["check"] for one in said["findings"]} >= {"coverage", "peak"}
    missing = "a=S_010_env_b01_v001&b=S_010_env_b09_v001"
    assert decided.send("GET", f"/compare?{missing}", "artist").status_code in (404, 422)


def test_a_reference_is_revoked_and_approved_by_who_may(decided: Decided) -> None:
    (one,) = decided.send("GET", "/references", "artist").json()["references"]
    assert (one["id"], one["why_not_painted"]) == (decided.reference.id, "")
    at = f"/references/{one['id']}"
    permit = {"owner": "Ada Bell", "licence": "CC-BY-4.0", "allow": ["paint", "train"]}

    assert decided.send("POST", f"{at}/approve", "artist", json=permit).status_code == 403
    wider = decided.send("POST", f"{at}/approve", "producer", json=permit).json()
    assert (wider["approved_by"], wider["allow"]) == ("producer.1", ["paint", "train"])
    gone = decided.send("POST", f"{at}/revoke", "supervisor", json={"reason": "sold"}).json()
    assert "sold" in gone["why_not_painted"]
    assert decided.send("POST", f"{at}/approve", "producer", json=permit).status_code == 409
    back = decided.send("POST", f"{at}/reinstate", "supervisor", json={"reason": "settled"})
    assert back.json()["why_not_painted"] == ""
    for wrong in ({**permit, "allow": ["sell"]}, {**permit, "expires_on": "tomorrow"}):
        assert decided.send("POST", f"{at}/approve", "producer", json=wrong).status_code == 422
    assert book.references(decided.ledger)[one["id"]].allow == ("paint", "train")


def test_a_seam_is_read(decided: Decided) -> None:
    seam: dict[str, Any] = decided.send("GET", "/shots/S_010/seam", "artist").json()["seam"]

    assert Path(seam["matte"]).name == "S_010_matte.%04d.exr"
