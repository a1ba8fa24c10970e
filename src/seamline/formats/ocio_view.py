"""
Views as shaders: OpenColorIO's own GLSL of a show's view, for what draws pictures elsewhere.

What stands in a shader, in this order: exposure (a uniform, stops), the shot's CDL, the
show's look, display and view, gamma (a uniform). At exposure 0 and gamma 1 it is what
``Config.for_viewing`` does on the processor.

The language is GLSL ES 3.0, which is WebGL 2's. Tables that OpenColorIO wants as textures
come along as float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import PyOpenColorIO as OCIO

from seamline.errors import ColourError
from seamline.ports import ViewShader, ViewTable

FUNCTION = "ocio_view"
PREFIX = "ocio_"
EXPOSURE, GAMMA = "exposure", "gamma"


def all_views(config: Any) -> tuple[str, ...]:
    """Return every view of ``config`` as ``DISPLAY / VIEW``, in the config's order."""
    return tuple(
        f"{display} / {view}"
        for display in config.getDisplays()
        for view in config.getViews(display)
    )


def split_view(config: Any, name: str) -> tuple[str, str]:
    """Return display and view of ``DISPLAY / VIEW``, or refuse."""
    display, _, view = name.partition(" / ")
    if name not in all_views(config):
        raise ColourError(
            f"the show's config has no view {name!r}",
            remedy=f"It has: {'; '.join(all_views(config)[:4])} ...",
        )
    return display, view


def view_transform(config: Any, name: str, before: list[Any], working_space: str) -> Any:
    """Return exposure, ``before``, the view called ``name`` and gamma, as one transform."""
    display, view = split_view(config, name)
    exposure = OCIO.ExposureContrastTransform(
        style=OCIO.EXPOSURE_CONTRAST_LINEAR, dynamicExposure=True
    )
    gamma = OCIO.ExposureContrastTransform(
        style=OCIO.EXPOSURE_CONTRAST_VIDEO, pivot=1.0, dynamicGamma=True
    )
    shown = OCIO.DisplayViewTransform(src=working_space, display=display, view=view)
    return OCIO.GroupTransform([exposure, *before, shown, gamma])


def shader_of(config: Any, name: str, before: list[Any], working_space: str) -> ViewShader:
    """
    Return the view called ``name`` as a shader.

    Args:
        config: An open config.
        name: ``DISPLAY / VIEW``.
        before: Transforms between exposure and view: the shot's CDL, the show's look.
        working_space: What comes in.

    Raises:
        ColourError: There is no such view, or OpenColorIO cannot make it.
    """
    transform = view_transform(config, name, before, working_space)
    try:
        processor = config.getProcessor(transform)
        gpu = processor.getOptimizedGPUProcessor(OCIO.OPTIMIZATION_LOSSLESS)
        made = OCIO.GpuShaderDesc.CreateShaderDesc(
            language=OCIO.GPU_LANGUAGE_GLSL_ES_3_0,
            functionName=FUNCTION,
            resourcePrefix=PREFIX,
        )
        made.setAllowTexture1D(False)
        gpu.extractGpuShaderInfo(made)
    except OCIO.Exception as error:
        raise ColourError(
            f"the view {name!r} cannot be made a shader: {' '.join(str(error).split())[:200]}",
            remedy="Check the config's own definition of the view.",
        ) from error
    uniforms = {}
    for uniform, _ in made.getUniforms():
        for what in (EXPOSURE, GAMMA):
            if uniform.endswith(f"{what}Val"):
                uniforms[what] = uniform
    return ViewShader(
        view=name,
        text=made.getShaderText(),
        function=FUNCTION,
        exposure=uniforms.get(EXPOSURE, ""),
        gamma=uniforms.get(GAMMA, ""),
        tables=(*map(_flat, made.getTextures()), *map(_cube, made.get3DTextures())),
    )


def _flat(texture: Any) -> ViewTable:
    channels = 1 if texture.channel == OCIO.GpuShaderDesc.TEXTURE_RED_CHANNEL else 3
    return ViewTable(
        sampler=texture.samplerName,
        size=(texture.width, max(1, texture.height)),
        channels=channels,
        linear=texture.interpolation != OCIO.INTERP_NEAREST,
        values=np.asarray(texture.getValues(), np.float32).reshape(-1),
    )


def _cube(texture: Any) -> ViewTable:
    edge = texture.edgeLen
    return ViewTable(
        sampler=texture.samplerName,
        size=(edge, edge, edge),
        channels=3,
        linear=texture.interpolation != OCIO.INTERP_NEAREST,
        values=np.asarray(texture.getValues(), np.float32).reshape(-1),
    )
