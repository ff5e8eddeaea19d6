"""Whether a webhook comes from the API, by Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .problems import InvalidSignature

#: A message may be so many seconds older or newer than this machine's clock says: what was overheard cannot be sent again later.
TOLERANCE_SECONDS = 300


def verify(
    body: bytes, headers: Mapping[str, str], secrets: str | Sequence[str], *, tolerance: float = TOLERANCE_SECONDS, now: float | None = None
) -> dict[str, Any]:
    """The message, where it is known to come from the API; raises `InvalidSignature` else.

    `body` must be the bytes that came, neither parsed nor written anew. `secrets` is the endpoint's secret, `whsec_…`, or several while it is
    being rotated. Remember `webhook-id` for some days and pass over what came before: deliveries are repeated until they are answered with 2xx.
    """
    named = {name.lower(): value for name, value in headers.items()}
    try:
        identifier, timestamp, signatures = (named[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    except KeyError as error:
        raise InvalidSignature(f"the header {error.args[0]} is missing") from error
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise InvalidSignature("webhook-timestamp is no number of seconds")
    if abs((time.time() if now is None else now) - int(timestamp)) > tolerance:
        raise InvalidSignature(f"the message was signed more than {tolerance:g} s before or after now: if it is new, one of the clocks is wrong")
    expected = [signature(secret, identifier, timestamp, body) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    # Each with each, in a time that does not tell how much of one is right.
    matches = [hmac.compare_digest(given.encode(), right.encode()) for given in signatures.split() for right in expected]
    if not any(matches):
        raise InvalidSignature("no signature is right: the secret is another, or the message was changed on its way")
    try:
        message = json.loads(body)
    except ValueError as error:
        raise InvalidSignature("the message is signed, and is no JSON") from error
    if not isinstance(message, dict):
        raise InvalidSignature("the message is signed, and is no JSON object")
    return message


def signature(secret: str, identifier: str, timestamp: str, body: bytes) -> str:
    """The signature of a message: `v1,` and base64 of an HMAC with SHA-256."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the secret of a webhook is whsec_ and base64") from error
    if not key:
        raise ValueError("the secret of a webhook is empty")
    digest = hmac.new(key, f"{identifier}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
