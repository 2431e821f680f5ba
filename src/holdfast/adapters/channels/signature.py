"""How a webhook is signed: Standard Webhooks 1.0, for which receivers of many languages have a library."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
"""A secret that begins so is base64 after it; any other is taken as it is, in UTF-8."""


def signed(body: bytes, *, identity: str, at: datetime, secret: str) -> dict[str, str]:
    """The three headers that prove who sent the body and when.

    The signature is `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`, the timestamp in whole
    seconds since 1970. ValueError when the secret begins with `whsec_` and is no base64 after it.
    """
    timestamp = str(int(at.timestamp()))
    content = f"{identity}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return {ID: identity, TIMESTAMP: timestamp, SIGNATURE: f"v1,{base64.b64encode(digest).decode()}"}


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        # Not chained: an error's text may quote what it was given.
        raise ValueError("it begins with whsec_, and what follows is no base64") from None
