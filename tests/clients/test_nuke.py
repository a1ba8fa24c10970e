"""
The panel against a stand-in that knows Foundry's names, and the scripts it would save.

Nuke itself is not here. What is held to: no name and no argument that the stub does not know,
no knob that our scripts or Foundry's reference do not have, and that the nodes make of the
files what a delivery's do.
"""

from __future__ import annotations

import ast
import copy
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import CLIENTS, token_file
from serves import serving
from stand_in import StandIn, knobs_in
from test_nuke_scene import FOUR, WINDOW, comp, knob, rotation, seen_by_nuke

import layered
import nuke as reader
from seamline import wiring
from seamline.formats.in_place import nuke_in_place
from seamline.formats.nk import nuke_script
from seamline.formats.nk_read import Node, parse
from seamline.formats.tracks import TrackFiles
from seamline.pixels.picture import Picture
from seamline.server.link_routes import _paper
from seamline.show.cdl import CDL
from seamline.show.frames import FrameRange, frame_path
from seamline.show.region import HostAsk
from seamline.steps import asked, book, queue
from seamline.steps.delivered_scene import camera_times
from seamline.steps.queue import Person
from tiny import TinyShow, pan_track

SPACES = ["ACES/ACEScg", "ACES/ACEScct", "ACES/ACES2065-1", "Utility/Raw"]
MODULES = ("seamline_panel", "seamline_nodes", "menu")


def our_scripts() -> list[bytes]:
    """One of each kind of script that the project writes, with every node in it."""
    files = {"pattern": "x.%04d.exr", "colourspace": "ACEScg"}
    cdl = CDL(id="a")
    corners = np.array([[-1, 1, -5], [1, 1, -5], [-1, -1, -5], [1, -1, -5]], float)
    patch = {
        "name": "far", "picture": "textures/a.exr", "points_m": corners, "uv": corners[:, :2],
        "faces": np.array([[0, 2, 3, 1]]), "distance_m": 5.0, "motion_deg_s": 0.0,
        "digest": "",
    }  # fmt: skip
    scene: dict[str, Any] = {
        "name": "a", "shot": "042", "frames": (1001, 1004), "rate": "24",
        "colourspace": "ACEScg", "shutter_frames": 0.5, "patches": [patch],
        "camera": camera_times(pan_track([0.0] * 4), FOUR, WINDOW, 1.0),
    }  # fmt: skip
    layer = {**files, "name": "far", "cdl": cdl, "opacity": 0.5, "says": "far"}
    return [
        nuke_script(
            {
                "name": "a", "frames": (1001, 1004), "width_px": 64, "height_px": 36,
                "pixel_aspect": 1.0, "rate": "24", "plate": {**files, "layer": "left.beauty"},
                "element": files, "matte": {"pattern": "m.%04d.exr"}, "comp": files,
                "cdl": cdl, "layers": (layer, layer), "scene": scene,  # type: ignore[typeddict-item]
                "config_path": "config.ocio", "working_space": "ACEScg",
            }
        ),
        nuke_in_place(
            {
                "scene": scene, "canvas": "a.exr", "flat": True, "plate": "p.%04d.exr",  # type: ignore[typeddict-item]
                "plate_space": "ACEScg", "size_px": (64, 36), "pixel_aspect": 1.0,
            }
        ),
    ]  # fmt: skip


class Opened:
    """A script that is open in the stand-in, with the panel's own modules loaded into it."""

    def __init__(self, scripts: list[bytes]) -> None:
        self.nuke = StandIn(knobs_in(scripts), list(SPACES))
        sys.modules["nuke"] = self.nuke
        for name in MODULES:
            sys.modules.pop(name, None)
        self.menu = importlib.import_module("menu")
        self.panel: Any = sys.modules["seamline_panel"]
        self.nodes: Any = sys.modules["seamline_nodes"]

    def until(self, done: Callable[[], Any], seconds: float = 240.0) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.nuke.pump()
            if found := done():
                return found
            time.sleep(0.05)
        raise AssertionError(self.panel.kept())

    def saved(self) -> dict[str, Node]:
        """The script as it would be saved, read back."""
        return {node.name: node for node in parse(self.nuke.script())}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Opened]]:
    monkeypatch.syspath_prepend(str(CLIENTS / "nuke"))
    for name in ("nuke", *MODULES):
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name))  # put back afterwards
    scripts = our_scripts()
    yield lambda: Opened(scripts)
    for name in MODULES:
        sys.modules.pop(name, None)


class Reader(reader.Nuke):
    """What Nuke makes of the nodes; a switch besides, and a config with families."""

    def Switch(self, node: Node, inputs: list[np.ndarray]) -> np.ndarray:
        which = node.knobs["which"]
        return inputs[0 if ".which" in which else int(which)]

    def Read(self, node: Node, inputs: list[np.ndarray]) -> np.ndarray:
        space = node.knobs.get("colorspace", "").rpartition("/")[2]
        knobs = {**node.knobs, "colorspace": space}
        return super().Read(Node(kind="Read", knobs=knobs), inputs)


def test_the_panel_imports_the_link_and_nuke_and_nothing_else() -> None:
    own = {"seamline_link", "seamline_nodes", "seamline_panel", "nuke"}
    for name in MODULES:
        tree = ast.parse((CLIENTS / "nuke" / f"{name}.py").read_text(), feature_version=(3, 10))
        for node in ast.walk(tree):
            named = []
            if isinstance(node, ast.Import):
                named = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                named = [str(node.module)]
            for module in named:
                assert module in own | sys.stdlib_module_names, (name, module)


def test_the_stand_in_has_no_name_argument_or_knob_of_its_own(
    opened: Callable[[], Opened],
) -> None:
    nuke = opened().nuke
    read = nuke.nodes.Read()
    with pytest.raises(AttributeError, match="nuke has no makeNode"):
        nuke.makeNode("Read")
    with pytest.raises(AttributeError, match="Node has no connect"):
        read.connect(0, None)
    with pytest.raises(TypeError, match="setInput"):
        read.setInput(0)
    with pytest.raises(TypeError, match="no int"):
        read.setInput("0", None)
    with pytest.raises(TypeError, match="toNode"):
        nuke.toNode("a", "b")
    with pytest.raises(NameError, match="colourspace"):
        read["colourspace"]
    with pytest.raises(TypeError, match="has no 'ACEScg'"):
        read["colorspace"].setValue("ACEScg")
    with pytest.raises(NotImplementedError):
        read.sample(1)


def test_a_crop_is_a_box_counted_from_the_top(opened: Callable[[], Opened]) -> None:
    script = opened()
    crop = script.nuke.nodes.Crop()
    for index, value in enumerate((10.0, 6.0, 40.0, 30.0)):  # left, below, right, above
        crop["box"].setValue(value, index)

    assert script.panel.box_of(crop, 36) == [10, 6, 30, 24]


def test_what_is_selected_and_no_region_is_refused(opened: Callable[[], Opened]) -> None:
    script = opened()
    with pytest.raises(Exception, match="is a Merge2; a region is a Roto's or a Crop's"):
        script.panel.region_of(script.nuke.nodes.Merge2(), {}, "w")
    roto = script.nuke.nodes.Roto()
    shot = {"format": {"width_px": 65, "height_px": 36}}
    with pytest.raises(Exception, match="is 64x36, the shot's plate 65x36"):
        script.panel.region_of(roto, shot, "w")


def test_a_roto_is_sent_painted_and_merged_in_the_script_that_is_saved(
    opened: Callable[[], Opened],
    tiny_show: TinyShow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The script is closed and opened again on the way, and the server started again."""
    tiny_show.static_shot(live=lambda n: np.zeros((36, 64), np.float32))
    token, door = token_file(tiny_show.root), tmp_path / "s.sock"
    monkeypatch.setenv("SEAMLINE_URL", f"unix:{door}")
    monkeypatch.setenv("SEAMLINE_TOKEN_FILE", str(token))
    monkeypatch.setenv("SEAMLINE_HOST_FOLDER", str(tiny_show.material))
    alpha = np.zeros((36, 64), np.float32)
    alpha[6:20, 10:30] = 1
    first = opened()

    def write(node: Any, start: int, end: int) -> None:
        assert node["channels"].value() == "alpha"
        assert node.input(0) is roto
        for frame in range(start, end + 1):
            picture = Picture(
                channels={"A": alpha}, data_window=(0, 0, 64, 36), display_window=(0, 0, 64, 36)
            )
            tiny_show.studio.images.write(frame_path(node["file"].value(), frame), picture)

    first.nuke.on_execute = write
    plate = first.nuke.nodes.Read(name="my_plate", raw=False, colorspace="ACES/ACEScg")
    plate["file"].setValue(str(tiny_show.material / "S_010.%04d.exr"))
    roto = first.nuke.nodes.Roto()
    roto.setInput(0, plate)
    first.nuke.selected = [roto]
    first.nuke.answers = {"variations": "2", "generator": "neutral"}
    with serving(tiny_show.root, "--socket", str(door), log=tmp_path / "log"):
        first.nuke.commands["Send the selected Roto or Crop..."]()
        first.until(lambda: first.panel.kept()[0]["standing"] == "queued")
    assert not first.nuke.messages
    assert not [n for n in first.nuke.all_nodes if n.Class() == "Write"]

    kept = first.nuke.root()["seamline_asks"].value()
    again = opened()
    again.nuke.root().addKnob(again.nuke.String_Knob("seamline_asks", ""))
    again.nuke.root()["seamline_asks"].setValue(kept)
    again.nuke.add("Read", name="my_plate", file=plate["file"].value(), raw=False)
    again.nuke.all_nodes[0]["colorspace"].setValue("ACES/ACEScg")
    with serving(tiny_show.root, "--socket", str(door), log=tmp_path / "log"):
        (load,) = again.nuke.on_load
        load()
        asked.work(tiny_show.studio, wiring.at_work(), again.panel.kept()[0]["ask"])
        again.until(lambda: again.panel.kept()[0]["standing"] == "published")
        load()
        (entry,) = again.panel.kept()
        again.panel.heard(entry["request"], "returned", {"versions": []})

    assert len(queue.read(tiny_show.studio.ledger)) == 1
    assert [v.id for v in book.versions(tiny_show.studio.ledger, "S_010")] == [
        "S_010_env_b01_v001",
        "S_010_env_b02_v001",
    ]
    nodes = again.saved()
    pick = nodes[f"seamline_{entry['ask']}_variation"]
    assert [n.name for n in pick.inputs if n] == [
        f"seamline_{entry['ask']}_b01_over",
        f"seamline_{entry['ask']}_b02_over",
    ]
    for node in nodes.values():
        if node.kind == "Read" and node.name != "my_plate":
            said = [node.knobs[k] for k in ("first", "last", "origfirst", "origlast")]
            assert said == ["1001", "1002", "1001", "1002"]
            assert (node.knobs["raw"] == "true") == ("generated" in node.name)
    merge = pick.inputs[0]
    assert merge is not None
    assert merge.knobs["bbox"] == "union"
    assert not {"Crop", "Reformat", "Write"} & {n.kind for n in nodes.values()}
    for frame in (1001, 1002):
        seen = Reader(tiny_show, tiny_show.root, frame).picture(pick)
        under = tiny_show.studio.images.read(
            str(tiny_show.material / f"S_010.{frame}.exr")
        ).rgb()
        np.testing.assert_array_equal(seen[alpha == 0][:, :3], under[alpha == 0])
        element = tiny_show.studio.images.read(
            frame_path(tiny_show.studio.shelf.element_pattern("S_010_env_b01_v001"), frame)
        )
        assert (element.channels["A"][alpha == 1] == 1).all()
        np.testing.assert_allclose(
            seen[alpha == 1][:, :3], element.rgb()[alpha == 1], rtol=0, atol=2e-6
        )


@pytest.fixture(scope="module")
def layered_show(tmp_path_factory: pytest.TempPathFactory) -> tuple[TinyShow, dict[str, Any]]:
    """A version in layers, as the server hands it to a host."""
    show = TinyShow(tmp_path_factory.mktemp("layered"))
    layered.employing(show, layered.Layered())
    layered.two_references(show)
    layered.panned(show)
    ask = asked.queue_for_host(
        show.studio, "042", Person(name="a.bell"), HostAsk(), request="r",
        variations=1, generator="layered",
    )  # fmt: skip
    done = asked.work(show.studio, wiring.at_work(), ask.id)
    return show, _paper(show.studio, done["versions"][0])


@pytest.fixture
def travelled(layered_show: tuple[TinyShow, dict[str, Any]]) -> dict[str, Any]:
    return copy.deepcopy(layered_show[1])


def test_layers_are_kept_apart_and_over_one_another_they_are_the_element(
    opened: Callable[[], Opened], layered_show: tuple[TinyShow, dict[str, Any]]
) -> None:
    (show, travelled), script = layered_show, opened()
    script.nodes.build("0a1b", [travelled], None)
    script.nodes.build("0a1b", [travelled], None)
    nodes = script.saved()

    names = [layer["name"] for layer in travelled["layers"]]
    assert len(names) >= 2
    for name in names:
        assert f"/layers/{name}/" in nodes[f"seamline_0a1b_b01_{name}"].knobs["file"]
        assert nodes[f"seamline_0a1b_b01_{name}"].knobs["premultiplied"] == "true"
    apart = nodes["seamline_0a1b_from_layers"].inputs[0]
    assert apart is not None
    for frame in (1001, 1002):
        see = Reader(show, show.root, frame)
        whole = see.picture(nodes["seamline_0a1b_variation"])
        np.testing.assert_allclose(see.picture(apart), whole, rtol=0, atol=4 * reader.HALF)
    follows = nodes["seamline_0a1b_from_layers"].knobs["which"]
    assert "seamline_0a1b_variation.which" in follows
    # Its surfaces are no cards: a mesh each, seen through the shot's own camera.
    render = nodes["seamline_0a1b_through_the_lens"]
    background, scene, camera = render.inputs
    assert background is None
    assert scene is not None
    assert camera is nodes["seamline_0a1b_camera"]
    assert {n.kind for n in scene.inputs if n} == {"ReadGeo2"}
    for node in scene.inputs:
        assert node is not None
        assert Path(node.knobs["file"]).read_text().startswith("o ")


def test_a_cdl_is_applied_in_acescct_to_straight_colour(
    opened: Callable[[], Opened], travelled: dict[str, Any]
) -> None:
    travelled["cdl"] |= {
        "slope": [1.1, 1.0, 0.9], "offset": [0.01, 0.0, -0.02], "power": [1.0, 1.05, 1.0],
        "saturation": 0.9, "working_space": "ACEScct",
    }  # fmt: skip
    script = opened()
    script.nodes.build("0a1b", [travelled], None)
    node = script.saved()["seamline_0a1b_b01_cdl"]

    assert node.kind == "OCIOCDLTransform"
    said = {k: node.knobs[k] for k in ("slope", "offset", "power", "saturation")}
    assert said == {
        "slope": "1.1 1.0 0.9", "offset": "0.01 0.0 -0.02", "power": "1.0 1.05 1.0",
        "saturation": "0.9",
    }  # fmt: skip
    assert (node.knobs["working_space"], node.knobs["unpremult"]) == ("ACEScct", "rgba.alpha")


def test_the_grade_that_a_revised_lock_suggests_stands_on_the_plate_and_is_off(
    opened: Callable[[], Opened], travelled: dict[str, Any]
) -> None:
    travelled["live_suggestion"] = {
        "id": "042_live_suggestion", "slope": [1.0, 1.0, 1.0], "offset": [-0.04, -0.06, -0.09],
        "power": [1.0, 1.0, 1.0], "saturation": 1.0, "working_space": "ACEScct",
    }  # fmt: skip
    script = opened()
    script.nodes.build("0a1b", [travelled], None)
    nodes = script.saved()

    node = nodes["seamline_0a1b_live_suggestion"]
    assert (node.kind, node.knobs["disable"]) == ("OCIOCDLTransform", "true")
    assert node.knobs["offset"] == "-0.04 -0.06 -0.09"
    assert [n.name for n in node.inputs if n] == ["seamline_0a1b_plate"]
    over = nodes["seamline_0a1b_b01_over"]
    assert over.inputs[0] is not None
    assert over.inputs[0].name == node.name


def test_beside_the_stage_lies_its_camera_as_a_chan(travelled: dict[str, Any]) -> None:
    scene = travelled["scene"]
    first, last = travelled["frames"]
    numbers = json.loads(Path(scene["numbers"]).read_text())

    read = TrackFiles().read(scene["chan"], FrameRange(first=first, last=last))

    assert len(numbers["camera"]) == last - first + 1
    for said in numbers["camera"]:
        sample = read.sample(said["frame"])
        np.testing.assert_allclose(sample.position_m, said["position_m"], atol=1e-12)
        turned = np.ravel(sample.world_from_camera)
        np.testing.assert_allclose(turned, said["world_from_camera"], atol=1e-12)
        assert sample.lens.focal_length_mm == pytest.approx(said["focal_length_mm"])


def test_a_config_without_the_space_builds_nothing_and_says_so(
    opened: Callable[[], Opened], travelled: dict[str, Any]
) -> None:
    script = opened()
    script.nuke.spaces[:] = ["sRGB", "linear"]
    with pytest.raises(script.nodes.CannotBuildError, match="no colour space 'ACEScg'"):
        script.nodes.build("0a1b", [travelled], None)
    assert script.nuke.all_nodes == []


def plain(one: dict[str, Any]) -> dict[str, Any]:
    return {k: v if v is None else np.asarray(v).tolist() for k, v in one.items()}


def test_camera_and_card_stand_where_the_numbers_say(
    opened: Callable[[], Opened], travelled: dict[str, Any], tmp_path: Path
) -> None:
    track = pan_track([170.0, 178.0, 186.0, 194.0], tilt_deg=-8.0, travel_m=(0.1, 0.0, -0.2))
    corners = [[-1.0, 3.0, -6.0], [1.0, 3.0, -4.0], [-1.0, 1.0, -6.0], [1.0, 1.0, -4.0]]
    times = camera_times(track, FOUR, WINDOW, 1.0)
    numbers = {
        "colourspace": "ACEScg", "shutter_frames": 0.5,
        "camera": [plain(one) for one in times],
        "patches": [{"name": "wall", "picture": "wall.exr", "points_m": corners,
                     "distance_m": 5.0, "uv": [], "faces": []}],
    }  # fmt: skip
    path = tmp_path / "scene.json"
    path.write_text(json.dumps(numbers))
    travelled["scene"]["numbers"] = str(path)
    script = opened()
    script.nodes.build("0a1b", [travelled], None)
    nodes = script.saved()

    # The delivered script's own camera, held to Nuke's rules in a test of its own.
    (delivered,) = (n for n in comp(track, 1.0, []) if n.kind == "Camera2")
    camera = nodes["seamline_0a1b_camera"]
    points = np.array([[0.3, 1.0, 9.0], [-1.0, 2.0, 12.0], [1.5, 0.5, 7.0]])
    for frame in FOUR:
        np.testing.assert_allclose(
            seen_by_nuke(camera, frame, points, 1.0),
            seen_by_nuke(delivered, frame, points, 1.0),
            atol=1e-6,
        )
    pans = [knob(camera, "rotate", frame)[1] for frame in FOUR]
    assert np.allclose(np.diff(pans), 8.0), "it goes on over a full turn"
    card = nodes["seamline_0a1b_card_wall"]
    w, h, _ = knob(card, "scaling", 1001)
    assert (w, h) == (pytest.approx(8**0.5), pytest.approx(2.0))
    there = np.array([[-w / 2, h / 2, 0], [w / 2, h / 2, 0], [-w / 2, -h / 2, 0]])
    there = there @ rotation(card, 1001).T + knob(card, "translate", 1001)
    np.testing.assert_allclose(there, corners[:3], atol=1e-9)
    assert card.knobs["image_aspect"] == "false"
