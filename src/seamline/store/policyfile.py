"""
``policy.toml``: what a show demands of a delivery, in a file that a producer reads.

It stands beside ``show.toml``. A show without one has the built-in policy, which is
also what a new show's file says. A field or use that is not known is refused, so
that a mistyped demand is never one less.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from typing import Any

from seamline.errors import ShowError
from seamline.show.delivery import USES
from seamline.show.policy import FIELDS, FOUND, QUESTIONS, Demand, Policy, house
from seamline.store.tables import Table
from seamline.store.whole import in_words

POLICY = "policy.toml"


def load_policy(root: str) -> Policy:
    """
    Return the policy of the show at ``root``: its file's, or the built-in one.

    Raises:
        ShowError: The file is not TOML, or says something that is not known.
    """
    path = os.path.join(root, POLICY)
    if not os.path.isfile(path):
        return house()
    with in_words(path, "read"), open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode()
        return parse_policy(text, path=path)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ShowError(
            f"{path} is not UTF-8 text (at line {line})", remedy="Save it again as UTF-8."
        ) from error


def parse_policy(text: str, *, path: str) -> Policy:
    """Return what the policy file at ``path`` with this ``text`` says."""
    try:
        top = Table("", tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        raise ShowError(
            f"{path} is not valid TOML: {error}",
            remedy="Correct that line; strings stand in double quotes.",
        ) from error
    top.only("name", "uses", "training", "demand")
    uses, training = top.table("uses"), top.table("training")
    uses.only(*USES)
    training.only("says")
    return Policy(
        name=top.text("name"),
        fields={use: _fields(uses, use) for use in USES},
        no_training=training.text("says") if "says" in training.values else "",
        demands=_demands(top),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def _fields(uses: Table, use: str) -> tuple[str, ...]:
    named: Any = uses.values.get(use, [])
    if not isinstance(named, list) or not all(isinstance(n, str) for n in named):
        raise uses.wrong(use, 'a list of fields: ["likeness", "rights"]')
    for name in named:
        if name not in FIELDS:
            raise ShowError(
                f"{uses.path}: [uses] {use} demands {name!r}, which no record has",
                remedy=f"Known are {', '.join(FIELDS)}.",
            )
    return tuple(dict.fromkeys(named))


def _demands(top: Table) -> tuple[Demand, ...]:
    said: Any = top.values.get("demand", [])
    if not isinstance(said, list) or not all(isinstance(one, Mapping) for one in said):
        raise top.wrong("demand", "tables: [[demand]] with source, dated and asks")
    found = []
    for values in said:
        one = Table("demand", values, top.path)
        one.only("source", "dated", "asks")
        found.append(
            Demand(source=one.text("source"), dated=one.text("dated"), asks=one.text("asks"))
        )
    return tuple(found)


def policy_text(policy: Policy | None = None) -> str:
    """Return a ``policy.toml`` that says what ``policy`` does, and what else it could."""
    policy = policy or house()
    said = [f"#   {one.name:<14}{one.missing}" for one in FOUND]
    asked = [f"#   {name:<14}{question.asks}" for name, question in QUESTIONS.items()]
    uses = "\n".join(f"{use} = {_listed(policy.fields[use])}" for use in USES)
    return f"""\
# What this show demands of a delivery before it may leave. Not legal advice: it is a list
# that a producer keeps, and that seamline holds every delivery to.
#
# A demanded field that is missing holds a final delivery back; a delivery for ideation or
# temp leaves, and says in its record what is missing. Nothing is ever filled in. A sign-off
# is demanded of every delivery, whatever stands here.
name = {json.dumps(policy.name)}

# Found by the machine; what is said when it is missing:
{chr(10).join(said)}
#
# Answered by a named person, for the painting that is delivered (seamline answer):
{chr(10).join(asked)}
[uses]
{uses}

[training]
# Goes into every record. Without it, no_training is missing.
says = {json.dumps(policy.no_training, ensure_ascii=False)}

# Whose wish it is, for whoever reads a record:
# [[demand]]
# source = "WHO, WHICH PAPER"
# dated = "2026-11"
# asks = "what they ask, in your own words"
"""


def _listed(names: tuple[str, ...]) -> str:
    if not names:
        return "[]"
    return "[\n" + "".join(f"  {json.dumps(name)},\n" for name in names) + "]"
