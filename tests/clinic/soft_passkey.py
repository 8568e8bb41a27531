"""A passkey made of code, for tests: keeps its own key and count, and signs what a browser would have it sign.

Built from the WebAuthn text (authenticator data, client data, ES256), not from the library that checks it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftPasskey:
    """One key pair at one host. `count` is how often it says it has signed; None says always 0."""

    host: str = "localhost"
    origin: str = "http://localhost"
    count: int | None = 0
    verifies: bool = True
    handle: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(16))

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _flags(self) -> int:
        return PRESENT | (VERIFIED if self.verifies else 0)

    def _authenticator(self, flags: int, more: bytes = b"") -> bytes:
        digest = hashlib.sha256(self.host.encode()).digest()
        return digest + struct.pack(">BI", flags, self.count or 0) + more

    def created(self, options: dict[str, Any], *, alone: bool = True) -> dict[str, Any]:
        """What navigator.credentials.create gives."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        data = self._authenticator(
            self._flags() | ATTESTED, bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(cose)
        )
        response = {
            "clientDataJSON": b64(self._client("create", asked["challenge"])),
            "attestationObject": b64(cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._answer(response) | {"clientExtensionResults": {"credProps": {"rk": alone}}}

    def got(self, options: dict[str, Any]) -> dict[str, Any]:
        """What navigator.credentials.get gives."""
        if self.count is not None:
            self.count += 1
        client, data = self._client("get", options["publicKey"]["challenge"]), self._authenticator(self._flags())
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({
            "clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
            "userHandle": self.handle,
        })  # fmt: skip

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {
            "id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response,
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
        }  # fmt: skip
