"""The show's OCIO config: published numbers, nothing clamped, the same bits every time."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import numpy as np
import pytest

from seamline.errors import ColourError, ShowError, TamperError
from seamline.formats.ocio import Config, builtin_config_text
from seamline.show.cdl import CDL


def _grey(*values: float) -> np.ndarray:
    return np.repeat(np.array(values, np.float32)[None, :, None], 3, axis=2)


# ACEScct: AMPAS S-2016-001, section 4.4 (0.18 -> 0.4135884; 0 -> 0.0729055).
# LogC3 EI 800: ARRI, "ALEXA Log C Curve", 2017 (0.18 -> 0.391007, 0 -> 0.092809).
# sRGB: IEC 61966-2-1 (0.18 -> 0.461356).
@pytest.mark.parametrize(
    ("space", "linear", "coded"),
    [
        ("ACEScct", 0.18, 0.4135884),
        ("ACEScct", 0.0, 0.0729055),
        ("ACEScct", 1.0, 0.5547945),
        ("ARRI LogC3 (EI800)", 0.18, 0.391007),
        ("ARRI LogC3 (EI800)", 0.0, 0.092809),
        ("sRGB - Texture", 0.18, 0.461356),
        ("ACES2065-1", 0.18, 0.18),
    ],
)
def test_grey_lands_on_the_published_number(
    colour: Config, space: str, linear: float, coded: float
) -> None:
    there = colour.convert(_grey(linear), "ACEScg", space)

    np.testing.assert_allclose(there[0, 0], coded, atol=1e-6)


@pytest.mark.parametrize(
    "space", ["ACEScct", "ARRI LogC3 (EI800)", "ARRI LogC4", "ACES2065-1", "lin_rec709"]
)
def test_shadows_below_black_and_highlights_come_back_unclamped(
    colour: Config, space: str
) -> None:
    values = _grey(-0.01, -0.001, 0.0, 1e-5, 0.18, 1.0, 4.0, 16.0, 100.0)

    back = colour.convert(colour.convert(values, "ACEScg", space), space, "ACEScg")

    np.testing.assert_allclose(back, values, rtol=2e-6, atol=2e-7)


def test_a_saturated_colour_leaves_the_gamut_and_returns(colour: Config) -> None:
    laser = np.array([[[0.0, 3.0, 0.0]]], np.float32)

    rec709 = colour.convert(laser, "ACEScg", "lin_rec709")
    back = colour.convert(rec709, "lin_rec709", "ACEScg")

    assert rec709.min() < -0.5
    np.testing.assert_allclose(back, laser, atol=3e-6)


def test_the_same_space_by_another_name_is_an_exact_copy(colour: Config) -> None:
    bits = np.random.default_rng(1).integers(0, 2**32, (9, 7, 3), np.uint32).view(np.float32)

    same = colour.convert(bits, "scene_linear", "lin_ap1")

    assert same.tobytes() == bits.tobytes()
    assert same is not bits


def test_what_is_not_finite_has_no_colour_on_the_other_side(colour: Config) -> None:
    broken = _grey(0.18, 0.18, 0.18, 0.18)
    broken[0, 1, 0], broken[0, 2, 1] = np.nan, np.inf

    there = colour.convert(broken, "ACEScg", "ARRI LogC3 (EI800)")

    assert np.isnan(there[0, 1:3]).all()
    assert np.isfinite(there[0, [0, 3]]).all()


def test_two_threads_give_the_bits_of_one(colour: Config) -> None:
    plate = np.random.default_rng(2).random((1200, 900, 3), np.float32) * 20 - 1
    alone = colour.convert(plate, "ACEScg", "ARRI LogC4")
    found: dict[int, np.ndarray] = {}

    def work(n: int) -> None:
        found[n] = colour.convert(plate, "ACEScg", "ARRI LogC4")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = np.concatenate(
        [colour.convert(plate[n : n + 7], "ACEScg", "ARRI LogC4") for n in range(0, 1200, 7)]
    )
    assert found[0].tobytes() == found[1].tobytes() == alone.tobytes() == rows.tobytes()


def test_an_environment_that_asks_for_less_precision_is_not_heard(
    config_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCIO_OPTIMIZATION_FLAGS", "268435455")
    monkeypatch.setenv("OCIO_ACTIVE_DISPLAYS", "P3-DCI - Display")

    config = Config(config_path, sha256=None)

    coded = config.convert(_grey(0.18), "ACEScg", "ACEScct")[0, 0, 0]
    assert abs(float(coded) - 0.4135884) < 1e-7
    assert config.view_name == "sRGB - Display / ACES 1.0 - SDR Video"


def test_an_identity_cdl_changes_no_bit(colour: Config) -> None:
    bits = np.random.default_rng(3).integers(0, 2**32, (5, 5, 3), np.uint32).view(np.float32)

    assert colour.grade(bits, CDL(id="none")).tobytes() == bits.tobytes()


def test_one_stop_up_in_acescct_is_a_known_offset(colour: Config) -> None:
    # AMPAS S-2016-001: the log part is (log2(x) + 9.72) / 17.52, so a stop is 1 / 17.52.
    stop = 1 / 17.52
    cdl = CDL(id="up", offset=(stop, stop, stop))

    graded = colour.grade(_grey(0.18, 1.0, 50.0), cdl)

    np.testing.assert_allclose(graded, _grey(0.36, 2.0, 100.0), rtol=1e-5)


def test_a_cdl_clamps_neither_end(colour: Config) -> None:
    cdl = CDL(id="hot", slope=(1.5, 1.5, 1.5), power=(1.1, 1.1, 1.1), saturation=1.2)

    graded = colour.grade(_grey(-0.01, 60.0), cdl)

    assert graded.min() < 0
    assert graded.max() > 1000


def test_a_cdl_beyond_the_asc_s_range_is_refused(colour: Config) -> None:
    with pytest.raises(ColourError, match="power"):
        colour.grade(_grey(0.18), CDL(id="bad", power=(0.0, 1.0, 1.0)))


def test_the_view_is_what_aces_says_of_mid_grey_and_stays_on_the_display(
    colour: Config,
) -> None:
    # ACES 1.0 SDR video puts 18 % grey near 10 % of white: code 0.349 to 0.356 in sRGB.
    shown = colour.for_viewing(_grey(-5.0, 0.0, 0.18, 1e4, np.nan, np.inf))

    assert shown.dtype == np.float32
    assert (shown >= 0).all()
    assert (shown <= 1).all()
    assert 0.34 < shown[0, 2, 0] < 0.36
    assert shown[0, 4, 0] < 0.01
    assert shown[0, 5, 0] > 0.95


def test_aliases_and_roles_have_the_config_s_own_name(colour: Config) -> None:
    assert colour.space("lin_ap1") == "ACEScg"
    assert colour.space("scene_linear") == "ACEScg"
    assert colour.space("Input - ARRI - V3 LogC (EI800) - Wide Gamut") == "ARRI LogC3 (EI800)"
    assert colour.space("sRGB - Display") == "sRGB - Display"


def test_an_unknown_space_is_refused_with_what_it_may_have_been(colour: Config) -> None:
    with pytest.raises(ColourError, match="'ACESct'") as refused:
        colour.space("ACESct")

    assert "ACEScct" in refused.value.remedy
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("name", ["", "sRGB - Curve", "default"])
def test_what_is_no_colour_space_is_none(colour: Config, name: str) -> None:
    with pytest.raises(ColourError):
        colour.space(name)


def test_data_is_never_converted_as_if_it_were_colour(colour: Config) -> None:
    with pytest.raises(ColourError, match="holds data"):
        colour.convert(_grey(0.18), "Raw", "ACEScg")


def test_a_config_with_one_byte_changed_is_found(tmp_path: Path) -> None:
    text = builtin_config_text()
    path = tmp_path / "config.ocio"
    path.write_text(text)
    pinned = hashlib.sha256(text.encode()).hexdigest()
    assert Config(str(path), sha256=pinned).config_sha256 == pinned
    path.write_text(text + "\n")

    with pytest.raises(TamperError, match=r"config\.ocio") as refused:
        Config(str(path), sha256=pinned)

    assert refused.value.exit_code == 1


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe", b"ocio_profile_version: 9\n"])
def test_a_config_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.ocio").write_bytes(content)

    with pytest.raises(ColourError, match=r"config\.ocio"):
        Config(str(tmp_path / "config.ocio"), sha256=None)


def test_a_missing_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(ShowError, match=r"config\.ocio"):
        Config(str(tmp_path / "config.ocio"), sha256=None)


def test_blender_3_4_can_open_what_a_new_show_starts_with() -> None:
    # Blender 3.4 carries OpenColorIO 2.1, which refuses any profile above 2.1.
    first = builtin_config_text().splitlines()[0]

    assert first == "ocio_profile_version: 2.1"
