"""
Verify: whether a delivery is what a show sent, told from its folder alone.

Nothing in the folder is believed. The signed list is held to the key, every file to the
list, and the record, its sign-offs, the C2PA manifests and the ASC MHL history to one
another. Every finding is a sentence; none is a whole delivery. A paper that is not the one
on the list is not read any further: it is somebody else's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from seamline.errors import SeamlineError
from seamline.pixels.digest import sequence_digest
from seamline.ports import FileHashes, FoundFile, Received
from seamline.show.frames import FrameRange, frame_path
from seamline.show.record import from_record, record_digest
from seamline.show.review import SignOff
from seamline.steps.delivery_record import RECORD
from seamline.steps.proof import (
    CERTIFICATE,
    CLAIMS,
    HISTORY,
    KEY,
    LATER,
    LIST,
    SIGNATURE,
)
from seamline.steps.sign_offs import signed_bytes

MOST_FINDINGS = 10_000
_BROKEN = (SeamlineError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
_Hashes = Mapping[str, FileHashes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found: a sentence each; whose key the list is signed with."""

    findings: tuple[str, ...]
    files: int
    signer: str
    """Fingerprint of the key that signed the list; empty where none did."""
    trusted: bool
    """Whether that is the key that was handed over."""

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """The files that were held to the list; one that is not whole has been said already."""

    listed: Mapping[str, str]
    hashes: _Hashes
    whole: set[str]

    def said(self, path: str) -> bool:
        return path in self.listed and path not in self.whole


def verify(received: Received, *, key: bytes | None = None, threads: int = 1) -> Verdict:
    """
    Return what is wrong with a delivery.

    Args:
        received: Its folder.
        key: The show's public key (raw, 32 bytes), from elsewhere than the folder. Without
            one, everything is held to the key that lies in the folder, which says that the
            delivery is whole, not whose it is.
        threads: That read files.
    """
    findings: list[str] = []
    signer, trusted = _signer(received, key, findings)
    hashes, listed = _files(received, findings, threads)
    whole = {p for p, h in hashes.items() if p in listed and listed[p] == h.sha256}
    if RECORD in whole:
        findings += _within("the record", lambda: _record(received, listed))
    elif RECORD not in listed and listed:
        findings.append(f"{RECORD} does not stand in {LIST}: nothing says what this is")
    if listed:
        held = _Held(listed=listed, hashes=hashes, whole=whole)
        findings += _within("the C2PA manifests", lambda: _claims(received, held))
        findings += _within("the ASC MHL history", lambda: _history(received, held))
    return Verdict(
        findings=tuple(findings[:MOST_FINDINGS]),
        files=len(hashes),
        signer=signer,
        trusted=trusted and not findings,
    )


def _within(what: str, check: Callable[[], Iterator[str]]) -> list[str]:
    """Return what ``check`` says; one sentence more where it cannot go on."""
    said: list[str] = []
    try:
        said.extend(check())
    except _BROKEN as error:
        said.append(f"{what} cannot be followed: {_short(error)}")
    return said


def _short(error: BaseException) -> str:
    words = str(error) or type(error).__name__
    if isinstance(error, KeyError):
        words = f"it has no {words}"
    return words[:300] if words.isprintable() else ascii(words)[:300]


# -- the list and its signature ---------------------------------------------


def fingerprint(key: bytes) -> str:
    """Return the fingerprint of a raw public key: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(key).hexdigest()[:16]


def _signer(received: Received, key: bytes | None, findings: list[str]) -> tuple[str, bool]:
    """Return who signed the list, and whether it is ``key``."""
    try:
        inside: bytes | None = received.public_key(KEY)
    except _BROKEN as error:
        inside = None
        findings.append(f"{KEY} holds no key: {_short(error)}")
    try:
        fits = [
            k for k in (key, inside) if k is not None and received.is_signed(LIST, SIGNATURE, k)
        ]
    except _BROKEN as error:
        findings.append(f"the signature of {LIST} cannot be read: {_short(error)}")
        return "", False
    if not fits:
        findings.append(
            f"{SIGNATURE} is not a signature of {LIST}: one of them was changed, or somebody "
            "else signed"
        )
        return "", False
    if key is not None and fits[0] != key:
        findings.append(
            f"{LIST} is signed with the key {fingerprint(fits[0])}, not with the one that was "
            f"given ({fingerprint(key)})"
        )
    elif inside is not None and inside != fits[0]:
        findings.append(f"{KEY} is not the key that {LIST} is signed with")
    return fingerprint(fits[0]), fits[0] == key


def _files(
    received: Received, findings: list[str], threads: int
) -> tuple[dict[str, FileHashes], dict[str, str]]:
    """Hold every file to the list; return the hashes of those found, and the list."""
    try:
        found = received.found()
    except _BROKEN as error:
        findings.append(f"the folder cannot be looked through: {_short(error)}")
        return {}, {}
    findings += [
        f"{_shown(f.path)} is {'a link' if f.kind == 'link' else 'no file'}; a delivery holds "
        "files only"
        for f in found
        if f.kind != "file"
    ]
    try:
        listed = received.file_list(LIST)
    except _BROKEN as error:
        findings.append(f"nothing says what this delivery holds: {_short(error)}")
        return {}, {}
    return _hashed(received, found, listed, findings, threads), listed


def _hashed(
    received: Received,
    found: Sequence[FoundFile],
    listed: Mapping[str, str],
    findings: list[str],
    threads: int,
) -> dict[str, FileHashes]:
    files = [f.path for f in found if f.kind == "file" and f.path not in (LIST, SIGNATURE)]
    there = {f.path for f in found}
    findings += [f"{p} is missing" for p in listed if p not in there]
    findings += [
        f"{_shown(p)} is not one of the {len(listed)} files that were delivered"
        for p in files
        if p not in listed
    ]

    def one(path: str) -> FileHashes | str:
        try:
            return received.hashes(path)
        except _BROKEN as error:
            return _short(error)

    wanted = [p for p in files if p in listed]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        rows = list(zip(wanted, pool.map(one, wanted), strict=True))
    findings += [f"{p} cannot be read: {row}" for p, row in rows if isinstance(row, str)]
    hashes = {p: row for p, row in rows if not isinstance(row, str)}
    findings += [
        f"{p} is not the file that was delivered: its SHA-256 begins {h.sha256[:12]}, not "
        f"{listed[p][:12]}"
        for p, h in hashes.items()
        if h.sha256 != listed[p]
    ]
    return hashes


def _shown(path: str) -> str:
    return path[:200] if path.isprintable() else ascii(path)[:200]


# -- the record -------------------------------------------------------------


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one place")
    return found


def _record(received: Received, listed: Mapping[str, str]) -> Iterator[str]:
    record = json.loads(
        received.read(RECORD), object_pairs_hook=_once, parse_constant=_no_constant
    )
    claimed = record.pop("digest")
    if record_digest(record) != claimed:
        yield f"{RECORD} has not the digest that it says"
    files = {f["path"]: f["sha256"] for f in record["files"]}
    aside = {p: d for p, d in listed.items() if p != RECORD}
    for path in sorted(files.keys() | aside.keys()):
        if files.get(path) != aside.get(path):
            where = (
                "both, with other hashes"
                if path in files and path in aside
                else (f"{RECORD} alone" if path in files else f"{LIST} alone")
            )
            yield f"{_shown(path)} stands in {where}"
    yield from _ledger(record)
    yield from _outputs(record, listed)
    yield from _authority(received, record)
    yield from _sign_offs(received, record)


def _ledger(record: Mapping[str, Any]) -> Iterator[str]:
    head = record["ledger"]
    if not (int(head["rows"]) > 0 and len(bytes.fromhex(head["hash"])) == 32):
        yield f"{RECORD} names no row of the show's ledger"


def _outputs(record: Mapping[str, Any], listed: Mapping[str, str]) -> Iterator[str]:
    """Hold what the record says of each delivered frame to the list and to its digests."""
    for one in record.get("outputs", ()):  # a record of the first format has none
        for frame in one["frames"]:
            path = frame_path(one["files"], int(frame["frame"]))
            if listed.get(path) != frame["sha256"]:
                yield f"{RECORD} says another SHA-256 of {_shown(path)} than {LIST}"
        said = record["digests"].get(one["name"])
        if said is not None and [frame["digest"] for frame in one["frames"]] != said:
            yield f"{RECORD} says two things of the pixels of {_shown(one['name'])}"


def _authority(received: Received, record: Mapping[str, Any]) -> Iterator[str]:
    said = record.get("authority")
    if said is not None and bytes.fromhex(said["public_hex"]) != received.public_key(KEY):
        yield f"{RECORD} names another authority than {KEY}"


def _sign_offs(received: Received, record: Mapping[str, Any]) -> Iterator[str]:
    frames = list(FrameRange.parse(record["frames"]))
    covered: set[int] = set()
    entries = [
        {"sign_off": record["sign_off"], "key": record["key"]},
        *record.get("also_signed", ()),
    ]
    for place, entry in enumerate(entries):
        sign_off, key = from_record(SignOff, entry["sign_off"]), entry["key"]
        public = bytes.fromhex(key["public_hex"])
        who = _shown(sign_off.by)
        if fingerprint(public) != sign_off.key_fingerprint or key["name"] != sign_off.by:
            yield f"the key in {RECORD} is not the one that {who} signed with"
        revoked = key.get("revoked")
        if revoked is not None and str(revoked["at"]) < sign_off.at:
            yield f"{who} signed with a key that {_shown(revoked['by'])} had taken out of use"
        if not received.is_by(public, signed_bytes(sign_off), sign_off.signature):
            yield f"the sign-off of {who} does not fit their signature"
        if sign_off.shot != record["shot"]:
            yield f"{who} signed {_shown(sign_off.shot)}, and this is {record['shot']}"
        if place == 0 and len(entries) == 1:
            yield from _whole_sign_off(sign_off, record, frames)
        covered |= {n for n, _ in sign_off.frames} if sign_off.frames else set(frames)
    missing = [n for n in frames if n not in covered]
    if missing:
        yield f"nobody signed frame {missing[0]} ({len(missing)} of {len(frames)} are unsigned)"


def _whole_sign_off(
    sign_off: SignOff, record: Mapping[str, Any], frames: Sequence[int]
) -> Iterator[str]:
    """Hold the one sign-off of a delivery to the pixels that the record names."""
    who = _shown(sign_off.by)
    if sign_off.element != record["element"]:
        yield f"{who} signed {_shown(sign_off.element)}, and this is {record['element']}"
    for kind, signed in (
        ("element", sign_off.element_digest),
        ("comp", sign_off.comp_digest),
    ):
        digests = record["digests"][kind]
        if sequence_digest(zip(frames, digests, strict=True)) != signed:
            yield f"the {kind} that {who} signed is not the one in {RECORD}"


# -- what others wrote ------------------------------------------------------


def _claims(received: Received, held: _Held) -> Iterator[str]:
    manifests = sorted(p for p in held.listed if p.endswith(".c2pa"))
    if not manifests or CERTIFICATE not in held.listed:
        yield f"there is no C2PA manifest, or no {CERTIFICATE} to hold one to"
        return
    if held.said(CERTIFICATE):
        return
    if received.certified(CERTIFICATE) != received.public_key(KEY):
        yield f"{CERTIFICATE} is of another key than {KEY}"
        return
    for path in manifests:
        kind = ".sha256" if path.startswith(f"{CLAIMS}/") else ".exr"
        about = path.removesuffix(".c2pa") + kind
        if held.said(path) or held.said(about):
            continue
        if about not in held.whole:
            yield f"{path} is about {about}, which was not delivered"
            continue
        try:
            received.manifest(path, about, CERTIFICATE)
        except _BROKEN as error:
            yield f"{path} does not hold for {about}: {_short(error)}"
        if kind == ".sha256":
            yield from _claimed(received, about, held)


def _claimed(received: Received, path: str, held: _Held) -> Iterator[str]:
    for frame, digest in received.file_list(path).items():
        if held.said(frame):
            continue
        if frame not in held.whole:
            yield f"{path} claims {_shown(frame)}, which was not delivered"
        elif held.listed[frame] != digest:
            yield f"{path} claims another {frame}"


def _history(received: Received, held: _Held) -> Iterator[str]:
    if any(held.said(path) for path in held.listed if path.startswith(f"{HISTORY}/")):
        return
    generations = received.generations()
    if len(generations) != 1:
        yield f"the ASC MHL history has {len(generations)} generations, and a delivery has one"
        return
    told = received.generation(generations[0])
    for path in sorted(told.keys() | held.whole):
        if held.said(path):
            continue
        if path not in told:
            if path not in LATER and not path.startswith(f"{HISTORY}/"):
                yield f"{_shown(path)} does not stand in the ASC MHL history"
        elif path not in held.whole:
            yield f"{_shown(path)} stands in the ASC MHL history and was not delivered"
        elif held.hashes[path].xxh128 != told[path]:
            yield f"{path} is not the file that the ASC MHL history names"
