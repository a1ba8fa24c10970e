"""
C2PA manifests that lie beside what they are about (C2PA 2.2; ``c2pa-python``).

OpenEXR has no place for a manifest, so none is embedded: a manifest is a file of its own,
``NAME.c2pa`` beside ``NAME.exr`` or ``NAME.sha256``, and holds a hard binding of the kind
``c2pa.hash.data``: the SHA-256 over every byte of that one file. For a sequence that file
is the list of its frames' SHA-256, so the manifest binds the frames through the list.

Nothing asks a network: no time stamp, no revocation list, no remote manifest. A manifest is
never read on its own word: the trust anchor is the certificate that is handed over.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any, BinaryIO

import c2pa

from seamline.errors import FormatError, SeamlineError
from seamline.formats.certificates import Chain

_MEDIA = {".exr": "image/x-exr", ".sha256": "text/plain"}


def media_type(path: str) -> str:
    """Return the media type that a manifest says of ``path``."""
    return _MEDIA.get(path[path.rfind(".") :], "application/octet-stream")


def manifest_path(path: str) -> str:
    """Return where the manifest of ``path`` lies: beside it (C2PA 2.2, 11.4)."""
    return path[: path.rfind(".")] + ".c2pa"


def manifest_of(file: BinaryIO, media: str, said: Mapping[str, Any], chain: Chain) -> bytes:
    """
    Return the signed manifest of ``file``.

    Args:
        file: What it is about; read whole.
        media: Its media type.
        said: The manifest's definition: title, ingredients, assertions.
        chain: Who signs.
    """
    try:
        with (
            closing(_context(chain.root)) as context,
            closing(_signer(chain)) as signer,
            closing(c2pa.Builder(dict(said), context=context)) as builder,
        ):
            builder.set_no_embed()
            made: bytes = builder.sign(signer, media, file, io.BytesIO())
    except c2pa.C2paError as error:
        raise SeamlineError(f"the C2PA manifest could not be made: {error}") from error
    return made


def read_manifest(manifest: bytes, file: BinaryIO, media: str, anchor: bytes) -> dict[str, Any]:
    """
    Return what a manifest says, if it is whole, fits ``file`` and leads to ``anchor``.

    Args:
        manifest: Its bytes.
        file: What it is about; read whole.
        media: Its media type.
        anchor: Root certificate as PEM.

    Raises:
        FormatError: It is no manifest, not whole, of another file or by somebody else.
    """
    try:
        with (
            closing(_context(anchor)) as context,
            closing(c2pa.Reader(media, file, manifest, context=context)) as reader,
        ):
            state = reader.get_validation_state()
            document = json.loads(reader.json())
    except (c2pa.C2paError, ValueError, RecursionError) as error:
        raise FormatError(f"it cannot be read: {str(error)[:200]}") from error
    if state != "Trusted":
        raise FormatError(_why(document))
    active: dict[str, Any] = document["manifests"][document["active_manifest"]]
    return active


def _why(document: Mapping[str, Any]) -> str:
    results = document.get("validation_results") or {}
    failures = (results.get("activeManifest") or {}).get("failure") or []
    codes = sorted({str(f.get("code")) for f in failures}) or ["it is not trusted"]
    return ", ".join(codes)[:200]


def _context(anchor: bytes) -> Any:
    return c2pa.Context.from_dict(
        {
            "version": 1,
            "trust": {"trust_anchors": anchor.decode("ascii", "replace")},
            "verify": {
                "verify_trust": True,
                "ocsp_fetch": False,
                "remote_manifest_fetch": False,
            },
            "builder": {"thumbnail": {"enabled": False}},
        }
    )


def _signer(chain: Chain) -> Any:
    certificates = (chain.leaf + chain.root).decode("ascii")
    return c2pa.Signer.from_callback(
        chain.sign, c2pa.C2paSigningAlg.ED25519, certificates, None
    )
