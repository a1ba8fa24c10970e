"""Layers, parts and views: which is read, and that somebody is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from seamline.errors import FormatError
from seamline.formats.images import ImageFiles
from seamline.formats.parts import Part, choose
from seamline.pixels.picture import Picture
from seamline.ports import ONLY_LAYER


def _layers(path: Path, images: ImageFiles, *names: str) -> str:
    window = (0, 0, 4, 3)
    planes = {name: np.full((3, 4), n + 1, np.float16) for n, name in enumerate(names)}
    picture = Picture(channels=planes, data_window=window, display_window=window)
    images.write(str(path), picture)
    return str(path)


def test_a_plate_in_its_only_layer_is_read_from_there_and_said(
    tmp_path: Path, images: ImageFiles
) -> None:
    path = _layers(
        tmp_path / "a.exr", images, "plate.R", "plate.G", "plate.B", "plate.A", "depth.Z"
    )

    picture = images.read(path, layer=ONLY_LAYER)

    assert sorted(picture.channels) == ["A", "B", "G", "R"]
    assert [int(picture.channels[c][0, 0]) for c in "RGBA"] == [1, 2, 3, 4]
    assert picture.attributes["seamline:layer_read"][1].startswith("plate (1 other")


def test_of_several_layers_somebody_must_say_which(tmp_path: Path, images: ImageFiles) -> None:
    names = [f"{layer}.{c}" for layer in ("bg", "fg") for c in "RGB"]
    path = _layers(tmp_path / "a.exr", images, *names)

    with pytest.raises(FormatError, match="2 layers: bg, fg") as refused:
        images.read(path, layer=ONLY_LAYER)
    chosen = images.read(path, layer="fg")

    assert "--plate-layer" in refused.value.remedy
    assert [int(chosen.channels[c][0, 0]) for c in "RGB"] == [4, 5, 6]


def test_without_a_wish_every_channel_has_its_own_name(
    tmp_path: Path, images: ImageFiles
) -> None:
    path = _layers(tmp_path / "a.exr", images, "off.R", "off.G", "off.B", "source")

    assert set(images.read(path).channels) == {"off.R", "off.G", "off.B", "source"}


def test_a_layer_that_is_not_there_is_refused_with_those_that_are(
    tmp_path: Path, images: ImageFiles
) -> None:
    path = _layers(tmp_path / "a.exr", images, "R", "G", "B", "fg.R", "fg.G", "fg.B")

    with pytest.raises(FormatError, match="called bg with R, G, B; it has fg"):
        images.read(path, layer="bg")


def _stereo(path: Path) -> str:
    """Write one part with the views left (the default) and right, as OpenEXR names them."""
    names = ("R", "G", "B", "right.R", "right.G", "right.B", "fg.right.Z", "fg.Z")
    spec = oiio.ImageSpec(4, 3, len(names), "half")
    spec.channelnames = names
    spec.attribute("multiView", oiio.TypeDesc("string[2]"), ("left", "right"))
    output = oiio.ImageOutput.create("openexr")
    assert output.open(str(path), spec)
    block = np.broadcast_to(np.arange(1, 9, dtype=np.float16), (3, 4, 8))
    assert output.write_image(np.ascontiguousarray(block))
    output.close()
    return str(path)


def test_of_a_stereo_file_the_first_view_is_read_and_said(
    tmp_path: Path, images: ImageFiles
) -> None:
    picture = images.read(_stereo(tmp_path / "s.exr"))

    assert set(picture.channels) == {"R", "G", "B", "fg.Z"}
    assert picture.channels["R"][0, 0] == 1
    assert picture.attributes["seamline:view"][1] == "left of left, right"


def test_a_part_or_a_view_may_be_named() -> None:
    parts = [
        Part(name="rgba_left", view="left", channels=("R", "G", "B")),
        Part(name="depth", channels=("Z",)),
        Part(name="rgba_right", view="right", channels=("R", "G", "B")),
    ]

    assert choose(parts, "", "a.exr").part == 0
    assert choose(parts, "right", "a.exr").part == 2
    assert choose(parts, "rgba_right", "a.exr").view_said == "right of left, right"
    assert choose(parts, "", "a.exr").part_said == "rgba_left (part 1 of 3)"
    with pytest.raises(FormatError, match="it has rgba_left, rgba_right"):
        choose(parts, "depth", "a.exr")


def test_deep_parts_are_passed_over_and_a_deep_file_is_refused() -> None:
    colour = ("R", "G", "B")
    deep, flat = Part(channels=colour, deep=True), Part(channels=colour)

    assert choose([deep, flat], "", "a.exr").part == 1
    with pytest.raises(FormatError, match="deep samples"):
        choose([deep, deep], ONLY_LAYER, "a.exr")


@pytest.mark.shared
def test_multi_view_and_multi_part_files_of_the_exr_suite(
    shared: Path, images: ImageFiles
) -> None:
    features = shared / "data" / "exr_features"

    one = images.read(str(features / "multiview" / "Adjuster.exr"), layer=ONLY_LAYER)
    many = images.read(str(features / "sequence_multipart" / "multipart.0001.exr"))
    left = images.read(
        str(features / "sequence_multipart" / "multipart.0001.exr"), layer="left"
    )

    assert set(one.channels) == {"R", "G", "B"}
    assert one.attributes["seamline:view"][1] == "center of center, left, right"
    assert many.attributes["seamline:part"][1] == "rgba_right (part 1 of 10)"
    assert many.attributes["seamline:view"][1] == "right of right, left"
    assert left.attributes["seamline:part"][1] == "rgba_left (part 5 of 10)"
