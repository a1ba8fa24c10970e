"""Real Blender with the add-on installed from its zip, in a home of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hosts import CLIENTS

from blender import PROGRAM

SECONDS = 300
BEGIN = """
import bpy, json, sys, time
said = json.load(open(sys.argv[-1]))
bpy.ops.preferences.addon_install(filepath=said["zip"])
bpy.ops.preferences.addon_enable(module="seamline_blender")
import seamline_blender
from seamline_blender import asks, bring, nodes, regions, settings, versions
scene = bpy.context.scene
told = {}


def rendered(stem):
    # What the compositor gives, in float, as it is.
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.color_depth = "32"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.filepath = said["out"] + "/" + stem + ".####"
    bpy.ops.render.render(animation=True)


"""
END = """

json.dump(told, open(said["out"] + "/told.json", "w"))
"""


def in_blender(folder: Path, script: str, *, config: Path, **said: Any) -> dict[str, Any]:
    """Run ``script`` in a fresh Blender; return what it put into ``told``."""
    assert PROGRAM is not None
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, str(CLIENTS / "pack.py"), str(folder)], check=True, capture_output=True
    )
    facts = {**said, "out": str(folder), "zip": str(folder / "seamline-blender.zip")}
    (folder / "said.json").write_text(json.dumps(facts))
    (folder / "script.py").write_text(BEGIN + script + END)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    env = {**os.environ, "OCIO": str(config), "BLENDER_USER_RESOURCES": str(home)}
    env |= {"HOME": str(home), "TMPDIR": str(folder)}
    ran = subprocess.run(
        [PROGRAM, "-b", "--factory-startup", "--python-exit-code", "3", "--python",
         str(folder / "script.py"), "--", str(folder / "said.json")],
        capture_output=True, text=True, timeout=SECONDS, check=False, env=env,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert "Traceback" not in ran.stdout + ran.stderr, ran.stdout[-3000:] + ran.stderr[-3000:]
    found: dict[str, Any] = json.loads((folder / "told.json").read_text())
    found["log"] = ran.stdout + ran.stderr
    return found
