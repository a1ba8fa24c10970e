"""``seamline reference``: approve the pictures a show may paint from."""

from __future__ import annotations

from dataclasses import fields

import click

from seamline.cli.common import Answer, Call, Group, command


@click.group(cls=Group)
def reference() -> None:
    r"""
    Approve the pictures a show may paint from.

    \b
    Example:
        seamline reference add ridge.jpg --kind photography --owner "A. Berasategi" \
            --licence CC-BY-4.0 --approved-by "M. Okafor" --allow paint
    """


@command(reference, "add")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--kind", required=True, type=click.Choice(["photography", "concept", "lighting"])
)
@click.option("--owner", default="", help="Who owns the picture.")
@click.option("--licence", default="", help="Under which licence it may be used.")
@click.option("--approved-by", default="", help="Who approved it for this show.")
@click.option("--allow", multiple=True, type=click.Choice(["paint", "train"]), help="For what.")
@click.option("--colourspace", help="Its colour space, where the file does not say.")
@click.option("--caption", default="", help="A line about it.")
@click.option("--expires", default="", metavar="YYYY-MM-DD", help="Last day of permission.")
@click.option("--hfov", type=float, metavar="DEG", help="Its horizontal field of view [50].")
@click.option("--projection", type=click.Choice(["flat", "latlong"]), help="[by its shape]")
@click.option("--key-azimuth", type=float, metavar="DEG", help="Where its key light stands.")
@click.option("--key-elevation", type=float, metavar="DEG", help="How high its key stands.")
@click.option("--cct", type=float, metavar="K", help="Colour temperature its light reads as.")
@click.option("--exposure", type=float, metavar="STOPS", help="Grey card, stops from 0.18.")
def add(
    call: Call,
    files: tuple[str, ...],
    kind: str,
    owner: str,
    licence: str,
    approved_by: str,
    allow: tuple[str, ...],
    colourspace: str | None,
    caption: str,
    expires: str,
    hfov: float | None,
    projection: str | None,
    key_azimuth: float | None,
    key_elevation: float | None,
    cct: float | None,
    exposure: float | None,
) -> Answer:
    r"""
    Add FILES (EXR, HDR, JPEG, PNG, TIFF) to the show's references.

    Without owner, licence or approver they are kept as unapproved, and nothing is
    painted from them. Pixels whose alpha is below 1 are never copied.

    \b
    Example:
        seamline reference add ridge.jpg --kind photography --owner "A. Berasategi" \
            --licence CC-BY-4.0 --approved-by "M. Okafor" --allow paint \
            --hfov 50 --key-elevation 40 --cct 5600 --exposure 0
    """
    from seamline import wiring
    from seamline.show.lock import Light
    from seamline.steps.reference import Permission, add_reference

    studio = call.studio()
    said = Permission(
        kind=kind,
        owner=owner,
        licence=licence,
        approved_by=approved_by,
        allow=allow,
        colourspace=colourspace,
        caption=caption,
        expires_on=expires,
        hfov_deg=hfov,
        projection=projection,
        light=Light(
            key_azimuth_deg=key_azimuth,
            key_elevation_deg=key_elevation,
            colour_temperature_k=cct,
            exposure_stops=exposure,
        ),
    )
    added = [add_reference(studio, wiring.absolute(file), said) for file in files]
    shown = ("id", "file_name", "kind", "colourspace", "evidence", "projection", "allow")
    document = [
        {f.name: getattr(r, f.name) for f in fields(r) if f.name in shown}
        | {"approved": r.approved, "warnings": list(r.warnings)}
        for r in added
    ]
    words = [
        f"{r.id}  {r.file_name}  {r.colourspace} by {r.evidence}; "
        + ("approved for " + ", ".join(r.allow) if r.approved else "UNAPPROVED: kept, not used")
        + "".join(f"; {w}" for w in r.warnings)
        for r in added
    ]
    return {"references": document}, words


@command(reference, "used")
@click.argument("word", metavar="REFERENCE")
@click.option("--shot", help="Only in this shot.")
@click.option("--all", "everything", is_flag=True, help="Also what nobody picked.")
def used(call: Call, word: str, shot: str | None, everything: bool) -> Answer:
    r"""
    Show which parts of REFERENCE (id or file name) stand in the show's pictures.

    Counts what is chosen, signed or delivered, and of that what is seen. Writes a
    picture for the reference's owner, and the same as an EXR mask.

    \b
    Example:
        seamline reference used ridge.jpg --shot 042_0110
    """
    from seamline.steps.used import used as step

    said = step(call.studio(), word, shot=shot, everything=everything)
    if not said["uses"]:
        counted = "was painted" if everything else "is chosen, signed or delivered"
        return said, [f"{said['file']}: nothing that {counted} shows any of it"]
    words = [f"{said['file']}: {said['area']:.1%} of it is used", f"  {said['picture']}"]
    words += [f"  {use['element']}  {use['share']:.1%}" for use in said["uses"]]
    return said, words
