"""``seamline doctor``: what stands, and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seamline.cli.common import Answer, Call, command


@command(None, "doctor")
def doctor(call: Call) -> Answer:
    r"""
    Check this machine, and the show's records if there is a show.

    Says which walls stand around what paints and what opens foreign files: a child behind
    them tries to get out. What it found is written down in the show.

    \b
    Example:
        seamline doctor
    """
    from seamline import made_here, wiring
    from seamline.errors import ShowError
    from seamline.show.record import as_record

    try:
        root = wiring.show_root(call.root)
    except ShowError:
        if call.root:
            raise
        made, walls = as_record(made_here.made_with("")), wiring.walls()
        document = {"made": made, "walls": walls, "show": None}
        return document, [*_lines(made), *_walls(walls), "no show here"]
    studio = wiring.open_studio(root, threads=call.threads)
    made = as_record(studio.made())
    rows = studio.ledger.verify()
    walls = wiring.walls(studio.settings.isolation)
    if wiring.record_walls(studio, walls):
        rows += 1
    if walls["isolation"] == "required" and not all(walls["holds"].values()):
        call.exit_code = 1
    swept = wiring.sweep(studio)
    document = {
        "made": made,
        "walls": walls,
        "show": root,
        "ledger_rows": rows,
        "swept": swept,
    }
    return document, [
        *_lines(made),
        *_walls(walls),
        f"show: {root}",
        f"ledger: {rows} rows, chain whole",
        f"left-overs removed: {len(swept)}",
    ]


def _lines(made: dict[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in made.items() if value]


def _walls(walls: Mapping[str, Any]) -> list[str]:
    lines = [f"walls: {walls['by']} (isolation is {walls['isolation']})"]
    for wall, holds in walls["holds"].items():
        tried = ", ".join(f"{name} {how}" for name, how in walls["tried"][wall].items())
        lines.append(f"  {wall}: {'stands' if holds else 'DOES NOT STAND'} ({tried})")
    return lines
