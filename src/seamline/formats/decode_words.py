"""
A claim as decoder and caller say it to each other, over the line of ``isolation.line``.

Pixels never go this way: the caller makes anonymous memory of the size it found right
and hands its descriptor over; the decoder fills it.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from seamline.formats.claims import Claim
from seamline.show.shot import Window


def claim_word(claim: Claim) -> dict[str, Any]:
    """Return ``claim`` as a word."""
    return {name: getattr(claim, name) for name in Claim.__slots__}


def claim_of(word: dict[str, Any]) -> Claim:
    """Return the claim in ``word``; ValueError if it holds none."""
    try:
        return _claim(word)
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError) as error:
        raise ValueError(f"no claim: {error}") from error


def _claim(word: dict[str, Any]) -> Claim:
    return Claim(
        kind=str(word["kind"]),
        is_float=bool(word["is_float"]),
        data_window=_window(word["data_window"]),
        display_window=_window(word["display_window"]),
        layout=tuple((str(name), str(kind)) for name, kind in word["layout"]),
        attributes={
            str(name): (str(kind), _value(value))
            for name, (kind, value) in word["attributes"].items()
        },
        stored_bytes=int(word["stored_bytes"]),
        stored_channels=int(word["stored_channels"]),
    )


def _window(values: Any) -> Window:
    x, y, width, height = (int(v) for v in values)
    return x, y, width, height


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_value(v) for v in value)
    if isinstance(value, dict) and "array" in value:
        flat = np.frombuffer(base64.b64decode(value["coded"]), np.dtype(value["array"]))
        return flat.reshape(value["shape"]).copy()
    if isinstance(value, dict):
        return base64.b64decode(value["bytes"])
    return value
