"""``seamline doctor``: what stands, and what does not."""

from __future__ import annotations

from seamline.cli.common import Answer, Call, command


@command(None, "doctor")
def doctor(call: Call) -> Answer:
    r"""
    Check this machine, and the show's records if there is a show.

    \b
    Example:
        seamline doctor
    """
    from seamline import wiring
    from seamline.errors import ShowError
    from seamline.show.record import as_record

    try:
        root = wiring.show_root(call.root)
    except ShowError:
        if call.root:
            raise
        made = as_record(wiring.made_with(""))
        return {"made": made, "show": None}, [*_lines(made), "no show here"]
    studio = wiring.open_studio(root, threads=call.threads)
    made = as_record(studio.made())
    rows = studio.ledger.verify()
    swept = wiring.sweep(studio)
    document = {"made": made, "show": root, "ledger_rows": rows, "swept": swept}
    return document, [
        *_lines(made),
        f"show: {root}",
        f"ledger: {rows} rows, chain whole",
        f"left-overs removed: {len(swept)}",
    ]


def _lines(made: dict[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in made.items() if value]
