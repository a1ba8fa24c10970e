"""``seamline shot add --from``: many shots at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from seamline.cli.common import Answer, Call
from seamline.errors import InputError

Function = TypeVar("Function", bound=Callable[..., Any])
_OPTIONS = (
    click.option(
        "--from", "file", metavar="FILE", help="Many shots: a turnover (.otio, .edl, .csv)."
    ),
    click.option(
        "--plates",
        multiple=True,
        metavar="DIR",
        help="Of a turnover: where its material lies [beside it].",
    ),
    click.option(
        "--handles",
        type=click.IntRange(0),
        metavar="N",
        help="Of a turnover: frames wanted at each end of the cut [all there are].",
    ),
    click.option("--rate", metavar="FPS", help="Of an EDL: frames per second [the show's]."),
    click.option(
        "--need",
        multiple=True,
        type=click.Choice(["track", "matte", "lens", "grade"]),
        help="Of a turnover: what no shot may lack (may be given again).",
    ),
    click.option("--report", metavar="FILE", help="Of a turnover: write the report as CSV."),
    click.option("--dry-run", is_flag=True, help="Of a turnover: look, and record nothing."),
)


def turnover_options(function: Function) -> Function:
    """Give a command the options of a turnover."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def shot_named(name: str | None, turnover: Mapping[str, Any]) -> str:
    """Return the one shot's name; refuse what only a turnover knows."""
    given = [word for word, said in turnover.items() if said not in (None, (), False)]
    if given:
        raise InputError(
            f"--{given[0].replace('_', '-')} belongs to a turnover, and there is no --from",
            remedy="Give the turnover: seamline shot add --from FILE.",
        )
    if name is None:
        raise InputError(
            "neither a shot nor a turnover was named",
            remedy="Write seamline shot add SHOT, or seamline shot add --from FILE.",
        )
    return name


def take_turnover_in(
    call: Call,
    *,
    file: str,
    alone: Sequence[object],
    plates: Sequence[str],
    handles: int | None,
    rate: str | None,
    need: Sequence[str],
    colourspace: str | None,
    grade_space: str | None,
    report: str | None,
    dry_run: bool,
) -> Answer:
    """
    Take in the turnover ``file``; leave with 1 where something is missing.

    ``alone`` are the command's words for one shot: a turnover has none of them.
    """
    from fractions import Fraction

    from seamline import on_disk
    from seamline.steps.turnover import take_in
    from seamline.steps.turnover_look import Asked
    from seamline.steps.turnover_report import document, table, words

    if any(alone):
        raise InputError(
            "a turnover names its shots itself: --from goes with none of SHOT, --plate, "
            "--track, --static, --frames and --grade",
            remedy="Write them into the turnover, or add that shot by itself.",
        )
    studio = call.studio()
    said = rate or studio.settings.rate
    try:
        if not 0 < Fraction(said) <= 1000:
            raise ValueError
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(
            f"{said!r} is no frame rate", remedy="Write --rate 24, or --rate 24000/1001."
        ) from error
    path = on_disk.absolute(file)
    isolation = studio.settings.isolation
    turnover, material = on_disk.turnover(path, said, plates, isolation=isolation)
    asked = Asked(
        handles=handles,
        need=tuple(need),
        colourspace=colourspace or "",
        grade_space=grade_space or "",
    )
    intake = take_in(studio, turnover, material, asked, dry_run=dry_run)
    if report:
        studio.shelf.write(on_disk.absolute(report), table(intake))
    call.exit_code = 0 if intake.whole else 1
    return document(intake), words(intake)
