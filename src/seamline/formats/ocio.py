"""
Colour: the show's OpenColorIO config, pinned by hash; every conversion goes through it.

A conversion takes (H, W, 3) float32 and gives (H, W, 3) float32, never clamped.
It is computed with OpenColorIO's lossless optimisation, so that ACEScct(0.18) is
the published 0.4135884 and not a fast approximation of it, pixel by pixel, so
that the number of threads changes nothing. OpenColorIO lets go of the
interpreter while it works: two threads convert two frames at once.

A pixel that is not finite has no colour. OpenColorIO's matrices and logarithms
would turn it into some finite one (NaN becomes -6.6 in ACEScct), so it comes
back as NaN in all three channels and whoever paints can see that it is unknown.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO

from seamline.errors import ColourError, ShowError, TamperError
from seamline.formats.ocio_view import all_views, shader_of
from seamline.pixels.picture import Image
from seamline.ports import ViewShader
from seamline.show.cdl import CDL

BUILTIN_CONFIG = "studio-config-v1.0.0_aces-v1.3_ocio-v2.1"
"""What a new show starts with: profile 2.1, which Blender 3.4 and Nuke 14 can open."""

_BLOCK_PX = 1 << 19  # pixels converted at a time: 8 MiB of RGBA instead of a second 4K frame
# Variables by which a user's environment changes what OpenColorIO computes or shows.
_MEDDLERS = ("OCIO_OPTIMIZATION_FLAGS", "OCIO_ACTIVE_DISPLAYS", "OCIO_ACTIVE_VIEWS")


def builtin_config_text() -> str:
    """Return the text of the built-in studio config, to be written as ``config.ocio``."""
    text: str = OCIO.Config.CreateFromBuiltinConfig(BUILTIN_CONFIG).serialize()
    return text


class Config:
    """
    One OpenColorIO config file, opened for one working space. Safe to share by threads.

    Args:
        path: The config, a text file (``config.ocio`` in the show).
        sha256: The hash the show was made with; None accepts any.
        working_space: Name of the scene-linear space that is painted in.
        look: Name of the config's look that everything is viewed with; none by default.

    Raises:
        ShowError: The file is not there or cannot be read.
        TamperError: The file's hash is another one.
        ColourError: The file is no config, or lacks the working space, a view or the look.
    """

    def __init__(
        self, path: str, *, sha256: str | None, working_space: str = "ACEScg", look: str = ""
    ) -> None:
        self.path = path
        text = _config_bytes(path)
        self.config_sha256 = hashlib.sha256(text).hexdigest()
        if sha256 is not None and sha256 != self.config_sha256:
            raise TamperError(
                f"{path} is not the config this show was made with (SHA-256 "
                f"{self.config_sha256[:12]}, the show says {sha256[:12]})",
                remedy="Put the show's own config.ocio back; another config is another show.",
            )
        self._config = _open_config(path, text)
        self.config_name = str(self._config.getName())
        self._ready: dict[Hashable, Any] = {}
        self.working_space = self.space(working_space)
        self._display, self._view = self._sdr_view()
        self._look = self._known_look(look)
        self.display_view = f"{self._display} / {self._view}"
        self.view_name = self.display_view
        if look:
            self.view_name += f", look {look}"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the colour spaces a picture can be in, in the config's order."""
        return tuple(self._config.getColorSpaceNames())

    def space(self, name: str) -> str:
        """
        Return the config's own name for ``name``: a colour space, an alias or a role.

        Raises:
            ColourError: There is none; the remedy has the closest names.
        """
        found: str = self._config.getCanonicalName(name) if name else ""
        if found and self._config.getColorSpace(found) is not None:
            return found
        raise ColourError(
            f"the show's config has no colour space {name!r}",
            remedy=f"Did you mean {self._close_to(name)}?",
        )

    def convert(self, rgb: Image, source: str, target: str) -> Image:
        """
        Return ``rgb`` taken from ``source`` to ``target``.

        Args:
            rgb: (H, W, 3) float32 in ``source``. Left as it is.
            source: A colour space, by name, alias or role.
            target: Likewise.

        Returns:
            (H, W, 3) float32 in ``target``, unclamped; an equal copy, without any
            arithmetic, where the two are one space. Pixels that are not finite
            come back as NaN.

        Raises:
            ColourError: A name is unknown, or a space holds data and no colour.
        """
        here, there = self.space(source), self.space(target)
        if here == there:
            return np.array(rgb, dtype=np.float32)
        for name in (here, there):
            if self._config.getColorSpace(name).isData():
                raise ColourError(
                    f"{name} holds data, not colour, and cannot be converted",
                    remedy="Give the space that the picture is in with --colourspace NAME.",
                )
        transform = OCIO.ColorSpaceTransform(src=here, dst=there)
        return self._applied(rgb, self._processor((here, there), lambda: transform))

    def grade(self, rgb: Image, cdl: CDL) -> Image:
        """
        Return ``rgb`` with ``cdl`` applied in the CDL's own space, without clamping.

        Args:
            rgb: (H, W, 3) float32 in the working space. Left as it is.
            cdl: ASC CDL v1.2 values; an identity returns an equal copy.

        Returns:
            (H, W, 3) float32 in the working space.

        Raises:
            ColourError: The CDL's space is unknown, or its values are out of range.

        Source:
            ASC CDL v1.2 in OpenColorIO's no-clamp style: a negative value is left
            alone by the power function.
        """
        if cdl.is_identity:
            return np.array(rgb, dtype=np.float32)
        space = self.space(cdl.working_space)
        key = (space, cdl.slope, cdl.offset, cdl.power, cdl.saturation)
        return self._applied(rgb, self._processor(key, lambda: self._grading(cdl, space)))

    def for_viewing(self, rgb: Image) -> Image:
        """
        Return ``rgb`` as the show's SDR view shows it; for looking at, never for files.

        Args:
            rgb: (H, W, 3) float32 in the working space.

        Returns:
            (H, W, 3) float32, display-coded for sRGB, 0 to 1. NaN is shown black,
            Inf as the brightest half float.
        """
        finite = np.nan_to_num(rgb, nan=0.0, posinf=65504.0, neginf=0.0)
        transform = OCIO.DisplayViewTransform(
            src=self.working_space, display=self._display, view=self._view
        )
        processor = self._processor("view", lambda: self._with_look(transform))
        shown: Image = np.clip(self._applied(finite, processor), 0.0, 1.0)
        return shown

    def views(self) -> tuple[str, ...]:
        """Return every view of the config as ``DISPLAY / VIEW``, in the config's order."""
        return all_views(self._config)

    def shader(self, view: str, grade: CDL | None) -> ViewShader:
        """
        Return ``view``, after the shot's ``grade`` and the show's look, as a shader.

        Raises:
            ColourError: There is no such view, or OpenColorIO cannot make it.
        """
        here = self.working_space
        before: list[Any] = []
        if grade is not None and not grade.is_identity:
            before.append(self._grading(grade, self.space(grade.working_space)))
        if self._look:
            before.append(OCIO.LookTransform(src=here, dst=here, looks=self._look))
        return shader_of(self._config, view, before, here)

    def _with_look(self, view: Any) -> Any:
        if not self._look:
            return view
        here = self.working_space
        return OCIO.GroupTransform(
            [OCIO.LookTransform(src=here, dst=here, looks=self._look), view]
        )

    def _known_look(self, name: str) -> str:
        if name and self._config.getLook(name) is None:
            known = ", ".join(self._config.getLookNames()) or "none"
            raise ColourError(
                f"the show's config has no look {name!r}",
                remedy=f"It has: {known}. Correct [colour] look in show.toml.",
            )
        return name

    def _grading(self, cdl: CDL, space: str) -> Any:
        graded = OCIO.CDLTransform(
            slope=list(cdl.slope),
            offset=list(cdl.offset),
            power=list(cdl.power),
            sat=cdl.saturation,
        )
        graded.setStyle(OCIO.CDL_NO_CLAMP)
        there = OCIO.ColorSpaceTransform(src=self.working_space, dst=space)
        back = OCIO.ColorSpaceTransform(src=space, dst=self.working_space)
        return OCIO.GroupTransform([there, graded, back])

    def _processor(self, key: Hashable, transform: Callable[[], Any]) -> Any:
        # Two threads may both make one: the same one, and the later stays.
        if key not in self._ready:
            try:
                made = self._config.getProcessor(transform())
                self._ready[key] = made.getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS)
            except OCIO.Exception as error:
                raise ColourError(
                    f"the show's config cannot do {key}: {_one_line(error)}",
                    remedy="Check the values, or the config's own definition of the space.",
                ) from error
        return self._ready[key]

    @staticmethod
    def _applied(rgb: Image, processor: Any) -> Image:
        assert rgb.ndim == 3, rgb.shape
        assert rgb.shape[2] == 3, rgb.shape
        height, width, _ = rgb.shape
        converted = np.empty((height, width, 3), dtype=np.float32)
        rows = max(1, _BLOCK_PX // max(1, width))
        # RGBA in place is twice as fast as RGB in OpenColorIO.
        block = np.zeros((min(rows, height), width, 4), dtype=np.float32)
        for top in range(0, height, rows):
            part = rgb[top : top + rows]
            work = block[: len(part)]
            work[..., :3] = part
            known = np.isfinite(part)
            if work.size:
                processor.applyRGBA(work)
            converted[top : top + rows] = work[..., :3]
            if not known.all():
                converted[top : top + rows][~known.all(axis=-1)] = np.nan
        return converted

    def _sdr_view(self) -> tuple[str, str]:
        displays = list(self._config.getDisplays())
        display = next((d for d in displays if "sRGB" in d), self._config.getDefaultDisplay())
        view = self._config.getDefaultView(display) if display else ""
        if not view:
            raise ColourError(
                f"{self.path} has no display and view to look at pictures through",
                remedy="Use a config with an sRGB display; the built-in studio config has one.",
            )
        return display, view

    def _close_to(self, name: str) -> str:
        known = {n.lower(): n for n in self.names}
        for own in self.names:
            for alias in self._config.getColorSpace(own).getAliases():
                known.setdefault(alias.lower(), own)
        close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
        return ", ".join(dict.fromkeys(known[c] for c in close)) or "ACEScg, sRGB - Texture"


def _config_bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ShowError(
            f"{path}: the show's colour config cannot be read ({error.strerror})",
            remedy="Put the show's config.ocio back, or name another in show.toml.",
        ) from error


def _open_config(path: str, text: bytes) -> Any:
    for variable in _MEDDLERS:
        OCIO.UnsetEnvVariable(variable)
    try:
        config = OCIO.Config.CreateFromStream(text.decode("utf-8"))
        config.setWorkingDir(os.path.dirname(os.path.abspath(path)))
        config.validate()
    except (OCIO.Exception, UnicodeDecodeError) as error:
        raise ColourError(
            f"{path} is not a usable OpenColorIO config: {_one_line(error)}",
            remedy="Give a config that `ociocheck` accepts.",
        ) from error
    return config


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
