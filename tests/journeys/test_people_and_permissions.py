"""Who may do what: keys and passphrases, and the pictures a show may paint from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import material
import numpy as np
import pytest
from shell import Work

SHOT = "042_0700"
BY = "M. Okafor"
SAID = {
    "--owner": "A. Berasategi",
    "--licence": "CC-BY-4.0",
    "--approved-by": BY,
    "--allow": "paint",
}


def add(work: Work, path: Path, *, code: int = 0, **changed: str | None) -> str:
    """Add a reference with the usual words, ``changed`` ones replaced or (None) left out."""
    said = SAID | {f"--{name.replace('_', '-')}": word for name, word in changed.items()}
    words = [part for flag, word in said.items() if word is not None for part in (flag, word)]
    done = work(
        "reference", "add", str(path), "--kind", "photography", *words, "--json", code=code
    )
    return str(done.json["references"][0]["id"]) if code == 0 else done.sentence


def ridge(work: Work, name: str = "ridge.png", *, seed: int = 7) -> Path:
    return material.photograph(work.outside / name, material.ridge(seed=seed))


# -- references -------------------------------------------------------------

UNUSABLE: dict[str, tuple[dict[str, str | None], str]] = {
    "no licence": ({"licence": None}, "no licence"),
    "no owner": ({"owner": None}, "no owner"),
    "no approver": ({"approved_by": None}, "no approver"),
    "training only": ({"allow": "train"}, "allowed for train, not for paint"),
    "nothing allowed": ({"allow": None}, "allowed for nothing"),
    "expired": ({"expires": "2020-02-29"}, "ended on 2020-02-29"),
}


@pytest.mark.parametrize("why", UNUSABLE)
def test_what_may_not_be_painted_from_is_not(work: Work, why: str) -> None:
    changed, words = UNUSABLE[why]
    work.meadow(SHOT)
    reference = add(work, ridge(work), **changed)
    rows = work.rows()

    named = work("paint", SHOT, "-r", reference, code=1)
    unnamed = work("paint", SHOT, code=1)

    for said in (named, unnamed):
        assert words in said.sentence
        assert "ridge.png" in said.sentence
        assert "--owner" in said.err.splitlines()[-1]
    assert work.rows() == rows
    assert list((work.root / "shots").rglob("*.exr")) == []


@pytest.mark.parametrize("how", ["renamed", "saved again", "with another header"])
def test_a_copy_under_another_name_gains_no_permission(work: Work, how: str) -> None:
    work.meadow(SHOT)
    refused = ridge(work)
    add(work, refused, licence=None)
    copy = work.outside / "holiday.png"
    if how == "renamed":
        shutil.copy(refused, copy)
    else:
        planes, _ = material.read(refused)
        words = {"Artist": ("string", "nobody")} if how == "with another header" else {}
        if how == "saved again":
            copy = work.outside / "holiday.tif"
        material.write(copy, planes, attributes=words)

    laundered = work(
        "reference", "add", str(copy), "--kind", "photography",
        *(part for pair in SAID.items() for part in pair),
        code=1,
    )  # fmt: skip
    painted = work("paint", SHOT, code=1)

    assert "same picture" in laundered.sentence
    assert "no licence" in painted.sentence


def test_a_permission_taken_back_holds_for_its_copies_until_each_is_given_back(
    work: Work,
) -> None:
    work.meadow(SHOT)
    first = ridge(work)
    copy = material.write(work.outside / "twin.tif", material.read(first)[0])
    add(work, first)
    add(work, copy)
    work("paint", SHOT, "-n", "1")

    add(work, first, allow="train")

    for word in ("ridge.png", "twin.tif"):
        said = work("paint", SHOT, "-n", "1", "--seed", "2", "-r", word, code=1)
        assert "not for paint" in said.sentence
    add(work, copy, allow="train")
    add(work, first)
    work("paint", SHOT, "-n", "1", "--seed", "2", "-r", "ridge.png", code=1)
    add(work, copy)
    work("paint", SHOT, "-n", "1", "--seed", "2", "-r", "ridge.png")


def test_among_good_ones_an_unapproved_one_is_left_out_and_named(work: Work) -> None:
    work.meadow(SHOT)
    good = add(work, ridge(work))
    add(work, ridge(work, "stolen.png", seed=8), owner=None)

    painted = work.json("paint", SHOT, "-n", "2")["variations"]

    for variation in painted:
        assert set(variation["shares"]) <= {good, "plate"}
        assert any("stolen.png" in line for line in variation["says"])


def test_transparent_parts_of_a_reference_are_never_copied(work: Work) -> None:
    work.meadow(SHOT)
    pixels = material.ridge()
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[:, 300:] = 0
    pixels[:, 300:] = (255, 0, 255)
    planes = {n: pixels[..., i] for i, n in enumerate("RGB")} | {"A": alpha}
    add(work, material.write(work.outside / "cut.png", planes))

    painted = work.json("paint", SHOT, "-n", "1")["variations"][0]

    lineage, _ = material.read(Path(painted["lineage"]))
    copied = lineage["source"] >= 2
    assert copied.any()
    assert lineage["master.x"][copied].max() < 300


# -- keys -------------------------------------------------------------------


def test_nobody_chooses_or_signs_without_a_key(work: Work) -> None:
    element = work.signed(SHOT)
    rows = work.rows()

    for words in (("choose", SHOT, element), ("sign", element)):
        said = work(*words, "--by", "L. Moreau", code=1)
        assert "L. Moreau" in said.sentence
        assert "seamline key create" in said.err
    near = work("sign", element, "--by", "M. Okaforr", code=1)

    assert "did you mean M. Okafor" in near.sentence
    assert work.rows() == rows


def test_a_passphrase_comes_from_a_file(work: Work, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse\n")
    env = {"SEAMLINE_PASSPHRASE_FILE": str(secret)}
    work.meadow(SHOT)
    element = work.json("paint", SHOT, "-n", "1", "-g", "neutral")["variations"][0]["id"]

    made = work("key", "create", "--name", BY, "--json", env=env).json
    signed = work("sign", element, "--by", BY, "--json", env=env).json

    assert made["protected"] is True
    assert (signed["by"], signed["key_protected"]) == (BY, True)
    assert signed["key_fingerprint"] == made["fingerprint"]
    assert b"correct horse" not in b"".join(
        path.read_bytes() for path in work.root.rglob("*") if path.is_file()
    )


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [("wrong", 1, "passphrase"), ("", 2, "empty"), (None, 2, "cannot be read")],
    ids=("wrong", "empty", "missing"),
)
def test_without_the_right_passphrase_nobody_signs(
    work: Work, tmp_path: Path, content: str | None, code: int, words: str
) -> None:
    secret, other = tmp_path / "right", tmp_path / "other"
    secret.write_text("right")
    if content is not None:
        other.write_text(content)
    work.meadow(SHOT)
    element = work.json("paint", SHOT, "-n", "1", "-g", "neutral")["variations"][0]["id"]
    work("key", "create", "--name", BY, env={"SEAMLINE_PASSPHRASE_FILE": str(secret)})
    rows = work.rows()

    env = {"SEAMLINE_PASSPHRASE_FILE": str(other)}
    said = work("sign", element, "--by", BY, env=env, code=code)

    assert words in said.sentence
    assert work.rows() == rows


def test_the_show_s_own_key_may_have_a_passphrase_too(work: Work, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("four grey stones\n")
    second.write_text("five\n")
    key = work.json("key", "export")
    head = str(tmp_path / "head.json")
    opened = {"SEAMLINE_AUTHORITY_PASSPHRASE_FILE": str(first)}

    made = work("key", "protect", "--new", str(first), "--json").json
    wrong = work(
        "audit", "--ledger", "--export", head, code=1,
        env={"SEAMLINE_AUTHORITY_PASSPHRASE_FILE": str(second)},
    )  # fmt: skip
    work("audit", "--ledger", "--export", head, env=opened)

    assert (made["public_hex"], made["protected"]) == (key["public_hex"], True)
    assert "does not open the key of authority" in wrong.sentence
    work("audit", "--ledger", "--head", head)  # the public half is enough to check
    work("key", "protect", "--new", str(second), env=opened)
    work("audit", "--ledger", "--export", head, env=opened, code=1)


@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
def test_without_a_file_the_passphrase_is_asked_for(work: Work) -> None:
    work.meadow(SHOT)
    element = work.json("paint", SHOT, "-n", "1", "-g", "neutral")["variations"][0]["id"]

    work("key", "create", "--name", BY, keys="hunter2\nhunter2\n")
    wrong = work("sign", element, "--by", BY, keys="hunter3\n", code=1)
    said = work("sign", element, "--by", BY, "--json", keys="hunter2\n")

    assert said.json["key_protected"] is True
    assert "passphrase" in wrong.sentence.lower()


def test_an_unprotected_key_is_said_wherever_it_was_used(work: Work, tmp_path: Path) -> None:
    element = work.signed(SHOT)

    words = work("sign", element, "--by", BY)
    delivered = work.json("deliver", SHOT, str(tmp_path / "delivery"))
    record = json.loads(Path(delivered["record"]).read_text())

    assert "UNPROTECTED" in words.out
    assert record["sign_off"]["key_protected"] is False
    assert record["key"]["protected"] is False


def test_signing_twice_is_signing_once(work: Work) -> None:
    element = work.signed(SHOT)
    rows = work.rows()

    work("sign", element, "--by", BY)
    work("choose", SHOT, element, "--by", BY)

    assert work.rows() == rows


def test_only_the_new_frames_of_a_longer_cut_are_signed(work: Work) -> None:
    element = work.signed(SHOT)

    said = work.json("sign", element, "--by", BY, "--frames", "1002-1002")
    wrong = work("sign", element, "--by", BY, "--frames", "1099-1100", code=2)

    assert [frame for frame, _ in said["frames"]] == [1002]
    assert "not 1099" in wrong.sentence


def test_two_people_can_sign(work: Work, tmp_path: Path) -> None:
    element = work.signed(SHOT)
    work.person("L. Moreau")

    work("sign", element, "--by", "L. Moreau")
    delivered = work.json("deliver", SHOT, str(tmp_path / "delivery"))
    comp = next(Path(delivered["directory"]).rglob("*_comp.1001.exr"))

    assert work.json("audit", str(comp))["signed_by"] == [BY, "L. Moreau"]


def test_a_key_is_nobody_elses_to_read(work: Work) -> None:
    work.person()

    (private,) = (work.root / ".seamline" / "keys").rglob("private.pem")

    assert private.stat().st_mode & 0o077 == 0
