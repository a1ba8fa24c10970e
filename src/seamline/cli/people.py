"""``seamline key`` and ``sign``: people and what they stand for."""

from __future__ import annotations

import click

from seamline.cli.common import (
    Answer,
    Call,
    Group,
    command,
    numbers,
    passphrase,
    show_passphrase,
)
from seamline.errors import InputError


@click.group(cls=Group)
def key() -> None:
    r"""
    Make people's signing keys, protect them, hand their public halves on, revoke one.

    \b
    Example:
        seamline key create --name "M. Okafor"
    """


@command(key, "create")
@click.option("--name", required=True, help="Whose key.")
@click.option("--unprotected", is_flag=True, help="No passphrase; every record says so.")
def create(call: Call, name: str, unprotected: bool) -> Answer:
    r"""
    Make a signing key (Ed25519) for a person.

    The passphrase comes from a prompt, or from the file that
    $SEAMLINE_PASSPHRASE_FILE names.

    \b
    Example:
        seamline key create --name "M. Okafor"
    """
    from seamline.show.record import as_record

    studio = call.studio()
    made = studio.keyring.create(name, None if unprotected else passphrase(confirm=True))
    return as_record(made), [
        f"{made.name}: key {made.fingerprint}" + ("" if made.protected else ", UNPROTECTED")
    ]


@command(key, "export")
@click.argument("name", required=False)
def export(call: Call, name: str | None) -> Answer:
    r"""
    Print the public key of NAME, or the show's own, as PEM.

    Whoever gets deliveries keeps the show's: with it they can tell that this show
    wrote them.

    \b
    Example:
        seamline key export > nordwand.pem
        seamline key export "M. Okafor"
    """
    from seamline import wiring
    from seamline.show.record import as_record

    found, pem = wiring.key_pem(wiring.show_root(call.root), name)
    text = pem.decode()
    return {**as_record(found), "pem": text}, text.splitlines()


@command(key, "protect")
@click.argument("name", required=False)
@click.option("--new", metavar="FILE", help="Holds the new passphrase [asked].")
def protect(call: Call, name: str | None, new: str | None) -> Answer:
    r"""
    Keep the key of NAME, or the show's own, under a new passphrase; it stays the same key.

    One that is protected is opened first: a person's as in signing, the show's own by a
    prompt or the file that $SEAMLINE_AUTHORITY_PASSPHRASE_FILE names.

    \b
    Example:
        seamline key protect
        seamline key protect "M. Okafor" --new passphrase.txt
    """
    from seamline import wiring
    from seamline.show.record import as_record

    def fresh() -> bytes:
        return passphrase(confirm=True, variable="", asks="New passphrase", path=new)

    old = passphrase if name else show_passphrase
    made = wiring.protect_key(wiring.show_root(call.root), name, old, fresh)
    return as_record(made), [f"{made.name}: key {made.fingerprint}, under its new passphrase"]


@command(key, "revoke")
@click.argument("name")
@click.option("--reason", required=True, help="Why, for the record.")
@click.option("--by", help="Who says so; they need a key [NAME].")
def revoke(call: Call, name: str, reason: str, by: str | None) -> Answer:
    r"""
    Take the key of NAME out of use: it signs and decides nothing from now on.

    What it signed before stands.

    \b
    Example:
        seamline key revoke "M. Okafor" --reason "the laptop was stolen" --by "A. Lind"
    """
    from seamline.show.record import as_record
    from seamline.steps.people import revoke_key

    found = revoke_key(call.studio(), name, by=by or name, reason=reason)
    return as_record(found), [
        f"{found.name}: key {found.fingerprint} revoked by {found.by}: {found.reason}"
    ]


@command(None, "sign")
@click.argument("element", metavar="ID")
@click.option("--by", required=True, help="Who signs; they need a key.")
@click.option("--frames", metavar="A-B", help="Only these [all].")
@click.option("--view", metavar="NAME", help="What it was seen through [the sheet's view].")
@click.option("--size", metavar="W,H", help="How large, pixels [as on the sheet].")
@click.option(
    "--exposure", default=0.0, show_default=True, metavar="STOPS", help="Seen at; with --view."
)
@click.option("--gamma", default=1.0, show_default=True, help="Seen at; with --view.")
def sign(
    call: Call,
    element: str,
    by: str,
    frames: str | None,
    view: str | None,
    size: str | None,
    exposure: float,
    gamma: float,
) -> Answer:
    r"""
    Sign off ID: exactly these pixels, read again from disk.

    Binds the clean element, painted layers, lineage, CDL, mattes, plate and comp,
    and the view they were seen in. Change one, and it is unsigned again.
    With --frames only those are signed: what was signed of an earlier version and
    did not change stands. With --view and --size it says how it was seen elsewhere
    than on the sheet.

    \b
    Example:
        seamline sign 042_0110_env_b03_v001 --by "M. Okafor"
        seamline sign 042_0110_env_b03_v002 --by "M. Okafor" --frames 1025-1032
    """
    from seamline.show.frames import FrameRange
    from seamline.show.record import as_record
    from seamline.steps.sign import sign as step
    from seamline.steps.viewing import Seen

    if bool(view) != bool(size):
        raise InputError(
            f"{element}: --view and --size go together",
            remedy='--view "sRGB - Display / ACES 1.0 - SDR Video" --size 1920,1080',
        )
    looked = None
    if view and size:
        width, height = numbers(size, 2, what="--size")
        looked = Seen(view=view, size_px=(width, height), exposure_stops=exposure, gamma=gamma)

    studio = call.studio()
    protected = studio.keyring.find(by).protected
    signed = step(
        studio,
        element,
        by=by,
        passphrase=passphrase() if protected else None,
        frames=FrameRange.parse(frames) if frames else None,
        looked=looked,
    )
    return as_record(signed), [
        f"{signed.element}: signed by {signed.by}, key {signed.key_fingerprint}"
        + ("" if signed.key_protected else " (UNPROTECTED)")
    ]
