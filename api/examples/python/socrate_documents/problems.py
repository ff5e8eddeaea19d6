"""What goes wrong, as exceptions."""

from __future__ import annotations

import json
from collections.abc import Mapping


class SocrateError(Exception):
    """All that this package raises but for wrong arguments."""

    #: How often the request was sent that failed.
    sent = 1


class Problem(SocrateError):
    """The API refused a request, by `application/problem+json` (RFC 9457)."""

    def __init__(self, status: int, code: str, message: str, request_id: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{status} {code}: {message}" + (f" (request {request_id})" if request_id else ""))
        #: HTTP status.
        self.status = status
        #: Stable name for programs, such as `document_not_found`; empty where something in between answered.
        self.code = code
        #: For people.
        self.message = message
        #: What to name where you ask for help: the server's log has it. Empty where there was none.
        self.request_id = request_id
        #: Seconds after which the same request may succeed; `None` where the API does not say.
        self.retry_after = retry_after

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], body: bytes, retry_after: float | None = None) -> Problem:
        """What an answer says. Names of headers are lower-case. One that is no problem's, as a proxy's, is told by its status."""
        try:
            told = json.loads(body)
        except ValueError:
            told = None
        told = told if isinstance(told, dict) else {}
        message = str(told.get("message") or f"the answer is no problem of the API: {body[:200].decode(errors='replace')!r}")
        return cls(status, str(told.get("code") or ""), message, headers.get("x-request-id", ""), retry_after)


class ConnectionFailed(SocrateError):
    """There was no answer, or it was cut off."""


class EncodingFailed(SocrateError):
    """A document has no result."""

    def __init__(self, document_id: str, reason: str, message: str) -> None:
        super().__init__(f"document {document_id} failed ({reason}): {message}")
        self.document_id = document_id
        #: One of a closed list, such as `NoText` or `Encrypted`.
        self.reason = reason
        #: For people.
        self.message = message


class StillProcessing(SocrateError, TimeoutError):
    """A document had not ended within the time it was waited for. The work goes on."""


class InvalidSignature(SocrateError):
    """A webhook that is not known to come from the API: do not believe it."""
