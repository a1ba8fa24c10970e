"""
Where a 5 series' compositor is another, by what its change log says; no Blender 5 is here.

A stand-in of a few lines has its names: a scene that points to a node group, a Group Output
in place of a Composite node, a switch that is a socket, an Alpha Over that has other inputs.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hosts import CLIENTS


class Nodes(list[Any]):
    def new(self, kind: str) -> Any:
        inputs = {"Image": SimpleNamespace(name="Image", node=kind)}
        self.append(SimpleNamespace(bl_idname=kind, inputs=inputs))
        return self[-1]


def group(name: str, kind: str) -> Any:
    assert kind == "CompositorNodeTree"
    sockets: list[dict[str, str]] = []
    interface = SimpleNamespace(new_socket=lambda **said: sockets.append(said))
    return SimpleNamespace(name=name, nodes=Nodes(), interface=interface, sockets=sockets)


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    bpy: Any = ModuleType("bpy")
    properties = {"compositing_node_group": object(), "name": object()}
    scene = SimpleNamespace(bl_rna=SimpleNamespace(properties=properties))
    bpy.types = SimpleNamespace(Scene=scene, NodeTree=object, Node=object, NodeSocket=object)
    bpy.data = SimpleNamespace(node_groups=SimpleNamespace(new=group))
    bpy.app = SimpleNamespace(version=(5, 0, 0))
    bpy.ops = SimpleNamespace(wm=SimpleNamespace(usd_import=print))
    monkeypatch.setitem(sys.modules, "bpy", bpy)
    path = CLIENTS / "blender" / "seamline_blender" / "versions.py"
    spec = importlib.util.spec_from_file_location("versions_of_5", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tree_is_a_group_that_is_made_once_and_ends_in_a_group_output(
    versions: Any,
) -> None:
    scene = SimpleNamespace(compositing_node_group=None)  # no node_tree, no use_nodes to set

    tree = versions.tree_of(scene)
    ends = [versions.end_of(tree), versions.end_of(tree)]

    assert scene.compositing_node_group is tree
    assert versions.tree_of(scene) is tree
    assert tree.sockets == [
        {"name": "Image", "in_out": "OUTPUT", "socket_type": "NodeSocketColor"}
    ]
    assert [node.bl_idname for node in tree.nodes] == ["NodeGroupOutput"]
    assert ends[0] is ends[1]
    assert versions.imports_usd()


@pytest.mark.parametrize(
    "names",
    [["Fac", "Image", "Image"], ["Background", "Foreground", "Factor", "Type", "Straight"]],
)
def test_an_alpha_over_is_known_by_its_sockets_kinds(versions: Any, names: list[str]) -> None:
    kinds = {"Fac": "VALUE", "Factor": "VALUE", "Type": "MENU", "Straight": "BOOLEAN"}
    sockets = [SimpleNamespace(name=n, type=kinds.get(n, "RGBA")) for n in names]
    pictures = [socket for socket in sockets if socket.type == "RGBA"]

    factor, below, above = versions.factor_and_images(SimpleNamespace(inputs=sockets))

    assert factor.name.startswith("Fac")
    assert [below, above] == pictures


def test_a_switch_is_a_property_or_a_socket(versions: Any) -> None:
    older = SimpleNamespace(check=False)
    newer = SimpleNamespace(inputs={"Switch": SimpleNamespace(default_value=False)})

    versions.set_switch(older, True)
    versions.set_switch(newer, True)

    assert older.check
    assert newer.inputs["Switch"].default_value
