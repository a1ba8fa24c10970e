"""A delivery made again from its record: the same bits, or what differs."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layered import Layered, employing, paint, two_references
from seamline.errors import RefusedError, TamperError
from seamline.pixels.digest import picture_digest
from seamline.show.record import as_record, record_digest
from seamline.show.seam import Box
from seamline.steps import book
from seamline.steps.by_hand import export
from seamline.steps.deliver import deliver
from seamline.steps.delivery_record import written
from seamline.steps.main_job import brought_back
from seamline.steps.replay import replay
from seamline.steps.review import choose
from seamline.steps.sign import sign
from tiny import TinyShow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> TinyShow:
    """A layered painting, signed and delivered."""
    show = TinyShow(tmp_path_factory.mktemp("replay"))
    employing(show, Layered())
    two_references(show)
    show.static_shot("042", frames=2, box=Box(x=32, y=0, width=32, height=36))
    entry = paint(show)
    show.studio.keyring.create("Ada", None)
    choose(show.studio, "042", entry["id"], by="Ada")
    sign(show.studio, entry["id"], by="Ada", passphrase=None)
    deliver(show.studio, "042", str(out(show)))
    return show


def out(show: TinyShow) -> Path:
    return show.root.parent / "delivery"


def edited(show: TinyShow, tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> str:
    """Write the record with a change and a digest that fits; return its path."""
    record = json.loads((out(show) / "record.json").read_text())
    del record["digest"]
    change(record)
    path = tmp_path / "record.json"
    path.write_bytes(written({**record, "digest": record_digest(record)}))
    return str(path)


def test_every_frame_of_every_sequence_comes_out_again(made: TinyShow) -> None:
    found = replay(made.studio, str(out(made)))

    assert found["same"]
    assert found["painted"] == "again"
    assert {"comp", "element", "matte", "layer sky"} <= set(found["sequences"])
    assert found["frames"] == 2 * len(found["sequences"])
    assert not (made.root / "shots/042/replays/042_env_b01_v001").exists()


def test_the_frames_can_be_kept_and_are_the_delivered_ones(
    made: TinyShow, tmp_path: Path
) -> None:
    replay(made.studio, str(out(made)), directory=str(tmp_path / "again"))

    for path in sorted((tmp_path / "again").rglob("*.exr")):
        delivered = out(made) / path.relative_to(tmp_path / "again")
        read = made.studio.images.read
        assert picture_digest(read(str(path))) == picture_digest(read(str(delivered)))


class Brighter(Layered):
    """Paints a hair brighter than it did."""

    def layers(self, *said: Any) -> Any:
        return [
            replace(
                la, offset=la.offset + np.float32(1e-6), colour=la.colour + np.float32(1e-6)
            )
            for la in super().layers(*said)
        ]


def test_a_generator_that_paints_otherwise_by_a_hair_is_caught(made: TinyShow) -> None:
    other = replace(made.studio, generator=lambda name: Brighter())

    with pytest.raises(RefusedError, match="painted again, is another picture"):
        replay(other, str(out(made)))


def seed(record: dict[str, Any]) -> None:
    record["ask"]["seed"] = 2


def config(record: dict[str, Any]) -> None:
    record["config_sha256"] = "0" * 64


def code(record: dict[str, Any]) -> None:
    record["generator"]["code_sha256"] = "0" * 64


def pixels(record: dict[str, Any]) -> None:
    record["generator"]["pixels"] = 99


def weights(record: dict[str, Any]) -> None:
    record["weights"]["items"] = [{"name": "x"}]


def reference(record: dict[str, Any]) -> None:
    record["references"][0]["file_sha256"] = "0" * 64


def master(record: dict[str, Any]) -> None:
    record["references"][0]["master_digest"] = "0" * 64


def plate(record: dict[str, Any]) -> None:
    record["seam"]["frames"][1]["plate"] = "0" * 64


def seam(record: dict[str, Any]) -> None:
    record["seam"]["drawn"]["box"]["x"] = 31


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (seed, "seed is 2 in the record, 1 in the show"),
        (config, "the OCIO config is"),
        (code, "the code is"),
        (pixels, "as of pixels 1, the record has pixels 99"),
        (weights, "the weights of the generator layered are others"),
        (reference, r"reference (sky|range)\.exr .* is not in the show"),
        (master, "gives another picture than the one that was painted from"),
        (plate, "frame 1002 of the plate is another picture"),
        (seam, "the seam is not the record's"),
    ],
)
def test_what_differs_is_named_and_nothing_is_made(
    made: TinyShow, tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    rows = made.studio.ledger.verify()

    with pytest.raises(RefusedError, match=words):
        replay(made.studio, edited(made, tmp_path, change), directory=str(tmp_path / "x"))

    assert not (tmp_path / "x").exists()
    assert made.studio.ledger.verify() == rows


def test_one_pixel_of_a_reference_in_the_show_is_enough(tmp_path: Path) -> None:
    show = TinyShow(tmp_path)
    employing(show, Layered())
    two_references(show)
    show.static_shot("042", frames=1, box=Box(x=32, y=0, width=32, height=36))
    entry = paint(show)
    show.studio.keyring.create("Ada", None)
    choose(show.studio, "042", entry["id"], by="Ada")
    sign(show.studio, entry["id"], by="Ada", passphrase=None)
    deliver(show.studio, "042", str(out(show)))
    record = json.loads((out(show) / "record.json").read_text())
    assert replay(show.studio, str(out(show)))["same"]
    blob = Path(show.studio.blobs.path(record["references"][0]["file_sha256"]))
    picture = show.studio.images.read(str(blob))
    planes = {n: p.copy() for n, p in picture.channels.items()}
    planes["R"].view(np.uint16)[7, 7] ^= 1
    blob.chmod(0o644)
    blob.unlink()
    show.studio.images.write(str(blob), picture.with_channels(planes))

    with pytest.raises(RefusedError, match=r"reference \w+\.exr .* is another file"):
        replay(show.studio, str(out(show)))


def test_a_record_that_somebody_edited_is_not_replayed(made: TinyShow, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    shutil.copy(out(made) / "record.json", path)
    path.write_text(path.read_text().replace('"seed": 1', '"seed": 2'))

    with pytest.raises(TamperError, match="does not fit"):
        replay(made.studio, str(path))


def test_other_code_may_try_and_bits_decide(made: TinyShow, tmp_path: Path) -> None:
    assert replay(made.studio, edited(made, tmp_path, code), any_code=True)["same"]


def test_the_code_is_the_hash_of_every_source(made: TinyShow) -> None:
    package = Path(__file__).parents[2] / "src/seamline"
    lines = [
        f"{p.relative_to(package).as_posix()} {hashlib.sha256(p.read_bytes()).hexdigest()}\n"
        for p in sorted(package.rglob("*.py"), key=str)
    ]

    said = as_record(made.studio.made())["code_sha256"]
    assert said == hashlib.sha256("".join(lines).encode()).hexdigest()


# -- what hands painted -------------------------------------------------------


@pytest.fixture(scope="module")
def touched(tmp_path_factory: pytest.TempPathFactory) -> TinyShow:
    """The same painting with strokes of two people over it, signed and delivered."""
    show = TinyShow(tmp_path_factory.mktemp("touched"))
    employing(show, Layered())
    two_references(show)
    show.static_shot("042", frames=2, box=Box(x=32, y=0, width=32, height=36))
    element = str(paint(show)["id"])
    for by, layer in (("Ada", "far"), ("Bo", "sky")):
        show.studio.keyring.create(by, None)
        path = str(show.material / f"{by}.exr")
        export(show.studio, "042", element, path)
        picture = show.studio.images.read(path)
        planes = {name: plane.copy() for name, plane in picture.channels.items()}
        for channel, value in zip("RGBA", (0.5, 2.25, 0.125, 1.0), strict=True):
            planes[f"{layer}.{channel}"][3:9, 2:12] = value
        show.studio.images.write(path, replace(picture, channels=planes))
        found = brought_back(show.studio, "042", element, path, by=by, note="a cloud")
        element = str(found["variations"][0]["id"])
    choose(show.studio, "042", element, by="Ada")
    sign(show.studio, element, by="Ada", passphrase=None)
    deliver(show.studio, "042", str(out(show)))
    return show


def test_what_hands_painted_is_laid_on_a_painting_that_is_painted_again(
    touched: TinyShow,
) -> None:
    found = replay(touched.studio, str(out(touched)))

    assert found["same"]
    assert found["painted"] == "again, under the hand of Ada, under the hand of Bo"


def test_a_generator_that_paints_otherwise_under_a_hand_is_caught(touched: TinyShow) -> None:
    other = replace(touched.studio, generator=lambda name: Brighter())

    with pytest.raises(RefusedError, match="layer far, painted again, is another picture"):
        replay(other, str(out(touched)))


def test_a_hand_s_picture_that_is_gone_is_named(touched: TinyShow) -> None:
    variation = book.variations(touched.studio.ledger, "042")[-1]
    path = Path(touched.studio.blobs.path(variation.hands[0].digest))
    away = path.with_name("away")
    path.rename(away)
    try:
        with pytest.raises(RefusedError, match="what Ada painted"):
            replay(touched.studio, str(out(touched)))
    finally:
        away.rename(path)
