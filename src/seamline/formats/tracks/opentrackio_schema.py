"""
The schema of an OpenTrackIO sample, and whether a sample keeps to it.

Every value is looked at, also those that no camera here needs: a sample that breaks the
schema anywhere comes from a program whose other numbers nobody should trust. At the root
any name may stand; inside, only those that are known, unless the sample is of a later
version than the schema.

Source: OpenTrackIO 1.0.1 schema (SMPTE RIS-OSVP), read name by name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Protocol

VERSION = (1, 0, 1)
Broken = tuple[str, str]
"""The place of a value, dots between names, and what is wrong with it."""


class Kind(Protocol):
    """One kind of value."""

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return where and how ``value`` breaks it; ``later`` forgives unknown names."""
        ...


class Number:
    """A finite number; ``whole`` for integers."""

    def __init__(
        self,
        least: float = -math.inf,
        most: float = math.inf,
        *,
        above: float | None = None,
        whole: bool = False,
    ) -> None:
        self._least, self._most, self._above, self._whole = least, most, above, whole

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return how the number breaks its bounds."""
        kind = type(value)
        if kind is not int and not (kind is float and (not self._whole or value.is_integer())):
            return "", f"is {value!r:.60}, expected {self._expected()}"
        try:
            finite = math.isfinite(value)
        except OverflowError:
            finite = False
        if not finite:
            return "", "is no finite number"
        above = self._above is None or value > self._above
        if not (above and self._least <= value <= self._most):
            return "", f"is {value!r:.60}, expected {self._expected()}"
        return None

    def _expected(self) -> str:
        word = "a whole number" if self._whole else "a number"
        if self._above is not None:
            return f"{word} above {self._above:g}"
        if self._least > -math.inf and self._most < math.inf:
            return f"{word} from {self._least:g} to {self._most:.16g}"
        return f"{word} of at least {self._least:g}" if self._least > -math.inf else word


class Text:
    """A string: one of some words, of some pattern, or any that is not empty."""

    def __init__(self, *words: str, pattern: str = "") -> None:
        self._words, self._pattern = words, re.compile(pattern) if pattern else None

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return how the string breaks its pattern."""
        if not isinstance(value, str) or not 1 <= len(value) <= 1023:
            return "", f"is {value!r:.60}, expected a text of 1 to 1023 letters"
        if self._words and value not in self._words:
            return "", f"is {value!r:.60}, expected one of {', '.join(self._words)}"
        if self._pattern and not self._pattern.fullmatch(value):
            return "", f"is {value!r:.60}, expected the pattern {self._pattern.pattern}"
        return None


class Flag:
    """True or false."""

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return how it is neither."""
        return (
            None
            if isinstance(value, bool)
            else ("", f"is {value!r:.60}, expected true or false")
        )


class Several:
    """A list."""

    def __init__(self, kind: Kind, least: int = 0, most: int = 1 << 30) -> None:
        self._kind, self._least, self._most = kind, least, most

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return the first broken item."""
        if not isinstance(value, list):
            return "", f"is {value!r:.60}, expected a list"
        if not self._least <= len(value) <= self._most:
            return "", f"has {len(value)} values, expected at least {self._least}"
        for number, item in enumerate(value):
            found = self._kind.broken(item, later)
            if found:
                return _below(str(number), found)
        return None


class Names:
    """An object: names with their kinds, some of them required."""

    def __init__(
        self,
        required: tuple[str, ...] = (),
        *,
        any_of: bool = False,
        also: Mapping[str, Kind] | None = None,
        **kinds: Kind,
    ) -> None:
        self._kinds: Mapping[str, Kind] = {**kinds, **(also or {})}
        self._required, self._any_of = required, any_of

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return the first broken, missing or unknown name."""
        if not isinstance(value, dict):
            return "", f"is {value!r:.60}, expected names and values"
        for name in self._required:
            if name not in value:
                return name, "is missing"
        if self._any_of and not any(name in value for name in self._kinds):
            return "", f"has none of {', '.join(self._kinds)}"
        for name, inner in value.items():
            kind = self._kinds.get(name)
            if kind is None:
                if later:
                    continue
                return f"{name!s:.60}", "is not in the schema"
            found = kind.broken(inner, later)
            if found:
                return _below(name, found)
        return None


def _below(name: str, found: Broken) -> Broken:
    place, says = found
    return (f"{name}.{place}" if place else name), says


U31, U32, U48 = 2**31 - 1, 2**32 - 1, 2**48 - 1
UUID = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MAC = r"[0-9a-f]{2}((:[0-9a-f]{2}){5}|(-[0-9a-f]{2}){5})"
ANY, TEXT, FLAG = Number(), Text(), Flag()
COUNT = Number(0, U32, whole=True)
RATIO = Names(
    ("num", "denom"), num=Number(1, U31, whole=True), denom=Number(1, U32, whole=True)
)
XY = Names(("x", "y"), x=ANY, y=ANY)
XYZ = Names(x=ANY, y=ANY, z=ANY)
STAMP = Names(("seconds", "nanoseconds"), seconds=Number(0, U48, whole=True), nanoseconds=COUNT)
MAKER: Mapping[str, Kind] = {
    "make": TEXT,
    "model": TEXT,
    "serialNumber": TEXT,
    "firmwareVersion": TEXT,
}

STATIC = Names(
    duration=RATIO,
    camera=Names(
        captureFrameRate=RATIO,
        activeSensorPhysicalDimensions=Names(
            ("height", "width"), height=Number(0), width=Number(0)
        ),
        activeSensorResolution=Names(
            ("height", "width"),
            height=Number(0, U31, whole=True),
            width=Number(0, U31, whole=True),
        ),
        label=TEXT,
        anamorphicSqueeze=RATIO,
        isoSpeed=Number(1, U32, whole=True),
        fdlLink=Text(pattern=UUID),
        shutterAngle=Number(0, 360),
        also=MAKER,
    ),
    lens=Names(
        distortionOverscanMax=Number(1),
        undistortionOverscanMax=Number(1),
        nominalFocalLength=Number(above=0),
        calibrationHistory=Several(TEXT),
        also=MAKER,
    ),
    tracker=Names(also=MAKER),
)
TIMING = Names(
    mode=Text("internal", "external"),
    recordedTimestamp=STAMP,
    sampleRate=RATIO,
    sampleTimestamp=STAMP,
    sequenceNumber=COUNT,
    synchronization=Names(
        ("locked", "source"),
        locked=FLAG,
        source=Text("genlock", "videoIn", "ptp", "ntp"),
        frequency=RATIO,
        offsets=Names(translation=ANY, rotation=ANY, lensEncoders=ANY),
        present=FLAG,
        ptp=Names(
            ("profile", "domain", "leaderIdentity", "leaderPriorities", "leaderAccuracy",
             "meanPathDelay"),
            profile=Text(
                "IEEE Std 1588-2019", "IEEE Std 802.1AS-2020", "SMPTE ST2059-2:2021"
            ),
            domain=Number(0, 127, whole=True),
            leaderIdentity=Text(pattern=MAC),
            leaderPriorities=Names(
                ("priority1", "priority2"),
                priority1=Number(0, 255, whole=True),
                priority2=Number(0, 255, whole=True),
            ),
            leaderAccuracy=Number(0),
            leaderTimeSource=Text("GNSS", "Atomic clock", "NTP"),
            meanPathDelay=Number(0),
            vlan=COUNT,
        ),
    ),
    timecode=Names(
        ("hours", "minutes", "seconds", "frames", "frameRate"),
        hours=Number(0, 23, whole=True),
        minutes=Number(0, 59, whole=True),
        seconds=Number(0, 59, whole=True),
        frames=Number(0, 119, whole=True),
        frameRate=RATIO,
        subFrame=COUNT,
        dropFrame=FLAG,
    ),
)  # fmt: skip
SHARE = Number(0, 1)
LENS = Names(
    custom=Several(ANY),
    distortion=Several(
        Names(
            ("radial",),
            model=TEXT,
            radial=Several(ANY, 1),
            tangential=Several(ANY, 1),
            overscan=Number(1),
        ),
        1,
    ),
    distortionOffset=XY,
    encoders=Names(any_of=True, focus=SHARE, iris=SHARE, zoom=SHARE),
    entrancePupilOffset=ANY,
    exposureFalloff=Names(("a1",), a1=ANY, a2=ANY, a3=ANY),
    fStop=Number(above=0),
    pinholeFocalLength=Number(above=0),
    focusDistance=Number(above=0),
    projectionOffset=XY,
    rawEncoders=Names(any_of=True, focus=COUNT, iris=COUNT, zoom=COUNT),
    tStop=Number(above=0),
)
ROOT: Mapping[str, Kind] = {
    "tracker": Names(notes=TEXT, recording=FLAG, slate=TEXT, status=TEXT),
    "timing": TIMING,
    "lens": LENS,
    "protocol": Names(
        ("name", "version"), name=TEXT, version=Several(Number(0, 9, whole=True), 3, 3)
    ),
    "sampleId": Text(pattern=UUID),
    "sourceId": Text(pattern=UUID),
    "sourceNumber": COUNT,
    "relatedSampleIds": Several(Text(pattern=UUID)),
    "globalStage": Names(
        ("E", "N", "U", "lat0", "lon0", "h0"), E=ANY, N=ANY, U=ANY, lat0=ANY, lon0=ANY, h0=ANY
    ),
    "transforms": Several(
        Names(
            ("translation", "rotation"),
            translation=XYZ,
            rotation=Names(pan=ANY, tilt=ANY, roll=ANY),
            scale=XYZ,
            id=TEXT,
        ),
        1,
    ),
}


def broken(sample: Mapping[str, Any], *, known_static: Any = None) -> Broken | None:
    """
    Return where and how ``sample`` breaks the schema, or None.

    Args:
        sample: One JSON or CBOR object.
        known_static: A static block that was looked at before; an equal one is not again.
    """
    protocol = sample.get("protocol")
    version = protocol.get("version") if isinstance(protocol, dict) else None
    later = (
        isinstance(version, list)
        and all(isinstance(part, int) for part in version)
        and tuple(version) > VERSION
    )
    static = sample.get("static")
    if static is not None and static != known_static:
        found = STATIC.broken(static, later)
        if found:
            return _below("static", found)
    for name, kind in ROOT.items():
        if name in sample:
            found = kind.broken(sample[name], later)
            if found:
                return _below(name, found)
    return None
