"""The application: routes behind the doors, and the document that describes them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI

from seamline import __version__
from seamline.server import decisions, link_routes, problems, step_routes
from seamline.server.desk import Desk
from seamline.server.doors import Doors
from seamline.server.page_routes import router as page
from seamline.server.routes import router

LOG = logging.getLogger("seamline.server")


def make_app(desk: Desk, hosts: Iterable[str]) -> FastAPI:
    """
    Return the application of one show.

    Args:
        desk: What the routes work with.
        hosts: What a Host header may say: names of this machine, with the port.
    """
    app = _bare()
    app.state.desk = desk
    app.add_middleware(Doors, hosts=tuple(hosts), figures=desk.figures, log=LOG)
    return app


def openapi() -> dict[str, Any]:
    """Return the document (OpenAPI 3.1) of every route; no show is needed."""
    return _bare().openapi()


def _bare() -> FastAPI:
    # The pages that FastAPI brings load their scripts from the net: none of them here.
    app = FastAPI(
        title="seamline",
        version=__version__,
        summary="The studio's own server: what waits to be painted, and how far it is.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.include_router(router)
    app.include_router(decisions.router)
    app.include_router(link_routes.router)
    app.include_router(step_routes.router)
    app.include_router(page)
    problems.install(app, LOG)
    return app
