"""
Ports: what the steps need from the world, as protocols.

The steps compute and decide; files, databases, colour engines, keys and clocks
stand behind these. ``wiring`` fills them with the real ones, tests with small
true ones.
"""

from __future__ import annotations

from seamline.ports.generators import (
    NOT_KEPT,
    CardMaker,
    Declared,
    Generator,
    Levels,
    NotKept,
    OnGraphicsCard,
    Readied,
    Resumer,
    Sketcher,
)
from seamline.ports.later import Lately, LaterPicture, bytes_of
from seamline.ports.painting import (
    HAND,
    NOTHING,
    PLATE,
    CanvasPicture,
    CardView,
    DomeView,
    LaidOut,
    Painted,
    PaintedLayer,
    ReferencePicture,
)
from seamline.ports.papers import Papers, Tile
from seamline.ports.pictures import (
    ONLY_LAYER,
    Colour,
    Evidence,
    Grains,
    Images,
    Optics,
    Tracks,
    ViewShader,
    ViewTable,
)
from seamline.ports.proofs import (
    Authority,
    Claims,
    FileHashes,
    Keyring,
    Proofs,
    PublicKey,
    Received,
)
from seamline.ports.records import Blobs, Farm, FoundFile, Ledger, Row, Shelf
from seamline.ports.studio import Bar, Clock, Progress, Settings, Studio

__all__ = [
    "HAND",
    "NOTHING",
    "NOT_KEPT",
    "ONLY_LAYER",
    "PLATE",
    "Authority",
    "Bar",
    "Blobs",
    "CanvasPicture",
    "CardMaker",
    "CardView",
    "Claims",
    "Clock",
    "Colour",
    "Declared",
    "DomeView",
    "Evidence",
    "Farm",
    "FileHashes",
    "FoundFile",
    "Generator",
    "Grains",
    "Images",
    "Keyring",
    "LaidOut",
    "Lately",
    "LaterPicture",
    "Ledger",
    "Levels",
    "NotKept",
    "OnGraphicsCard",
    "Optics",
    "Painted",
    "PaintedLayer",
    "Papers",
    "Progress",
    "Proofs",
    "PublicKey",
    "Readied",
    "Received",
    "ReferencePicture",
    "Resumer",
    "Row",
    "Settings",
    "Shelf",
    "Sketcher",
    "Studio",
    "Tile",
    "Tracks",
    "ViewShader",
    "ViewTable",
    "bytes_of",
]
