"""What a delivery is asked, and what only a named person can answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from seamline.errors import InputError, RefusedError, ShowError, SignOffError, TamperError
from seamline.show.policy import FIELDS, FOUND, QUESTIONS, Policy, house
from seamline.show.record import as_record
from seamline.steps import book
from seamline.steps.answers import answer, answers, asked
from seamline.steps.deliver import deliver
from seamline.steps.demands import gaps
from seamline.steps.main_job import painted
from seamline.steps.people import revoke_key
from seamline.steps.review import choose
from seamline.steps.sign import sign
from seamline.store.policyfile import load_policy, parse_policy, policy_text
from tiny import TinyShow

ELEMENT = "S_010_env_b01_v001"
ANSWERS = {name: "nobody and nothing" for name in QUESTIONS} | {"replica": "none: a hill"}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def signed(tiny_show: TinyShow) -> TinyShow:
    """A shot with two painted variations; the first is chosen and signed by Ada."""
    return begun(tiny_show)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> TinyShow:
    """The same, for tests that each look at a field of their own."""
    return begun(TinyShow(tmp_path_factory.mktemp("asked")))


def begun(show: TinyShow) -> TinyShow:
    show.static_shot()
    painted(show.studio, "S_010", variations=2, seed=1, generator="neutral")
    show.studio.keyring.create("Ada", None)
    choose(show.studio, "S_010", ELEMENT, by="Ada")
    sign(show.studio, ELEMENT, by="Ada", passphrase=None)
    return show


def demanding(show: TinyShow, *fields: str, **said: Any) -> None:
    """Let the show's policy demand these fields of a final delivery, and of no other."""
    uses = MappingProxyType({"ideation": (), "temp": (), "final": fields})
    policy = replace(house(), fields=uses, **said)
    settings = replace(show.studio.settings, policy=policy)
    show.studio = replace(show.studio, settings=settings)


def out(show: TinyShow, name: str = "delivery") -> Path:
    return show.root.parent / name


def said(show: TinyShow, question: str, text: str, **more: Any) -> None:
    answer(show.studio, "S_010", question, text, by="Ada", passphrase=None, **more)


def delivered(show: TinyShow, use: str, name: str = "delivery") -> dict[str, Any]:
    found = deliver(show.studio, "S_010", str(out(show, name)), use=use)
    record: dict[str, Any] = json.loads(Path(found["record"]).read_text())
    return record


# -- one field at a time ----------------------------------------------------


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_demanded_answer_holds_a_final_delivery_back_until_somebody_gives_it(
    shared: TinyShow, name: str
) -> None:
    demanding(shared, name)
    command = f"seamline answer S_010 {name} TEXT --by NAME"

    with pytest.raises(SignOffError) as refused:
        delivered(shared, "final", f"{name}_final")

    first, line = str(refused.value).splitlines()
    assert first == "S_010 does not leave as final: one thing is missing"
    assert line.strip().startswith(f"{name}: {QUESTIONS[name].missing} ({command}")
    assert not out(shared, f"{name}_final").exists()
    record = delivered(shared, "temp", f"{name}_temp")
    assert [(g["field"], g["use"]) for g in record["gaps"]] == [(name, "final")]
    assert name not in record["answers"]

    said(shared, name, ANSWERS[name])

    record = delivered(shared, "final", f"{name}_final")
    assert record["gaps"] == []
    assert record["answers"][name]["text"] == ANSWERS[name]
    assert record["answers"][name]["by"] == "Ada"


def without_weights(show: TinyShow) -> None:
    class Silent:
        """A generator that does not say what it is made of."""

        determinism = "none"

    show.studio = replace(show.studio, generator=lambda name: Silent())


def without_code(show: TinyShow) -> None:
    show.studio.ledger.append("note", {"shot": "S_010", "text": "an older painting"})
    made = replace(show.studio.made(), code_sha256="")
    show.studio = replace(show.studio, made=lambda: made)
    painted(show.studio, "S_010", variations=1, seed=7, generator="neutral")
    choose(show.studio, "S_010", "S_010_env_b03_v001", by="Ada")
    sign(show.studio, "S_010_env_b03_v001", by="Ada", passphrase=None)


def without_a_word_on_training(show: TinyShow) -> None:
    demanding(show, "no_training", no_training="")


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("weights", without_weights),
        ("code", without_code),
        ("no_training", without_a_word_on_training),
    ],
)
def test_what_the_machine_has_to_find_holds_a_final_delivery_back_too(
    signed: TinyShow, name: str, lacking: Any
) -> None:
    demanding(signed, name)
    assert delivered(signed, "final", "whole")["gaps"] == []
    lacking(signed)

    with pytest.raises(SignOffError, match=FIELDS[name].missing):
        delivered(signed, "final")

    assert [g["field"] for g in delivered(signed, "temp")["gaps"]] == [name]


@pytest.mark.parametrize(
    "change", [{"allowed": False}, {"approved_on": ""}], ids=["not allowed", "no date"]
)
def test_a_reference_without_its_permission_is_a_gap(change: dict[str, Any]) -> None:
    policy = replace(house(), fields={**house().fields, "final": ("references",)})
    whole = {"allowed": True, "approved_on": "2026-11-20"}

    assert gaps({"references": [whole]}, policy, shot="S_010", use="final") == ()
    (found,) = gaps({"references": [whole, {**whole, **change}]}, policy, shot="S", use="final")
    assert found.field == "references"


def test_a_picture_that_may_be_painted_from_is_not_yet_one_that_may_be_published() -> None:
    policy = replace(house(), fields={**house().fields, "final": ("publish",)})
    shown = {"allow": ["paint", "publish"], "share": 0.4}
    private = {"allow": ["paint", "train"], "share": 0.1}

    def missing(*references: dict[str, Any]) -> list[str]:
        found = gaps({"references": references}, policy, shot="S_010", use="final")
        return [one.field for one in found]

    assert missing(shown) == []
    assert missing(shown, private) == ["publish"]
    assert missing(shown, {**private, "share": 0.0}) == []  # nothing of it is seen


def test_every_field_that_can_be_demanded_has_a_test_above() -> None:
    assert set(FIELDS) == set(QUESTIONS) | {one.name for one in FOUND}
    assert {one.name for one in FOUND} == {
        "weights", "code", "no_training", "references", "publish",
    }  # fmt: skip


def test_every_use_needs_a_signature(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "S_010", ELEMENT, by="Ada")

    for use in ("ideation", "temp", "final"):
        with pytest.raises(SignOffError, match="no sign-off"):
            delivered(tiny_show, use)


def test_all_that_is_missing_is_said_at_once(signed: TinyShow) -> None:
    with pytest.raises(SignOffError) as refused:
        delivered(signed, "final")

    lines = str(refused.value).splitlines()
    named = [line.strip().split(":")[0] for line in lines[1:]]
    # Of the house policy the machine finds references, weights and the word on training.
    assert named == [
        "likeness", "voice", "consent", "replica", "rights", "personal_data", "approval",
    ]  # fmt: skip
    assert lines[0].endswith("7 things are missing")


# -- answers ----------------------------------------------------------------


def test_an_answer_holds_for_the_painting_it_was_given_for(signed: TinyShow) -> None:
    demanding(signed, "likeness")
    said(signed, "likeness", "nobody")
    other = "S_010_env_b02_v001"
    choose(signed.studio, "S_010", other, by="Ada")
    sign(signed.studio, other, by="Ada", passphrase=None)

    with pytest.raises(SignOffError, match="likeness"):
        delivered(signed, "final")

    said(signed, "likeness", "nobody here either")
    assert delivered(signed, "final")["answers"]["likeness"]["element"] == other


def test_an_approval_is_for_one_use(signed: TinyShow) -> None:
    demanding(signed, "approval")
    said(signed, "approval", "the producer, by letter", use="temp")

    with pytest.raises(SignOffError, match="written approval of this use"):
        delivered(signed, "final")

    said(signed, "approval", "the producer and the network, by letter", use="final")
    assert delivered(signed, "final")["answers"]["approval"]["use"] == "final"


def test_the_last_answer_holds_and_the_same_answer_writes_nothing(signed: TinyShow) -> None:
    said(signed, "rights", "cleared")
    rows = signed.studio.ledger.verify()
    said(signed, "rights", " cleared ")
    assert signed.studio.ledger.verify() == rows

    said(signed, "rights", "not cleared: a mural in the far left")

    found = asked(signed.studio, "S_010", use="final")
    texts = {one["question"]: one["text"] for one in found["questions"]}
    assert texts["rights"].startswith("not cleared")
    assert texts["likeness"] == ""


def test_what_is_no_answer_is_refused(signed: TinyShow) -> None:
    for question, text, words in (
        ("likeness", "  ", "no answer"),
        ("likeness", "a\x1b[31mred", "no answer"),
        ("likeness", "x" * 4001, "no answer"),
        ("replica", "maybe", "begins with none or synthetic or replica"),
        ("weather", "fine", "no question 'weather'"),
    ):
        with pytest.raises(InputError, match=words):
            said(signed, question, text)

    assert not list(signed.studio.ledger.rows("answer"))


def test_nobody_answers_without_a_key_or_with_a_revoked_one(signed: TinyShow) -> None:
    with pytest.raises(RefusedError, match="Mallory"):
        answer(signed.studio, "S_010", "voice", "no", by="Mallory", passphrase=None)
    said(signed, "voice", "none")
    revoke_key(signed.studio, "Ada", by="Ada", reason="lost")

    with pytest.raises(RefusedError, match="revoked"):
        said(signed, "consent", "none needed")
    demanding(signed, "voice")
    assert delivered(signed, "final")["answers"]["voice"]["key"]["revoked"]["reason"] == "lost"


def test_an_old_answer_that_is_written_again_does_not_become_the_newest(
    signed: TinyShow,
) -> None:
    said(signed, "rights", "cleared")
    (first,) = signed.studio.ledger.rows("answer")
    said(signed, "rights", "not cleared")

    signed.studio.ledger.append("answer", first.body, by="Ada")

    found = asked(signed.studio, "S_010", use="final")
    assert "not cleared" in [one["text"] for one in found["questions"]]


def test_an_answer_that_ada_did_not_sign_is_found(signed: TinyShow) -> None:
    said(signed, "rights", "not cleared")
    (row,) = signed.studio.ledger.rows("answer")
    forged = {**row.body, "text": "cleared", "nonce": "f" * 32}
    signed.studio.ledger.append("answer", forged, by="Ada")

    with pytest.raises(TamperError, match="signature of Ada does not fit the answer to rights"):
        delivered(signed, "temp")


def test_a_folder_for_one_use_is_not_taken_for_another(signed: TinyShow) -> None:
    demanding(signed)
    delivered(signed, "temp")

    with pytest.raises(InputError, match="for temp and not for final"):
        delivered(signed, "final")


# -- the policy's file ------------------------------------------------------


def test_a_new_show_s_policy_is_the_built_in_one(tiny_show: TinyShow) -> None:
    found = load_policy(str(tiny_show.root))

    assert replace(found, sha256="") == replace(house(), fields=dict(house().fields))
    (tiny_show.root / "policy.toml").unlink()
    assert load_policy(str(tiny_show.root)) == house()


def test_the_file_explains_every_field_it_can_demand() -> None:
    text = policy_text()

    for name in FIELDS:
        assert f"#   {name} " in text, name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "x"\n[uses]\nfinal = ["likenes"]', "demands 'likenes', which no record has"),
        ('name = "x"\n[uses]\nfinale = []', "did you mean 'final'"),
        ('name = "x"\n[uses]\nfinal = "likeness"', "a list of fields"),
        ("[uses]\nfinal = []", "name is missing"),
        ('name = "x"\n[[demand]]\nsource = "x"', "dated is missing"),
        ("name = x", "not valid TOML"),
    ],
)
def test_a_mistyped_demand_is_never_one_less(text: str, words: str) -> None:
    with pytest.raises(ShowError, match=words):
        parse_policy(text, path="policy.toml")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "examples/policies").glob("*.toml")), ids=lambda path: path.stem
)
def test_every_example_of_a_policy_is_one_and_asks_no_less_than_the_house(path: Path) -> None:
    found: Policy = parse_policy(path.read_text(), path=str(path))

    assert found.demands
    assert all(one.dated >= "2018" for one in found.demands)
    assert set(found.fields["final"]) >= set(house().fields["final"])
    assert "Not legal advice" in path.read_text()


def test_a_question_s_answers_are_kept_apart_by_shot(signed: TinyShow) -> None:
    said(signed, "rights", "cleared")
    version = book.version(signed.studio.ledger, ELEMENT)

    assert as_record(answers(signed.studio, version, use="final")["rights"])["shot"] == "S_010"
    other = replace(version, shot="S_020")
    assert answers(signed.studio, other, use="final") == {}
