"""What leaves the show layer by layer is the signed element again, in Nuke as well."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layered import FAR_M, Layered, employing, paint, panned, two_references
from nuke import HALF, Nuke, script_of
from seamline.errors import SeamlineError, TamperError
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Picture
from seamline.show.frames import FrameRange, frame_path
from seamline.show.seam import Box, Seam
from seamline.steps.audit import audit
from seamline.steps.deliver import deliver
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.review import choose
from seamline.steps.sign import sign
from tiny import TinyShow, frame_of, grey_and_noise


def delivered(show: TinyShow, entry: dict[str, Any], name: str = "042") -> Path:
    show.studio.keyring.create("Ada", None)
    choose(show.studio, name, entry["id"], by="Ada")
    sign(show.studio, entry["id"], by="Ada", passphrase=None)
    folder = show.root.parent / "out"
    deliver(show.studio, name, str(folder))
    return folder


def moving(show: TinyShow, shutter_deg: float = 180.0) -> dict[str, Any]:
    """A pan of 3 degrees a frame, which smears every edge by 2.4 px."""
    employing(show, Layered())
    two_references(show)
    panned(show, shutter_deg=shutter_deg)
    return paint(show)


def still(show: TinyShow) -> dict[str, Any]:
    employing(show, Layered())
    two_references(show)
    show.static_shot("042", frames=2, box=Box(x=4, y=4, width=50, height=30))
    return paint(show)


def read(show: TinyShow, path: Path | str) -> np.ndarray:
    """(H, W, 4) as it stands in the file."""
    picture = show.studio.images.read(str(path))
    return np.stack([picture.channels[n].astype(np.float64) for n in "RGBA"], axis=-1)


def over(layers: list[np.ndarray]) -> np.ndarray:
    flat = np.zeros_like(layers[0])
    for front in layers:
        flat = front + (1 - front[..., 3:]) * flat
    return flat


def layer_file(folder: Path, entry: dict[str, Any], layer: str, frame: int) -> Path:
    return folder / "layers" / layer / f"{entry['id']}_{layer}.{frame}.exr"


@pytest.mark.parametrize("shot", [moving, still])
def test_the_layers_over_one_another_are_the_element(tiny_show: TinyShow, shot: Any) -> None:
    entry = shot(tiny_show)

    folder = delivered(tiny_show, entry)

    for frame in (1001, 1002):
        layers = [
            read(tiny_show, layer_file(folder, entry, name, frame))
            for name in ("sky", "far", "mist")
        ]
        element = read(tiny_show, folder / "element" / f"{entry['id']}.{frame}.exr")
        np.testing.assert_allclose(over(layers), element, rtol=2 * HALF, atol=1e-6)


def test_a_layer_s_alpha_is_its_own_and_it_stays_whole_behind_what_hides_it(
    tiny_show: TinyShow,
) -> None:
    entry = moving(tiny_show)

    folder = delivered(tiny_show, entry)

    names = ("sky", "far", "mist")
    sky, far, mist = (read(tiny_show, layer_file(folder, entry, n, 1001)) for n in names)
    assert (sky[..., 3] == 1).all()
    hidden = far[..., 3] == 1
    assert sky[hidden][:, :3].min() > 0.8 * sky[~hidden][:, :3].min()  # no hole behind
    assert far[2, :, 3].max() == 0
    assert far[-1, :, 3].min() == 1
    assert set(np.unique(mist[:5, :, 3])) == {0.0}


def test_an_element_in_one_layer_is_delivered_as_that_layer_bit_for_bit(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot("042")
    entry = paint(tiny_show, generator="neutral")

    folder = delivered(tiny_show, entry)

    for frame in (1001, 1002):
        element = folder / "element" / f"{entry['id']}.{frame}.exr"
        layer = layer_file(folder, entry, "env", frame)
        assert layer.read_bytes() == element.read_bytes()
    said = audit(tiny_show.studio, str(layer_file(folder, entry, "env", 1002)))
    assert (said["element"], said["kind"]) == (entry["id"], "element")


def test_the_record_names_every_layer_with_its_distance_motion_and_digests(
    tiny_show: TinyShow,
) -> None:
    entry = moving(tiny_show)

    folder = delivered(tiny_show, entry)

    record = json.loads((folder / "record.json").read_text())
    assert [(la["layer"], la["distance_m"], la["motion_deg_s"]) for la in record["layers"]] == [
        ("sky", None, 0.25),
        ("far", FAR_M, 0.0),
        ("mist", 900.0, 0.0),
    ]
    listed = {f["path"] for f in record["files"]}
    for said in record["layers"]:
        for place, frame in enumerate((1001, 1002)):
            path = frame_path(said["files"], frame)
            assert path in listed
            digest = picture_digest(tiny_show.studio.images.read(str(folder / path)))
            assert record["digests"]["layers"][said["layer"]][place] == digest


def test_layers_have_the_plate_s_type_space_and_windows(tiny_show: TinyShow) -> None:
    entry = moving(tiny_show)

    folder = delivered(tiny_show, entry)

    element = tiny_show.studio.images.read(str(folder / "element" / f"{entry['id']}.1001.exr"))
    layer = tiny_show.studio.images.read(str(layer_file(folder, entry, "far", 1001)))
    assert layer.channels["R"].dtype == element.channels["R"].dtype == np.float16
    assert (layer.data_window, layer.display_window) == (
        element.data_window, element.display_window,
    )  # fmt: skip
    assert layer.attributes["seamline:colourspace"] == ("string", "ACEScg")
    assert layer.attributes["seamline:layer"] == ("string", "far")


# -- traced ------------------------------------------------------------------------------


def test_a_delivered_layer_is_known_by_its_pixels_and_leads_to_its_own_sources(
    tiny_show: TinyShow,
) -> None:
    entry = still(tiny_show)
    folder = delivered(tiny_show, entry)
    path = str(layer_file(folder, entry, "far", 1001))

    said = audit(tiny_show.studio, path, (20, 25))

    assert (said["element"], said["kind"], said["layer"]) == (entry["id"], "layer", "far")
    assert said["file"] == "range.exr"
    assert said["owner"] == "range"
    assert [la["layer"] for la in said["layers"]] == ["far"]
    nothing = audit(tiny_show.studio, path, (20, 3))
    assert nothing["origin"] == "nothing was painted here"


def test_a_delivered_layer_with_one_other_bit_is_a_forgery(tiny_show: TinyShow) -> None:
    entry = still(tiny_show)
    folder = delivered(tiny_show, entry)
    path = layer_file(folder, entry, "sky", 1001)
    picture = tiny_show.studio.images.read(str(path))
    planes = {n: p.copy() for n, p in picture.channels.items()}
    planes["B"].view(np.uint16)[10, 10] ^= 1
    forged = str(tiny_show.material / "forged.exr")
    tiny_show.studio.images.write(forged, picture.with_channels(planes))

    with pytest.raises(TamperError, match="but these pixels were never published"):
        audit(tiny_show.studio, forged)


def test_a_layered_delivery_killed_before_its_last_row_is_known_after_the_next_run(
    tiny_show: TinyShow,
) -> None:
    entry = still(tiny_show)
    real = tiny_show.studio

    class Full:
        """The ledger of a disk that fills up at the wrong moment."""

        def __getattr__(self, name: str) -> Any:
            if name == "append_once":
                raise SeamlineError("killed")
            return getattr(real.ledger, name)

    real.keyring.create("Ada", None)
    choose(real, "042", entry["id"], by="Ada")
    sign(real, entry["id"], by="Ada", passphrase=None)
    folder = str(tiny_show.root.parent / "out")
    with pytest.raises(SeamlineError, match="killed"):
        deliver(replace(real, ledger=Full()), "042", folder)

    deliver(real, "042", folder)

    assert audit(real, folder)["whole"]
    assert len(list(real.ledger.rows("delivery"))) == 1


# -- in Nuke -----------------------------------------------------------------------------


@pytest.mark.parametrize(("others", "named"), [(("other",), "main.bg"), ((), "")])
def test_nuke_builds_the_comp_over_a_plate_that_is_one_layer_of_its_files(
    tiny_show: TinyShow, others: tuple[str, ...], named: str
) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    numbers = FrameRange(first=1001, last=1002)

    def frame(number: int) -> Picture:
        whole = frame_of(grey_and_noise(number, 36, 64))
        planes = {f"main.bg.{c}": plane for c, plane in whole.channels.items()}
        dark = {f"{o}.{c}": plane / 8 for o in others for c, plane in whole.channels.items()}
        return replace(whole, channels={**planes, **dark})

    pattern = tiny_show.plate("042", numbers, frame)
    add_shot(
        tiny_show.studio, "042", plate=pattern, static=True, frames=numbers, layer=named
    )  # fmt: skip
    set_seam(
        tiny_show.studio,
        Seam(shot="042", version=1, box=Box(x=4, y=4, width=50, height=30)),
    )
    entry = paint(tiny_show)
    folder = delivered(tiny_show, entry)
    nodes = script_of(folder, entry)

    assert nodes["plate_layer"].knobs["in"] == "main_bg"
    nuke = Nuke(tiny_show, folder, 1001)
    comp = nuke.picture(nodes["delivered_comp"])[..., :3]
    built = nuke.picture(nodes["element_over_plate"])[..., :3]
    np.testing.assert_allclose(built, comp, rtol=3 * HALF, atol=1e-5)


@pytest.mark.parametrize("shot", [moving, still])
def test_both_branches_of_the_nuke_script_build_the_delivered_comp(
    tiny_show: TinyShow, shot: Any
) -> None:
    entry = shot(tiny_show)
    folder = delivered(tiny_show, entry)
    nodes = script_of(folder, entry)

    assert [n.name for n in nodes["Viewer1"].inputs if n] == [
        "element_over_plate", "delivered_comp", "layers_over_plate",
    ]  # fmt: skip
    for frame in (1001, 1002):
        nuke = Nuke(tiny_show, folder, frame)
        comp = nuke.picture(nodes["delivered_comp"])[..., :3]
        for branch in ("element_over_plate", "layers_over_plate"):
            built = nuke.picture(nodes[branch])[..., :3]
            np.testing.assert_allclose(built, comp, rtol=3 * HALF, atol=1e-5)
