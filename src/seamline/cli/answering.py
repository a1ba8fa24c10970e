"""``seamline answer``: what only a person can say of a painting."""

from __future__ import annotations

import click

from seamline.cli.common import Answer, Call, command, passphrase


@command(None, "answer")
@click.argument("shot")
@click.argument("question", required=False)
@click.argument("text", required=False)
@click.option("--by", help="Who answers; they need a key.")
@click.option("--element", metavar="ID", help="The version it is about [the chosen one].")
@click.option(
    "--use",
    type=click.Choice(["ideation", "temp", "final"]),
    default="final",
    show_default=True,
    help="What the delivery is for: an approval is for one use.",
)
def answer(
    call: Call,
    shot: str,
    question: str | None,
    text: str | None,
    by: str | None,
    element: str | None,
    use: str,
) -> Answer:
    r"""
    Answer QUESTION about SHOT in your name; without one, list what is asked.

    An answer is signed, and holds for the painting that is chosen now: another
    painting is asked again. What a use demands stands in the show's policy.toml.

    \b
    Example:
        seamline answer 042_0110
        seamline answer 042_0110 likeness "nobody is in the generated part" --by "M. Okafor"
    """
    from seamline.errors import InputError
    from seamline.show.record import as_record
    from seamline.steps.answers import answer as step
    from seamline.steps.answers import asked

    studio = call.studio()
    if question is None:
        found = asked(studio, shot, use=use, element=element)
        return found, [f"{found['element']}, for {use}:", *map(_line, found["questions"])]
    if text is None or by is None:
        raise InputError(
            f"{question}: there is no {'answer' if text is None else 'name'}",
            remedy=f'Write it out: seamline answer {shot} {question} "TEXT" --by NAME',
        )
    protected = studio.keyring.find(by).protected
    said = step(
        studio,
        shot,
        question,
        text,
        by=by,
        passphrase=passphrase() if protected else None,
        element=element,
        use=use,
    )
    return as_record(said), [f"{said.element}: {said.question}, answered by {said.by}"]


def _line(one: dict[str, object]) -> str:
    mark = "demanded" if one["demanded"] else "        "
    said = f"{one['by']}: {one['text']}" if one["text"] else f"open. {one['asks']}"
    return f"  {mark}  {one['question']}: {said}"
