"""``seamline replay``: a delivery made again from its record."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command


@command(None, "replay")
@click.argument("record")
@click.option("--out", metavar="DIR", help="Keep the frames there [thrown away].")
@click.option("--any-code", is_flag=True, help="Also with other code: bits decide.")
def replay(call: Call, record: str, out: str | None, any_code: bool) -> Answer:
    r"""
    Make the delivery of RECORD (or of its folder) again, and compare every frame.

    Painted, rendered, matched and composited anew; the same bits, or a refusal.
    Where config, code, weights, a reference, the plate or a parameter is not what the
    record says, nothing is made, and the sentence names what differs.

    \b
    Example:
        seamline replay deliveries/042_0110/record.json
    """
    from seamline import on_disk
    from seamline.steps.replay import replay as step

    path = on_disk.absolute(record)
    target = on_disk.absolute(out) if out else None
    found = step(call.studio(near=path), path, directory=target, any_code=any_code)
    return found, [
        f"{found['element']}: {found['frames']} frames of {len(found['sequences'])} sequences "
        f"made again, painted {found['painted']}: the same bits"
    ]
