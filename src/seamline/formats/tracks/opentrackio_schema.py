"""
The schema of an OpenTrackIO sample, and whether a sample keeps to it.

Every value is looked at, also those that no camera here needs: a sample that breaks the
schema anywhere comes from a program whose other numbers nobody should trust. At the root
any name may stand; inside, only those that are known, unless the sample is of a later
version than the schema.

Source: OpenTrackIO 1.0.1 schema (SMPTE RIS-OSVP), read name by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seamline.formats.tracks.kinds import (
    Broken,
    Flag,
    Kind,
    Names,
    Number,
    Several,
    Text,
    below,
)

VERSION = (1, 0, 1)
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
    if "static" in sample and (static is None or static != known_static):
        found = STATIC.broken(static, later)
        if found:
            return below("static", found)
    for name, kind in ROOT.items():
        if name in sample:
            found = kind.broken(sample[name], later)
            if found:
                return below(name, found)
    return None
