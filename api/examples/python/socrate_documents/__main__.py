"""The command line: `python -m socrate_documents --help`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from . import __doc__ as about
from .bulk import BulkAction
from .client import Client
from .models import Document, Hit, Status
from .problems import SocrateError
from .values import Filter


def truth(text: str) -> bool:
    """A value of an option that is `true` or `false`."""
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"say true or false, not {text!r}")
    return text == "true"


#: By what documents are filtered, and how each value is read.
FILTERS: dict[str, Callable[[str], Filter]] = {
    "status": str,
    "reason": str,
    "language": str,
    "queue": str,
    "created_from": str,
    "created_before": str,
    "min_bytes": int,
    "max_bytes": int,
    "has_result": truth,
    "acknowledged": truth,
    "search": str,
}
PARAMETERS = {"chunk_size": "tokens of a chunk", "overlap": "tokens that neighbours share", "priority": "higher goes first", "queue": "the queue to wait in"}


def arguments() -> argparse.ArgumentParser:
    """All commands."""
    parser = argparse.ArgumentParser(
        prog="python -m socrate_documents",
        description=(about or "").splitlines()[0],
        epilog="The address is SOCRATE_API_URL, or --url; the key is SOCRATE_API_KEY, or the first line of --key-file.",
    )
    parser.add_argument("--url", default=os.environ.get("SOCRATE_API_URL"), help="where the API is")
    parser.add_argument("--key-file", type=Path, help="a file that holds the API key")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    upload = commands.add_parser("upload", help="upload files, and wait for them where asked to")
    upload.add_argument("files", nargs="+", metavar="FILE")
    upload.add_argument("--wait", action="store_true", help="until they have ended; exit status 1 where one failed")
    upload.add_argument("--events", action="store_true", help="wait by the stream of changes instead of asking")
    upload.add_argument("--timeout", type=float, help="seconds to wait for each at most")
    upload.add_argument("--name", help="what the document is called, if it is one")
    upload.add_argument("--idempotency-key", help="uploaded once with it, however often it is tried; for one file")
    for option in ("--chunk-size", "--overlap", "--priority"):
        upload.add_argument(option, type=int)
    upload.add_argument("--queue")
    upload.add_argument("--force", action="store_true", default=None, help="encode it even where the same content was encoded already")

    listing = commands.add_parser("list", help="list documents")
    listing.add_argument("--sort", help="created_at, -created_at, filename or -filename")
    export = commands.add_parser("export", help="print the chunks of documents as JSON lines")
    listing.add_argument("--limit", type=int, help="so many at most")

    search = commands.add_parser("search", help="search texts")
    search.add_argument("words", help='all of them; "a phrase", or, -not')
    search.add_argument("--document", metavar="ID", help="in this one alone")
    search.add_argument("--language", help="in those in this language alone, ISO 639-1; not with --document")
    search.add_argument("--limit", type=int, default=10, help="so many at most (10)")

    events = commands.add_parser("events", help="print changes as they happen")
    events.add_argument("--last-event-id", type=int, help="begin after this one")
    events.add_argument("--once", action="store_true", help="end when all is told that there is")

    download = commands.add_parser("download", help="write a file of a document")
    download.add_argument("id")
    download.add_argument("file", choices=["metadata", "index", "source"])
    download.add_argument("to", type=Path)

    bulk = commands.add_parser("bulk", help="cancel, delete or retry all documents that hold the filters, and wait for it")
    bulk.add_argument("action", choices=["cancel", "delete", "retry"])
    bulk.add_argument("--dry-run", action="store_true", help="only say how many match")
    for command in (listing, export, bulk):
        for name, kind in FILTERS.items():
            command.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar="true|false" if kind is truth else None)
    for name, what in PARAMETERS.items():
        bulk.add_argument(f"--{'to-queue' if name == 'queue' else name.replace('_', '-')}", type=str if name == "queue" else int, help=f"{what}; for retry")
    for name, what in [
        ("status", "say where a document is"),
        ("wait", "wait until a document has ended"),
        ("show", "print a document's record"),
        ("chunks", "print a document's chunks"),
        ("cancel", "end the work on a document"),
        ("delete", "delete a document"),
    ]:
        commands.add_parser(name, help=what).add_argument("id")
    retry = commands.add_parser("retry", help="encode a document once more, as it was or otherwise")
    retry.add_argument("id")
    for name, what in PARAMETERS.items():
        retry.add_argument(f"--{name.replace('_', '-')}", type=str if name == "queue" else int, help=what)
    return parser


def plain(value: Any) -> Any:
    """Something to print as JSON."""
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


def line(value: Any) -> str:
    """Something for people, on one line."""
    match value:
        case str():
            return value
        case Status():
            pages = f", page {value.pages_done} of {value.pages_total}" if value.pages_total else ""
            place = f", place {value.queue_position} in the queue" if value.queue_position else ""
            why = f" ({value.error.reason}: {value.error.message})" if value.error else ""
            return f"{value.document_id}  {value.status} {value.progress} %  {value.message}{pages}{place}{why}"
        case Document():
            return f"{value.id}  {value.status:10}  {value.created_at}  {value.filename}"
        case BulkAction():
            return f"{value.action}: {value.state}, {value.done} done, {value.skipped} skipped, {value.failed} failed of {value.matched}"
        case Hit():
            pieces = value.highlights[0] if value.highlights else ()
            text = "".join(f"[{piece.text}]" if piece.match else piece.text for piece in pieces)
            return f"{value.document_id}  {value.filename}, page {value.page}: {' '.join(text.split())}"
    return json.dumps(plain(value), ensure_ascii=False)


def show(values: Iterable[Any], as_json: bool) -> None:
    """Prints a line for each, as it comes. What people chose to call things moves no cursor of a terminal."""
    for value in values:
        text = json.dumps(plain(value), ensure_ascii=False) if as_json else line(value)
        print("".join(each if each.isprintable() else "�" for each in text), flush=True)


def carry_out(client: Client, given: argparse.Namespace) -> int:
    """Does what was asked for; the exit status."""
    match given.command:
        case "upload":
            return upload(client, given)
        case "list":
            filters = {name: getattr(given, name) for name in FILTERS}
            found = client.documents(sort=given.sort, page_size=min(given.limit or 200, 200), **filters)
            show(limited(found, given.limit), given.json)
        case "search":
            found_hits = client.search(given.words, document_id=given.document, language=given.language, page_size=min(given.limit, 50))
            show(limited(found_hits, given.limit), given.json)
        case "export":
            show(client.export_chunks(**{name: getattr(given, name) for name in FILTERS}), True)
        case "events":
            show(client.events(last_event_id=given.last_event_id, once=given.once), given.json)
        case "download":
            print(client.download(given.id, given.file, given.to))
        case "status" | "wait":
            status = client.status(given.id) if given.command == "status" else client.wait(given.id)
            show([status], given.json)
            return int(status.status == "failed")
        case "show":
            show([plain(client.document(given.id))], given.json)
        case "chunks":
            show(client.chunks(given.id), True)
        case "bulk":
            return bulk(client, given)
        case "retry":
            client.retry(given.id, **{name: getattr(given, name) for name in PARAMETERS})
        case "cancel" | "delete":
            getattr(client, given.command)(given.id)
    return 0


def limited(values: Iterable[Any], limit: int | None) -> Iterable[Any]:
    """The first ones."""
    for number, value in enumerate(values, 1):
        yield value
        if number == limit:
            return


def bulk(client: Client, given: argparse.Namespace) -> int:
    """Does something with many documents; 1 where it could not be done with some."""
    parameters = {name: getattr(given, name) for name in ("chunk_size", "overlap", "priority", "to_queue")}
    action = client.bulk.begin(given.action, dry_run=given.dry_run, **parameters, **{name: getattr(given, name) for name in FILTERS})
    if action.id is not None:
        action = client.bulk.wait(action.id, told=lambda each: show([each], given.json))
    else:
        show([action], given.json)
    return int(action.failed > 0)


def upload(client: Client, given: argparse.Namespace) -> int:
    """Uploads files, and waits for them."""
    if len(given.files) > 1 and (given.name or given.idempotency_key):
        raise SystemExit("a name or an idempotency key is for one file")
    options = {name: getattr(given, name) for name in ("name", "idempotency_key", "chunk_size", "overlap", "priority", "queue", "force")}
    taken = []
    for file in given.files:
        taken.append(client.upload(file, **options))
        show([taken[-1]] if given.json else [f"{taken[-1].document_id}  {file}"], given.json)
    if not given.wait:
        return 0
    wait = client.wait_by_events if given.events else client.wait
    ended = [wait(each.document_id, timeout=given.timeout, told=lambda status: show([status], given.json)) for each in taken]
    return int(any(status.status == "failed" for status in ended))


def main() -> int:
    """What the command line asks for: 1 where a document failed, 2 where the API was not asked or refused."""
    parser = arguments()
    given = parser.parse_args()
    try:
        key = given.key_file.read_text().splitlines()[0].strip() if given.key_file else os.environ.get("SOCRATE_API_KEY", "")
        if not given.url or not key:
            parser.error("say where the API is (SOCRATE_API_URL or --url) and who you are (SOCRATE_API_KEY or --key-file)")
        with Client(given.url, key) as client:
            return carry_out(client, given)
    except BrokenPipeError:
        # Whoever read it has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except (SocrateError, OSError, ValueError, IndexError) as error:
        print(f"socrate_documents: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
