"""``seamline serve`` and ``user``."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING

import click

from seamline.cli.common import Answer, Call, Group, command
from seamline.show.user import ROLES

if TYPE_CHECKING:
    from seamline.ports import Ledger


@command(None, "serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option("--socket", "path", metavar="PATH", help="A Unix socket in place of these.")
@click.option(
    "--workers",
    default=0,
    show_default=True,
    type=click.IntRange(0, 64),
    metavar="N",
    help="Processes that do what waits.",
)
@click.option("--openapi", is_flag=True, help="Print the routes' document and end.")
def serve(
    call: Call, host: str, port: int, path: str | None, workers: int, openapi: bool
) -> Answer:
    r"""
    Answer the studio's own programs over HTTP, on this machine only.

    Says where it listens when it is ready, and which shots its review page cannot
    show, and runs until it is ended. With --json that is one line: {"url": ...}.
    Everyone needs a token: seamline user add.

    \b
    Example:
        seamline serve --openapi
    """
    if openapi:
        from seamline.server.app import openapi as document

        found = document()
        return found, [json.dumps(found, indent=2, ensure_ascii=False)]
    from seamline.server.light import show_root
    from seamline.server.serving import serve as run

    ctx = click.get_current_context()
    as_json = bool(ctx.params.get("as_json"))

    def ready(url: str) -> None:
        if as_json:
            click.echo(json.dumps({"url": url}))
            return
        click.echo(f"serving {url}")
        for line in _not_ready(root):
            click.echo(line)

    root = show_root(call.root)
    run(
        root,
        host=host,
        port=port,
        path=path or "",
        workers=workers,
        ready=ready,
    )
    ctx.exit(0)  # all it had to say was where it listens


@click.group(cls=Group)
def user() -> None:
    r"""
    Say who may use the server, and as what.

    \b
    Example:
        seamline user list
    """


@command(user, "add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What they may do.")
def add(call: Call, name: str, role: str) -> Answer:
    r"""
    Make a user, and say the token: this once, it is kept nowhere.

    \b
    Example:
        seamline user add m.okafor --role supervisor
    """
    from seamline.steps.users import add_user

    made, token = add_user(_ledger(call), name, role, by=getpass.getuser())
    return {"name": made.name, "role": made.role, "token": token}, [token]


@command(user, "list")
def list_(call: Call) -> Answer:
    r"""
    List who may use the server.

    \b
    Example:
        seamline user list
    """
    from seamline.steps.users import users

    found = users(_ledger(call)).values()
    words = [f"{one.name}  {one.role}  since {one.since}" for one in found]
    document = [{"name": one.name, "role": one.role, "since": one.since} for one in found]
    return {"users": document}, words or ["nobody"]


@command(user, "remove")
@click.argument("name")
def remove(call: Call, name: str) -> Answer:
    r"""
    Take a user's token away; it is refused from the next request on.

    \b
    Example:
        seamline user remove m.okafor
    """
    from seamline.steps.users import remove_user

    gone = remove_user(_ledger(call), name, by=getpass.getuser())
    return {"name": gone.name, "role": gone.role}, [f"{gone.name} is no user any more"]


def _not_ready(root: str) -> list[str]:
    """Return a line for each shot that the review page cannot show, or not all of."""
    from seamline.server.light import open_light
    from seamline.server.page_facts import shots_told

    return [
        f"{one['shot']}: {', '.join(one['missing'])} cannot be looked at on the page; "
        f"make it ready: seamline sheet {one['shot']} --page"
        for one in shots_told(open_light(root))
        if one["missing"]
    ]


def _ledger(call: Call) -> Ledger:
    from seamline.server.light import open_light, show_root

    return open_light(show_root(call.root)).ledger
