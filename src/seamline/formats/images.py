"""
Picture files: EXR, DPX, Radiance HDR, JPEG, PNG and TIFF in, EXR out.

Pixels come in as they are stored: half stays half bit for bit, integers stay
integers (DPX: its codes as ``formats.dpx`` says), NaN and Inf stay, nothing is
clamped, multiplied by its alpha or converted. Of a file with several parts, layers
or views ``formats.parts`` says which is read, and an attribute names it. A foreign
file is not trusted: it is decoded in a child process, what it claims to be is looked
at before anything is allocated, and a damaged one is a FormatError that names it.
"""

from __future__ import annotations

from seamline.formats.decode import header_here, read_here
from seamline.formats.decoder import decoders
from seamline.formats.evidence import evidence_of, interop_id
from seamline.formats.exr import write_exr
from seamline.isolation.walls import PREFERRED
from seamline.pixels.picture import Picture
from seamline.ports import Colour, Evidence


class ImageFiles:
    """
    Picture files on disk.

    Args:
        colour: The show's config: what a file says about its colours must be a
            space that it knows.
        isolation: How much the show wants of the walls around decoders.
    """

    def __init__(self, colour: Colour, *, isolation: str = PREFERRED) -> None:
        self._colour = colour
        self._decoders = decoders(isolation)

    def read(self, path: str, *, layer: str = "") -> Picture:
        """
        Return the picture at ``path``, every channel as stored.

        Args:
            path: Where it stands.
            layer: Layer, part or view of an EXR; see ``formats.parts``.

        Raises:
            FormatError: There is no file, it is no picture, it is damaged, deep,
                luma/chroma or larger than 200 megapixels; the sentence says which.
        """
        return self._decoders.read(path, layer=layer)

    def header(self, path: str, *, layer: str = "") -> Picture:
        """Return the picture at ``path`` without its channels; errors as for ``read``."""
        return self._decoders.header(path, layer=layer)

    def write(self, path: str, picture: Picture) -> str:
        """Write a whole EXR at ``path``; return its SHA-256. See ``formats.exr.write_exr``."""
        return write_exr(path, picture)

    def interop_id(self, colourspace: str) -> str:
        """Return what ``colorInteropID`` says for ``colourspace``; empty if nothing does."""
        return interop_id(colourspace, self._colour)

    def evidence(
        self, path: str, *, flag: str | None, default: str | None, layer: str = ""
    ) -> Evidence:
        """
        Return the colour space of the file at ``path``, and what says so.

        The order is that of ``formats.evidence``. With a ``flag`` the file is not
        opened.

        Raises:
            ColourError: Nothing says it, or what says it is unknown to the config.
            FormatError: There is no file, or it is no picture.
        """
        if flag:
            return Evidence(self._colour.space(flag), "flag")
        claim = self._decoders.claim(path, layer=layer)
        return evidence_of(
            path,
            claim.kind,
            claim.is_float,
            claim.attributes,
            colour=self._colour,
            default=default,
        )


class OwnFiles(ImageFiles):
    """
    Pictures that this show wrote itself, named by their digest: decoded in this process.

    For the blobs alone; whatever a person can hand in goes through ``ImageFiles``.
    """

    def read(self, path: str, *, layer: str = "") -> Picture:
        """Return the picture at ``path``; errors as for ``ImageFiles.read``."""
        assert not layer, layer
        return read_here(path)

    def header(self, path: str, *, layer: str = "") -> Picture:
        """Return the picture at ``path`` without its channels."""
        assert not layer, layer
        return header_here(path)
