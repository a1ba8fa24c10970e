"""``seamline deliver`` and ``audit``."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command, numbers


@command(None, "deliver")
@click.argument("shot")
@click.argument("directory")
@click.option(
    "--overscan",
    type=float,
    metavar="PERCENT",
    help="Also the clean element undistorted, with so much on each side [none].",
)
def deliver(call: Call, shot: str, directory: str, overscan: float | None) -> Answer:
    r"""
    Write SHOT's chosen, signed version to DIRECTORY.

    EXR comp, clean element and generated-region matte, CDL, Nuke script, OCIO
    config and the delivery record. Refuses what is unsigned, or changed after
    signing.

    \b
    Example:
        seamline deliver 042_0110 deliveries/042_0110
    """
    from seamline import wiring
    from seamline.steps.deliver import deliver as step

    found = step(call.studio(), shot, wiring.absolute(directory), overscan=overscan)
    return found, [
        f"{found['directory']}: {len(found['files'])} files, signed by {found['signed_by']}",
        found["record"],
    ]


@command(None, "audit")
@click.argument("path")
@click.option("--pixel", metavar="X,Y", help="One pixel, from the top left.")
@click.option("--rebuild", is_flag=True, help="Make its layers again from the references.")
def audit(call: Call, path: str, pixel: str | None, rebuild: bool) -> Answer:
    r"""
    Trace PATH (comp, element, layer, record or delivery folder), or one pixel of it.

    With --rebuild every painted layer is made again from its references' own files by
    its lineage, and must come out bit for bit.

    \b
    Example:
        seamline audit delivery/comp/042_0110_env_b03_v001_comp.1001.exr --pixel 480,120
    """
    from seamline import wiring
    from seamline.steps.audit import audit as step

    at = numbers(pixel, 2, what="--pixel") if pixel else None
    file = wiring.absolute(path)
    found = step(call.studio(near=file), file, (at[0], at[1]) if at else None, again=rebuild)
    return found, list(_told(found))


def _told(found: dict[str, object]) -> list[str]:
    lines = []
    for name, value in found.items():
        if isinstance(value, list):
            lines.append(f"{name}:")
            lines += [f"    {_flat(item)}" for item in value]
        else:
            lines.append(f"{name}: {_flat(value)}")
    return lines


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items() if v not in ("", None))
    return str(value)
