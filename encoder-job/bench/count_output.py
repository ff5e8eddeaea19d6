"""Counts what a tool made: `count_output.py text|chunks FILE` prints one line of JSON. Runs where the peers are."""

import json
import sys
from pathlib import Path

import tiktoken


def main() -> None:
    kind, path = sys.argv[1:]
    content = Path(path).read_text(encoding="utf-8", errors="replace")
    texts = [content] if kind == "text" else [chunk["text"] for chunk in json.loads(content)["chunks"]]
    encoding = tiktoken.get_encoding("cl100k_base")
    tokens = [len(encoding.encode_ordinary(text)) for text in texts]
    counts: dict[str, int | None] = {"characters": sum(map(len, texts)), "tokens": sum(tokens)}
    counts["chunks"] = len(texts) if kind == "chunks" else None
    counts["largest"] = max(tokens, default=0) if kind == "chunks" else None
    print(json.dumps(counts))


main()
