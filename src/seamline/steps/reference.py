"""Take references in: decode once, keep original and linear master, record who allows what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from seamline.errors import ApprovalError, FormatError, ShowError
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Image, Picture, as_float, finite_pixels
from seamline.pixels.resample import resized
from seamline.pixels.sun import Sun, find_sun
from seamline.ports import Studio
from seamline.show.lock import Light
from seamline.show.reference import DEFAULT_HFOV_DEG, KINDS, USES, Reference
from seamline.steps import book
from seamline.steps.copies import Said, decide, keep
from seamline.steps.kin import kin, twins

LATLONG_ASPECT = 2.0
SUN_WIDTH_PX = 1024
"""A panorama's sun is looked for at a third of a degree per pixel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What is said about the files of one ``reference add``."""

    kind: str
    owner: str = ""
    licence: str = ""
    approved_by: str = ""
    allow: tuple[str, ...] = ()
    colourspace: str | None = None
    caption: str = ""
    expires_on: str = ""
    hfov_deg: float | None = None
    projection: str | None = None
    light: Light = field(default_factory=Light)
    replaces: str = ""
    """Id or name of the reference whose place it takes."""
    copies: Said = field(default_factory=Said)
    """What somebody says of references that it looks like."""


def add_reference(studio: Studio, path: str, said: Permission) -> Reference:
    """
    Store the picture at ``path`` as a reference; the same words again change nothing.

    Without owner, licence or approver it is kept as unapproved. A picture that the
    show already holds under another name keeps its permissions: they cannot be
    widened by a copy.

    Raises:
        ShowError: An unknown kind or use.
        FormatError, ColourError: The file is no picture, or of unknown colour.
        ApprovalError: The same picture stands already with other permissions; or it looks
            like another one, and nobody has said whether it is a copy.
    """
    for word, words, what in (
        (said.kind, KINDS, "kind"),
        *((use, USES, "use") for use in said.allow),
    ):
        if word not in words:
            raise ShowError(
                f"there is no reference {what} {word!r}", remedy=f"Use {' or '.join(words)}."
            )
    picture = studio.images.read(path)
    rgb = picture.rgb(where=path)
    kind = "linear" if path.lower().endswith((".exr", ".hdr")) else "picture"
    codes = path.lower().endswith(".dpx")  # log, mostly: no default may guess at that
    evidence = studio.images.evidence(
        path,
        flag=said.colourspace,
        default=None if codes else studio.settings.defaults.get(kind),
    )
    _, _, width, height = picture.data_window
    projection = said.projection or _projection(picture)
    if projection == "latlong" and width != 2 * height:
        raise FormatError(
            f"{path} is {width}x{height}; a latlong panorama is twice as wide as high",
            remedy="Give --projection flat for a single view.",
        )
    master = linear_master(studio, picture, evidence.colourspace)
    light, light_evidence = _light(said.light, projection, master)
    file_sha256 = studio.shelf.file_sha256(path)
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    complete = said.owner and said.licence and said.approved_by
    replaced = find(studio, said.replaces).id if said.replaces else ""
    if replaced == file_sha256[:12]:
        raise ShowError(
            f"{name} is the reference that it shall replace",
            remedy="Name the one it takes the place of.",
        )
    reference = Reference(
        id=file_sha256[:12],
        file_name=name,
        file_sha256=file_sha256,
        pixels_digest=picture_digest(picture),
        master_digest=picture_digest(master),
        width_px=width,
        height_px=height,
        kind=said.kind,
        colourspace=evidence.colourspace,
        evidence=evidence.says,
        projection=projection,
        hfov_deg=360.0 if projection == "latlong" else said.hfov_deg or DEFAULT_HFOV_DEG,
        owner=said.owner,
        licence=said.licence,
        approved_by=said.approved_by,
        approved_on=studio.clock.now()[:10] if complete else "",
        allow=tuple(u for u in USES if u in said.allow),
        expires_on=said.expires_on,
        caption=said.caption,
        light=light,
        light_evidence=light_evidence,
        warnings=_warnings(rgb, kind == "linear"),
        replaces=replaced,
    )
    known = book.references(studio.ledger)
    standing = known.get(reference.id)
    _not_revoked(reference, known.values())
    if standing is None or standing.file_name != reference.file_name:
        # What stands may be amended; nothing is painted until its twins allow it as well.
        _no_laundering(reference, known.values())
    heard = None if standing else decide(studio, reference, master, said.copies)
    if standing is not None:
        same = replace(reference, approved_on=standing.approved_on)
        if same == standing and studio.blobs.has(standing.master_digest):
            return standing
    studio.blobs.put_file(path)
    studio.blobs.put_picture(master)
    if heard is not None:
        keep(studio, reference, heard)
    book.write(studio.ledger, "reference", reference, by=said.approved_by)
    return reference


def _light(said: Light, projection: str, master: Picture) -> tuple[Light, str]:
    """Return the light of a reference, and what says where its key stands."""
    if said.key_elevation_deg is not None or said.key_azimuth_deg is not None:
        return said, "declared"
    if projection != "latlong":
        return said, ""
    found = sun_of(master)
    if found is None:
        return said, "measured: no clear key"
    measured = replace(
        said,
        key_azimuth_deg=round(found.azimuth_deg, 3),
        key_elevation_deg=round(found.elevation_deg, 3),
    )
    return measured, f"measured: the sun gives {found.share:.0%} of its light"


def sun_of(master: Picture, gain: tuple[float, float, float] | None = None) -> Sun | None:
    """Return the sun of a panorama's linear master, times ``gain``; None without a key."""
    rgb = np.where(master.channels["A"][..., None] > 0, master.rgb(), np.float32(0))
    if gain is not None:
        rgb = rgb * np.array(gain, np.float32)
    if rgb.shape[1] > SUN_WIDTH_PX:
        rgb = resized(rgb, SUN_WIDTH_PX // 2, SUN_WIDTH_PX)
    return find_sun(rgb)


def _projection(picture: Picture) -> str:
    _, _, width, height = picture.data_window
    marked = str(picture.attributes.get("envmap", ("string", ""))[1]).lower()
    return "latlong" if "latlong" in marked or width == LATLONG_ASPECT * height else "flat"


def linear_master(studio: Studio, picture: Picture, colourspace: str) -> Picture:
    """Return the linear master: working-space R, G, B float, and A = may be copied from."""
    rgb = studio.colour.convert(picture.rgb(), colourspace, studio.colour.working_space)
    _, _, width, height = picture.data_window
    usable = finite_pixels(rgb)
    if "A" in picture.channels:
        usable &= as_float(picture.channels["A"]) >= 0.999
    channels = {n: np.ascontiguousarray(rgb[..., i]) for i, n in enumerate("RGB")}
    channels["A"] = usable.astype(np.float32)
    window = (0, 0, width, height)
    return Picture(channels=channels, data_window=window, display_window=window)


def _warnings(rgb: Image, linear_file: bool) -> tuple[str, ...]:
    if linear_file:
        return ()
    clipped = float((rgb >= 1).any(axis=-1).mean())
    if clipped > 0.001:
        return (f"{clipped:.1%} of its pixels are clipped at white: no highlight range there",)
    return ()


def _not_revoked(reference: Reference, known: Iterable[Reference]) -> None:
    """Refuse what was revoked under whatever name it comes back."""
    for other in known:
        if other.revoked is not None and twins(reference, other):
            raise ApprovalError(
                f"{reference.file_name} is reference {other.file_name} ({other.id}), and "
                f"{other.why_not('paint', today='')}",
                remedy=f"If it may be used again: seamline reference reinstate {other.id} "
                "--by NAME --reason TEXT",
            )


def _no_laundering(reference: Reference, known: Iterable[Reference]) -> None:
    """Refuse a copy of a known picture whose permissions are not the known ones."""
    for other in known:
        if not twins(reference, other) or other.file_name == reference.file_name:
            continue
        mine, theirs = (
            (r.owner, r.licence, r.approved_by, r.allow, r.expires_on)
            for r in (reference, other)
        )
        if mine != theirs:
            why = other.why_not("paint", today="")
            raise ApprovalError(
                f"{reference.file_name} is the same picture as reference {other.file_name} "
                f"({other.id})" + (f", and {why}" if why else ", with other permissions"),
                remedy=f"Permissions go with the picture, not with the name: add "
                f"{other.file_name} again with the right ones.",
            )


def require(studio: Studio, reference: Reference, use: str) -> None:
    """
    Refuse unless ``reference``, every twin and every copy of it may be used for ``use``.

    Raises:
        ApprovalError: With the reason, and what to do.
    """
    today = studio.clock.now()[:10]
    known = book.references(studio.ledger)
    instead = {r.replaces: r for r in known.values() if r.replaces}
    family = kin(studio.ledger, reference, known)
    for other in known.values():
        if other.id in family:
            own = other.why_not(use, today=today)
            why = own or _replaced(instead.get(other.id))
            if why:
                raise ApprovalError(
                    f"reference {reference.file_name} ({reference.id}) may not be used to "
                    f"{use}: {why}",
                    remedy=_what_to_do(other, use, replaced=not own),
                )


def _replaced(by: Reference | None) -> str:
    return f"{by.file_name} ({by.id}) took its place" if by is not None else ""


def _what_to_do(reference: Reference, use: str, *, replaced: bool) -> str:
    if reference.revoked is not None:
        return (
            f"Paint from another one; if it may be used again: seamline reference reinstate "
            f"{reference.id} --by NAME --reason TEXT"
        )
    if replaced:
        return "Paint from the one that took its place."
    return (
        f"Add it with --owner, --licence, --approved-by and --allow {use}, by somebody who "
        "may say so."
    )


def usable_for(studio: Studio, use: str) -> tuple[list[Reference], list[str]]:
    """Return the references that may be used for ``use``, and why the others may not."""
    usable, refused = [], []
    for reference in book.references(studio.ledger).values():
        try:
            require(studio, reference, use)
        except ApprovalError as error:
            refused.append(str(error))
        else:
            usable.append(reference)
    return usable, refused


def find(studio: Studio, word: str) -> Reference:
    """Return the reference whose id (or its beginning), file name or stem is ``word``."""
    known = book.references(studio.ledger)
    found = [
        r
        for r in known.values()
        if r.id.startswith(word)
        or word in (r.file_name, r.file_name.rsplit(".", 1)[0], r.file_sha256)
    ]
    if len(found) != 1:
        raise ShowError(
            f"{'no reference is' if not found else f'{len(found)} references are'} called "
            f"{word!r}",
            remedy="Name one by its id: "
            + (", ".join(f"{r.id} ({r.file_name})" for r in known.values()) or "add one first"),
        )
    return found[0]
