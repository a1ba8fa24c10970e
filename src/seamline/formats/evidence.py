"""
Which colour space a file is in, and what says so.

In this order:

1. the flag a person gave;
2. ``colorInteropID``, the Color Interop Forum's header attribute;
3. ``acesImageContainerFlag``, or chromaticities of a known set of primaries in a
   file of half or float pixels, which EXR holds scene-linear;
4. an embedded ICC profile;
5. a DPX header's transfer and colorimetric characteristic, where the two together name
   one space: video by Rec.709 in both, or linear with the primaries of Rec.709;
6. the show's default for that kind of file;
7. otherwise nobody knows, and the file is refused. Of a DPX the refusal names the log
   spaces that the show's config has: printing density, "logarithmic" and what a user
   defined are families, not spaces.

A header that names colours we do not know also refuses: a default must not
contradict what the file says of itself. OpenColorIO's default file rule is never
evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seamline.errors import ColourError
from seamline.ports import Colour, Evidence

Attributes = Mapping[str, tuple[str, Any]]

CHROMATICITY_TOLERANCE = 1e-3

# Red, green, blue and white, x and y. Sources: SMPTE ST 2065-1 (AP0), AMPAS S-2014-004
# (AP1), ITU-R BT.709 and BT.2020, SMPTE RP 431-2 primaries with D65 (P3-D65).
CHROMATICITIES: dict[str, tuple[tuple[float, ...], tuple[str, ...]]] = {
    "AP0": (
        (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
        ("lin_ap0", "ACES2065-1"),
    ),
    "AP1": (
        (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767),
        ("lin_ap1", "ACEScg"),
    ),
    "Rec.709": (
        (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329),
        ("lin_rec709", "lin_rec709_srgb", "Linear Rec.709 (sRGB)"),
    ),
    "P3-D65": (
        (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329),
        ("lin_p3d65", "Linear P3-D65"),
    ),
    "Rec.2020": (
        (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329),
        ("lin_rec2020", "Linear Rec.2020"),
    ),
}

# Color Interop Forum ids, and the names configs have for them. Source: "Color Space
# Encodings for Texture Assets and CG Rendering", Color Interop Forum.
INTEROP_IDS: dict[str, tuple[str, ...]] = {
    "lin_ap0_scene": ("lin_ap0", "ACES2065-1"),
    "lin_ap1_scene": ("lin_ap1", "ACEScg"),
    "lin_rec709_scene": ("lin_rec709", "lin_rec709_srgb"),
    "lin_rec2020_scene": ("lin_rec2020",),
    "lin_p3d65_scene": ("lin_p3d65",),
    "lin_adobergb_scene": ("lin_adobergb",),
    "srgb_rec709_scene": ("srgb_tx", "srgb_texture", "sRGB - Texture"),
    "g18_rec709_scene": ("g18_rec709_tx", "g18_rec709"),
    "g22_rec709_scene": ("g22_rec709_tx", "g22_rec709"),
    "g24_rec709_scene": ("g24_rec709_tx", "g24_rec709"),
    "g22_ap1_scene": ("g22_ap1_tx", "g22_ap1"),
    "srgb_ap1_scene": ("srgb_encoded_ap1_tx", "srgb_ap1"),
    "srgb_p3d65_scene": ("srgb_encoded_p3d65_tx",),
    "g22_adobergb_scene": ("g22_adobergb_tx", "g22_adobergb"),
    "srgb_rec709_display": ("sRGB - Display", "srgb_display"),
    "g24_rec709_display": ("Rec.1886 Rec.709 - Display", "rec1886_rec709_display"),
    "srgb_p3d65_display": ("Display P3 - Display", "displayp3_display"),
    "pq_rec2020_display": ("Rec.2100-PQ - Display", "rec2100_pq_display"),
    "hlg_rec2020_display": ("Rec.2100-HLG - Display", "rec2100_hlg_display"),
    "pq_p3d65_display": ("ST2084-P3-D65 - Display", "st2084_p3d65_display"),
    "g26_p3d65_display": ("P3-D65 - Display", "p3d65_display"),
}

# What an ICC profile's description must contain, and the names configs have for it.
ICC_PROFILES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("srgb", ("srgb_tx", "srgb_texture", "sRGB - Texture")),
    ("display p3", ("srgb_encoded_p3d65_tx", "srgb_p3d65_scene", "Display P3 - Display")),
    ("adobe rgb", ("g22_adobergb_tx", "g22_adobergb_scene", "Adobe RGB - Texture")),
)

# SMPTE ST 268-1, tables 5A and 5B: which pairs of transfer and colorimetric characteristic
# name one space. SMPTE 274M has the primaries and the transfer of ITU-R BT.709.
_VIDEO_709 = ("SMPTE 274M", "ITU-R 709-4")
DPX_CHARACTERISTICS: dict[tuple[str, str], tuple[str, ...]] = {
    **{
        (transfer, colorimetric): ("camera_rec709", "Camera Rec.709")
        for transfer in _VIDEO_709
        for colorimetric in _VIDEO_709
    },
    **{
        ("Linear", colorimetric): ("lin_rec709", "lin_rec709_srgb", "Linear Rec.709 (sRGB)")
        for colorimetric in _VIDEO_709
    },
}

# What cameras and scanners write into integers, and what configs call it.
LOG_SPACES = (
    "ADX10",
    "ADX16",
    "ARRI LogC3 (EI800)",
    "ARRI LogC4",
    "S-Log3 S-Gamut3",
    "S-Log3 S-Gamut3.Cine",
    "Log3G10 REDWideGamutRGB",
    "CanonLog2 CinemaGamut D55",
    "CanonLog3 CinemaGamut D55",
    "V-Log V-Gamut",
    "BMDFilm WideGamut Gen5",
    "DaVinci Intermediate WideGamut",
    "ACEScct",
    "ACEScc",
    "Cineon",
)

_KINDS = {
    "dpx": "DPX",
    "openexr": "EXR",
    "jpeg": "JPEG",
    "png": "PNG",
    "tiff": "TIFF",
    "hdr": "HDR",
}


def evidence_of(
    path: str,
    kind: str,
    is_float: bool,
    attributes: Attributes,
    *,
    colour: Colour,
    default: str | None,
) -> Evidence:
    """
    Return the colour space of a file that nobody gave a flag for.

    Args:
        path: Named in the refusal.
        kind: ``openexr``, ``dpx``, ``jpeg``, ``png``, ``tiff`` or ``hdr``.
        is_float: Whether its pixels are half or float.
        attributes: Its header.
        colour: The show's config.
        default: The show's space for this kind of file, if it has one.

    Raises:
        ColourError: Nothing says it, or what says it is unknown to the config.
    """
    found = _by_interop_id(path, attributes, colour)
    if found is None and is_float:
        found = _by_primaries(path, attributes, colour)
    found = found or _by_icc(path, attributes, colour) or _by_dpx(attributes, colour)
    if found is None and default:
        says = f"default for {_KINDS[kind]} references (show.toml)"
        found = Evidence(colour.space(default), says)
    if found is None and kind == "dpx":
        raise _unsaid_dpx(path, attributes, colour)
    if found is None:
        raise ColourError(
            f"{path}: nothing says which colour space it is in (no colorInteropID, ACES flag, "
            f"chromaticities or ICC profile, and the show has no default for it)",
            remedy=_flag_remedy(),
        )
    return found


def interop_id(colourspace: str, colour: Colour) -> str:
    """Return the Color Interop Forum id of a config's colour space; empty if it has none."""
    for name, known in INTEROP_IDS.items():
        if _first_known(colour, known) == colourspace:
            return name
    return ""


def _by_interop_id(path: str, attributes: Attributes, colour: Colour) -> Evidence | None:
    _, named = attributes.get("colorInteropID", ("string", ""))
    if named in ("", "unknown"):
        return None
    space = _first_known(colour, (str(named), *INTEROP_IDS.get(str(named), ())))
    if space is None:
        raise ColourError(
            f"{path}: its header says colorInteropID {named}, which the show's config does "
            "not know",
            remedy=_flag_remedy(),
        )
    return Evidence(space, f"colorInteropID {named}")


def _by_primaries(path: str, attributes: Attributes, colour: Colour) -> Evidence | None:
    if attributes.get("acesImageContainerFlag", ("int", 0))[1] == 1:
        return _known_primaries(path, "AP0", "acesImageContainerFlag", colour)
    if "chromaticities" not in attributes:
        return None
    values = tuple(float(v) for v in attributes["chromaticities"][1])
    for name, (known, _) in CHROMATICITIES.items():
        pairs = zip(values, known, strict=False)
        if len(values) == 8 and all(abs(a - b) <= CHROMATICITY_TOLERANCE for a, b in pairs):
            return _known_primaries(path, name, f"chromaticities {name}", colour)
    written = " ".join(f"{v:.4g}" for v in values)
    raise ColourError(
        f"{path}: its chromaticities ({written}) are none of {', '.join(CHROMATICITIES)}",
        remedy=_flag_remedy(),
    )


def _known_primaries(path: str, name: str, says: str, colour: Colour) -> Evidence:
    space = _first_known(colour, CHROMATICITIES[name][1])
    if space is None:
        raise ColourError(
            f"{path}: its header says {says}, and the show's config has no linear {name}",
            remedy=_flag_remedy(),
        )
    return Evidence(space, says)


def _by_icc(path: str, attributes: Attributes, colour: Colour) -> Evidence | None:
    if "ICCProfile" not in attributes:
        return None
    _, described = attributes.get("ICCProfile:profile_description", ("string", ""))
    words = str(described).lower().replace("adobergb", "adobe rgb")
    for contained, names in ICC_PROFILES:
        space = _first_known(colour, names) if contained in words else None
        if space is not None:
            return Evidence(space, f"ICC profile {described}")
    raise ColourError(
        f"{path}: its ICC profile ({described or 'without a name'}) is none that the show's "
        "config knows",
        remedy=_flag_remedy(),
    )


def _by_dpx(attributes: Attributes, colour: Colour) -> Evidence | None:
    transfer, colorimetric = _dpx_says(attributes)
    space = _first_known(colour, DPX_CHARACTERISTICS.get((transfer, colorimetric), ()))
    if space is None:
        return None
    return Evidence(space, f"DPX header: {transfer}, {colorimetric}")


def _dpx_says(attributes: Attributes) -> tuple[str, str]:
    unsaid = ("string", "Undefined")
    return (
        str(attributes.get("dpx/Transfer", unsaid)[1]),
        str(attributes.get("dpx/Colorimetric", unsaid)[1]),
    )


def _unsaid_dpx(path: str, attributes: Attributes, colour: Colour) -> ColourError:
    transfer, colorimetric = _dpx_says(attributes)
    known = [name for name in LOG_SPACES if _first_known(colour, (name,))]
    return ColourError(
        f"{path}: its header does not say which colour space its codes are in (transfer: "
        f"{transfer}; colorimetric: {colorimetric})",
        remedy="Ask who wrote it, and say it with --colourspace NAME; log spaces of the show's "
        f"config: {', '.join(known) or 'none'}.",
    )


def _first_known(colour: Colour, names: tuple[str, ...]) -> str | None:
    for name in names:
        try:
            return colour.space(name)
        except ColourError:
            continue
    return None


def _flag_remedy() -> str:
    return (
        "Say it with --colourspace NAME, for example --colourspace ACEScg or "
        "--colourspace 'sRGB - Texture'."
    )
