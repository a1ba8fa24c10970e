"""
The show's summary as one page to read and to print: figures first, then shots, then thanks.

One self-contained HTML file without a script; nothing is fetched. What every figure means
stands at its foot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seamline.formats.page import data_uri, resource, text
from seamline.pixels.picture import Image

FOOT = (
    "Everything here is read from the ledger. Asked: when the queue was asked for a shot's "
    "first painting; without the queue, when its canvas was laid out for it. A re-paint begins "
    "from another painting (a layer or region anew, another light, a longer canvas), or was "
    "made after something of the shot had been chosen; what a hand painted is counted apart. "
    "Signed: from the choice that holds to the newest sign-off of it. Times and variations per "
    "lock are medians. Generated: share of the picture, mean over the frames delivered last."
)


def summary_page(found: Mapping[str, Any], pictures: Mapping[str, Image]) -> bytes:
    """
    Return the summary as UTF-8 HTML; the same summary and pictures give the same bytes.

    Args:
        found: As ``steps.summary`` gives it. All text is escaped.
        pictures: Id of a source to (H, W, 3) float32, display-coded 0 to 1.
    """
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    parts = (_shots(found["shots"]), _open(found["open"]), _sources(found["sources"], pictures))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(found['show'])} · summary</title>\n"
        f"<style>\n{resource('delivery.css')}{resource('summary.css')}</style>\n</head>\n"
        f"<body>\n<main>\n{_header(found)}{''.join(parts)}"
        f"<footer>{text(FOOT)}</footer>\n</main>\n</body>\n</html>\n"
    ).encode()


def summary_lines(found: Mapping[str, Any]) -> list[str]:
    """Return the same in a few lines, for the shell."""
    all_of = found["totals"]
    return [
        f"{found['show']}: {_sentence(all_of)}",
        f"from ask to choice {span(all_of['ask_to_choice_s'])}, from choice to signature "
        f"{span(all_of['choice_to_sign_off_s'])}; "
        f"{_number(all_of['variations_per_lock'])} variations per lock, "
        f"{share(all_of['repaint_share'])} re-paints",
        *(
            f"{one['shot']}: {one['next']}, {one['waits_on']}"
            for one in found["shots"]
            if one["next"]
        ),
        f"{_count(len(found['open']), 'thing')} open before what is chosen leaves as final",
    ]


def span(seconds: float | None) -> str:
    """Return a time as people say it: ``40 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``."""
    if seconds is None:
        return "not yet"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _of_two(minutes, 60, "h", "min")
    return _of_two(round(minutes / 60), 24, "d", "h")


def _of_two(count: int, of: int, large: str, small: str) -> str:
    whole, rest = divmod(count, of)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"


def share(value: float | None) -> str:
    """Return a share as per cent; ``not yet`` where there is none."""
    return "not yet" if value is None else f"{value:.0%}"


def _header(found: Mapping[str, Any]) -> str:
    all_of = found["totals"]
    facts = (
        ("From ask to choice", span(all_of["ask_to_choice_s"])),
        ("Variations per lock", _number(all_of["variations_per_lock"])),
        ("Re-paints", share(all_of["repaint_share"])),
        ("From choice to signature", span(all_of["choice_to_sign_off_s"])),
    )
    listed = "".join(f"<div><dt>{text(n)}</dt><dd>{text(v)}</dd></div>" for n, v in facts)
    return (
        f"<header>\n<h1><small>summary · {text(found['at'][:16].replace('T', ' '))} UTC · "
        f"ledger row {found['rows']}</small>{text(found['show'])}</h1>\n"
        f'<p class="says">{text(_sentence(all_of))}</p>\n'
        f'<dl class="facts large">{listed}</dl>\n</header>\n'
    )


def _sentence(all_of: Mapping[str, Any]) -> str:
    hands = f", {all_of['by_hand']} of them by hand" if all_of["by_hand"] else ""
    words = (
        f"{_count(all_of['shots'], 'shot')}: {all_of['chosen']} chosen, {all_of['signed']} "
        f"signed, {all_of['delivered']} delivered ({all_of['delivered_final']} as final). "
        f"{_count(all_of['painted'], 'painting')}{hands}."
    )
    if all_of["generated"] is None:
        return words
    return f"{words} {share(all_of['generated'])} of the delivered picture is generated."


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _number(value: float | None) -> str:
    return "not yet" if value is None else f"{value:g}"


_COLUMNS = (
    "Shot",
    "Painted",
    "Re-paints",
    "Ask to choice",
    "Choice to signed",
    "Generated",
    "Next",
)


def _shots(shots: Sequence[Mapping[str, Any]]) -> str:
    if not shots:
        return "<section><h2>Shots</h2><p>There is no shot yet.</p></section>\n"
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
    body = "".join(_row(one) for one in shots)
    return (
        f'<section class="long"><h2>Shots</h2><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></section>\n"
    )


def _row(one: Mapping[str, Any]) -> str:
    locks = ", ".join(f"{count} under {lock}" for lock, count in one["per_lock"].items())
    hands = f"{one['by_hand']} by hand" if one["by_hand"] else ""
    newest = one["sign_offs"][-1] if one["sign_offs"] else None
    sent = one["deliveries"][-1] if one["deliveries"] else None
    repainted = share(one["repaints"] / one["painted"]) if one["painted"] else "not yet"
    cells = (
        (one["shot"], one["chosen"] and one["chosen"].removeprefix(f"{one['shot']}_")),
        (one["painted"], locks),
        (repainted, hands),
        (span(one["ask_to_choice_s"]), one["chosen_by"]),
        (
            span(one["choice_to_sign_off_s"]),
            f"{newest['by']}, {newest['at'][:10]}" if newest else "",
        ),
        (share(one["generated"]), f"{sent['use']}, {sent['at'][:10]}" if sent else ""),
        (one["next"] or "delivered", one["waits_on"]),
    )
    told = "".join(
        f"<td>{text(first)}<small>{text(second)}</small></td>" for first, second in cells
    )
    stale = "".join(f'<p class="not">{text(why)}</p>' for why in one["stale"])
    more = f'<tr class="more"><td colspan="{len(cells)}">{stale}</td></tr>' if stale else ""
    return f"<tr>{told}</tr>{more}"


def _open(found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return (
            '<section class="open none"><h2>Open</h2><p>Nothing that a final delivery of what '
            "is chosen demands is missing.</p></section>\n"
        )
    questions: dict[str, list[Mapping[str, Any]]] = {}
    for one in found:
        questions.setdefault(one["says"], []).append(one)
    listed = "".join(
        f"<li>{text(says)}<code>{text(', '.join(one['shot'] for one in of))}: "
        f"{text(of[0]['remedy'])}</code></li>"
        for says, of in questions.items()
    )
    return (
        '<section class="open long"><h2>Open before what is chosen leaves as final</h2>'
        f"<ul>{listed}</ul></section>\n"
    )


def _sources(found: Sequence[Mapping[str, Any]], pictures: Mapping[str, Image]) -> str:
    if not found:
        return "<section><h2>Made from</h2><p>No reference is seen yet.</p></section>\n"
    cards = "".join(_source(one, pictures) for one in found)
    return (
        '<section class="long"><h2>Made from, with thanks</h2>'
        f'<ul class="sources">{cards}</ul></section>\n'
    )


def _source(one: Mapping[str, Any], pictures: Mapping[str, Image]) -> str:
    picture = pictures.get(one["id"])
    image = ""
    if picture is not None:
        height, width, _ = picture.shape
        image = (
            f'<img src="{data_uri(picture)}" alt="{text(one["file_name"])}" '
            f'width="{width}" height="{height}">'
        )
    until = f" until {one['expires_on']}" if one["expires_on"] else ""
    shots = ", ".join(f"{part:.0%} of {shot}" for shot, part in one["shots"].items())
    refused = f'<p class="not">{text(one["why_not"])}</p>' if one["why_not"] else ""
    return (
        f"<li>{image}<div><h3>{text(one['owner'] or 'owner unknown')}</h3>"
        f"<p>{text(one['file_name'])} · {text(one['licence'] or 'no licence')}</p>"
        f"<p>approved by {text(one['approved_by'])} to {text(', '.join(one['allow']))}"
        f"{text(until)}</p>{refused}<p>{text(shots)}</p></div></li>"
    )
