"""``seamline sheet`` and ``choose``."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command


@command(None, "sheet")
@click.argument("shot")
def sheet(call: Call, shot: str) -> Answer:
    r"""
    Write SHOT's contact sheet (PNG) and review page (one HTML file).

    \b
    Example:
        seamline sheet 042_0110
    """
    from seamline.steps.review import sheet as step

    contact, review = step(call.studio(), shot)
    return {"shot": shot, "contact": contact, "review": review}, [contact, review]


@command(None, "choose")
@click.argument("shot")
@click.argument("element", metavar="ID")
@click.option("--by", required=True, help="Who chooses; they need a key.")
def choose(call: Call, shot: str, element: str, by: str) -> Answer:
    r"""
    Choose the variation ID for SHOT.

    \b
    Example:
        seamline choose 042_0110 042_0110_env_b03_v001 --by "M. Okafor"
    """
    from seamline.show.record import as_record
    from seamline.steps.review import choose as step

    found = step(call.studio(), shot, element, by=by)
    return as_record(found), [f"{shot}: {found.element}, chosen by {found.by}"]
