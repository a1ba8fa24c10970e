"""The delivery record: what it says, held to its published schema and to the files."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import OpenImageIO as oiio
import pytest

from layered import Layered, employing, paint, two_references
from seamline.errors import TamperError
from seamline.pixels.picture import Picture
from seamline.pixels.values import frame_values
from seamline.show.delivery import SOURCE_TYPES, source_type
from seamline.show.seam import Box
from seamline.steps import book
from seamline.steps.answers import answer
from seamline.steps.audit import audit
from seamline.steps.contributions import contributions
from seamline.steps.deliver import deliver
from seamline.steps.delivery_record import read_record
from seamline.steps.main_job import layer_graded, painted
from seamline.steps.review import choose
from seamline.steps.sign import sign
from tiny import TinyShow

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/delivery-record.schema.json").read_text())
VALID = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> TinyShow:
    """A layered painting from two references, chosen, answered for, signed and delivered."""
    made = TinyShow(tmp_path_factory.mktemp("record"))
    employing(made, Layered())
    two_references(made)
    made.static_shot("042_0110", frames=2, box=Box(x=32, y=0, width=32, height=36))
    entry = paint(made, "042_0110")
    made.studio.keyring.create("Ada", None)
    choose(made.studio, "042_0110", entry["id"], by="Ada")
    text = "nobody: rock and sky"
    answer(made.studio, "042_0110", "likeness", text, by="Ada", passphrase=None)
    sign(made.studio, entry["id"], by="Ada", passphrase=None)
    deliver(made.studio, "042_0110", str(out(made)))
    return made


def out(show: TinyShow) -> Path:
    return show.root.parent / "delivery"


@pytest.fixture(scope="module")
def record(show: TinyShow) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out(show) / "record.json").read_text())
    return found


def test_the_schema_is_one_and_the_record_is_valid_by_it(record: dict[str, Any]) -> None:
    VALID.check_schema(SCHEMA)

    assert [e.message for e in VALID.iter_errors(record)] == []
    assert SCHEMA["title"] == record["format"] == "seamline delivery 2"


def test_a_record_without_one_of_its_keys_is_not_valid(record: dict[str, Any]) -> None:
    there = set(record) - {"match", "lens", "also_signed", "hands"}

    for key in sorted(there):
        less = {k: v for k, v in record.items() if k != key}
        assert not VALID.is_valid(less), key
    assert not VALID.is_valid({**record, "unheard": 1})


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.update(use="finale"),
        lambda r: r["outputs"][0]["frames"][0].update(sha256="cafe"),
        lambda r: r["outputs"][0]["frames"][0].update(nan=-1),
        lambda r: r["seam"]["frames"][0].update(generated=1.5),
        lambda r: r["sign_off"].update(signature="00"),
        lambda r: r["digital_source_type"].update(uri="generated"),
        lambda r: r["references"][0].pop("owner"),
        lambda r: r["answers"]["likeness"].update(text=""),
        lambda r: r["ledger"].update(hash=""),
    ],
)
def test_a_record_that_says_nonsense_is_not_valid(record: dict[str, Any], change: Any) -> None:
    other = copy.deepcopy(record)
    change(other)

    assert not VALID.is_valid(other)


def test_the_record_says_which_delivery_it_is(record: dict[str, Any]) -> None:
    assert (record["show"], record["sequence"], record["shot"]) == ("Tiny", "042", "042_0110")
    assert (record["variation"], record["version"]) == (1, 1)
    assert (record["frames"], record["missing_frames"]) == ("1001-1002", [])
    assert (record["use"], record["at"]) == ("temp", "2026-11-21T10:00:00Z")
    assert record["previous"] == ""


def test_every_delivered_frame_is_there_with_its_hash_and_its_values(
    show: TinyShow, record: dict[str, Any]
) -> None:
    named = {one["name"] for one in record["outputs"]}
    assert {"comp", "element", "matte", "layer sky", "layer far"} <= named

    for one in record["outputs"]:
        assert [frame["frame"] for frame in one["frames"]] == [1001, 1002]
        for frame in one["frames"]:
            path = out(show) / (one["files"] % frame["frame"])
            assert hashlib.sha256(path.read_bytes()).hexdigest() == frame["sha256"]
            pixels = oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT)
            colour = pixels[..., :3] if pixels.shape[-1] >= 3 else pixels
            assert frame["minimum"] == pytest.approx(float(colour.min()), rel=1e-7)
            assert frame["maximum"] == pytest.approx(float(colour.max()), rel=1e-7)
            assert (frame["nan"], frame["inf"]) == (0, 0)


def test_half_of_every_frame_is_generated(record: dict[str, Any]) -> None:
    # The box is the right half of the frame.
    assert [one["generated"] for one in record["seam"]["frames"]] == [0.5, 0.5]


def test_colours_are_named_by_config_space_and_primaries(record: dict[str, Any]) -> None:
    colour = record["colour"]

    assert colour["config"]["name"] == "studio-config-v1.0.0_aces-v1.3_ocio-v2.1"
    assert colour["delivered_in"] == "ACEScg"
    assert colour["color_interop_id"] == "lin_ap1_scene"
    # SMPTE ST 2065 / ACES S-2014-004, AP1: red .713 .293 ... white .32168 .33767.
    assert colour["chromaticities"] == pytest.approx(
        [0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767]
    )


def test_sources_people_and_permissions_stand_in_it(record: dict[str, Any]) -> None:
    for one in record["references"]:
        assert (one["licence"], one["allowed"]) == ("CC-BY-4.0", True)
        assert one["owner"] == one["file_name"].removesuffix(".exr")
        assert one["approved_by"] == "Supervisor"
    assert sum(one["share"] for one in record["references"]) == pytest.approx(1, abs=1e-5)
    done = [(one["kind"], one["by"], one["login"]) for one in record["contributions"]]
    assert done[-3:] == [
        ("choice", "Ada", False),
        ("answer", "Ada", False),
        ("sign-off", "Ada", False),
    ]
    assert [k for k, _, _ in done[:2]] == ["reference", "reference"]
    assert record["answers"]["likeness"]["key"]["fingerprint"] == record["key"]["fingerprint"]
    assert record["no_training"]["says"].startswith("Nothing of this show")


def test_what_a_person_did_says_what_stood_before_and_after(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot("042", frames=1, box=Box(x=32, y=0, width=32, height=36))
    entry = paint(tiny_show)
    for stops in (0.5, 1.0):
        layer_graded(
            tiny_show.studio, "042", entry["id"], "far",
            exposure_stops=stops, saturation=1.0, opacity=1.0,
        )  # fmt: skip
    (variation,) = book.variations(tiny_show.studio.ledger, "042")

    done = contributions(tiny_show.studio, variation)

    first, second = (one for one in done if one["kind"] == "layer grade")
    assert first["what"] == "graded layer far"
    assert (first["login"], first["before"]) == (True, "")
    assert second["before"] == first["after"] != second["after"]
    rows = {row.number: row for row in tiny_show.studio.ledger.rows()}
    plain = json.dumps(
        rows[second["row"]].body, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert second["after"] == hashlib.sha256(plain.encode()).hexdigest()
    assert contributions(tiny_show.studio, variation, until=first["row"])[-1] == first


def test_a_generator_that_says_nothing_of_weights_is_not_said_to_use_none(
    record: dict[str, Any],
) -> None:
    assert record["weights"]["items"] is None
    assert record["digital_source_type"]["uri"] == SOURCE_TYPES + "composite"
    assert [g["field"] for g in record["gaps"] if g["use"] == "temp"] == ["weights"]


def test_the_authority_of_the_show_is_named(show: TinyShow, record: dict[str, Any]) -> None:
    assert record["authority"]["public_hex"] == show.studio.authority.key().public_hex


def test_the_sheet_stands_in_the_delivery_and_runs_nothing(show: TinyShow) -> None:
    page = (out(show) / "delivery.html").read_text()

    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http" not in page.replace('http-equiv="Content', "")
    for words in (
        "range.exr · CC-BY-4.0",
        "nobody: rock and sky",
        "50% of the picture is generated",
    ):
        assert words in page
    assert "seamline answer 042_0110 approval TEXT" in page
    assert audit(show.studio, str(out(show)))["whole"]


def test_the_second_delivery_names_the_first(show: TinyShow, record: dict[str, Any]) -> None:
    second = deliver(show.studio, "042_0110", str(show.root.parent / "second"))

    said = json.loads(Path(second["record"]).read_text())
    assert said["previous"] == record["digest"]
    assert said["ledger"]["rows"] == record["ledger"]["rows"] + 1


def test_a_record_of_the_first_format_is_still_read() -> None:
    old = {"format": "seamline delivery 1", "show": "Tiny", "files": []}
    text = json.dumps(old, sort_keys=True, separators=(",", ":"))
    whole = {**old, "digest": hashlib.sha256(text.encode()).hexdigest()}
    content = (json.dumps(whole, indent=1, sort_keys=True) + "\n").encode()

    assert read_record(content, where="record.json") == whole
    with pytest.raises(TamperError, match="does not fit"):
        read_record(content.replace(b"Tiny", b"Tall"), where="record.json")


def test_hostile_words_run_nothing_on_the_sheet(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("S_010", frames=1)
    painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "S_010", "S_010_env_b01_v001", by="Ada")
    text = '<img src=x onerror="alert(1)"></dd><script>alert(2)</script>'
    answer(tiny_show.studio, "S_010", "rights", text, by="Ada", passphrase=None)
    sign(tiny_show.studio, "S_010_env_b01_v001", by="Ada", passphrase=None)

    deliver(tiny_show.studio, "S_010", str(out(tiny_show)))

    page = (out(tiny_show) / "delivery.html").read_text()
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


# -- values -----------------------------------------------------------------


def picture(**planes: Any) -> Picture:
    shape = next(iter(planes.values())).shape
    window = (0, 0, shape[1], shape[0])
    return Picture(channels=planes, data_window=window, display_window=window)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_what_is_no_number_is_counted_and_is_no_extreme(dtype: type[Any]) -> None:
    red = np.array([[-0.5, 65504.0], [np.nan, np.inf]], dtype)
    depth = np.array([[np.inf, 1e4], [2.0, -np.inf]], dtype)

    found = frame_values(picture(R=red, G=np.zeros((2, 2), dtype), Z=depth))

    assert (found.minimum, found.maximum, found.nan, found.inf) == (-0.5, 65504.0, 1, 3)


def test_a_frame_without_a_number_has_no_extremes() -> None:
    found = frame_values(picture(A=np.full((3, 2), np.nan, np.float16)))

    assert (found.minimum, found.maximum, found.nan, found.inf) == (None, None, 6, 0)


def test_negative_zero_and_the_least_halves_are_ordered_as_numbers() -> None:
    halves = np.array([[-6e-8, 6e-8], [-0.0, 0.0]], np.float16)

    found = frame_values(picture(Y=halves))

    assert (found.minimum, found.maximum) == (-(2.0**-24), 2.0**-24)


def test_codes_of_integers_are_numbers_too() -> None:
    found = frame_values(picture(R=np.array([[3, 1023]], np.uint16)))

    assert (found.minimum, found.maximum, found.nan) == (3.0, 1023.0, 0)


# -- what the world calls it ------------------------------------------------


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"trained": False, "kinds": ["photography"]}, "compositeCapture"),
        ({"trained": False, "kinds": ["photography", "concept"]}, "composite"),
        ({"trained": False, "kinds": ["photography"], "hands": True}, "composite"),
        ({"trained": True, "kinds": ["photography"]}, "compositeWithTrainedAlgorithmicMedia"),
        ({"trained": None, "kinds": ["photography"]}, "composite"),
        ({"trained": False, "kinds": [], "painted": False}, "digitalCapture"),
    ],
)
def test_a_comp_is_called_what_it_is(said: dict[str, Any], name: str) -> None:
    uri, why = source_type(**{"hands": False, "painted": True, **said})

    assert uri == f"http://cv.iptc.org/newscodes/digitalsourcetype/{name}"
    assert why
