"""Whatever was done to a delivery after it left the show is found, and said in a sentence."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from delivered import ELEMENT, Delivery

from behind import Overheard, ran
from seamline.cli.main import main
from seamline.formats import reader
from seamline.isolation.child import Child
from seamline.isolation.walls import OFF, REQUIRED
from seamline.show.record import canonical, record_digest
from seamline.store.newshow import create_show
from typed import runner

RECORD, LIST, SIGNATURE, KEY = "record.json", "SHA256SUMS", "SHA256SUMS.sig", "authority.pem"
COMP = f"comp/{ELEMENT}_comp.1001.exr"
FLIPS = 60


def said(delivery: Delivery) -> str:
    """What verify says of it, a line for each finding."""
    return "\n".join(delivery.verified().findings)


# -- whole ---------------------------------------------------------------------------------


def test_what_arrived_as_it_was_sent_is_intact(delivery: Delivery) -> None:
    found = delivery.verified(key=delivery.key)

    assert (found.findings, found.trusted) == ((), True)
    assert found.files == len(delivery.files()) - 2  # the list and its signature


def test_it_may_lie_in_any_folder_and_have_other_times(
    delivery: Delivery, tmp_path: Path
) -> None:
    for path in delivery.files():
        os.utime(delivery.folder / path, (1, 1))
    moved = Delivery(delivery.folder.rename(tmp_path / "elsewhere"), delivery.studio)

    assert moved.verified(key=delivery.key).intact


# -- one bit -------------------------------------------------------------------------------


def flips(delivery: Delivery, count: int) -> list[tuple[str, int]]:
    """Every file once, then others at random: (path, bit)."""
    chance = random.Random(9)
    paths = delivery.files()
    paths += [chance.choice(paths) for _ in range(max(0, count - len(paths)))]
    return [(p, chance.randrange(8 * len(delivery.read(p)))) for p in paths]


def test_one_bit_in_any_file_is_found_and_the_file_is_named(delivery: Delivery) -> None:
    for path, bit in flips(delivery, FLIPS):
        before = delivery.read(path)
        after = bytearray(before)
        after[bit // 8] ^= 1 << bit % 8
        delivery.write(path, bytes(after))

        found = delivery.verified(key=delivery.key).findings

        assert any(path in sentence for sentence in found), (path, bit, found)
        delivery.write(path, before)
    assert delivery.verified().intact


@pytest.mark.parametrize("path", [COMP, RECORD, LIST, SIGNATURE, KEY, "config.ocio"])
def test_a_file_that_is_cut_short_or_grew_is_found(delivery: Delivery, path: str) -> None:
    content = delivery.read(path)
    for changed in (content[:-1], content[: len(content) // 2], b"", content + b"\n"):
        delivery.write(path, changed)

        assert path in said(delivery), len(changed)


def test_every_file_is_missed(delivery: Delivery) -> None:
    for path in delivery.files():
        content = delivery.read(path)
        (delivery.folder / path).unlink()

        assert path in said(delivery)
        delivery.write(path, content)


@pytest.mark.parametrize(
    "path", ["comp/notes.txt", ".hidden", "ascmhl/0002_more.mhl", "c2pa/other.c2pa", f"{COMP}~"]
)
def test_a_file_more_is_found(delivery: Delivery, path: str) -> None:
    delivery.write(path, b"mine")

    assert f"{path} is not one of the" in said(delivery)


def test_two_frames_that_changed_places_are_found(delivery: Delivery) -> None:
    other = COMP.replace("1001", "1002")
    one, two = delivery.read(COMP), delivery.read(other)
    if one == two:  # a still plate's frames are the same bytes
        two = delivery.read(f"element/{ELEMENT}.1001.exr")
        other = f"element/{ELEMENT}.1001.exr"
    delivery.write(COMP, two)
    delivery.write(other, one)

    found = said(delivery)

    assert f"{COMP} is not the file" in found
    assert f"{other} is not the file" in found


# -- the list --------------------------------------------------------------------------------


def edited_list(delivery: Delivery, change: Callable[[list[str]], list[str]]) -> None:
    lines = delivery.read(LIST).decode().splitlines()
    delivery.write(LIST, "".join(f"{line}\n" for line in change(lines)).encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[1:],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [f"{'0' * 64}{lines[0][64:]}", *lines[1:]],
        lambda lines: [],
    ],
    ids=["tail cut", "row deleted", "reordered", "twice", "other hash", "empty"],
)
def test_an_edited_list_is_not_the_signed_one(
    delivery: Delivery, change: Callable[[list[str]], list[str]]
) -> None:
    edited_list(delivery, change)

    assert f"{SIGNATURE} is not a signature of {LIST}" in said(delivery)


@pytest.mark.parametrize(
    "path",
    ["../outside.exr", "/etc/hostname", "comp/../../outside.exr", "./comp/x", "a//b", "a\\b"],
)
def test_a_list_that_leads_out_of_the_folder_is_not_followed(
    delivery: Delivery, path: str
) -> None:
    edited_list(delivery, lambda lines: sorted([*lines, f"{'0' * 64}  {path}"]))

    assert "is not a path within the folder" in said(delivery)


# -- who signed ------------------------------------------------------------------------------


def test_somebody_else_s_whole_delivery_is_intact_and_not_trusted(delivery: Delivery) -> None:
    """Without the key from elsewhere, no one can tell a forger from the show."""
    forger = Ed25519PrivateKey.generate()
    digits = forger.public_key().public_bytes_raw().hex().encode()
    delivery.write(KEY, digits)
    delivery.write(COMP, b"other pixels")
    delivery.seal_again(forger.sign)

    known = delivery.verified(key=delivery.key)

    assert not known.trusted
    assert any("not with the one that was given" in s for s in known.findings)


def test_a_list_that_the_show_did_not_sign_is_not_the_show_s(delivery: Delivery) -> None:
    delivery.seal_again(Ed25519PrivateKey.generate().sign)

    assert f"{SIGNATURE} is not a signature of {LIST}" in said(delivery)


def test_the_key_beside_a_delivery_is_the_one_it_was_signed_with(delivery: Delivery) -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    delivery.write(KEY, other.hex().encode())
    delivery.seal_again()

    found = delivery.verified(key=delivery.key).findings

    assert f"{KEY} is not the key that {LIST} is signed with" in found


# -- what the show's own key would sign: each paper is held to the others ---------------------


def edit_record(delivery: Delivery, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the record as the show itself could: digest, list and signature are right."""
    record = json.loads(delivery.read(RECORD))
    change(record)
    del record["digest"]
    record["digest"] = record_digest(record)
    delivery.write(RECORD, json.dumps(record, indent=1, sort_keys=True).encode())
    delivery.seal_again()


def set_sign_off(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda record: record["sign_off"].__setitem__(name, value)


EDITS: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    ("who signed", set_sign_off("by", "Bob"), "does not fit their signature"),
    ("view", set_sign_off("view", "other"), "does not fit their signature"),
    ("comp", set_sign_off("comp_digest", "0" * 64), "comp that Ada signed is not the one"),
    ("element", set_sign_off("element", "S_010_env_b02_v001"), "Ada signed S_010_env_b02_v001"),
    ("shot", set_sign_off("shot", "S_020"), "Ada signed S_020, and this is S_010"),
    ("frames", lambda r: r.__setitem__("frames", "1001-1003"), "the record cannot be followed"),
    (
        "replayed",
        lambda r: r.__setitem__("element", "S_010_env_b01_v002"),
        f"Ada signed {ELEMENT}, and this is S_010_env_b01_v002",
    ),
    (
        "comp frame",
        lambda r: r["digests"]["comp"].reverse() or r["digests"]["comp"].append("0" * 64),
        "the record cannot be followed",
    ),
    (
        "one comp frame",
        lambda r: r["digests"]["comp"].__setitem__(0, "0" * 64),
        "the comp that Ada signed is not the one",
    ),
    ("key", lambda r: r["key"].__setitem__("public_hex", "ab" * 32), "the key in record.json"),
    ("file", lambda r: r["files"].pop(), "stands in SHA256SUMS alone"),
    (
        "file hash",
        lambda r: r["files"][0].__setitem__("sha256", "0" * 64),
        "stands in both, with other hashes",
    ),
    (
        "frame's file",
        lambda r: r["outputs"][0]["frames"][0].__setitem__("sha256", "0" * 64),
        "says another SHA-256 of",
    ),
    (
        "frame's pixels",
        lambda r: r["outputs"][0]["frames"][0].__setitem__("digest", "0" * 64),
        "says two things of the pixels of",
    ),
    (
        "authority",
        lambda r: r["authority"].__setitem__("public_hex", "ab" * 32),
        "record.json names another authority than authority.pem",
    ),
    (
        "revoked before",
        lambda r: r["key"].__setitem__("revoked", {"by": "Bea", "at": "2001-01-01T00:00:00Z"}),
        "Ada signed with a key that Bea had taken out of use",
    ),
    ("ledger", lambda r: r["ledger"].__setitem__("rows", 0), "no row of the show's ledger"),
    ("no sign-off", lambda r: r.pop("sign_off"), "it has no 'sign_off'"),
    (
        "part signed",
        lambda r: set_sign_off("frames", [[1001, "0" * 64]])(r),
        "nobody signed frame 1002",
    ),
]


@pytest.mark.parametrize(("change", "words"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS])
def test_a_field_of_the_record_that_was_edited_is_found_even_under_the_right_signature(
    delivery: Delivery, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    edit_record(delivery, change)

    assert words in said(delivery)


def test_a_record_without_its_digest_being_right_is_found(delivery: Delivery) -> None:
    record = json.loads(delivery.read(RECORD))
    record["show"] = "Another"
    delivery.write(RECORD, canonical(record))
    delivery.seal_again()

    assert f"{RECORD} has not the digest that it says" in said(delivery)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"digest": NaN}',
        b'{"digest": "a", "digest": "b"}',
        b"[" * 200_000,
        b'{"digest": ' + b"9" * 10_000 + b"}",
        b"\xff\xfe{}",
    ],
    ids=["empty", "list", "nothing", "nan", "twice", "deep", "long number", "not utf-8"],
)
def test_a_record_that_is_none_costs_a_sentence(delivery: Delivery, content: bytes) -> None:
    delivery.write(RECORD, content)
    delivery.seal_again()

    assert "the record cannot be followed" in said(delivery)


def test_a_frame_that_was_exchanged_is_found_by_c2pa_and_by_mhl_too(delivery: Delivery) -> None:
    content = delivery.read(COMP)
    delivery.write(COMP, content[:-1] + bytes([content[-1] ^ 1]))
    delivery.seal_again()

    found = said(delivery)

    assert f"c2pa/{ELEMENT}_comp.sha256 claims another {COMP}" in found
    assert "assertion.dataHash.mismatch" in found
    assert f"{COMP} is not the file that the ASC MHL history names" in found
    assert f"{COMP} stands in both, with other hashes" in found


def test_a_manifest_of_another_sequence_does_not_hold(delivery: Delivery) -> None:
    delivery.write(f"c2pa/{ELEMENT}_comp.c2pa", delivery.read(f"c2pa/{ELEMENT}_env.c2pa"))
    delivery.seal_again()

    assert f"c2pa/{ELEMENT}_comp.c2pa does not hold for" in said(delivery)


def test_a_certificate_of_somebody_else_is_no_anchor(delivery: Delivery) -> None:
    from seamline.formats import certificates

    other = Ed25519PrivateKey.generate()
    public = other.public_key().public_bytes_raw()
    chain = certificates.chain(public, other.sign, show="Tiny")
    delivery.write("c2pa/authority_certificate.pem", chain.root)
    delivery.seal_again()

    assert "is of another key than authority.pem" in said(delivery)


@pytest.mark.parametrize("content", [b"", b"not a manifest", b"\0" * 4096])
def test_what_is_no_manifest_costs_a_sentence(delivery: Delivery, content: bytes) -> None:
    delivery.write(f"c2pa/{ELEMENT}_comp.c2pa", content)
    delivery.seal_again()

    assert f"c2pa/{ELEMENT}_comp.c2pa does not hold for" in said(delivery)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE h [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {c} "{f"&{p};" * 10}">' for p, c in zip("abcdefg", "bcdefgh", strict=True)
    )
    + "]><hashlist>&h;</hashlist>"
)


@pytest.mark.parametrize(
    "content",
    [b"", b"<hashlist", BOMB.encode(), BOMB.encode("utf-16"), b"<a/>", b"<hashlist/>"],
    ids=["empty", "cut", "bomb", "bomb in utf-16", "other", "nothing in it"],
)
def test_an_mhl_that_is_none_costs_a_sentence(delivery: Delivery, content: bytes) -> None:
    from seamline.formats.mhl import c4

    (path,) = (p for p in delivery.files() if p.endswith(".mhl"))
    old, chain = c4(delivery.read(path)), delivery.read("ascmhl/ascmhl_chain.xml")
    delivery.write(path, content)
    delivery.write("ascmhl/ascmhl_chain.xml", chain.replace(old.encode(), c4(content).encode()))
    delivery.seal_again()

    assert "ASC MHL history" in said(delivery)


def test_a_chain_that_names_a_file_elsewhere_is_not_followed(delivery: Delivery) -> None:
    (path,) = (p for p in delivery.files() if p.endswith(".mhl"))
    chain = delivery.read("ascmhl/ascmhl_chain.xml")
    name = path.split("/")[1].encode()
    delivery.write("ascmhl/ascmhl_chain.xml", chain.replace(name, b"../../etc/hostname"))
    delivery.seal_again()

    assert "which is no file beside it" in said(delivery)


# -- what is no file -------------------------------------------------------------------------


@pytest.mark.parametrize("path", [COMP, LIST, SIGNATURE, RECORD, KEY, "more"])
def test_a_link_is_never_followed(delivery: Delivery, path: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(delivery.read(path) if path != "more" else b"")
    (delivery.folder / path).unlink(missing_ok=True)
    (delivery.folder / path).symlink_to(outside)

    assert f"{path} is a link" in said(delivery)


def test_a_folder_that_is_a_link_is_not_entered(delivery: Delivery, tmp_path: Path) -> None:
    (delivery.folder / "comp").rename(tmp_path / "comp")
    (delivery.folder / "comp").symlink_to(tmp_path / "comp")

    found = said(delivery)

    assert "comp is a link" in found
    assert f"{COMP} is missing" in found


def test_a_pipe_does_not_hold_anybody_up(delivery: Delivery) -> None:
    for path in (COMP, LIST):
        (delivery.folder / path).unlink()
        os.mkfifo(delivery.folder / path)

        assert f"{path} is no file" in said(delivery)


def test_a_name_that_cannot_be_printed_is_said_in_ascii(delivery: Delivery) -> None:
    (delivery.folder / "comp" / "\x1b[31mred\n").write_bytes(b"")

    assert r"comp/\x1b[31mred\n" in said(delivery)


def test_folders_within_folders_have_an_end(delivery: Delivery) -> None:
    deep = delivery.folder / "/".join("d" * 30)
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"")

    assert "folders deep" in said(delivery)


# -- on the shell ----------------------------------------------------------------------------


def shell(*words: str) -> tuple[int, str]:
    done = runner().invoke(main, ["verify", *words])
    return done.exit_code, done.stdout + done.stderr


def test_the_shell_says_whose_it_is(delivery: Delivery, tmp_path: Path) -> None:
    folder = str(delivery.folder)
    right, wrong = tmp_path / "right.pem", tmp_path / "wrong.pem"
    right.write_bytes(delivery.studio.authority.public_pem())
    wrong.write_text(Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex())

    assert shell(folder, "--key", str(right)) == (
        0,
        f"{folder}: {len(delivery.files()) - 2} files intact, signer trusted "
        f"(key {delivery.studio.authority.key().fingerprint})\n",
    )
    code, words = shell(folder)
    assert code == 0
    assert "intact, signer not trusted" in words
    code, words = shell(folder, "--key", str(wrong))
    assert code == 1
    assert "not with the one that was given" in words


@pytest.mark.parametrize(
    "form",
    [
        lambda d: d.studio.authority.public_pem(),
        lambda d: d.read("c2pa/authority_certificate.pem"),
        lambda d: json.dumps({"name": "authority", "public_hex": d.key.hex()}).encode(),
        lambda d: d.key.hex().encode() + b"\r\n",
    ],
    ids=["PEM", "certificate", "JSON", "digits"],
)
def test_a_key_may_come_in_any_form_that_a_show_hands_out(
    delivery: Delivery, tmp_path: Path, form: Callable[[Delivery], bytes]
) -> None:
    (tmp_path / "key").write_bytes(form(delivery))

    code, words = shell(str(delivery.folder), "--key", str(tmp_path / "key"))

    assert (code, "signer trusted" in words) == (0, True), words


def test_the_shell_leaves_with_1_and_a_sentence_for_each_finding(delivery: Delivery) -> None:
    (delivery.folder / "config.ocio").unlink()
    delivery.write("notes.txt", b"mine")

    code, words = shell(str(delivery.folder))

    assert code == 1
    assert words.splitlines()[0].endswith(": 2 findings")
    code, document = shell(str(delivery.folder), "--json")
    assert code == 1
    found = json.loads(document)
    assert (found["intact"], found["trusted"], len(found["findings"])) == (False, False, 2)


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_what_is_no_folder_is_said_to_be_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")

    code, words = shell(str(tmp_path / name))

    assert code == 2
    assert "is not a folder that can be opened" in words


@pytest.mark.parametrize("content", ["", "no key", '{"public_hex": 3}', "ab" * 31])
def test_what_is_no_key_is_said_to_be_none(
    delivery: Delivery, tmp_path: Path, content: str
) -> None:
    (tmp_path / "key").write_text(content)

    code, words = shell(str(delivery.folder), "--key", str(tmp_path / "key"))

    assert code == 2
    assert "holds no Ed25519 public key" in words


def test_manifests_certificate_and_history_are_read_by_a_child_and_not_here(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    overheard = Overheard().listen(monkeypatch)

    found, here = ran(delivery.verified)

    assert found.intact
    doors = {question.door: question for question in overheard.asked}
    assert doors.keys() == {"manifest", "certificate", "chain", "generation"}
    for question in doors.values():
        said, there = ran(question.here)
        assert question.found == said
        assert there
        assert not here & there, question.door


def test_a_show_that_requires_walls_verifies_no_manifest_without_them(
    delivery: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_show(str(tmp_path / "show"), "Strict", "", width_px=64, height_px=36, rate="24")
    settings = tmp_path / "show/show.toml"
    text = settings.read_text()
    settings.write_text(text.replace('isolation = "preferred"', 'isolation = "required"'))
    real = reader.Child

    def unwalled(module: str, sight: Any, *, wanted: str, **more: Any) -> Child:
        assert wanted == REQUIRED
        return real(module, sight, wanted=OFF, **more)

    monkeypatch.setattr(reader, "Child", unwalled)
    monkeypatch.setattr(reader, "_BY_ISOLATION", {})  # none that an earlier test started
    monkeypatch.chdir(tmp_path / "show")

    code, words = shell(str(delivery.folder))

    assert code == 1
    assert "a child that reads a foreign file is not walled here against" in words


def test_a_house_without_picture_libraries_can_verify(delivery: Delivery) -> None:
    import subprocess

    blocked = ("OpenImageIO", "PyOpenColorIO", "numba", "opentimelineio", "sqlalchemy")
    script = (
        "import sys\n"
        f"for name in {blocked!r}: sys.modules[name] = None\n"
        "from seamline.cli.main import main\n"
        f"main(['verify', {str(delivery.folder)!r}])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=delivery.folder
    )

    assert done.returncode == 0, done.stderr
    assert "intact, signer not trusted" in done.stdout
