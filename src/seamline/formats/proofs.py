"""Proofs: what third parties' programs check a delivery with, each by its own module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seamline import __version__
from seamline.errors import InputError
from seamline.formats import c2pa, certificates, checksums
from seamline.ports import Authority, FileHashes


class ManifestFiles:
    """The signer of one delivery's manifests; its key is gone when this is."""

    def __init__(self, chain: certificates.Chain) -> None:
        self._chain = chain
        self.certificate = chain.root

    def manifest(self, path: str, said: Mapping[str, Any]) -> bytes:
        """Return the signed manifest of the file at ``path``; see ``formats.c2pa``."""
        with open(path, "rb") as file:
            return c2pa.manifest_of(file, c2pa.media_type(path), said, self._chain)


class ProofFiles:
    """Lists, C2PA manifests and ASC MHL histories."""

    def hashes(self, path: str, *, sha256: str = "") -> FileHashes:
        """Return all hashes of the file at ``path``; a SHA-256 that is known is not made."""
        try:
            with open(path, "rb") as file:
                return checksums.hashes_of(file, sha256=sha256)
        except OSError as error:
            raise InputError(
                f"cannot read {path}: {error.strerror}", remedy="Check the disk or the mount."
            ) from error

    def file_list(self, files: Mapping[str, str]) -> bytes:
        """Return the list of ``files``; see ``formats.checksums``."""
        return checksums.list_of(files)

    def claims(self, authority: Authority, *, show: str) -> ManifestFiles:
        """Return who signs one delivery's manifests; see ``formats.certificates``."""
        public = bytes.fromhex(authority.key().public_hex)
        return ManifestFiles(certificates.chain(public, authority.sign, show=show))

    def manifest_path(self, path: str) -> str:
        """Return where the manifest of the file at ``path`` lies."""
        return c2pa.manifest_path(path)

    def history(
        self,
        folder: str,
        files: Mapping[str, FileHashes],
        *,
        name: str,
        by: str,
        later: Sequence[str],
    ) -> list[str]:
        """Write the ASC MHL history of ``folder``; see ``formats.mhl``."""
        from seamline.formats import mhl  # its library reads schemas at import

        return mhl.write_history(
            folder, files, name=name, by=by, version=__version__, later=later
        )
