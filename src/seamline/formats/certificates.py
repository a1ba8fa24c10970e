"""
Certificates of a show's authority, for C2PA (X.509 v3, RFC 5280; Ed25519, RFC 8410).

The authority's own key is the root: its certificate is signed by itself, and is the same
bytes whenever it is made. Every delivery has a signing key of its own, certified by the
root and thrown away when the manifests are signed. Nothing here asks a network; there is no
time stamp, so a certificate cannot say when it was used, and has no last day (RFC 5280,
4.1.2.5: 99991231235959Z). What ends trust in a show is taking its key out of use.

The profile is that of the C2PA specification 2.2, 14.5.1: the root may sign certificates
and nothing else; the leaf has a digital signature and one extended key usage,
id-kp-emailProtection (RFC 5280, 4.2.1.12), which is the one that readers take without being
configured.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from seamline.errors import FormatError

NO_LAST_DAY = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
FIRST_DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
"""Of the root: before any delivery of ours, and the same in all its copies."""
_LONGEST_NAME = 64  # RFC 5280, appendix A: ub-common-name, ub-organization-name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """A root and a leaf as PEM, and the leaf's key, which lives as long as this does."""

    root: bytes
    leaf: bytes
    sign: Callable[[bytes], bytes]


def root_certificate(
    public: bytes, sign: Callable[[bytes], bytes], *, show: str
) -> x509.Certificate:
    """
    Return the authority's certificate of itself.

    Args:
        public: Raw public half, 32 bytes.
        sign: Signs with the private half, 64 bytes.
        show: The show's name.
    """
    key = Ed25519PublicKey.from_public_bytes(public)
    name = _name(show, "authority")
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key)
        .serial_number(int.from_bytes(hashlib.sha256(public).digest()[:16]) >> 1 | 1)
        .not_valid_before(FIRST_DAY)
        .not_valid_after(NO_LAST_DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    return made.sign(_Elsewhere(key, sign), None)


def chain(public: bytes, sign: Callable[[bytes], bytes], *, show: str) -> Chain:
    """Return the authority's certificate and a fresh leaf; see ``root_certificate``."""
    root = root_certificate(public, sign, show=show)
    leaf_key = Ed25519PrivateKey.generate()
    authority = Ed25519PublicKey.from_public_bytes(public)
    issued = (
        x509.CertificateBuilder()
        .subject_name(_name(show, "deliveries"))
        .issuer_name(root.subject)
        .public_key(leaf_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FIRST_DAY)
        .not_valid_after(NO_LAST_DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(leaf_key.public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False
        )
    )
    leaf = issued.sign(_Elsewhere(authority, sign), None)
    return Chain(
        root=root.public_bytes(Encoding.PEM),
        leaf=leaf.public_bytes(Encoding.PEM),
        sign=leaf_key.sign,
    )


def root_key(pem: bytes, *, where: str) -> bytes:
    """
    Return the raw public half (32 bytes) of a root that certifies itself with it.

    Raises:
        FormatError: It is no such certificate.
    """
    try:
        root = x509.load_pem_x509_certificate(pem)
        key = root.public_key()
        root.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise _no_root(where) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_root(where)
    return key.public_bytes_raw()


def _no_root(where: str) -> FormatError:
    return FormatError(
        f"{where} is not the certificate of a show's authority",
        remedy="Ask for the delivery again.",
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(show: str, what: str) -> x509.Name:
    organisation = show[:_LONGEST_NAME] or "a show"
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(
                NameOID.COMMON_NAME, f"{what} of {organisation}"[:_LONGEST_NAME]
            ),
        ]
    )


class _Elsewhere(Ed25519PrivateKey):
    """A private key that lies elsewhere: it signs when asked, and is never shown."""

    def __init__(self, public: Ed25519PublicKey, sign: Callable[[bytes], bytes]) -> None:
        self._public, self._sign = public, sign

    def public_key(self) -> Ed25519PublicKey:
        return self._public

    def sign(self, data: Any) -> bytes:
        return self._sign(bytes(data))

    def private_bytes(self, *_: Any, **__: Any) -> bytes:
        raise NotImplementedError

    def private_bytes_raw(self) -> bytes:
        raise NotImplementedError

    def __copy__(self) -> _Elsewhere:
        return self

    def __deepcopy__(self, memo: Any) -> _Elsewhere:
        return self
