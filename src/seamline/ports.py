"""
Ports: what the steps need from the world, as protocols.

The steps compute and decide; files, databases, colour engines, keys and clocks
stand behind these. ``wiring`` fills them with the real ones, tests with small
true ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.cards import CardPixels, CutLayer, Drawing, Master
from seamline.pixels.picture import Image, Picture
from seamline.show.camera import CameraTrack, Lens
from seamline.show.cdl import CDL
from seamline.show.delivery import Weights
from seamline.show.frames import FrameRange
from seamline.show.grain import GrainModel
from seamline.show.lens import LensModel
from seamline.show.lensreport import LensReport
from seamline.show.policy import Policy, house
from seamline.show.review import Finding
from seamline.show.variation import Ask, Made

PLATE = -2
"""Lineage of a pixel that is the plate's own."""
NOTHING = -1
"""Lineage of a pixel that was not painted."""
HAND = -3
"""Lineage of a pixel that a person painted; the second person's is one less, and so on."""


# -- painting ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanvasPicture:
    """
    What a generator is given to paint on; everything on the canvas's pixel grid.

    Attributes:
        known: (H, W, 3) float32 plate pixels in the generator's encoding; 0 where none.
        keep: (H, W) float32; 1 = a plate pixel to leave alone, 0 = to be painted.
        need: (H, W) bool; what some frame will see: paint at least this.
        margin: (H, W) bool; live pixels within the band that is also painted, into a
            layer of its own called ``margin``; all False where the seam parts
            different things.
        elevation_deg: (H, W) float32; elevation above the horizon of each pixel.
        azimuth_deg: (H, W) float32; azimuth of each pixel, show convention.
        px_per_deg: Sampling of the canvas at its middle.
        skyline: (W,) float32 rows of the skyline somebody drew, NaN where none was
            drawn; None without a drawing.
        lines: (W,) float32 rows of other upper edges somebody drew, by a card's label, NaN
            where none was drawn: ``forest``, ``water`` ...
        key_deg: Azimuth and elevation of the locked key light; None where nobody locked it.
        standing: An earlier painting's layers, back to front, when one of them is to be
            painted anew: the one that ``layer`` in the ask's settings names. All others
            come back as they stand. Empty when everything is painted.
    """

    known: Image
    keep: Image
    need: NDArray[np.bool_]
    margin: NDArray[np.bool_]
    elevation_deg: Image
    azimuth_deg: Image
    px_per_deg: float
    skyline: Image | None = None
    key_deg: tuple[float, float] | None = None
    standing: tuple[PaintedLayer, ...] = ()
    lines: Mapping[str, Image] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CardView:
    """
    What makes a view a card: one layer of a reference, cut out whole and completed.

    Attributes:
        id: The card's id.
        label: One of ``show.card.LABELS``: ``sky``, ``far``, ``near`` ...
        alpha: (H, W) float32 in [0, 1]; the card's own edge.
        hidden: (H, W) bool; where the card was completed behind what stood before it.
        base_row: Row on which the card stands: its foot, its waterline, or the horizon
            for a sky; may lie outside the view.
        columns: First column and end of those that may form a silhouette.
        mirror: Whether its light allows left and right to be exchanged.
        distance_m: How far away it is; None where nobody said.
    """

    id: str
    label: str
    alpha: Image
    hidden: NDArray[np.bool_]
    base_row: float
    columns: tuple[int, int]
    mirror: bool
    distance_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomeView:
    """
    What makes a view a dome: a panorama's sky, set over the canvas pixel for pixel.

    Its elevations and azimuths are those in the panorama, turned to the lock, so that a
    pixel's height and angle to the sun are those it was photographed at.

    Attributes:
        at: Row and column of the canvas at which it begins.
        exchanged: Left and right exchanged about the sun's own vertical.
        turn_deg: By how much it is turned besides, its sun being out of frame.
        measure: How many of its own degrees stand in one of the canvas's, away from its
            sun: above 1 more of it is seen.
    """

    at: tuple[int, int]
    exchanged: bool = False
    turn_deg: float = 0.0
    measure: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferencePicture:
    """
    One view of an approved reference, at the canvas's own pixels per degree.

    Either the whole picture, or one card of it: then ``colour`` is complete also where
    the reference shows something nearer, and ``master_x``, ``master_y`` say which pixel
    of the reference each of its pixels was copied from.

    Attributes:
        id: The reference's id.
        look: References with the same look may be mixed in one picture; by default
            each reference is a look of its own.
        colour: (H, W, 3) float32 in the generator's encoding.
        usable: (H, W) bool; False where the reference must not be copied from
            (alpha painted out, outside a panorama's view, not finite).
        elevation_deg: (H, W) float32 elevation of each pixel, or None when unknown (flat).
        master_x: (H, W) float32; where each pixel's centre lies in the reference file, pixels.
        master_y: (H, W) float32.
        card: What makes it a card; None for the whole picture.
        azimuth_deg: (H, W) float32 azimuth of each pixel, or None when unknown (flat).
        key_deg: Azimuth and elevation of the reference's own key light, where they are
            known and the reference is turned so that its azimuth is the locked one.
        all_sky: Whether the reference shows nothing but sky, its ground painted out.
        mirror: Whether its light allows left and right to be exchanged (a flat one's).
        dome: What makes it a sky set over the canvas; None for any other view.
        around: Whether it is the whole panorama, small: its skyline is told from it, and
            nothing is copied.
    """

    id: str
    look: str
    colour: Image
    usable: NDArray[np.bool_]
    elevation_deg: Image | None
    master_x: Image
    master_y: Image
    card: CardView | None = None
    azimuth_deg: Image | None = None
    key_deg: tuple[float, float] | None = None
    all_sky: bool = False
    mirror: bool = True
    dome: DomeView | None = None
    around: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaintedLayer:
    """
    One layer of a painting.

    Attributes:
        name: ``env``, ``margin``, ``sky``, ``far`` ...; unique in a painting, lower case
            letters, digits, _ and -: it names files.
        colour: (H, W, 3) float32, unassociated, in the generator's encoding.
        alpha: (H, W) float32 in [0, 1].
        source: (H, W) int32; index into the references handed over, ``PLATE`` or ``NOTHING``.
        source_x: (H, W) int32 column in that reference picture (or on the canvas for PLATE).
        source_y: (H, W) int32 row.
        offset: (H, W, 3) float32; the source pixel's colour plus this is ``colour``, bit
            for bit, in the encoding.
        distance_m: How far away it stands; None: as far as the canvas.
        motion_deg_s: Drift in degrees per second towards growing azimuth.
    """

    name: str
    colour: Image
    alpha: Image
    source: NDArray[np.int32]
    source_x: NDArray[np.int32]
    source_y: NDArray[np.int32]
    offset: Image
    distance_m: float | None = None
    motion_deg_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Painted:
    """Layers back to front, what the generator has to say, and what it found wrong."""

    layers: tuple[PaintedLayer, ...]
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class Generator(Protocol):
    """A backend that paints a canvas. Register it as a ``seamline.generators`` entry point."""

    name: str
    pixels: int
    """Raised only when golden digests change."""
    encoding: str
    """The colour space it works in, by the show's config: ``ACEScct``, ``ACEScg`` ..."""
    needs_references: bool

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        """
        Paint the canvas where ``keep`` is 0.

        The same ask, canvas and references give the same bits, with any number of
        threads. Layers come back to front; where ``keep`` is 1, the frontmost that is
        seen is opaque and ``known`` bit for bit. Only usable reference pixels are
        copied; the lineage of every painted pixel is returned, and gives its colour.

        Args:
            ask: The request; its seed decides among pictures.
            canvas: What is known, what is to be painted, and the guides.
            references: Approved pictures in ``encoding``.
            progress: Called with the share done, 0 to 1.

        Raises:
            GeneratorError: It cannot deliver what was asked; the sentence says why.
        """
        ...


class Levels(Protocol):
    """
    What a painting has finished of itself, by stage; kept until the painting stands.

    One that was killed goes on from there, and comes to the same bits.
    """

    every_s: float
    """Seconds that lie between two that are kept."""

    def found(self, stage: str) -> Mapping[str, NDArray[Any]]:
        """Return the planes that were kept last under ``stage``; none where there are none."""
        ...

    def keep(self, stage: str, planes: Mapping[str, NDArray[Any]]) -> None:
        """Keep ``planes`` under ``stage``, in the place of what was kept there."""
        ...

    def done(self) -> None:
        """Let go of what was kept: the painting stands."""
        ...


class NotKept:
    """Levels of which none is kept."""

    every_s = math.inf

    def found(self, stage: str) -> Mapping[str, NDArray[Any]]:
        """Return nothing."""
        return {}

    def keep(self, stage: str, planes: Mapping[str, NDArray[Any]]) -> None:
        """Keep nothing."""

    def done(self) -> None:
        """There is nothing to let go of."""


NOT_KEPT = NotKept()


class Resumer(Protocol):
    """What a generator may be besides: one that goes on where it was interrupted."""

    def go_on(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
        levels: Levels,
    ) -> Painted:
        """Paint as ``paint`` does, from the last of ``levels``; the bits are the same."""
        ...


class Sketcher(Protocol):
    """What a generator may be besides: one that shows roughly, and soon, what it will paint."""

    def sketch(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        reduce: int,
    ) -> Image | None:
        """
        Return (H // ``reduce``, W // ``reduce``, 3) float32 in the generator's encoding.

        What stands where is what ``paint`` will put there, seed by seed.
        None where only painting can tell.
        """
        ...


class Readied(Protocol):
    """What a generator may be besides: one that can be made ready before it is asked."""

    def make_ready(self) -> None:
        """Load what a first painting runs; takes seconds, and no pixel depends on it."""
        ...


class Declared(Protocol):
    """What a generator may be besides: one that says what a delivery's record asks of it."""

    weights: tuple[Weights, ...]
    """The trained weights it uses; empty where it uses none."""
    determinism: str
    """A sentence: what is the same when the same Ask is painted again, and where."""


class OnGraphicsCard(Protocol):
    """What a generator is besides that paints on a graphics card."""

    def gpu_seconds(self) -> float:
        """
        Return the seconds in which its work was on the card, since it was loaded.

        Measured on the card: between events of its own streams (torch.cuda.Event), or by the
        driver's count for its process; never the time that the processor waited.
        """
        ...


class CardMaker(Protocol):
    """Takes a reference apart into layers, and completes what is hidden of each."""

    encoding: str
    """The colour space it works in, by the show's config."""
    version: int
    """Raised when the same drawing and seed give another card."""

    def cut(self, master: Master, drawing: Drawing | None) -> tuple[CutLayer, ...]:
        """
        Return the layers of ``master``, farthest first; without a drawing its own proposal.

        Raises:
            InputError: Nothing can be cut out; the sentence says what to draw.
        """
        ...

    def complete(
        self, master: Master, layer: CutLayer, *, seed: int, width_px: int
    ) -> CardPixels:
        """
        Return ``layer`` with its hidden part painted from its own ``sources`` alone.

        The same master, layer and seed give the same bits. Matches are searched on a
        picture at most ``width_px`` wide; copies are the master's own pixels.

        Raises:
            InputError: The layer has a hidden part and nothing it may be completed from.
        """
        ...


# -- the world --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which colour space a file is in, and what says so."""

    colourspace: str
    says: str


ONLY_LAYER = "*"
"""As ``layer``: where no R, G, B (or Y) stand alone, those of the one layer that has them."""


class Images(Protocol):
    """Picture files."""

    def read(self, path: str, *, layer: str = "") -> Picture:
        """
        Return the picture at ``path``, channels as stored; FormatError if it is none.

        ``layer`` names the layer, part or view that is read, as R, G, B; it may be
        ``ONLY_LAYER``. Without one, all channels come under the names they have.
        """
        ...

    def header(self, path: str, *, layer: str = "") -> Picture:
        """Return the picture at ``path`` with an empty ``channels``; cheap."""
        ...

    def write(self, path: str, picture: Picture) -> str:
        """Write a whole EXR at ``path`` (temporary name, fsync, rename); return its SHA-256."""
        ...

    def interop_id(self, colourspace: str) -> str:
        """Return what ``colorInteropID`` says for ``colourspace``; empty if nothing does."""
        ...

    def evidence(
        self, path: str, *, flag: str | None, default: str | None, layer: str = ""
    ) -> Evidence:
        """
        Return the colour space of the file at ``path``.

        In this order: ``flag``; ``colorInteropID``; ACES flag or known chromaticities;
        ICC profile; ``default``; else ColourError. A name the config does not
        know is a ColourError too.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewTable:
    """
    A table that a view's shader looks things up in.

    Attributes:
        sampler: The name of its sampler in the shader.
        size: Width and height, or three edges of a cube.
        channels: 1 or 3.
        linear: Whether it is looked up between its entries.
        values: (N,) float32, rows from the first on.
    """

    sampler: str
    size: tuple[int, ...]
    channels: int
    linear: bool
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewShader:
    """
    A view of the show's config as GLSL ES 3.0: ``vec4 function(vec4)``.

    Attributes:
        view: ``DISPLAY / VIEW``.
        text: Its source; working space in, display-coded out.
        function: What it is called.
        exposure: Name of the uniform for exposure, stops; empty where the view has none.
        gamma: Likewise for gamma.
        tables: What it looks up.
    """

    view: str
    text: str
    function: str
    exposure: str
    gamma: str
    tables: tuple[ViewTable, ...]


class Colour(Protocol):
    """The show's OCIO config. Every conversion goes through it."""

    config_sha256: str
    config_name: str
    """What the config calls itself; empty where it has no name."""
    working_space: str
    view_name: str
    display_view: str
    """The view that pictures are looked at through, ``DISPLAY / VIEW``, without the look."""

    def views(self) -> tuple[str, ...]:
        """Return every view of the config, as ``DISPLAY / VIEW``."""
        ...

    def shader(self, view: str, grade: CDL | None) -> ViewShader:
        """Return ``view``, after ``grade`` and the show's look, as a shader; ColourError."""
        ...

    def space(self, name: str) -> str:
        """Return the config's own name for ``name`` (aliases count), or ColourError."""
        ...

    def convert(self, rgb: Image, source: str, target: str) -> Image:
        """Return ``rgb`` (H, W, 3) float32 from ``source`` to ``target``, never clamped."""
        ...

    def grade(self, rgb: Image, cdl: CDL) -> Image:
        """Return working-space ``rgb`` with ``cdl`` applied in the CDL's space, unclamped."""
        ...

    def for_viewing(self, rgb: Image) -> Image:
        """Return working-space ``rgb`` through the show's view, display-coded 0 to 1."""
        ...


class Tracks(Protocol):
    """Camera track files, and what cameras wrote down of their lenses."""

    def read(
        self, path: str, frames: FrameRange | None, *, camera: str = "", lens: str = "",
        clock: int | None = None,
    ) -> CameraTrack:  # fmt: skip
        """
        Return the track, numbered with the shot's ``frames`` (1001 ... without any).

        A longer recording is cut where its timecode is ``clock``, the first frame's.
        """
        ...

    def lens(self, path: str, frames: FrameRange | None) -> LensReport:
        """Return a lens report, numbered with the shot's ``frames``."""
        ...

    def is_lens(self, path: str) -> bool:
        """Tell a lens report from a track."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One ledger row: its place, its canonical bytes and the chain's hash after it."""

    number: int
    kind: str
    body: Mapping[str, Any]
    stored: bytes
    hash: str


class Ledger(Protocol):
    """The append-only, hash-chained book of the show."""

    def append(self, kind: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row, durable on return. Never rewrites an earlier one."""
        ...

    def append_once(self, kind: str, key: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row unless ``kind`` has one with ``key`` already; return that row."""
        ...

    def append_unless(
        self,
        kind: str,
        key: str,
        body: Mapping[str, Any],
        *,
        after: int,
        kinds: Collection[str],
        overtaken: Callable[[Row], bool],
    ) -> Row | None:
        """
        Write one row as ``append_once`` does, unless it was overtaken; None then.

        It was where a row above number ``after``, of one of ``kinds``, is one that
        ``overtaken`` says. Looked at and written in one step: no row comes in between.
        """
        ...

    def rows(self, kind: str | None = None, *, after: int = 0) -> Iterator[Row]:
        """Yield rows, oldest first; those with a number above ``after``."""
        ...

    def verify(self) -> int:
        """Walk the chain; return the number of rows, or raise TamperError naming the row."""
        ...


class Farm(Protocol):
    """Whatever runs tasks: processes on this machine, or a studio's own engine."""

    name: str

    def run(self, tasks: Sequence[Sequence[str]]) -> list[int]:
        """
        Run every task to its end; return their exit codes, in order.

        A task is a command line that may be run again at any moment. It is run again
        while it leaves with 4 (try again) or is killed; 4 is returned only when the farm
        gave up. A task that fails keeps no other from being run.
        """
        ...


class Blobs(Protocol):
    """Content-addressed storage: pictures by pixel digest, files by SHA-256."""

    def put_picture(self, picture: Picture) -> str:
        """Store ``picture``; return its digest. The same pixels are stored once."""
        ...

    def picture(self, digest: str) -> Picture:
        """Return a stored picture, digest checked; TamperError if it is not what it was."""
        ...

    def put_file(self, path: str) -> str:
        """Store the file at ``path`` byte for byte; return its SHA-256."""
        ...

    def put_bytes(self, content: bytes) -> str:
        """Store ``content`` as a file; return its SHA-256."""
        ...

    def path(self, digest: str) -> str:
        """Return where the blob lies; ShowError if there is none."""
        ...

    def has(self, digest: str) -> bool:
        """Whether the blob is there."""
        ...


class Shelf(Protocol):
    """Named files of the show: whole or not at all, never overwritten once published."""

    root: str

    def element_pattern(self, element_id: str) -> str:
        """Pattern of the element's frames, from the show's templates."""
        ...

    def comp_pattern(self, element_id: str) -> str:
        """Pattern of the comp's frames."""
        ...

    def sheet_path(self, shot: str, name: str) -> str:
        """Where a sheet of ``shot`` lies."""
        ...

    def report_path(self, shot: str, name: str) -> str:
        """Where a QC report of ``shot`` lies."""
        ...

    def matte_path(self, shot: str, name: str) -> str:
        """Folder of a matte made here for ``shot``."""
        ...

    def host_path(self, shot: str, name: str) -> str:
        """Folder that hosts are handed for ``name`` of ``shot``."""
        ...

    def screening_path(self, shot: str, name: str) -> str:
        """Where a file of the screening of ``shot`` lies; its folder for an empty name."""
        ...

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder at ``path``."""
        ...

    def file_sha256(self, path: str) -> str:
        """SHA-256 of the file's bytes."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes; FormatError if it is not there."""
        ...

    def write(self, path: str, content: bytes, *, sync: bool = True) -> None:
        """
        Write a whole file: temporary name in the same folder, fsync, rename.

        Without ``sync`` it is on disk only when something else says so: inside a ``folder``,
        which is synced as a whole before it gets its name.
        """
        ...

    def make_folder(self, path: str) -> None:
        """Make the folder ``path`` and those above it; one that stands is left alone."""
        ...

    def link(self, source: str, path: str) -> None:
        """Give ``source`` the name ``path``: hard link, or copy across file systems."""
        ...

    def folder(self, path: str) -> AbstractContextManager[str]:
        """Lend a folder that becomes ``path`` if the block ends well, and else vanishes."""
        ...

    def remove(self, path: str) -> int:
        """Remove a file or folder; return the bytes freed."""
        ...

    def lease(self, name: str) -> AbstractContextManager[None]:
        """Hold ``name`` for this process; LeaseError while a living process holds it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A person's public key."""

    name: str
    fingerprint: str
    public_hex: str
    protected: bool


class Keyring(Protocol):
    """People's signing keys (Ed25519)."""

    def create(self, name: str, passphrase: bytes | None) -> PublicKey:
        """Make a key pair; ``None`` leaves the private half unprotected. Never replaces one."""
        ...

    def find(self, name: str) -> PublicKey:
        """Return the key of ``name``; RefusedError if there is none."""
        ...

    def sign(self, name: str, message: bytes, passphrase: bytes | None) -> str:
        """Return the signature as hexadecimal; RefusedError on a wrong passphrase."""
        ...

    def verify(self, key: PublicKey, message: bytes, signature: str) -> bool:
        """Whether ``signature`` is ``key``'s over ``message``."""
        ...


class Authority(Protocol):
    """The key of the show itself (Ed25519), which signs what leaves the show."""

    def key(self) -> PublicKey:
        """Return its public key; RefusedError if the show has none."""
        ...

    def public_pem(self) -> bytes:
        """Return its public key as PEM (SubjectPublicKeyInfo)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature of ``message``, 64 bytes; RefusedError without a key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHashes:
    """Hashes of one file's bytes, in hexadecimal, and how many bytes there are."""

    sha256: str
    xxh128: str
    size_bytes: int


class Claims(Protocol):
    """What a show's authority claims of files that leave it, as C2PA manifests."""

    certificate: bytes
    """The authority's certificate, as PEM: the trust anchor of every manifest."""

    def manifest(self, path: str, said: Mapping[str, Any]) -> bytes:
        """Return the signed manifest of the file at ``path``; ``said`` is its definition."""
        ...


class Proofs(Protocol):
    """What third parties' programs check a delivery with."""

    def hashes(self, path: str, *, sha256: str = "") -> FileHashes:
        """Return all hashes of the file at ``path``, read once; a known SHA-256 is taken."""
        ...

    def file_list(self, files: Mapping[str, str]) -> bytes:
        """Return the list of ``files`` (SHA-256 by path), as ``sha256sum -c`` reads it."""
        ...

    def claims(self, authority: Authority, *, show: str) -> Claims:
        """Return who signs the manifests of one delivery: a key of its own, certified."""
        ...

    def manifest_path(self, path: str) -> str:
        """Return where the manifest of the file at ``path`` lies."""
        ...

    def history(
        self,
        folder: str,
        files: Mapping[str, FileHashes],
        *,
        name: str,
        by: str,
        later: Sequence[str],
    ) -> list[str]:
        """Write the ASC MHL history of ``folder``; return its files' paths in it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """Something in a folder, by its path in it: a ``file``, a ``link``, or ``other``."""

    path: str
    kind: str


class Received(Protocol):
    """
    A delivery as it was received: a folder that nobody vouches for yet.

    No link is followed and nothing outside the folder is opened. What is larger than it can
    be, or is not what it should be, is a FormatError.
    """

    root: str

    def found(self) -> list[FoundFile]:
        """Return everything in the folder that is no folder, sorted by path."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        ...

    def hashes(self, path: str) -> FileHashes:
        """Return all hashes of a file, read once."""
        ...

    def file_list(self, path: str) -> dict[str, str]:
        """Return the SHA-256 of every file in a list, by path."""
        ...

    def public_key(self, path: str) -> bytes:
        """Return the raw public key (32 bytes) in a file."""
        ...

    def is_signed(self, path: str, signature: str, key: bytes) -> bool:
        """Whether the file ``signature`` holds ``key``'s signature of the file ``path``."""
        ...

    def is_by(self, key: bytes, message: bytes, signature: str) -> bool:
        """Whether ``signature`` (hexadecimal) is ``key``'s over ``message``."""
        ...

    def certified(self, path: str) -> bytes:
        """Return the public key that the certificate at ``path`` certifies of itself."""
        ...

    def manifest(self, path: str, about: str, certificate: str) -> Mapping[str, Any]:
        """Return what the manifest at ``path`` says of the file ``about``."""
        ...

    def generations(self) -> list[str]:
        """Return the paths of the ASC MHL history's generations, oldest first."""
        ...

    def generation(self, path: str) -> dict[str, str]:
        """Return the XXH128 of every file in a generation, by path."""
        ...


class Clock(Protocol):
    """Time, so that records can be made again in tests."""

    def now(self) -> str:
        """UTC as ISO 8601 with seconds: 2026-11-21T10:00:00Z."""
        ...

    def seconds(self) -> float:
        """Return seconds on a clock that only goes forward."""
        ...

    def cpu_seconds(self) -> float:
        """Return what this process and its ended children used of the processor, seconds."""
        ...

    def gpu_seconds(self) -> float:
        """Return what this process's painters used of a graphics card, seconds."""
        ...


class Bar(Protocol):
    """One progress bar."""

    def advance(self, amount: float = 1.0) -> None:
        """Move on by ``amount``."""
        ...


class Progress(Protocol):
    """Where progress is shown (stderr)."""

    def bar(self, title: str, total: float) -> AbstractContextManager[Bar]:
        """Show a bar while the block runs."""
        ...


class Optics(Protocol):
    """Heavy geometry: same names and shapes as the plain functions in ``optics``."""

    def reproject_sphere(
        self,
        canvas: Image,
        canvas_from_camera: NDArray[np.float64],
        *,
        longitude_left_rad: float,
        latitude_top_rad: float,
        px_per_rad: float,
        focal_px: tuple[float, float],
        centre_px: tuple[float, float],
        width_px: int,
        height_px: int,
        rays: NDArray[np.float64] | None = None,
        offsets: NDArray[np.float64] | None = None,
        zooms: NDArray[np.float64] | None = None,
        under: Image | None = None,
    ) -> Image:
        """See ``seamline.optics.reproject.reproject_sphere``."""
        ...

    def reproject_card(
        self,
        canvas: Image,
        canvas_from_camera: NDArray[np.float64],
        spots_m: NDArray[np.float64],
        *,
        card_left_m: float,
        card_top_m: float,
        px_per_m: float,
        focal_px: tuple[float, float],
        centre_px: tuple[float, float],
        width_px: int,
        height_px: int,
        rays: NDArray[np.float64] | None = None,
        zooms: NDArray[np.float64] | None = None,
    ) -> Image:
        """See ``seamline.optics.reproject.reproject_card``."""
        ...

    def sample(self, canvas: Image, x: NDArray[np.float64], y: NDArray[np.float64]) -> Image:
        """See ``seamline.optics.reproject.sample``."""
        ...

    def sample_linear(
        self, canvas: Image, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> Image:
        """See ``seamline.optics.reproject.sample_linear``."""
        ...


class Grains(Protocol):
    """Grain, laid on: same names and shapes as the plain functions in ``pixels.grain``."""

    def grain_field(
        self,
        model: GrainModel,
        height: int,
        width: int,
        *,
        frame: int,
        seed: int,
        origin: tuple[int, int] = (0, 0),
    ) -> NDArray[np.float64]:
        """See ``seamline.pixels.grain.grain_field``."""
        ...

    def laid(
        self,
        model: GrainModel,
        clean: Image,
        field: NDArray[np.float64],
        share: Image,
        *,
        amount: float = 1.0,
    ) -> Image:
        """See ``seamline.pixels.grain.laid``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One picture on a contact sheet: display-coded 0 to 1, and its words."""

    rgb: Image
    title: str
    lines: tuple[str, ...] = ()


class Papers(Protocol):
    """Documents that leave the show."""

    def contact_sheet(
        self, tiles: Sequence[Tile], *, title: str, columns: int, tile_px: int = 480
    ) -> bytes:
        """Return a PNG; each picture ``tile_px`` wide."""
        ...

    def contact_pdf(self, tiles: Sequence[Tile], *, title: str, about: str) -> bytes:
        """Return a PDF with ``title`` and ``about`` on every page."""
        ...

    def review_page(self, page: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``pictures`` display-coded, 0 to 1."""
        ...

    def qc_page(self, report: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``pictures`` display-coded, 0 to 1."""
        ...

    def family_picture(self, tree: Mapping[str, Any], *, title: str) -> bytes:
        """Return an SVG of a family tree; ``tree`` as ``steps.family`` gives it."""
        ...

    def delivery_page(self, sheet: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``pictures`` display-coded, 0 to 1."""
        ...

    def summary_page(self, found: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
        """Return one self-contained HTML file; ``found`` as ``steps.summary`` gives it."""
        ...

    def cdl_file(self, cdl: CDL) -> bytes:
        """Return an ASC ``.cc`` document that names its space."""
        ...

    def cdl_collection(self, cdls: Sequence[CDL]) -> bytes:
        """Return an ASC ``.ccc`` document with all of ``cdls``, each naming its space."""
        ...

    def cdl(self, content: bytes, *, where: str, wanted: str = "", space: str = "") -> CDL:
        """
        Return the CDL of a ``.cc``, or the only one of a ``.ccc`` or ``.cdl``.

        Of several that with the id ``wanted``; ``space`` is meant where it names none.
        FormatError if there is none.
        """
        ...

    def grain_file(self, model: GrainModel) -> bytes:
        """Return the JSON document of a grain model."""
        ...

    def grain(self, content: bytes, *, where: str) -> GrainModel:
        """Return the model of a JSON document; FormatError or GrainError if it is none."""
        ...

    def nuke_script(self, comp: Mapping[str, Any]) -> bytes:
        """Return a ``.nk`` script that opens a delivery without a server."""
        ...

    def lens(self, content: bytes, *, where: str) -> LensModel:
        """Return the lens of a file (OpenLensIO, OpenCV); TrackError if it is none."""
        ...

    def lens_file(self, lenses: Sequence[Lens]) -> bytes:
        """Return an OpenLensIO document of ``lenses``."""
        ...

    def chan(self, scene: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """Return the camera of a stage as ``.chan``, and the side-car that explains it."""
        ...

    def usd_stage(self, scene: Mapping[str, Any]) -> bytes:
        """Return a ``.usda`` stage: a camera, and layers on their surfaces."""
        ...

    def in_place(self, said: Mapping[str, Any]) -> Mapping[str, bytes]:
        """Return what shows an exported canvas in its shot: papers by file name."""
        ...

    def timeline(self, cutting: Mapping[str, Any]) -> bytes:
        """Return an ``.otio`` timeline: clips with one media reference per variation."""
        ...

    def edl(
        self, title: str, events: Sequence[Mapping[str, Any]], *, rate: str, drop: bool = False
    ) -> bytes:
        """Return a CMX 3600 edit decision list of hard cuts."""
        ...

    def movie(self, path: str, pictures: Iterable[Image], movie: Mapping[str, Any]) -> str:
        """
        Write display-coded ``pictures``, one at a time, as a movie; return its encoder.

        Raises:
            InputError: No library for movies is installed, or it lacks the encoder.
        """
        ...

    def line(self, path: str) -> tuple[tuple[float, float], ...]:
        """Read an open line: a file like a polygon's, of two points or more."""
        ...

    def drawing(self, path: str, width_px: int, height_px: int) -> Drawing:
        """
        Read what was drawn over a picture of ``width_px`` x ``height_px``.

        Raises:
            InputError: There is no such file.
            FormatError: It is no drawing, or nothing in it has a label.
        """
        ...

    def polygon(self, path: str) -> tuple[tuple[float, float], ...]:
        """Read a polygon file: JSON list of pairs, or one ``x,y`` per line."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``show.toml`` says."""

    name: str
    root: str
    width_px: int
    height_px: int
    rate: str
    defaults: Mapping[str, str | None]
    """Colour space by kind: plate, picture (JPEG, PNG, TIFF), linear (HDR, EXR)."""
    config_path: str = ""
    """The show's OCIO config file."""
    most_variations: int = 100
    """The most that one ``paint`` may ask for."""
    canvas_mpx: float = 128.0
    """The largest canvas, megapixels."""
    supervisors: tuple[str, ...] = ()
    """Who may give priority, and cancel what others asked for."""
    policy: Policy = field(default_factory=house)
    """What ``policy.toml`` demands of a delivery."""
    isolation: str = "preferred"
    """How much the show wants of the walls around what paints and decodes: ``required``,
    ``preferred`` or ``off``."""


LaidOut = tuple[CanvasPicture, tuple[ReferencePicture, ...]]
"""What a generator is handed beside the ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Every port, filled; what each step is handed."""

    settings: Settings
    images: Images
    colour: Colour
    tracks: Tracks
    ledger: Ledger
    blobs: Blobs
    shelf: Shelf
    keyring: Keyring
    authority: Authority
    clock: Clock
    progress: Progress
    optics: Optics
    grains: Grains
    papers: Papers
    proofs: Proofs
    generator: Callable[[str], Generator]
    card_maker: Callable[[], CardMaker]
    made: Callable[[], Made]
    nonce: Callable[[], str]
    """Something never drawn before: 32 hexadecimal digits."""
    threads: int
    laid_out: Callable[[str, Callable[[], LaidOut]], LaidOut] = lambda key, make: make()
    """What was laid out for a painter under a key before, else what is made and kept."""
    levels: Callable[[str], Levels] = lambda key: NOT_KEPT
    """Levels of the painting under a key, which says all that decides a bit of it."""
