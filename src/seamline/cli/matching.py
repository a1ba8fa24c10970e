"""``seamline match``."""

from __future__ import annotations

from typing import Any

import click

from seamline.cli.common import Answer, Call, command
from seamline.errors import InputError


@command(None, "match")
@click.argument("shot")
@click.argument("element", metavar="[ID]", required=False)
@click.option("--on", multiple=True, metavar="LAYER", help="Switch a layer on.")
@click.option("--off", multiple=True, metavar="LAYER", help="Switch a layer off.")
@click.option(
    "--set", "settings", multiple=True, metavar="LAYER.NAME=VALUE", help="Set a number."
)
@click.option("--cdl", metavar="FILE", help="A .cc or .ccc for the CDL layer.")
@click.option("--grain", metavar="FILE", help="A grain model (JSON) for the grain layer.")
@click.option("--reset", multiple=True, metavar="LAYER", help="Back to what was found.")
@click.option("--by", metavar="NAME", help="Who changes it.")
@click.option("--export", metavar="DIR", help="Write .cc, .ccc, grain and numbers there.")
def match(
    call: Call,
    shot: str,
    element: str | None,
    on: tuple[str, ...],
    off: tuple[str, ...],
    settings: tuple[str, ...],
    cdl: str | None,
    grain: str | None,
    reset: tuple[str, ...],
    by: str | None,
    export: str | None,
) -> Answer:
    r"""
    Show the layers that bring SHOT's versions to the plate, or change one version's.

    The layers, in the order they are laid on: cdl, shadow, haze, wrap, sharpness, grain. A
    change is rendered as a new version, unsigned; the clean element stays as it is. What can
    be set: cdl.slope, .offset, .power, .saturation; shadow.amount; haze.black, .colour,
    .visibility_m; wrap.width_px, .amount; sharpness.sigma_px, .sharpen; grain.amount, .seed.

    \b
    Example:
        seamline match 042_0110
        seamline match 042_0110 042_0110_env_b03_v001 --off grain --by "A. Lindqvist"
    """
    from seamline import on_disk
    from seamline.steps.main_job import match_changed
    from seamline.steps.match_by_hand import read_numbers
    from seamline.steps.match_papers import export_match, shown_match, shown_versions

    changes = bool(on or off or settings or cdl or grain or reset)
    if (changes or export) and not element:
        raise InputError(
            "a change or an export is of one version, and none is named",
            remedy=f"seamline match {shot} ID ...",
        )
    studio = call.studio()
    document: dict[str, Any] = {"shot": shot}
    if changes:
        assert element is not None
        document |= match_changed(
            studio,
            shot,
            element,
            by=by or "",
            on=on,
            off=off,
            numbers=read_numbers(settings),
            cdl=on_disk.absolute(cdl) if cdl else "",
            grain=on_disk.absolute(grain) if grain else "",
            reset=reset,
        )
        element = str(document["variations"][0]["id"])
    versions = [shown_match(v) for v in shown_versions(studio, shot, element)]
    document["versions"] = versions
    words = [line for version in versions for line in _lines(version)]
    if export:
        assert element is not None
        document["written"] = export_match(studio, shot, element, on_disk.absolute(export))
        words += document["written"]
    return document, words


def _lines(version: dict[str, Any]) -> list[str]:
    found = [str(version["id"])]
    for layer in version["layers"]:
        state = "on " if layer["on"] else "off"
        numbers = _numbers(layer["numbers"])
        source = f" [{layer['source']}]" if layer["source"] else ""
        found.append(f"    {state} {layer['layer']:<9} {numbers}{source}")
        found.append(f"        {layer['says']}")
    return found


def _numbers(numbers: dict[str, Any]) -> str:
    numbers = {**numbers, **numbers.get("cdl", {})}
    said = []
    for name, value in numbers.items():
        if name in ("cdl", "id", "description") or value is None:
            continue
        if name in ("model", "frames"):
            said.append(f"{name} {value[:12] or 'none'}")
        elif isinstance(value, list):
            said.append(f"{name} {', '.join(f'{v:g}' for v in value)}")
        elif isinstance(value, int | float):
            said.append(f"{name} {value:g}")
        else:
            said.append(f"in {value}" if name == "working_space" else f"{name} {value}")
    return "; ".join(said)
