"""What says which colour space a file is in; and when nothing does, nobody guesses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from seamline.errors import ColourError
from seamline.formats.images import ImageFiles
from seamline.pixels.picture import Picture

AP1 = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
REC2020 = (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329)
P3_D65 = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329)


def _exr(path: Path, images: ImageFiles, **attributes: tuple[str, object]) -> str:
    grey = np.full((2, 2), 0.18, np.float16)
    picture = Picture(
        channels={"R": grey, "G": grey, "B": grey},
        data_window=(0, 0, 2, 2),
        display_window=(0, 0, 2, 2),
        attributes=attributes,
    )
    images.write(str(path), picture)
    return str(path)


def _primaries(values: tuple[float, ...]) -> tuple[str, object]:
    return ("float[8]", values)


def test_a_flag_comes_before_anything_the_file_says(tmp_path: Path, images: ImageFiles) -> None:
    path = _exr(tmp_path / "a.exr", images, colorInteropID=("string", "lin_ap1_scene"))

    evidence = images.evidence(path, flag="arri_logc3_ei800", default="ACEScg")

    assert (evidence.colourspace, evidence.says) == ("ARRI LogC3 (EI800)", "flag")


def test_the_interop_id_comes_before_chromaticities(tmp_path: Path, images: ImageFiles) -> None:
    path = _exr(
        tmp_path / "a.exr",
        images,
        colorInteropID=("string", "lin_ap1_scene"),
        chromaticities=_primaries(REC709),
    )

    evidence = images.evidence(path, flag=None, default=None)

    assert evidence.colourspace == "ACEScg"
    assert evidence.says == "colorInteropID lin_ap1_scene"


@pytest.mark.parametrize(
    ("interop_id", "space"),
    [
        ("lin_ap0_scene", "ACES2065-1"),
        ("lin_rec709_scene", "Linear Rec.709 (sRGB)"),
        ("lin_rec2020_scene", "Linear Rec.2020"),
        ("lin_p3d65_scene", "Linear P3-D65"),
        ("srgb_rec709_scene", "sRGB - Texture"),
        ("g24_rec709_scene", "Gamma 2.4 Rec.709 - Texture"),
        ("srgb_rec709_display", "sRGB - Display"),
        ("ACEScct", "ACEScct"),
    ],
)
def test_interop_ids_are_known_by_the_config_s_names(
    tmp_path: Path, images: ImageFiles, interop_id: str, space: str
) -> None:
    path = _exr(tmp_path / "a.exr", images, colorInteropID=("string", interop_id))

    assert images.evidence(path, flag=None, default=None).colourspace == space


def test_an_interop_id_that_the_config_lacks_is_refused_and_not_overruled(
    tmp_path: Path, images: ImageFiles
) -> None:
    path = _exr(tmp_path / "a.exr", images, colorInteropID=("string", "lin_marsrover_scene"))

    with pytest.raises(ColourError, match="lin_marsrover_scene"):
        images.evidence(path, flag=None, default="ACEScg")


@pytest.mark.parametrize(
    ("values", "space", "name"),
    [
        (AP0, "ACES2065-1", "AP0"),
        (AP1, "ACEScg", "AP1"),
        (REC709, "Linear Rec.709 (sRGB)", "Rec.709"),
        (P3_D65, "Linear P3-D65", "P3-D65"),
        (REC2020, "Linear Rec.2020", "Rec.2020"),
        (tuple(v + 9e-4 for v in AP1), "ACEScg", "AP1"),
    ],
)
def test_known_chromaticities_of_a_half_float_file_are_linear_light(
    tmp_path: Path, images: ImageFiles, values: tuple[float, ...], space: str, name: str
) -> None:
    path = _exr(tmp_path / "a.exr", images, chromaticities=_primaries(values))

    evidence = images.evidence(path, flag=None, default="sRGB - Texture")

    assert (evidence.colourspace, evidence.says) == (space, f"chromaticities {name}")


def test_chromaticities_nobody_knows_are_refused_even_with_a_default(
    tmp_path: Path, images: ImageFiles
) -> None:
    xyz = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1 / 3, 1 / 3)
    path = _exr(tmp_path / "a.exr", images, chromaticities=_primaries(xyz))

    with pytest.raises(ColourError, match="none of AP0"):
        images.evidence(path, flag=None, default="lin_rec709")


def test_an_aces_container_says_so_itself(tmp_path: Path, images: ImageFiles) -> None:
    path = _exr(
        tmp_path / "a.exr",
        images,
        acesImageContainerFlag=("int", 1),
        chromaticities=_primaries(AP0),
        compression=("string", "none"),
    )
    # OpenImageIO writes the id into every container; older writers did not.
    plain = Path(path).read_bytes().replace(b"colorInteropID", b"colorInteropXX")
    Path(path).write_bytes(plain)

    evidence = images.evidence(path, flag=None, default=None)

    assert (evidence.colourspace, evidence.says) == ("ACES2065-1", "acesImageContainerFlag")


def test_an_exr_plate_without_evidence_is_refused_in_one_sentence(
    tmp_path: Path, images: ImageFiles
) -> None:
    path = _exr(tmp_path / "plate.1001.exr", images)

    with pytest.raises(ColourError, match=r"plate\.1001\.exr: nothing says") as refused:
        images.evidence(path, flag=None, default=None)

    assert "--colourspace NAME" in refused.value.remedy
    assert "ACEScg" in refused.value.remedy
    assert refused.value.exit_code == 2


def test_a_flag_that_the_config_does_not_know_is_refused(
    tmp_path: Path, images: ImageFiles
) -> None:
    path = _exr(tmp_path / "a.exr", images)

    with pytest.raises(ColourError, match="'LogC5'"):
        images.evidence(path, flag="LogC5", default="ACEScg")


def test_the_show_s_default_is_the_last_word_and_says_so(
    tmp_path: Path, images: ImageFiles
) -> None:
    Pillow.new("RGB", (4, 4), (90, 90, 90)).save(tmp_path / "ref.jpg")

    evidence = images.evidence(str(tmp_path / "ref.jpg"), flag=None, default="srgb_tx")

    assert evidence.colourspace == "sRGB - Texture"
    assert evidence.says == "default for JPEG references (show.toml)"


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_an_srgb_profile_is_evidence(tmp_path: Path, images: ImageFiles, suffix: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / f"ref.{suffix}"
    Pillow.new("RGB", (4, 4), (90, 90, 90)).save(path, icc_profile=profile)

    evidence = images.evidence(str(path), flag=None, default="ACEScg")

    assert evidence.colourspace == "sRGB - Texture"
    assert evidence.says.startswith("ICC profile sRGB")


def test_a_profile_that_the_config_does_not_know_is_refused_unless_a_flag_says(
    tmp_path: Path, images: ImageFiles
) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = srgb.replace("sRGB".encode("utf-16-be"), "Mars".encode("utf-16-be"))
    assert profile != srgb
    path = tmp_path / "ref.png"
    Pillow.new("RGB", (4, 4), (90, 90, 90)).save(path, icc_profile=profile)

    with pytest.raises(ColourError, match=r"ICC profile \(Mars"):
        images.evidence(str(path), flag=None, default="srgb_tx")

    assert images.evidence(str(path), flag="srgb_tx", default=None).says == "flag"


@pytest.mark.shared
def test_a_camera_test_plate_says_ap0_by_its_chromaticities(
    shared: Path, images: ImageFiles
) -> None:
    evidence = images.evidence(
        str(shared / "data/exr_plates/Carrots.exr"), flag=None, default=None
    )

    assert (evidence.colourspace, evidence.says) == ("ACES2065-1", "chromaticities AP0")
