"""The replaced design's worker: reads a PDF, cuts its text into chunks of tokens, writes two JSON files.

What a task does is what the replaced worker did and no more: no language is found out (it is "unknown"), chunks are cut at tokens and
not at sentences, no digests, no manifest, no process of its own for untrusted input.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pymupdf
import tiktoken
from celery import Celery
from celery.signals import worker_process_init
from pypdf import PdfReader

CHUNK_TOKENS = 1200
OVERLAP_TOKENS = 200

app = Celery("replaced", broker=os.environ["BENCH_REDIS_URL"], backend=os.environ["BENCH_REDIS_URL"])
app.conf.update(
    task_serializer="json",
    result_serializer="json",
    # Celery's own default takes four ahead; with documents of unequal length one worker would hold what the other could do.
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    # The library's five seconds are not for a machine where everybody waits his turn: a connection that is given up costs minutes.
    broker_transport_options={"socket_timeout": 120, "socket_connect_timeout": 120},
    redis_socket_connect_timeout=120,
)


@worker_process_init.connect
def warm_up(**_: Any) -> None:
    """Loads the vocabulary in the worker before the first task: the clock does not run for it."""
    tiktoken.get_encoding("cl100k_base").encode_ordinary("warm")


def text_of(path: str, reader: str) -> list[str]:
    """The text of each page."""
    if reader == "pypdf":
        return [page.extract_text() for page in PdfReader(path).pages]
    with pymupdf.open(path) as document:
        return [page.get_text() for page in document]


@app.task
def encode(source: str, output: str, reader: str) -> dict[str, Any]:
    """Encodes one document."""
    began = time.time()
    pages = text_of(source, reader)
    text = "\n".join(pages)
    vocabulary = tiktoken.get_encoding("cl100k_base")
    tokens = vocabulary.encode_ordinary(text)
    chunks, step = [], CHUNK_TOKENS - OVERLAP_TOKENS
    for start in range(0, max(len(tokens) - OVERLAP_TOKENS, 1), step):
        chunks.append(vocabulary.decode(tokens[start : start + CHUNK_TOKENS]))
    write(Path(output), Path(source).stem, text, chunks)
    return {
        "began": began,
        "ended": time.time(),
        "pid": os.getpid(),
        "pages": len(pages),
        "tokens": len(tokens),
        "chunks": len(chunks),
        "characters": len(text),
    }


def write(output: Path, stem: str, text: str, chunks: list[str]) -> None:
    """Writes metadata and index as the existing readers know them."""
    output.mkdir(parents=True, exist_ok=True)
    metadata = {
        "file": stem,
        "chunk_size": CHUNK_TOKENS,
        "overlap": OVERLAP_TOKENS,
        "chunks_count": len(chunks),
        "total_text_length": len(text),
        "language": "unknown",
        "chunks": [{"text": chunk, "metadata": {"index": at, "length": len(chunk)}} for at, chunk in enumerate(chunks)],
    }
    index = {
        "metadata": [{"id": at, "text": chunk, "frame": at, "length": len(chunk)} for at, chunk in enumerate(chunks)],
        "chunk_to_frame": {str(at): at for at in range(len(chunks))},
        "frame_to_chunks": {str(at): [at] for at in range(len(chunks))},
        "config": {"chunking": {"chunk_size": CHUNK_TOKENS, "overlap": OVERLAP_TOKENS}},
    }
    for name, value in ((f"{stem}_sections_metadata.json", metadata), (f"{stem}_sections_index.json", index)):
        with (output / name).open("w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False)
