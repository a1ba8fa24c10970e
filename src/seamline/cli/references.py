"""``seamline reference``: approve the pictures a show may paint from."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from seamline.cli.common import Answer, Call, Group, command
from seamline.errors import InputError
from seamline.show.record import as_record

if TYPE_CHECKING:
    from seamline.ports import Studio
    from seamline.show.reference import Reference


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
@click.option(
    "--allow", multiple=True, type=click.Choice(["paint", "train", "publish"]), help="For what."
)
@click.option("--colourspace", help="Its colour space, where the file does not say.")
@click.option("--caption", default="", help="A line about it.")
@click.option("--expires", default="", metavar="YYYY-MM-DD", help="Last day of permission.")
@click.option("--hfov", type=float, metavar="DEG", help="Its horizontal field of view [50].")
@click.option("--projection", type=click.Choice(["flat", "latlong"]), help="[by its shape]")
@click.option("--key-azimuth", type=float, metavar="DEG", help="Where its key light stands.")
@click.option("--key-elevation", type=float, metavar="DEG", help="How high its key stands.")
@click.option("--cct", type=float, metavar="K", help="Colour temperature its light reads as.")
@click.option("--exposure", type=float, metavar="STOPS", help="Grey card, stops from 0.18.")
@click.option("--replaces", default="", metavar="REFERENCE", help="Whose place it takes.")
@click.option(
    "--not-a-copy", multiple=True, metavar="REFERENCE", help="It only looks like this one."
)
@click.option("--copy-of", default="", metavar="REFERENCE", help="It is a copy of this one.")
@click.option("--by", default="", metavar="NAME", help="Who says so; they need a key.")
@click.option("--reason", default="", metavar="TEXT", help="Why they say so.")
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
    replaces: str,
    not_a_copy: tuple[str, ...],
    copy_of: str,
    by: str,
    reason: str,
) -> Answer:
    r"""
    Add FILES (EXR, HDR, JPEG, PNG, TIFF) to the show's references.

    Without owner, licence or approver they are kept as unapproved, and nothing is
    painted from them. Pixels whose alpha is below 1 are never copied. What was painted
    from a reference that is replaced stands, and `seamline status` names it.

    A picture that looks like one the show has (encoded, resized, cropped, mirrored or
    exposed otherwise), approved or not, is held until somebody says by name whether it is
    a copy. A copy has the permissions of what it is a copy of, and is revoked with it.

    \b
    Example:
        seamline reference add ridge.jpg --kind photography --owner "A. Berasategi" \
            --licence CC-BY-4.0 --approved-by "M. Okafor" --allow paint \
            --hfov 50 --key-elevation 40 --cct 5600 --exposure 0
        seamline reference add dusk.jpg --kind photography --owner "A. Berasategi" \
            --licence CC-BY-4.0 --approved-by "M. Okafor" --allow paint \
            --not-a-copy ridge.jpg --by "M. Okafor" --reason "an hour later"
    """
    from seamline import on_disk
    from seamline.show.lock import Light
    from seamline.steps.copies import Said
    from seamline.steps.reference import Permission, add_reference, find

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
        replaces=replaces,
        copies=Said(not_a_copy=not_a_copy, copy_of=copy_of, by=by, reason=reason),
    )
    if replaces and len(files) > 1:
        raise InputError(
            f"{len(files)} files shall replace one reference",
            remedy="Add the one that takes its place alone.",
        )
    added = [add_reference(studio, on_disk.absolute(file), said) for file in files]
    shown = ("id", "file_name", "kind", "colourspace", "evidence", "projection", "allow")
    document = [
        {f.name: getattr(r, f.name) for f in fields(r) if f.name in shown}
        | {
            "approved": r.approved,
            "warnings": list(r.warnings),
            "key_deg": [r.light.key_azimuth_deg, r.light.key_elevation_deg],
            "light_evidence": r.light_evidence,
        }
        for r in added
    ]
    words = [
        f"{r.id}  {r.file_name}  {r.colourspace} by {r.evidence}; "
        + ("approved for " + ", ".join(r.allow) if r.approved else "UNAPPROVED: kept, not used")
        + "".join(f"; {w}" for w in (*_key_found(r), *r.warnings))
        for r in added
    ]
    if replaces:
        words += _uses_in_words(studio, find(studio, replaces).id)
    return {"references": document}, words


@command(reference, "revoke")
@click.argument("word", metavar="REFERENCE")
@click.option("--by", required=True, metavar="NAME", help="Who says so; they need a key.")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
def revoke(call: Call, word: str, by: str, reason: str) -> Answer:
    r"""
    Take the permission of REFERENCE (id or file name) back.

    Nothing is painted from it any more, under whatever name or format it comes. Lists
    what was painted from it, by share of pixels; nothing is painted again by itself.

    \b
    Example:
        seamline reference revoke ridge.jpg --by "M. Okafor" --reason "licence ended"
    """
    from seamline.steps.permission import revoke as step

    studio = call.studio()
    found = step(studio, word, by=by, reason=reason)
    return {"reference": as_record(found), "uses": _uses(studio, found.id)}, [
        f"{found.id}  {found.file_name}  {found.why_not('paint', today='')}",
        *_uses_in_words(studio, found.id),
    ]


@command(reference, "reinstate")
@click.argument("word", metavar="REFERENCE")
@click.option("--by", required=True, metavar="NAME", help="Who says so; they need a key.")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
def reinstate(call: Call, word: str, by: str, reason: str) -> Answer:
    r"""
    Let a revoked REFERENCE be used again, with the permissions it had.

    \b
    Example:
        seamline reference reinstate ridge.jpg --by "M. Okafor" --reason "licence renewed"
    """
    from seamline.steps.permission import reinstate as step

    found = step(call.studio(), word, by=by, reason=reason)
    said = ", ".join(found.allow) if found.approved else "nothing: it is unapproved"
    return {"reference": as_record(found)}, [f"{found.id}  {found.file_name}  for {said}"]


def _uses(studio: Studio, reference: str) -> list[dict[str, Any]]:
    from seamline.steps.stale import uses_of

    return [as_record(use) for use in uses_of(studio, reference)]


def _uses_in_words(studio: Studio, reference: str) -> list[str]:
    lines = []
    for use in _uses(studio, reference):
        why = f"  ({', '.join(use['why'])})" if use["why"] else ""
        lines.append(f"  {use['share']:6.1%} of {use['element']}{why}")
        lines += [f"          sent for {what} to {where}" for what, where in use["deliveries"]]
    return lines


def _key_found(reference: Reference) -> tuple[str, ...]:
    """Return what was measured of a panorama's key, for its line on the shell."""
    light, evidence = reference.light, reference.light_evidence
    if not evidence.startswith("measured"):
        return ()
    if light.key_azimuth_deg is None or light.key_elevation_deg is None:
        return (evidence,)
    return (
        f"key at azimuth {light.key_azimuth_deg:.1f}, elevation {light.key_elevation_deg:.1f}, "
        + evidence,
    )


@command(reference, "cards")
@click.argument("ref")
@click.option("--lines", metavar="FILE", help="What an artist drew over it: SVG, PNG or EXR.")
@click.option("--completions", default=3, show_default=True, help="How many to choose from.")
@click.option("--seed", default=1, show_default=True, help="Seed of the first completion.")
@click.option(
    "--mirror", multiple=True, metavar="LABEL", help="A layer whose light allows mirroring."
)
@click.option("--distance", multiple=True, metavar="LABEL=M", help="How far away a layer is.")
@click.option("--again", is_flag=True, help="Take it apart anew; what stands stays.")
@click.option("--approve", multiple=True, metavar="CARD", help="Approve a card.")
@click.option("--retire", multiple=True, metavar="CARD", help="Take an approval back.")
@click.option("--by", default="", metavar="NAME", help="Who approves, or retires.")
def cards(
    call: Call,
    ref: str,
    lines: str | None,
    completions: int,
    seed: int,
    mirror: tuple[str, ...],
    distance: tuple[str, ...],
    again: bool,
    approve: tuple[str, ...],
    retire: tuple[str, ...],
    by: str,
) -> Answer:
    r"""
    Take the reference REF apart into cards: sky, far, forest ... each completed.

    REF is a reference's id or file name. The cards are proposed along the lines in FILE
    (without any: sky and land), each with several completions of what something nearer
    hides, and shown on one picture. Paintings use approved cards only, one completion of
    each mask. Where cards stand already, and no new lines are given, they are listed.

    \b
    Example:
        seamline reference cards ridge.jpg --lines ridge.svg --distance far=4000
        seamline reference cards ridge.jpg --approve sky_02 --approve far_01 \
            --by "M. Okafor"
    """
    from seamline import on_disk
    from seamline.steps import book
    from seamline.steps.cards import Wanted, propose
    from seamline.steps.cards import approve as approve_cards
    from seamline.steps.reference import find

    studio = call.studio()
    found = find(studio, ref)
    sheet = ""
    if approve or retire:
        _one_thing(lines=bool(lines), again=again)
        for said, approved in ((retire, False), (approve, True)):
            if said:
                approve_cards(studio, found, said, by=by, approved=approved)
    elif lines or again or not book.cards(studio.ledger, found.id):
        wanted = Wanted(
            lines=on_disk.absolute(lines) if lines else "",
            completions=completions,
            seed=seed,
            mirror=mirror,
            distances=tuple(_distance(said) for said in distance),
        )
        _, sheet = propose(studio, found, wanted, again=again)
    document = [
        as_record(c) | {"approved": c.approved} for c in book.cards(studio.ledger, found.id)
    ]
    words = [
        f"{c.id}  {c.label}  "
        + (f"completion {c.completion}" if c.completion else "whole")
        + f", by {c.made_by}; "
        + (f"approved by {c.approved_by}" if c.approved else "proposed")
        for c in book.cards(studio.ledger, found.id)
    ]
    words += [f"look at  {sheet}"] if sheet else []
    return {"reference": found.id, "cards": document, "sheet": sheet}, words


def _one_thing(*, lines: bool, again: bool) -> None:
    if lines or again:
        raise InputError(
            "cards are proposed, or approved, not both at once: nobody has looked at them yet",
            remedy="Propose first, look at the picture, then approve.",
        )


def _distance(said: str) -> tuple[str, float]:
    label, _, metres = said.partition("=")
    try:
        return label, float(metres)
    except ValueError:
        raise InputError(
            f"--distance {said!r} is not LABEL=METRES",
            remedy="For example --distance far=4000.",
        ) from None


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
    for use in said["uses"]:
        words.append(f"  {use['element']}  {use['share']:.1%}")
        words += [f"    sent for {what} to {where}" for what, where in use["deliveries"]]
    return said, words
