"""``seamline sheet``, ``choose`` and ``qc``."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command
from seamline.errors import InputError


@command(None, "sheet")
@click.argument("shot")
@click.option("--page", is_flag=True, help="What the server's review page shows, in place.")
@click.option(
    "--width",
    type=click.IntRange(64, 8192),
    default=2048,
    show_default=True,
    metavar="PX",
    help="Of the page's pictures, at most.",
)
@click.option("--full", metavar="ID", help="Every pixel of a version (or: plate), at --frame.")
@click.option("--frame", type=int, metavar="N", help="Which frame --full makes.")
def sheet(
    call: Call, shot: str, page: bool, width: int, full: str | None, frame: int | None
) -> Answer:
    r"""
    Write SHOT's contact sheet (PNG and PDF) and review page (one HTML file).

    With --page instead what the page of `seamline serve` shows: every frame as half
    floats, and the show's views as shaders. What stands already is not made again.

    \b
    Example:
        seamline sheet 042_0110
        seamline sheet 042_0110 --page
    """
    from seamline.steps.review import PRINTED
    from seamline.steps.review import sheet as step
    from seamline.steps.screening import screen
    from seamline.steps.screening_full import screen_full

    if full or frame is not None:
        if not full or frame is None or not page:
            raise InputError(
                f"{shot}: --full is of one frame of the page's pictures",
                remedy=f"seamline sheet {shot} --page --full ID --frame N",
            )
        name = screen_full(call.studio(), shot, full, frame)
        return {"shot": shot, "file": name}, [f"{full} {frame}: every pixel is there"]
    if page:
        index = screen(call.studio(), shot, width_px=width)
        found = {"shot": shot, "versions": list(index["versions"]), "levels": index["levels"]}
        return found, [f"{shot}: {len(index['versions'])} versions ready for the review page"]
    contact, review = step(call.studio(), shot)
    printed = call.studio().shelf.sheet_path(shot, PRINTED)
    found = {"shot": shot, "contact": contact, "contact_pdf": printed, "review": review}
    return found, [contact, printed, review]


@command(None, "choose")
@click.argument("shot")
@click.argument("element", metavar="[ID]", required=False)
@click.option("--by", required=True, help="Who chooses; they need a key.")
@click.option("--none", "nothing", is_flag=True, help="Take the choice back.")
def choose(call: Call, shot: str, element: str | None, by: str, nothing: bool) -> Answer:
    r"""
    Choose the variation ID for SHOT, or with --none take the choice back.

    \b
    Example:
        seamline choose 042_0110 042_0110_env_b03_v001 --by "M. Okafor"
    """
    from seamline.show.record import as_record
    from seamline.steps.review import choose as step
    from seamline.steps.review import unchoose

    if nothing == bool(element):
        raise InputError(
            f"{shot}: "
            + ("--none and an ID say two things" if nothing else "nothing is named"),
            remedy=f"seamline choose {shot} ID --by NAME, or --none instead of the ID",
        )
    if not element:
        found = unchoose(call.studio(), shot, by=by)
        return as_record(found), [f"{shot}: nothing chosen any more, by {found.by}"]
    found = step(call.studio(), shot, element, by=by)
    return as_record(found), [f"{shot}: {found.element}, chosen by {found.by}"]


@command(None, "qc")
@click.argument("shot")
@click.argument("element", metavar="[ID]", required=False)
@click.option("--measured", metavar="FILE", help="Numbers measured of the take (JSON).")
@click.option("--strict", is_flag=True, help="Leave with 1 where a check fails.")
def qc(
    call: Call, shot: str, element: str | None, measured: str | None, strict: bool
) -> Answer:
    r"""
    Write a QC report on version ID of SHOT: HTML with pictures, and JSON.

    Without ID: on the chosen version, or where nobody chose, on the newest of every
    variation. Leaves with 0 once it is written, whatever the checks say; with --strict
    with 1 where one fails.

    \b
    Example:
        seamline qc 042_0110 042_0110_env_b03_v001
    """
    from seamline import on_disk
    from seamline.steps.qc import qc as step
    from seamline.steps.take import Take

    take = Take(measured=on_disk.absolute(measured) if measured else "")
    reports = step(call.studio(), shot, element, take=take)
    call.exit_code = 1 if strict and any(r.failed for r in reports) else 0
    words = []
    for report in reports:
        words.append(f"{report.document['id']}: {report.document['verdict']['says']}")
        words += [
            f"  FAIL  {f['says']}"
            for f in report.document["findings"]
            if f["verdict"] == "fail"
        ]
        words += [f"  {report.page}", f"  {report.numbers}"]
    document = {
        "shot": shot,
        "reports": [{**r.document, "page": r.page, "numbers": r.numbers} for r in reports],
    }
    return document, words


@command(None, "notes")
@click.argument("shot")
def notes(call: Call, shot: str) -> Answer:
    r"""
    List what people said about SHOT's versions on the review page.

    \b
    Example:
        seamline notes 042_0110
    """
    from seamline.show.record import as_record
    from seamline.steps.notes import notes as step

    found = step(call.studio().ledger, shot)
    words = []
    for note in found:
        drawn = f"[{len(note.strokes)} drawn]" if note.strokes else ""
        said = [f'"{note.verdict}"' if note.verdict else "", note.text, drawn]
        told = " ".join(" ".join(said).split())
        words.append(f"{note.element} {note.frame}  {note.at}  {note.by}: {told}")
    return {"shot": shot, "notes": [as_record(note) for note in found]}, words or ["no notes"]
