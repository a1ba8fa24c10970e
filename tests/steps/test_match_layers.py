"""The match as layers: each switched by itself, and made again from its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO
import pytest

import grains
from layered import Layered, employing, two_references
from nuke import Nuke, script_of
from seamline.cli.main import main
from seamline.errors import FormatError, InputError, SignOffError, TamperError
from seamline.formats.cdl import read_cdl
from seamline.formats.grain import grain_file, parse_grain
from seamline.pixels.grain import measure_static, regrain
from seamline.pixels.picture import Picture
from seamline.show.frames import frame_path
from seamline.show.match import ORDER
from seamline.show.record import as_record, from_record
from seamline.show.seam import Seam
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.deliver import deliver
from seamline.steps.ingest import set_seam
from seamline.steps.main_job import match_changed, painted
from seamline.steps.match_papers import export_match
from seamline.steps.plate_grain import KIND
from seamline.steps.prune import prune
from seamline.steps.review import choose
from seamline.steps.sign import sign
from tiny import TinyShow, frame_of
from typed import runner

HEIGHT, WIDTH, FRAMES = 96, 128, 4
NUMBERS = {
    "shadow.amount": (0.8,),
    "haze.black": (0.01, 0.012, 0.015),
    "haze.colour": (0.5, 0.6, 0.8),
    "haze.visibility_m": (20000.0,),
    "wrap.width_px": (3.0,),
    "wrap.amount": (0.5,),
    "sharpness.sigma_px": (0.8,),
    "cdl.slope": (1.1, 1.0, 0.9),
    "cdl.offset": (0.01, 0.0, -0.01),
    "cdl.saturation": (0.9,),
}


def matte() -> np.ndarray:
    """Live on the right, over 8 px of soft edge."""
    across = (np.arange(WIDTH) - 60) / 8
    return np.broadcast_to(np.clip(across, 0, 1), (HEIGHT, WIDTH)).astype(np.float32)


def left_of_light() -> np.ndarray:
    """A shadow two stops deep on the left that fades towards the live action's feet."""
    across = np.linspace(0.25, 0.9, WIDTH)
    return np.broadcast_to(across[:, None], (HEIGHT, WIDTH, 3)).astype(np.float32)


def lift_shadow(show: TinyShow, left: Callable[[], np.ndarray] = left_of_light) -> Seam:
    pattern = str(show.material / "042_shadow.%04d.exr")
    for number in range(1001, 1001 + FRAMES):
        show.studio.images.write(
            frame_path(pattern, number), frame_of(left(), dtype=np.float32)
        )
    seam = book.seam(show.studio.ledger, "042")
    assert seam is not None
    return set_seam(show.studio, replace(seam, shadow=pattern))


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> TinyShow:
    made = TinyShow(tmp_path_factory.mktemp("match"))
    employing(made, Layered())
    two_references(made)
    frames = grains.frames(grains.ramp(HEIGHT, WIDTH, low=0.05, high=1.0), FRAMES)
    made.static_shot(
        "042",
        frames=FRAMES,
        rgb=lambda n: frames[n - 1001],
        live=lambda n: matte(),
        dtype=np.float32,
    )
    made.studio.keyring.create("Ada", None)
    lift_shadow(made)
    return made


@pytest.fixture(scope="module")
def plain(show: TinyShow) -> dict[str, Any]:
    document = painted(show.studio, "042", variations=2, seed=1, generator="layered")
    return dict(document["variations"][0])


def changed(show: TinyShow, element: str, **said: Any) -> str:
    """Return the version with this set of its match, and nothing else."""
    words = {"reset": ORDER, **said}
    document = match_changed(show.studio, "042", element, by="Ada", **words)
    return str(document["variations"][0]["id"])


@pytest.fixture(scope="module")
def whole(show: TinyShow, plain: dict[str, Any]) -> str:
    """A version with every layer on and at work."""
    return changed(show, plain["id"], on=("wrap",), numbers=NUMBERS)


def frame(show: TinyShow, element: str, kind: str = "comp", number: int = 1002) -> Picture:
    pattern = getattr(show.studio.shelf, f"{kind}_pattern")(element)
    return show.studio.images.read(frame_path(pattern, number))


def bits(picture: Picture) -> np.ndarray:
    return np.stack([picture.channels[n].view(np.uint32) for n in "RGB"], axis=-1)


def version(show: TinyShow, element: str) -> Version:
    return book.version(show.studio.ledger, element)


def test_a_comp_gets_the_plate_s_grain_and_says_so(
    show: TinyShow, plain: dict[str, Any]
) -> None:
    match = version(show, plain["id"]).match

    assert match is not None
    assert match.grain.changes
    assert match.grain.source == "measured"
    assert "4 static frame(s) of 128x96" in match.grain.says
    assert any("grain: measured in 4 static" in said for said in plain["says"])


def test_grain_is_measured_once_for_all_variations_and_versions(
    show: TinyShow, whole: str
) -> None:
    rows = list(show.studio.ledger.rows(KIND))

    assert len(rows) == 1
    plate = book.shot(show.studio.ledger, "042").plate
    assert plate is not None
    assert rows[0].body["found"]["plate_digest"] == plate.digest
    assert show.studio.blobs.has(rows[0].body["found"]["model"])


def test_the_grain_that_is_laid_on_is_as_strong_as_the_plate_s(
    show: TinyShow, plain: dict[str, Any]
) -> None:
    bare = changed(show, plain["id"], off=("grain",))
    found = []
    for number in range(1001, 1001 + FRAMES):
        with_it, without = (
            frame(show, e, number=number).rgb()[:, :59] for e in (plain["id"], bare)
        )
        light = without.astype(np.float64)
        found.append(((with_it - light) / grains.sigma(light))[..., 1])

    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(1.0, abs=0.06)


def test_where_the_matte_is_whole_the_plate_stays_bit_for_bit(
    show: TinyShow, whole: str
) -> None:
    plate = show.studio.images.read(frame_path(str(show.material / "042.%04d.exr"), 1002))

    np.testing.assert_array_equal(bits(frame(show, whole))[:, 68:], bits(plate)[:, 68:])
    assert (bits(frame(show, whole))[:, :68] != bits(plate)[:, :68]).mean() > 0.99


def test_grain_thins_out_with_the_matte_and_leaves_alpha_alone(
    show: TinyShow, whole: str
) -> None:
    bare = changed(show, whole, off=("grain",), on=("wrap",), numbers=NUMBERS)
    apart = [
        (frame(show, whole, number=n).rgb() - frame(show, bare, number=n).rgb())
        / grains.sigma(frame(show, bare, number=n).rgb())
        for n in range(1001, 1001 + FRAMES)
    ]
    strength = np.sqrt(np.mean(np.square(apart), axis=(0, 1, 3)))

    assert strength[62] / strength[:60].mean() == pytest.approx(0.75, abs=0.1)
    assert strength[66] / strength[:60].mean() == pytest.approx(0.25, abs=0.08)
    assert strength[68:].max() == 0
    for kind in ("element", "comp"):
        a, b = (frame(show, e, kind).channels.get("A") for e in (whole, bare))
        assert (a is None and b is None) or (a is not None and (a == b).all())


def test_the_clean_element_stays_clean(
    show: TinyShow, plain: dict[str, Any], whole: str
) -> None:
    for name in "RGBA":
        before = frame(show, plain["id"], "element").channels[name]
        np.testing.assert_array_equal(frame(show, whole, "element").channels[name], before)


def test_with_every_layer_off_the_comp_shows_the_element_itself(
    show: TinyShow, whole: str
) -> None:
    off = changed(show, whole, off=ORDER)

    element = bits(frame(show, off, "element"))
    np.testing.assert_array_equal(bits(frame(show, off))[:, :60], element[:, :60])


IDLE: dict[str, dict[str, tuple[float, ...]]] = {
    "cdl": {},
    "shadow": {"shadow.amount": (0.0,)},
    "haze": {"haze.colour": (0.5, 0.6, 0.8)},
    "wrap": {"wrap.amount": (0.0,)},
    "sharpness": {"sharpness.sigma_px": (0.0,)},
    "grain": {"grain.amount": (0.0,)},
}
"""Numbers with which a layer changes nothing."""


@pytest.mark.parametrize("layer", ORDER)
def test_a_layer_switched_off_leaves_what_was_there_before_it(
    show: TinyShow, whole: str, layer: str
) -> None:
    later = ORDER[ORDER.index(layer) + 1 :]
    others = {k: v for k, v in NUMBERS.items() if not k.startswith(layer)}
    wrap = ("wrap",) if "wrap" not in later else ()
    with_it = changed(show, whole, on=wrap, off=later, numbers=NUMBERS)
    without = changed(
        show,
        whole,
        on=tuple(set(wrap) - {layer}),
        off=(*later, layer),
        numbers=NUMBERS,
    )
    idle = changed(show, whole, on=wrap, off=later, numbers={**others, **IDLE[layer]})
    a, b, c = (bits(frame(show, e)) for e in (with_it, without, idle))

    assert (a[:, :60] != b[:, :60]).mean() > (0.1 if layer == "wrap" else 0.5)
    np.testing.assert_array_equal(a[:, 68:], b[:, 68:])
    np.testing.assert_array_equal(b, c)


def test_two_variations_of_a_shot_share_their_grain(
    show: TinyShow, plain: dict[str, Any]
) -> None:
    first, second = (v for v in book.newest_versions(show.studio.ledger, "042"))

    assert first.match is not None
    assert second.match is not None
    assert (first.match.grain.model, first.match.grain.seed) == (
        second.match.grain.model,
        second.match.grain.seed,
    )


def test_grain_from_its_file_is_the_grain_in_the_comp(
    show: TinyShow, whole: str, tmp_path: Path
) -> None:
    bare = changed(show, whole, off=("grain",), on=("wrap",), numbers=NUMBERS)
    export_match(show.studio, "042", whole, str(tmp_path / "out"))
    model = parse_grain((tmp_path / "out" / f"{whole}_grain.json").read_bytes())
    said = json.loads((tmp_path / "out" / "match.json").read_text())
    grain = next(la for la in said["layers"] if la["layer"] == "grain")

    for number in (1001, 1004):
        again = regrain(
            model,
            frame(show, bare, number=number).rgb(),
            frame=number,
            seed=int(grain["numbers"]["seed"]),
            amount=grain["numbers"]["amount"],
        )
        there = frame(show, whole, number=number).rgb()
        np.testing.assert_array_equal(
            again[:, :60].view(np.uint32), there[:, :60].view(np.uint32)
        )


def test_colour_from_its_file_is_the_colour_in_the_comp(
    show: TinyShow, whole: str, tmp_path: Path
) -> None:
    graded = changed(show, whole, off=ORDER[1:], numbers=NUMBERS)
    export_match(show.studio, "042", graded, str(tmp_path / "out"))
    cdl = read_cdl((tmp_path / "out" / f"{graded}.cc").read_bytes())
    assert cdl.slope == (1.1, 1.0, 0.9)
    config = OCIO.Config.CreateFromFile(show.studio.settings.config_path)
    group = OCIO.GroupTransform()
    group.appendTransform(OCIO.ColorSpaceTransform("ACEScg", cdl.working_space))
    made = OCIO.CDLTransform(cdl.slope, cdl.offset, cdl.power, cdl.saturation)
    made.setStyle(OCIO.CDL_NO_CLAMP)
    group.appendTransform(made)
    group.appendTransform(OCIO.ColorSpaceTransform(cdl.working_space, "ACEScg"))
    element = frame(show, graded, "element").rgb().copy()
    config.getProcessor(group).getDefaultCPUProcessor().applyRGB(element)

    np.testing.assert_allclose(
        frame(show, graded).rgb()[:, :60], element[:, :60], rtol=1e-5, atol=1e-5
    )


def test_a_file_stands_for_the_cdl_layer(
    show: TinyShow, plain: dict[str, Any], tmp_path: Path
) -> None:
    graded = changed(show, plain["id"], numbers={"cdl.power": (1.2, 1.1, 1.0)})
    export_match(show.studio, "042", graded, str(tmp_path / "out"))
    wanted = version(show, graded).cdl

    for suffix in ("cc", "ccc"):
        path = str(tmp_path / "out" / f"{graded}.{suffix}")
        again = version(show, changed(show, graded, cdl=path))
        assert (again.cdl.power, again.cdl.slope) == (wanted.power, wanted.slope)


def test_grain_of_another_take_is_laid_on_from_its_file(
    show: TinyShow, plain: dict[str, Any], tmp_path: Path
) -> None:
    frames = grains.frames(grains.ramp(HEIGHT, WIDTH, low=0.05, high=1.0), 3, seed=8)
    model = measure_static([3 * f for f in frames], space="ACEScg")
    (tmp_path / "other.json").write_bytes(grain_file(model))

    other = changed(show, plain["id"], grain=str(tmp_path / "other.json"))

    layer = version(show, other).match
    assert layer is not None
    assert layer.grain.model == hashlib.sha256(grain_file(model)).hexdigest()
    assert layer.grain.says.startswith("Ada set the grain model of a file")
    assert (bits(frame(show, other)) != bits(frame(show, plain["id"]))).any()


def test_grain_of_another_space_is_refused(
    show: TinyShow, plain: dict[str, Any], tmp_path: Path
) -> None:
    frames = grains.frames(grains.ramp(HEIGHT, WIDTH), 2)
    model = measure_static(frames, space="ACES2065-1")
    (tmp_path / "ap0.json").write_bytes(grain_file(model))

    with pytest.raises(InputError, match="measured in ACES2065-1, the plate of 042"):
        changed(show, plain["id"], grain=str(tmp_path / "ap0.json"))


def test_a_version_written_before_there_were_layers_is_still_read(
    show: TinyShow, plain: dict[str, Any]
) -> None:
    record = as_record(version(show, plain["id"]))
    del record["match"]

    old = from_record(Version, record)

    assert old == replace(version(show, plain["id"]), match=None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--off", "light"], "a match has no layer 'light'; it has cdl, shadow, haze"),
        (["--set", "grain.size=2"], "grain has no number 'size'"),
        (["--set", "sharpness.sigma_px=-1"], "sharpness.sigma_px is -1, expected 0 to 50"),
        (["--set", "haze.black=a,b,c"], "haze.black is 'a,b,c', expected three numbers"),
        (["--set", "wrap.width_px=nan"], "wrap.width_px is nan"),
        (["--on", "wrap", "--off", "wrap"], "wrap cannot be on and off at once"),
        (["--cdl", "nowhere.cc"], "nowhere.cc"),
    ],
)
def test_nonsense_is_refused_in_a_sentence_and_nothing_is_written(
    show: TinyShow, plain: dict[str, Any], words: list[str], said: str
) -> None:
    before = len(list(show.studio.ledger.rows()))

    done = runner().invoke(
        main,
        ["match", "042", plain["id"], *words, "--by", "Ada", "--show", str(show.root)],
    )

    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("Error:") == 1
    assert len(list(show.studio.ledger.rows())) == before


def test_nobody_changes_a_match_without_a_name(show: TinyShow, plain: dict[str, Any]) -> None:
    run = runner().invoke
    words = ["match", "042", plain["id"], "--off", "grain", "--show", str(show.root)]

    assert run(main, words).exit_code == 2
    assert run(main, [*words, "--by", "Nobody"]).exit_code == 1


def test_the_shell_shows_every_layer_with_its_numbers(
    show: TinyShow, plain: dict[str, Any]
) -> None:
    words = ["match", "042", plain["id"], "--show", str(show.root)]

    shown = runner().invoke(main, words).stdout
    document = json.loads(runner().invoke(main, [*words, "--json"]).stdout)

    (found,) = document["versions"]
    assert [layer["layer"] for layer in found["layers"]] == list(ORDER)
    assert [layer["on"] for layer in found["layers"]] == [True] * 3 + [False, True, True]
    assert "on  shadow" in shown
    # Two stops on the first of 128 columns that rise evenly to .9; a thousandth is darker.
    assert "up to 2.00 stops of light are lost" in shown
    assert "off wrap      width_px 6; amount 0.3" in shown
    assert "measured in 4 static frame(s)" in shown


def test_a_change_asks_for_a_new_signature_and_is_delivered_whole(
    show: TinyShow, plain: dict[str, Any], tmp_path: Path
) -> None:
    choose(show.studio, "042", plain["id"], by="Ada")
    sign(show.studio, plain["id"], by="Ada", passphrase=None)
    softer = changed(show, plain["id"], numbers={"sharpness.sigma_px": (0.7,)})
    choose(show.studio, "042", softer, by="Ada")
    with pytest.raises(SignOffError, match="has no sign-off"):
        deliver(show.studio, "042", str(tmp_path / "out"))
    signed = sign(show.studio, softer, by="Ada", passphrase=None)
    assert signed.cdl_digest == version(show, softer).cdl_digest
    assert signed.cdl_digest != version(show, plain["id"]).cdl_digest

    done = deliver(show.studio, "042", str(tmp_path / "out"))

    out = tmp_path / "out"
    names = {Path(f["path"]).relative_to(out).as_posix() for f in done["files"]}
    assert {
        f"{softer}.cc", f"{softer}.ccc", f"{softer}_grain.json", f"{softer}_grain_plate.exr",
        "match.json", f"match/matched/{softer}_matched.1001.exr",
        f"match/grain/{softer}_grain.1004.exr",
        f"match/shadow/{softer}_shadow.1004.exr",
    } <= names  # fmt: skip
    matched = show.studio.images.read(str(out / f"match/matched/{softer}_matched.1002.exr"))
    comp = bits(frame(show, softer))
    np.testing.assert_array_equal(bits(matched)[:, :60], comp[:, :60])
    said = audit(show.studio, str(out / f"match/grain/{softer}_grain.1003.exr"))
    assert (said["kind"], said["frame"], said["element"]) == ("grain", 1003, softer)
    assert said["match"]["sharpness"]["sigma_px"] == 0.7
    assert audit(show.studio, str(out))["whole"]
    assert deliver(show.studio, "042", str(out))["record"] == done["record"]
    script = (out / f"{softer}.nk").read_text()
    assert "match_sharpness" in script
    assert "match_grain" in script


def test_nuke_s_own_nodes_build_the_comp_and_its_grain_has_a_switch(
    show: TinyShow, plain: dict[str, Any], tmp_path: Path
) -> None:
    for said in ({}, {"off": ("grain",)}):
        numbers = {"cdl.slope": (1.1, 1.0, 0.9), "shadow.amount": (0.7,)}
        numbers["haze.black"] = (0.02, 0.03, 0.05)
        element = changed(show, plain["id"], numbers=numbers, **said)
        choose(show.studio, "042", element, by="Ada")
        sign(show.studio, element, by="Ada", passphrase=None)
        folder = tmp_path / ("off" if said else "on")
        deliver(show.studio, "042", str(folder))
        nodes = script_of(folder, {"id": element})
        assert ("match_grain" in nodes) == (not said)
        assert {"match_shadow", "match_haze"} <= nodes.keys()

        built = Nuke(show, folder, 1002).picture(nodes["element_over_plate"])[..., :3]

        comp = frame(show, element).rgb()
        np.testing.assert_allclose(built[:, :60], comp[:, :60], rtol=2e-3, atol=1e-3)
        np.testing.assert_array_equal(built[:, 68:].astype(np.float32), comp[:, 68:])
    changed(show, plain["id"])


def test_a_contact_shadow_lies_on_what_is_generated_and_on_nothing_else(
    show: TinyShow, plain: dict[str, Any]
) -> None:
    alone = tuple(set(ORDER) - {"shadow", "wrap"})
    dark = frame(show, changed(show, plain["id"], off=alone))
    bare = frame(show, changed(show, plain["id"], off=(*alone, "shadow")))

    across = np.linspace(0.25, 0.9, WIDTH)[None, :60, None]
    np.testing.assert_allclose(dark.rgb()[:, :60], bare.rgb()[:, :60] * across, rtol=1e-5)
    np.testing.assert_array_equal(bits(dark)[:, 68:], bits(bare)[:, 68:])
    changed(show, plain["id"])


def test_a_shadow_that_was_painted_over_since_is_refused_and_another_is_another_version(
    show: TinyShow, plain: dict[str, Any]
) -> None:
    element = changed(show, plain["id"])
    choose(show.studio, "042", element, by="Ada")
    sign(show.studio, element, by="Ada", passphrase=None)
    pattern = str(show.material / "042_shadow.%04d.exr")
    show.studio.images.write(
        frame_path(pattern, 1003), frame_of(left_of_light() * 0.5, dtype=np.float32)
    )

    with pytest.raises(TamperError, match="not the contact shadow that was taken in for"):
        changed(show, element, numbers={"shadow.amount": (0.9,)})
    changed_seam = lift_shadow(show, lambda: left_of_light() * np.float32(0.5))
    document = painted(show.studio, "042", variations=1, seed=1, generator="layered")

    fresh = version(show, document["variations"][0]["id"])
    assert fresh.id != element
    assert fresh.match is not None
    assert f"seam v{changed_seam.version}: up to 3.00 stops" in fresh.match.shadow.says
    assert fresh.element_digest == version(show, element).element_digest
    lift_shadow(show)


def test_a_shadow_below_black_or_of_another_size_is_refused(show: TinyShow) -> None:
    before = book.seam(show.studio.ledger, "042")

    for left, says in (
        (left_of_light() - np.float32(0.5), "below 0"),
        (left_of_light()[:10], "the plate's frame"),
    ):
        with pytest.raises(FormatError, match=says):
            lift_shadow(show, lambda left=left: left)

    assert book.seam(show.studio.ledger, "042") == before
    lift_shadow(show)


def test_pruned_frames_are_rendered_again_to_the_same_bits(
    show: TinyShow, plain: dict[str, Any]
) -> None:
    changed(show, plain["id"])
    before = version(show, plain["id"])
    prune(show.studio)

    document = painted(show.studio, "042", variations=2, seed=1, generator="layered")

    again = version(show, document["variations"][0]["id"])
    assert (again.id, again.comp_digest) == (before.id, before.comp_digest)
