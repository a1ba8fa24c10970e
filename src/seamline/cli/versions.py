"""``seamline versions``, ``compare`` and ``status``."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command


@command(None, "versions")
@click.argument("shot")
def versions(call: Call, shot: str) -> Answer:
    r"""
    Show every version of SHOT as a tree: who made it, when, and what it changed.

    \b
    Example:
        seamline versions 042_0110
    """
    from seamline.steps.history import as_documents, as_tree, history

    nodes = history(call.studio(), shot)
    words = as_tree(nodes) or [f"{shot}: nothing has been painted yet"]
    return {"shot": shot, "versions": as_documents(nodes)}, words


@command(None, "compare")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--frame", type=int, metavar="N", help="Which frame [the middle one].")
def compare(call: Call, first: str, second: str, frame: int | None) -> Answer:
    r"""
    Write versions A and B of a shot and their difference as a picture; compare findings.

    \b
    Example:
        seamline compare 042_0110_env_b03_v001 042_0110_env_b03_v002
    """
    from seamline.steps.compare import compare as step

    document = step(call.studio(), first, second, frame=frame)
    found = document["difference"]
    words = [document["picture"]]
    words.append(
        f"{found['share']:.2%} of the pixels differ; mean {found['mean']:.5f}, largest "
        f"{found['largest']:.4f} in ACEScct"
        if found["place"]
        else "the pictures are the same"
    )
    for row in document["findings"]:
        said = [row[side]["verdict"] if row[side] else "-" for side in "ab"]
        if said[0] != said[1]:
            words.append(f"  {row['check']}: {said[0]} -> {said[1]}")
    return document, words


@command(None, "status")
@click.argument("shot", required=False)
def status(call: Call, shot: str | None) -> Answer:
    r"""
    Show where every shot stands: what is stale, unsigned or waiting, and on whom.

    \b
    Example:
        seamline status
    """
    from seamline.show.record import as_record
    from seamline.steps.status import status as step

    found = step(call.studio(), shot)
    words = []
    for one in found:
        words.append(
            f"{one.shot}  {', '.join(one.done)}"
            + (f"  ->  {one.waits_on}: {one.next}" if one.next else "")
        )
        words += [f"    stale, {what}: {i}: {why}" for i, what, why in one.stale]
        words += [f"    fails {', '.join(one.failed)}"] if one.failed else []
    return {"shots": as_record(tuple(found))}, words or ["this show has no shots yet"]
