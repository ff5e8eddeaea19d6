"""What schemathesis has to know of this API beyond its description. Loaded by schemathesis; contract.py names the tenant in the environment.

Strings that only the API gives or an encoder reads are drawn from real ones; what a request would use up is made anew for it; and the few
answers that are right though a description in JSON Schema cannot say when they come are let pass, each named with its reason.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import MissingHeaderNotRejected, RejectedPositiveData

sys.path.append(str(Path(__file__).resolve().parent.parent / "bench"))

from product_api import Api  # noqa: E402
from tenant import TUS_LENGTH, Maker, Tenant, text, tus_metadata  # noqa: E402

TENANT = Tenant.read(Path(os.environ["SOCRATE_CONTRACT_TENANT"]))
MAKER = Maker(Api(TENANT.account))

# -- What is drawn from

#: What an encoder reads, and what it finds out to be broken. Anything that is UTF-8 is text.
FILES = strategies.one_of(
    strategies.builds(text),
    strategies.just(b"%PDF-1.7\nno object of a PDF follows\n"),
    strategies.just(b"<!doctype html><title>Report</title><p>Sales rose.</p>"),
    strategies.text(strategies.characters(categories=["L", "N", "P", "Zs"]), min_size=1).map(str.encode),
)
METADATA = strategies.text(strategies.characters(categories=["L", "N"]), min_size=1, max_size=250).map(tus_metadata)


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Names the strings that are no client's to make up: cursors are given by lists, metadata hold a file's name in Base64."""
    for name in ("WebhookRequest", "WebhookPatch"):  # Which URLs webhooks may have depends on what their hosts stand for.
        raw_schema["components"]["schemas"][name]["properties"]["url"]["format"] = "webhook-url"
    for path, item in raw_schema["paths"].items():
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "cursor" and path != "/api/documents/{id}/chunks":
                    of_search = "cursor-of-search" if path.endswith("/search") else "cursor"
                    parameter["schema"]["format"] = "cursor-of-documents" if path == "/api/documents" else of_search
                if parameter["name"] == "Upload-Metadata":
                    parameter["schema"]["format"] = "upload-metadata"


#: Of the public internet, and of nobody.
WEBHOOK_URLS = strategies.integers(0, 10**9).map(lambda number: f"https://hook-{number}.example.com/")

schemathesis.openapi.format("webhook-url", WEBHOOK_URLS)
schemathesis.openapi.format("cursor", strategies.sampled_from(TENANT.cursors["rows"]))
schemathesis.openapi.format("cursor-of-search", strategies.sampled_from(TENANT.cursors["search"]))
schemathesis.openapi.format("cursor-of-documents", strategies.sampled_from(TENANT.cursors["documents"]))
schemathesis.openapi.format("upload-metadata", METADATA)
schemathesis.openapi.format("binary", FILES)
schemathesis.openapi.media_type("application/offset+octet-stream", FILES.map(lambda file: file[:TUS_LENGTH]))


@schemathesis.deserializer("application/jsonl")
def lines(context: schemathesis.DeserializationContext, response: schemathesis.Response) -> list[Any]:
    """JSON lines as an array, which their schema describes."""
    return [json.loads(line) for line in response.content.splitlines()]


# -- What is used up

#: Operations that use up what they name, with how to make another.
USING_UP = {
    "DELETE /api/documents/{id}": lambda: MAKER.document(text()),
    "POST /api/documents/{id}/cancel": MAKER.waiting,
    "POST /api/documents/{id}/retry": MAKER.cancelled,
    # Of a user of its own: a user has a hundred keys at most.
    "DELETE /api/keys/{id}": lambda: MAKER.key(MAKER.user()),
    "DELETE /api/sessions/{id}": MAKER.session,
    "DELETE /api/users/{id}": MAKER.user,
    "DELETE /api/webhooks/{id}": MAKER.webhook,
    "PATCH /api/documents/upload/tus/{id}": MAKER.tus,
    "DELETE /api/documents/upload/tus/{id}": MAKER.tus,
    "POST /api/documents/upload/presigned/{id}/complete": MAKER.presigned,
    "DELETE /api/documents/upload/presigned/{id}": MAKER.presigned,
}
KEPT = TENANT.kept()
#: All that is kept was there by now.
BEGUN = datetime.now(UTC).isoformat()
#: How paths begin with an id of what; the longer before the shorter. Where a result is read, only documents that are ready have one.
PATHS = {
    "/api/documents/upload/presigned/{id}": "presigned",
    "/api/documents/upload/tus/{id}": "tus",
    "/api/documents/{id}/acknowledgement": "failed",
    "/api/documents/{id}/chunks": "ready",
    "/api/documents/{id}/index": "ready",
    "/api/documents/{id}/metadata": "ready",
    "/api/documents/{id}/search": "ready",
    "/api/documents/{id}": "documents",
    "/api/bulk-actions/{id}": "bulk_actions",
    "/api/keys/{id}": "keys",
    "/api/sessions/{id}": "sessions",
    "/api/users/{id}": "users",
    "/api/webhooks/{id}": "webhooks",
}
#: Ids without an end, by what they name.
ENDLESS = {name: itertools.cycle(ids) for name, ids in TENANT.ids().items() if ids}
#: Operations that a webhook must be enabled for.
OF_ENABLED = {
    "POST /api/webhooks/{id}/test",
    "POST /api/webhooks/{id}/replay",
    "POST /api/webhooks/{id}/deliveries/{delivery_id}/replay",
}


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Names another of the same kind in place of one that is kept, so that requests find what they name to the end: also the key in use."""
    if case.meta.phase.name == TestPhase.COVERAGE and not case.meta.is_negative_at(ParameterLocation.PATH):
        name_what_is_there(case)
    if case.operation.label == "GET /api/events" and (case.query or {}).get("once") in (None, False, "false"):
        case.query = {**(case.query or {}), "once": "true"}  # It would go on for ever.
    if case.operation.label == "POST /api/bulk-actions" and isinstance(case.body, dict) and not case.meta.is_negative_at(ParameterLocation.BODY):
        # Of what is kept nothing may be deleted, or be in another state.
        case.body = {**case.body, "filter": {**case.body["filter"], "created_from": BEGUN}}
    if case.operation.label in OF_ENABLED and (named := (case.path_parameters or {}).get("id")) in TENANT.webhooks:
        MAKER.enable(named)
    make = USING_UP.get(case.operation.label)
    if make is not None and (case.path_parameters or {}).get("id") in KEPT:
        case.path_parameters["id"] = make()


def name_what_is_there(case: schemathesis.Case) -> None:
    """Names something by the path, as dictionaries do in the other phases: in that of coverage they are not looked at."""
    named = {"id": next((name for begin, name in PATHS.items() if case.path.startswith(begin)), None), "delivery_id": "deliveries"}
    for parameter in case.path_parameters or {}:
        if named.get(parameter) in ENDLESS:
            case.path_parameters[parameter] = next(ENDLESS[named[parameter]])


# -- What is right though no description can say so

#: RFC 9110, section 15.5.14. The limit is the tenant's own, so that the description, which is the same for all, cannot name it.
TOO_LARGE = [(failure, 413, "file_too_large") for failure in (RejectedPositiveData, AcceptedNegativeData)]
#: tus 1.0.0, "Tus-Resumable": another version is answered by 412 Precondition Failed, and so is none.
OTHER_VERSION = [(failure, 412, "unsupported_tus_version") for failure in (AcceptedNegativeData, MissingHeaderNotRejected)]
#: draft-ietf-httpapi-idempotency-key-header, section 2.7: the same key with another payload.
KEY_REUSED = (RejectedPositiveData, 422, "idempotency_key_reused")
#: JSON Schema cannot compare two values of an object (json-schema-org/json-schema-spec, "$data"): what is told of two is told in words.
OVERLAP = (RejectedPositiveData, 422, "invalid_option: overlap must be less than chunk_size")

#: RFC 9110, section 15.5.17. Which ranges there are depends on the file's length; what is no range at all is ignored (section 14.2).
OUT_OF_FILE = [(RejectedPositiveData, 416, "range_not_satisfiable")]
#: Which hosts are of the public internet.
URLS = [(RejectedPositiveData, 422, "invalid_webhook_url")]

#: By operation: what schemathesis finds, the status, and how the problem's stable name and message begin.
RIGHT: dict[str, list[tuple[type[Failure], int, str]]] = {
    # A tenant has twenty webhooks at most, and what a URL's host stands for no description can say.
    "POST /api/webhooks": URLS,
    "PATCH /api/webhooks/{id}": URLS,
    # It speaks WebSocket, for which OpenAPI has no words.
    "GET /api/ws": [(failure, 426, "upgrade_required") for failure in (RejectedPositiveData, AcceptedNegativeData)],
    # As OVERLAP; and what is not sent is as it was.
    "POST /api/documents/{id}/retry": [OVERLAP],
    "POST /api/bulk-actions": [OVERLAP, (RejectedPositiveData, 422, "invalid_option: parameters say")],
    # A cursor names the result that it is of.
    "GET /api/documents/{id}/chunks": [(RejectedPositiveData, 422, "cursor_of_another_result")],
    "GET /api/documents/{id}/metadata": OUT_OF_FILE,
    "GET /api/documents/{id}/index": OUT_OF_FILE,
    "GET /api/documents/{id}/source": OUT_OF_FILE,
    # As OVERLAP.
    "GET /api/stats": [(RejectedPositiveData, 422, "invalid_days")],
    "GET /api/documents": [(RejectedPositiveData, 422, "cursor_of_another_sort")],
    "POST /api/documents/upload": [OVERLAP, KEY_REUSED],
    "POST /api/documents/upload/presigned": [OVERLAP, KEY_REUSED, *TOO_LARGE],
    # How many parts an upload has was answered when it was begun.
    "POST /api/documents/upload/presigned/{id}/complete": [(RejectedPositiveData, 422, "wrong_parts")],
    "POST /api/documents/upload/tus": [KEY_REUSED, *TOO_LARGE, *OTHER_VERSION],
    "HEAD /api/documents/upload/tus/{id}": OTHER_VERSION,
    "PATCH /api/documents/upload/tus/{id}": [*TOO_LARGE, *OTHER_VERSION],
    "DELETE /api/documents/upload/tus/{id}": OTHER_VERSION,
}


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """Whether it is one."""
    if isinstance(failure, AcceptedNegativeData) and is_valid_after_all(case):
        return False
    found = problem(response)
    for kind, status, begin in RIGHT.get(case.operation.label, []):
        # The answer to a HEAD has no body to tell why.
        if isinstance(failure, kind) and response.status_code == status and (case.method == "HEAD" or found.startswith(begin)):
            return False
    return True


#: How schemathesis tells that a part of a form is null, and nothing else is wrong.
NULL_PART = re.compile(r"(in body - )?violates `type` at /properties/\w+ \(was string, became null\)")


def is_valid_after_all(case: schemathesis.Case) -> bool:
    """Whether nothing is wrong but a header that nobody knows, which is ignored (RFC 9110, section 5.1), or such a part of a form, as
    browsers add one of their own (RFC 7578, section 4.6); or a part of a form is null: sent, it is the text "null"."""
    phase = case.meta.phase.data
    is_form = case.operation.label == "POST /api/documents/upload" and phase.parameter_location == ParameterLocation.BODY
    is_ignored = is_form or phase.parameter_location == ParameterLocation.HEADER
    if is_form and NULL_PART.fullmatch(phase.description or ""):
        return True
    return is_ignored and phase.description == "Object with unexpected properties"


def problem(response: schemathesis.Response) -> str:
    """Stable name and message of the problem that was answered."""
    try:
        found = json.loads(response.content)
        return f"{found['code']}: {found['message']}"
    except (ValueError, KeyError, TypeError):
        return ""
