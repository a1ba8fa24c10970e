"""``seamline canvas``: lay it out, give it out of hand, take it back."""

from __future__ import annotations

from typing import Any

import click

from seamline.cli.common import Answer, Call, Group, command
from seamline.cli.painting import canvas as lay_out

USUAL = "lay-out"


class _WithUsual(Group):
    """A group whose first word may also be a shot: then its canvas is laid out."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that ``args`` mean."""
        if args and args[0] not in self.commands:
            args = [USUAL, *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave options before a shot's name to the usual command."""
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = [USUAL, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_WithUsual)
def canvas(**_: Any) -> None:
    r"""
    Lay out the picture that every frame looks at; paint on it by hand.

    A shot's name alone lays its canvas out.

    \b
    Example:
        seamline canvas 042_0110
        seamline canvas export 042_0110 042_0110_env_b03_v001 b03.exr
        seamline canvas import b03.exr --from 042_0110_env_b03_v001 --by "R. Lind" \\
            --note "boulder taken out"
    """


canvas.add_command(lay_out, USUAL)


@command(canvas, "export")
@click.argument("shot")
@click.argument("element", metavar="ID")
@click.argument("file")
def export(call: Call, shot: str, element: str, file: str) -> Answer:
    r"""
    Write the canvas of SHOT's version ID as an EXR with its layers, to paint on.

    Scene-linear, float, in the show's working space. Paint on its layers, or in a new
    one before all of them; guide.need is what frames see, guide.keep is the plate's.
    Beside it lie a mesh for each layer, a Nuke script, and a script for Blender (-P) that
    show it through the shot's camera, over the plate.

    \b
    Example:
        seamline canvas export 042_0110 042_0110_env_b03_v001 b03.exr
    """
    from seamline import on_disk
    from seamline.steps.by_hand import export as step

    document = step(call.studio(), shot, element, on_disk.absolute(file))
    return document, [
        f"{document['file']}  {document['canvas']}, {document['colourspace']}: "
        f"{', '.join(document['layers'])}",
        *(f"  {paper}" for paper in document["papers"]),
    ]


@command(canvas, "import")
@click.argument("file")
@click.option("--from", "element", required=True, metavar="ID", help="What was exported.")
@click.option("--by", required=True, metavar="NAME", help="Who painted; they need a key.")
@click.option("--note", required=True, metavar="TEXT", help="What was done.")
@click.option("--colourspace", help="The file's colour space, where it does not say.")
def bring_back(
    call: Call, file: str, element: str, by: str, note: str, colourspace: str | None
) -> Answer:
    r"""
    Take a canvas that was painted on by hand back, as a new version.

    Changed pixels name the person in their lineage; all others keep their bits and their
    sources. Pixels that a host only rounded to half are not changed. A file that nobody
    touched is the version it came from.

    \b
    Example:
        seamline canvas import b03.exr --from 042_0110_env_b03_v001 --by "R. Lind" \\
            --note "boulder taken out"
    """
    from seamline import on_disk
    from seamline.show.names import ElementId
    from seamline.steps.main_job import brought_back

    document = brought_back(
        call.studio(),
        ElementId.parse(element).shot,
        element,
        on_disk.absolute(file),
        by=by,
        note=note,
        colourspace=colourspace,
    )
    (entry,) = document["variations"]
    words = [f"{entry['id']}  {entry['comp']}"]
    words += [
        f"    {pixels} pixels of layer {layer}" for layer, pixels in document["changed"].items()
    ]
    words += [f"    {said}" for said in document["says"]]
    return document, words
