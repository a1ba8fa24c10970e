"""
CDL files: the ASC's ``.cc``, one colour correction, ``.ccc`` and ``.cdl``, several.

A ``.cc`` has ten numbers and no colour space, so the same file does different
things in different hands. Ours names its space, and that nothing is clamped, in
``InputDescription`` and in words.

Source: ASC CDL v1.2, section on the XML formats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from seamline.errors import FormatError
from seamline.show.cdl import CDL, RGB

NAMESPACE = "urn:ASC:CDL:v1.2"
_CLAMP = "Applied in {space}, without clamping."
_MOST_BYTES = 1 << 20


def cdl_file(cdl: CDL) -> bytes:
    """
    Return the ``.cc`` document of ``cdl``: UTF-8 XML.

    Numbers are written so that reading gives the same ones back.
    """
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(cdl, NAMESPACE)}').encode()


def cdl_collection(cdls: Sequence[CDL]) -> bytes:
    """
    Return the ``.ccc`` document of ``cdls``: UTF-8 XML, in their order.

    Every correction names its space, as in a ``.cc``; ids must differ.
    """
    names = [cdl.id for cdl in cdls]
    if len(set(names)) != len(names):
        raise FormatError(
            "two corrections of one collection have the same id",
            remedy="Give every CDL an id of its own.",
        )
    inside = "".join(_element(cdl, "") for cdl in cdls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ColorCorrectionCollection xmlns="{NAMESPACE}">\n'
        f"{inside}</ColorCorrectionCollection>\n"
    ).encode()


def _element(cdl: CDL, namespace: str) -> str:
    named = f' xmlns="{namespace}"' if namespace else ""
    described = "".join(
        f"  <Description>{escape(line)}</Description>\n"
        for line in (_CLAMP.format(space=cdl.working_space), *cdl.description.splitlines())
    )
    return (
        f"<ColorCorrection{named} id={quoteattr(cdl.id)}>\n"
        f"{described}"
        f"  <InputDescription>{escape(cdl.working_space)}</InputDescription>\n"
        "  <SOPNode>\n"
        f"    <Slope>{_three(cdl.slope)}</Slope>\n"
        f"    <Offset>{_three(cdl.offset)}</Offset>\n"
        f"    <Power>{_three(cdl.power)}</Power>\n"
        "  </SOPNode>\n"
        "  <SATNode>\n"
        f"    <Saturation>{float(cdl.saturation)!r}</Saturation>\n"
        "  </SATNode>\n"
        "</ColorCorrection>\n"
    )


def read_cdl(content: bytes) -> CDL:
    """
    Return the CDL of a ``.cc`` document that names its space.

    Raises:
        FormatError: It is no ASC colour correction, names no space, or a value is
            out of the ASC's range.
    """
    return _cdl(_root(content))


def read_one_cdl(
    content: bytes, *, where: str = "the CDL file", wanted: str = "", space: str = ""
) -> CDL:
    """
    Return the CDL of a ``.cc`` document, or of a ``.ccc`` or ``.cdl`` with one in it.

    Args:
        content: The file's bytes.
        where: Its path, for what is said.
        wanted: Of several corrections, the id of the one that is meant.
        space: The space it is applied in, where the file names none.

    Raises:
        FormatError: As ``read_cdl``; or a collection holds none, or several and not the
            wanted one once.
    """
    try:
        root = _root(content, "ColorCorrectionCollection", "ColorDecisionList")
        found = [e for e in root.iter() if _tag(e) == "ColorCorrection"]
        if len(found) > 1 and wanted:
            found = [e for e in found if e.get("id", "") == wanted] or found
        if len(found) != 1:
            names = ", ".join(e.get("id", "") or "one without an id" for e in found[:6])
            raise FormatError(
                f"the collection holds {len(found)} corrections"
                + (f" ({names})" if found else "")
                + ", expected one"
                + (f", or one with the id {wanted}" if wanted else ""),
                remedy="Give the one that is wanted, as a .cc.",
            )
        return _cdl(found[0], space)
    except FormatError as error:
        raise FormatError(f"{where}: {error}", remedy=error.remedy) from error


def _cdl(root: ElementTree.Element, otherwise: str = "") -> CDL:
    space = _text(root, "InputDescription") or otherwise
    if not space:
        raise FormatError(
            "the CDL names no colour space, so it could mean anything",
            remedy="Write the space it is applied in as <InputDescription>ACEScct</...>, or "
            "give --grade-space for a shot's.",
        )
    lines = [e.text or "" for e in root if _tag(e) == "Description"]
    words = [line for line in lines if line != _CLAMP.format(space=space)]
    return CDL(
        id=root.get("id", ""),
        slope=_numbers(root, "Slope", low=0.0),
        offset=_numbers(root, "Offset", low=-math.inf),
        power=_numbers(root, "Power", low=0.0),
        saturation=_number(_text(root, "Saturation") or "1", "Saturation", low=0.0),
        working_space=space,
        description="\n".join(words),
    )


def _root(content: bytes, *others: str) -> ElementTree.Element:
    # Entities can make a small file huge; a CDL has no use for them.
    if len(content) > _MOST_BYTES or re.search(rb"<!(DOCTYPE|ENTITY)", content):
        raise FormatError("the CDL is larger than any, or brings definitions of its own")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise FormatError(
            f"the CDL is no XML: {error}", remedy="Export it again as ASC .cc."
        ) from error
    if _tag(root) not in ("ColorCorrection", *others):
        raise FormatError(
            f"the CDL file holds <{_tag(root)}>, expected one <ColorCorrection>",
            remedy="Export a single correction as ASC .cc.",
        )
    return root


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(root: ElementTree.Element, tag: str) -> str:
    found = next((e for e in root.iter() if _tag(e) == tag), None)
    return (found.text or "").strip() if found is not None else ""


def _numbers(root: ElementTree.Element, tag: str, *, low: float) -> RGB:
    words = _text(root, tag).split()
    if len(words) != 3:
        raise FormatError(f"the CDL's {tag} has {len(words)} numbers, expected 3")
    r, g, b = (_number(word, tag, low=low) for word in words)
    return (r, g, b)


def _number(word: str, tag: str, *, low: float) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= low):
        raise FormatError(
            f"the CDL's {tag} is {word!r}",
            remedy="The ASC allows finite numbers from 0 up there.",
        )
    return value


def _three(values: RGB) -> str:
    return " ".join(repr(float(v)) for v in values)
