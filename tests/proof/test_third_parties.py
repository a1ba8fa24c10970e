"""Others' programs check a delivery: coreutils, openssl, the C2PA and the ASC MHL library."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from delivered import ELEMENT, SHOT, Delivery, signed_show

from seamline.formats import certificates
from seamline.steps import book
from seamline.steps.deliver import deliver
from seamline.steps.delivery_record import ledger_head
from seamline.steps.proof import claim
from seamline.steps.record_says import Delivered, said_of
from tiny import grey_and_noise

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMP_LIST = f"c2pa/{ELEMENT}_comp.sha256"
COMP_MANIFEST = f"c2pa/{ELEMENT}_comp.c2pa"
FRAME = f"comp/{ELEMENT}_comp.1001"


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True)


def reader(about: bytes, media: str, manifest: bytes, anchor: bytes | None) -> Any:
    """The library's own reader, with the house's trust anchor or with none."""
    settings: dict[str, Any] = {"version": 1, "verify": {"verify_trust": True}}
    if anchor:
        settings["trust"] = {"trust_anchors": anchor.decode()}
    context = c2pa.Context.from_dict(settings)
    return c2pa.Reader(media, io.BytesIO(about), manifest, context=context)


def failures(found: Any) -> set[str]:
    return {f["code"] for f in found.get_validation_results()["activeManifest"]["failure"]}


def anchor(delivery: Delivery) -> bytes:
    return delivery.read("c2pa/authority_certificate.pem")


# -- coreutils and openssl ---------------------------------------------------------------


def test_coreutils_read_every_list(made: Delivery) -> None:
    lists = ["SHA256SUMS", *(p for p in made.files() if p.endswith(".sha256"))]

    done = run("sha256sum", "--check", "--strict", *lists, cwd=made.folder)

    assert len(lists) == 4
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(made.files()) == {line.split(": ")[0] for line in done.stdout.splitlines()} | {
        "SHA256SUMS",
        "SHA256SUMS.sig",
    }


def test_the_list_is_signed_in_hex_over_its_exact_bytes(made: Delivery) -> None:
    key = load_pem_public_key(made.read("authority.pem"))

    digits = made.read("SHA256SUMS.sig").decode()

    assert digits == digits.strip().lower() + "\n"
    key.verify(bytes.fromhex(digits), made.read("SHA256SUMS"))  # type: ignore[union-attr, call-arg, arg-type]
    assert key.public_bytes_raw() == made.key  # type: ignore[union-attr]


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not on this machine")
def test_openssl_takes_the_signature_and_the_certificate(
    delivery: Delivery, tmp_path: Path
) -> None:
    (tmp_path / "sig").write_bytes(bytes.fromhex(delivery.read("SHA256SUMS.sig").decode()))
    words = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "authority.pem"]
    root = "c2pa/authority_certificate.pem"

    whole = run(
        "openssl", *words, "-in", "SHA256SUMS", "-sigfile", str(tmp_path / "sig"),
        cwd=delivery.folder,
    )  # fmt: skip
    held = run("openssl", "verify", "-CAfile", root, root, cwd=delivery.folder)

    assert (whole.returncode, held.returncode) == (0, 0), whole.stderr + held.stderr


# -- C2PA --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "media", "manifest"),
    [
        (COMP_LIST, "text/plain", COMP_MANIFEST),
        (f"{FRAME}.exr", "image/x-exr", f"{FRAME}.c2pa"),
    ],
)
def test_the_library_trusts_a_manifest_by_the_authority_and_by_nobody_else(
    made: Delivery, about: str, media: str, manifest: str
) -> None:
    content, said = made.read(about), made.read(manifest)
    stranger = Ed25519PrivateKey.generate()
    public = stranger.public_key().public_bytes_raw()
    other = certificates.chain(public, stranger.sign, show="Tiny").root

    trusted = reader(content, media, said, anchor(made))
    strange = reader(content, media, said, other)
    alone = reader(content, media, said, None)
    changed = reader(content[:-1] + b"?", media, said, anchor(made))

    assert (trusted.get_validation_state(), failures(trusted)) == ("Trusted", set())
    assert failures(strange) == {"signingCredential.untrusted"}
    assert failures(alone) == {"signingCredential.untrusted"}
    assert failures(changed) == {"assertion.dataHash.mismatch"}


def test_a_manifest_says_what_was_done_from_what_and_what_it_is_not_for(made: Delivery) -> None:
    found = reader(made.read(COMP_LIST), "text/plain", made.read(COMP_MANIFEST), anchor(made))
    document = json.loads(found.json())
    active = document["manifests"][document["active_manifest"]]
    said = {a["label"]: a["data"] for a in active["assertions"]}

    (created, placed) = said["c2pa.actions.v2"]["actions"]
    plate = book.shot(made.studio.ledger, SHOT).plate

    assert created["action"] == "c2pa.created"
    assert created["digitalSourceType"].startswith(IPTC)
    assert "rained" not in created["digitalSourceType"]  # nothing was trained
    assert placed["action"] == "c2pa.placed"
    assert plate is not None
    assert [i["instance_id"] for i in active["ingredients"]] == [
        f"seamline-pixels-sha256:{plate.digest}"
    ]
    assert said["cawg.training-mining"]["entries"] == {
        name: {"use": "notAllowed"}
        for name in ("cawg.ai_training", "cawg.ai_generative_training", "cawg.data_mining")
    }
    assert active["signature_info"]["alg"] == "Ed25519"
    assert active["title"] == f"{ELEMENT}_comp, 2 frames"


def test_what_was_painted_from_photographs_names_them_by_their_hash(tmp_path: Path) -> None:
    show = signed_show(tmp_path)
    photograph = show.reference("meadow.exr", grey_and_noise(5, 32, 64))
    version = book.version(show.studio.ledger, ELEMENT)
    variation = book.variation_of(show.studio.ledger, version)
    it = Delivered(
        shot=book.shot(show.studio.ledger, SHOT),
        version=version,
        variation=replace(variation, shares=((photograph.id, 1.0),)),
        signed=tuple(book.sign_offs(show.studio.ledger, ELEMENT)),
        use="temp",
        at="2026-11-26T10:00:00Z",
        head=ledger_head(show.studio),
    )

    said = claim(it, said_of(show.studio, it), title="comp")

    first = said["ingredients"][0]
    assert first["instance_id"] == f"sha256:{photograph.file_sha256}"
    assert first["title"] == "meadow.exr"
    assert "Ada Bell" in first["description"]
    created = said["assertions"][0]["data"]["actions"][0]
    assert created["digitalSourceType"] == f"{IPTC}compositeCapture"


def test_every_sequence_of_pictures_has_a_manifest_and_a_matte_has_none(made: Delivery) -> None:
    lists = {p: made.read(p).decode() for p in made.files() if p.endswith(".sha256")}

    claimed = {line.split("  ")[1] for text in lists.values() for line in text.splitlines()}

    frames = {p for p in made.files() if p.endswith((".1001.exr", ".1002.exr"))}
    assert claimed == {p for p in frames if not p.startswith("matte/")}
    assert {p.removesuffix(".exr") + ".c2pa" for p in claimed} < set(made.files())


def test_without_being_asked_no_frame_has_a_manifest(tmp_path: Path, made: Delivery) -> None:
    deliver(made.studio, SHOT, str(tmp_path / "again"))

    beside = [p for p in (tmp_path / "again").rglob("*.c2pa") if p.parent.name != "c2pa"]
    assert beside == []


def test_the_authority_has_one_certificate_and_each_delivery_a_key_of_its_own() -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()

    one, two = (certificates.chain(public, private.sign, show="Nordwand") for _ in range(2))

    assert one.root == two.root
    assert one.leaf != two.leaf
    root, leaf = (x509.load_pem_x509_certificate(pem) for pem in (one.root, one.leaf))
    leaf.verify_directly_issued_by(root)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


# -- ASC MHL -----------------------------------------------------------------------------


def ascmhl(program: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    # Its library warns of another library's new names.
    return run(sys.executable, "-W", "ignore", "-m", f"ascmhl.cli.{program}", *words, cwd=cwd)


@pytest.mark.parametrize("words", [("verify",), ("verify", "-dh", "-h", "xxh128")])
def test_the_ascmhl_tool_finds_a_delivery_whole(made: Delivery, words: tuple[str, ...]) -> None:
    done = ascmhl("ascmhl_debug", *words, ".", cwd=made.folder)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_ascmhl_tool_finds_what_was_changed_and_what_was_added(delivery: Delivery) -> None:
    path = f"{FRAME}.exr"
    content = delivery.read(path)
    delivery.write(path, content[:-1] + bytes([content[-1] ^ 1]))
    delivery.write("notes.txt", b"mine")

    changed = ascmhl("ascmhl_debug", "verify", ".", cwd=delivery.folder)
    added = ascmhl("ascmhl", "diff", ".", cwd=delivery.folder)

    assert changed.returncode == 11  # VerificationFailedException of the tool
    assert path in changed.stdout + changed.stderr
    assert added.returncode == 21  # NewFilesFoundException
    assert "notes.txt" in added.stdout + added.stderr


# -- alone -------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not on this machine")
def test_nobody_is_asked_over_a_network(made: Delivery, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    script = (
        "import io, sys\n"
        "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey\n"
        "from seamline.cli.main import main\n"
        "from seamline.formats import c2pa, certificates\n"
        "key = Ed25519PrivateKey.generate()\n"
        "public = key.public_key().public_bytes_raw()\n"
        "chain = certificates.chain(public, key.sign, show='Tiny')\n"
        "actions = [{'action': 'c2pa.created', 'digitalSourceType': sys.argv[1]}]\n"
        "data = {'actions': actions}\n"
        "said = {'assertions': [{'label': 'c2pa.actions.v2', 'data': data}]}\n"
        "c2pa.manifest_of(io.BytesIO(b'a'), 'text/plain', said, chain)\n"
        "main(['verify', '.'])\n"
    )
    words = ("strace", "-f", "-o", str(log), "-e", "trace=socket,connect", sys.executable)

    done = run(*words, "-c", script, f"{IPTC}composite", cwd=made.folder)
    if "ptrace" in done.stderr:
        pytest.skip("strace may not trace here")

    assert "intact" in done.stdout, done.stderr
    assert "AF_INET" not in log.read_text()


def test_what_the_page_says_of_a_reader_is_so(
    made: Delivery, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "verify-a-delivery.md"
    code = page.read_text().split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(made.folder)

    exec(code.replace("042_0110_env_b03_v001", ELEMENT), {})

    assert capsys.readouterr().out == "Trusted\n"
