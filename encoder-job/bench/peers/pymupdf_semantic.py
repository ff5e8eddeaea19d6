"""PyMuPDF reads, semantic-text-splitter cuts by tokens: `pymupdf_semantic.py DOCUMENT FOLDER SIZE OVERLAP`."""

import json
import sys
from pathlib import Path

import pymupdf
from semantic_text_splitter import TextSplitter


def main() -> None:
    document, folder, size, overlap = sys.argv[1:]
    with pymupdf.open(document) as opened:
        text = "\f".join(page.get_text() for page in opened)
    # The vocabulary of this model is cl100k.
    splitter = TextSplitter.from_tiktoken_model("gpt-4", int(size), int(overlap))
    chunks = [{"text": chunk, "start": start} for start, chunk in splitter.chunk_indices(text)]
    result = json.dumps({"file": document, "chunks": chunks}, ensure_ascii=False)
    Path(folder, "chunks.json").write_text(result, encoding="utf-8")


main()
