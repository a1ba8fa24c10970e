"""
The routes of steps that need pictures: each runs its command behind the server, in a child.

The answer (202) names the errand; what the command said of it is under ``/errands/{errand}``
when it has ended: the same document that ``--json`` prints on the shell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from seamline.server.desk import Desk
from seamline.server.people import READ, allow
from seamline.server.places import Places
from seamline.server.problems import MEDIA_TYPE, Problem
from seamline.server.routes import Word
from seamline.server.step_table import (
    FLAG,
    NUMBER,
    PATH,
    PATHS,
    STEPS,
    TEXT,
    TEXTS,
    WHOLE,
    Step,
)
from seamline.show.user import User

_PROBLEM: dict[str, Any] = {"model": Problem, "content": {MEDIA_TYPE: {}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: _PROBLEM for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}
MOST_OF_ONE = 64
REQUEST = "request"
"""What a step is called by whoever asks for it; no option of the shell's."""
# No control characters: they are words of a command line, and lines of a log.
_Text = Annotated[
    str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")
]
_KINDS: dict[str, Any] = {
    TEXT: _Text,
    PATH: _Text,
    TEXTS: Annotated[list[_Text], Field(max_length=MOST_OF_ONE)],
    PATHS: Annotated[list[_Text], Field(max_length=MOST_OF_ONE)],
    NUMBER: Annotated[float, Field(allow_inf_nan=False)],
    WHOLE: Annotated[int, Field(ge=-(2**31), lt=2**31)],
    FLAG: bool,
}
router = APIRouter()


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def words_of(
    name: str, step: Step, given: dict[str, Any], by: str, places: Places
) -> list[str]:
    """
    Return the command line of a step, without the program's name.

    Options are said as ``--name=value`` and what stands by place comes after ``--``, so that
    no value can be taken for an option.

    Raises:
        InputError: A path leads out of the folders that the server may work in.
    """

    def said(kind: str, value: Any) -> str:
        return places.within(value) if kind in (PATH, PATHS) else str(value)

    words = name.split()
    for option, kind in step.options.items():
        value = given.get(option)
        if kind == FLAG:
            words += [f"--{option}"] if value else []
        else:
            words += [f"--{option}={said(kind, one)}" for one in _each(value)]
    words += [f"--{step.by}={by}"] if step.by else []
    if any(given.get(option) for option in step.also_with):
        words.append(f"--{step.also_by}={by}")
    placed = [
        said(kind, one) for key, kind in step.takes.items() for one in _each(given.get(key))
    ]
    return [*words, "--", *placed]


def _each(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _model(name: str, step: Step) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for key, kind in {**step.takes, **step.options}.items():
        needed = key in step.needs
        how = Field(... if needed else None, alias=key)
        fields[key.replace("-", "_") + "_"] = (
            _KINDS[kind] if needed else _KINDS[kind] | None,
            how,
        )
    fields["request_"] = (
        Word | None,
        Field(
            None,
            alias=REQUEST,
            description="How you call it. Sent again, the same word is the same errand.",
        ),
    )
    title = "".join(word.capitalize() for word in name.split())
    config = ConfigDict(extra="forbid", strict=True, title=title)
    made: type[BaseModel] = create_model(title, __config__=config, **fields)
    return made


def _route(name: str, step: Step) -> Callable[..., dict[str, Any]]:
    model = _model(name, step)
    wanted = Depends(allow(*step.roles))

    def ask(request: Request, given: BaseModel, user: User = wanted) -> dict[str, Any]:
        desk = _desk(request)
        said = given.model_dump(by_alias=True, exclude_none=True)
        words = words_of(name, step, said, user.name, desk.places)
        about = " ".join(words)
        errand = desk.errands.begin(
            name,
            about,
            user.name,
            words,
            again=not step.look,
            look=step.look,
            request=said.get(REQUEST, ""),
        )
        return errand.as_document()

    # FastAPI reads the body's type from here; it is another one for every step.
    ask.__annotations__["given"] = model
    return ask


for _name, _step in STEPS.items():
    router.add_api_route(
        "/steps/" + _name.replace(" ", "/"),
        _route(_name, _step),
        methods=["POST"],
        status_code=202,
        summary=f"{_step.says} (seamline {_name})",
        responses=_ANSWERS,
        name=_name,
        operation_id="step_" + _name.replace(" ", "_"),
    )


@router.get("/errands/{errand}", summary="How far an errand is", responses=_ANSWERS)
def errand(
    request: Request,
    errand: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")],
    user: Annotated[User, Depends(allow(*READ))],
) -> dict[str, Any]:
    """Return one of one's own, and what its command answered when it has ended."""
    found = _desk(request).errands.find(errand, user.name)
    return {**found.as_document(), "found": found.found}
