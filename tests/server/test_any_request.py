"""Requests made from the document itself: none brings an answer that it does not name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from test_routes import Room

from seamline.server.app import openapi
from seamline.server.errands import Errands
from seamline.server.problems import Refused
from tiny import TinyShow

EXAMPLES = int(os.environ.get("SEAMLINE_EXAMPLES", "8"))
ENDLESS = ("/events", "/review/events")
SCHEMA = schemathesis.openapi.from_dict(openapi())
OPERATIONS = [
    found
    for found in (one.ok() for one in SCHEMA.get_all_operations())
    if found.path not in ENDLESS
]


class NoChildren(Errands):
    """Errands whose command is never found: what is asked for is looked at all the same."""

    def _run(self, *_: Any) -> tuple[int, dict[str, Any]]:
        return 2, {"error": {"message": "not run here", "remedy": "Nothing."}}

    def ask(self, words: Sequence[str]) -> dict[str, Any]:
        raise Refused(409, "not run here", "Nothing.")


def _takes_anything(operation: Any) -> bool:
    said = operation.definition.raw
    return bool(said.get("parameters") or said.get("requestBody"))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room(TinyShow(tmp_path_factory.mktemp("asked")))
    room.desk.errands = NoChildren(str(room.desk.studio.settings.root))
    return room


@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        pytest.param(one, mode, id=f"{one.method} {one.path} {mode.value}")
        for one in OPERATIONS
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        # Nothing that could be wrong is sent to one that takes nothing.
        if mode is GenerationMode.POSITIVE or _takes_anything(one)
    ],
)
def test_no_request_brings_an_answer_that_the_document_does_not_name(
    operation: Any, mode: GenerationMode, asked: Room
) -> None:
    documented = {*operation.definition.raw["responses"]}
    role = "admin" if operation.path == "/metrics" else "supervisor"

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def sent(case: Any) -> None:
        path = case.formatted_path
        body = {"json": case.body}
        if isinstance(case.body, bytes):
            body = {"content": case.body}
        elif isinstance(case.body, schemathesis.core.NotSet):
            body = {}
        said = asked.send(case.method, path, role, params=dict(case.query or {}), **body)
        assert said.status_code < 500, (path, case.body, said.text)
        # 404 and 405: what was made of the path is another path.
        assert str(said.status_code) in {*documented, "400", "404", "405"}, (path, said.text)
        if said.status_code >= 400:
            assert said.headers["content-type"] == "application/problem+json"

    sent()
