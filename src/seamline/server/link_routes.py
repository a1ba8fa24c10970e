"""
The link's routes: what a host sends from a selection, and the paths it gets back.

No pixels here either: a region is numbers or the path of a matte on the shared storage, and
what comes back is what a worker laid out and named in a paper of its own.
"""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from seamline.errors import InputError, ShowError
from seamline.ports import Studio
from seamline.server.people import person
from seamline.server.problems import Refused
from seamline.server.routes import (
    _ALL,
    _LARGEST_SEED,
    _NAMED,
    _PROBLEM,
    Asker,
    AskId,
    Name,
    Reader,
    ReferenceName,
    Wish,
    Word,
    _admit,
    _desk,
)
from seamline.show.queue import QueuedAsk
from seamline.show.region import HostAsk, Region
from seamline.show.seam import Box
from seamline.steps import asked, book, queue
from seamline.steps.queue import as_document
from seamline.steps.returned import paper_path

LARGEST_PAPER = 4 * 1024 * 1024
"""Bytes of one paper; a hundred layers are a hundredth of it."""

_SEQUENCES = ("plate", "element", "comp", "matte")

router = APIRouter(prefix="/link")

Pixels = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Corner = Annotated[list[Pixels], Field(min_length=2, max_length=2)]
Side = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
FilePath = Annotated[
    str, StringConstraints(min_length=2, max_length=1024, pattern=r"^/[^\x00-\x1f\x7f]*$")
]
FrameNumber = Annotated[int, Field(ge=0, le=10_000_000)]


class Selection(BaseModel):
    """A region of the frame: one of a box, a polygon and a matte's path."""

    model_config = ConfigDict(extra="forbid", strict=True)

    box: list[Side] | None = Field(
        None, min_length=4, max_length=4, description="x, y, width, height; from the top left."
    )
    polygon: list[Corner] | None = Field(None, min_length=3, max_length=1000)
    matte: FilePath | None = Field(
        None, description="A picture, or a pattern (%04d, ####): 1 = generate here."
    )

    def as_region(self) -> Region:
        """Return the noun, or refuse."""
        box = None
        if self.box is not None:
            x, y, width, height = self.box
            box = Box(x=x, y=y, width=width, height=height)
        corners = tuple((x, y) for x, y in self.polygon or ())
        return Region(box=box, polygon=corners, matte=self.matte or "")


class HostWish(BaseModel):
    """What a host asks for."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    shot: str = Field(min_length=1, max_length=64)
    region: Selection | None = None
    frames: list[FrameNumber] | None = Field(
        None, min_length=2, max_length=2, description="First and last that are wanted soonest."
    )
    standing: str = Field("", max_length=120, alias="from")
    layer: str = Field("", max_length=64)
    region_frame: FrameNumber | None = Field(
        None, description="The frame a layer's region was drawn over; else the middle one."
    )
    one_surface: bool | None = None
    references: list[ReferenceName] = Field(default_factory=list, max_length=64)
    generator: str = Field("", max_length=64)
    seed: int | None = Field(None, ge=0, le=_LARGEST_SEED)
    variations: int = 12
    request: Word = Field(description="How you call it. Sent again, it is the same ask.")

    def as_host(self) -> HostAsk:
        """Return the noun, or refuse."""
        first, last = self.frames or (None, None)
        return HostAsk(
            region=self.region.as_region() if self.region else None,
            first=first,
            last=last,
            standing=self.standing,
            layer=self.layer,
            frame=self.region_frame,
            one_surface=self.one_surface,
        )


@router.get("/shots/{name}", summary="What a host needs to know of a shot", responses=_NAMED)
def shot_for_host(request: Request, name: Name, _: Reader) -> dict[str, Any]:
    """Return a shot's plate, format, frames and versions, as paths and numbers."""
    studio = _desk(request).studio
    shot = book.shot(studio.ledger, name)
    plate, seam = shot.plate, book.seam(studio.ledger, name)
    return {
        "name": name,
        "frames": [shot.frames.first, shot.frames.last],
        "rate": studio.settings.rate,
        "format": {
            "width_px": shot.width_px,
            "height_px": shot.height_px,
            "pixel_aspect": plate.pixel_aspect if plate else 1.0,
        },
        "plate": plate and {"pattern": plate.pattern, "colourspace": plate.colourspace},
        "config": studio.settings.config_path,
        "one_surface": bool(seam and seam.one_surface),
        "versions": [version.id for version in book.versions(studio.ledger, name)],
    }


@router.post(
    "/asks",
    summary="Ask for a region of a shot; on disk when answered",
    status_code=201,
    responses={**_ALL, 400: _PROBLEM, 409: _PROBLEM, 413: _PROBLEM, 429: _PROBLEM},
)
def ask(request: Request, wish: HostWish, user: Asker) -> dict[str, Any]:
    """Queue what was selected in a host; the same request twice is one ask."""
    studio, host = _desk(request).studio, wish.as_host()
    usual = Wish(
        shot=wish.shot,
        generator=wish.generator or "patch",
        references=wish.references,
        request=wish.request,
        seed=1,
        priority=0,
    )
    _admit(request, usual, user)
    found = asked.queue_for_host(
        studio,
        wish.shot,
        person(user),
        host,
        request=wish.request,
        variations=wish.variations,
        seed=wish.seed,
        generator=wish.generator,
        references=wish.references,
    )
    return _told(studio, found)


@router.get("/asks/{ask}", summary="One ask, and why it ended", responses=_NAMED)
def one(request: Request, ask: AskId, _: Reader) -> dict[str, Any]:
    """Return an ask by its id, or the beginning of it."""
    desk = _desk(request)
    return _told(desk.studio, queue.find_in(queue.read(desk.studio.ledger), ask))


@router.get("/asks/{ask}/return", summary="What goes back to the host", responses=_NAMED)
def returned(request: Request, ask: AskId, _: Reader) -> dict[str, Any]:
    """Return the papers of a published ask, every path whole."""
    desk = _desk(request)
    studio, found = desk.studio, queue.find_in(queue.read(desk.studio.ledger), ask)
    if not found.published:
        raise Refused(
            409, f"{found.id} is {found.standing}; nothing goes back yet", "Wait for it."
        )
    return {"ask": found.id, "versions": [_paper(studio, name) for name in found.versions]}


def _told(studio: Studio, ask: QueuedAsk) -> dict[str, Any]:
    why, remedy = asked.why_not(studio.ledger, ask.id) if ask.cancelled else ("", "")
    return {**as_document(ask), "why": why, "remedy": remedy}


def _paper(studio: Studio, element_id: str) -> dict[str, Any]:
    """Return what a worker wrote of a version, with paths that hold on this storage."""
    path = paper_path(studio, book.version(studio.ledger, element_id))
    if not studio.shelf.exists(path):
        raise ShowError(
            f"{element_id} lies nowhere for a host; it was pruned, or asked for elsewhere",
            remedy="Ask for it from the host again.",
        )
    content = studio.shelf.read(path)
    if len(content) > LARGEST_PAPER:
        raise InputError(f"{path} is larger than any paper", remedy="Prune, and ask again.")
    document: dict[str, Any] = json.loads(content)
    folder = path.rpartition("/")[0]
    document["folder"] = folder

    def whole(path: str) -> str:
        return os.path.normpath(os.path.join(folder, path))

    for pictures in (*(document[k] for k in _SEQUENCES), *document["layers"]):
        if pictures:
            pictures["pattern"] = whole(pictures["pattern"])
    document["config"] = whole(document["config"])
    document["cdl"]["file"] = whole(document["cdl"]["file"])
    scene = document["scene"]
    scene |= {k: whole(scene[k]) for k in ("numbers", "stage", "chan") if scene.get(k)}
    scene["meshes"] = {name: whole(path) for name, path in scene["meshes"].items()}
    return document
