"""kreuzberg reads: `kreuzberg_pipeline.py DOCUMENT FOLDER SIZE OVERLAP characters|tokens`.

With `characters` it cuts with the chunker it brings, which counts characters unless a tokenizer comes from a hub of
models; four stand for a token. With `tokens` semantic-text-splitter cuts what it read.
"""

import json
import sys
from pathlib import Path

from kreuzberg import ChunkingConfig, ExtractionConfig, extract_file_sync

CHARACTERS_OF_A_TOKEN = 4


def main() -> None:
    document, folder, size, overlap, unit = sys.argv[1:]
    by_characters = unit == "characters"
    chunking = (
        ChunkingConfig(max_chars=int(size) * CHARACTERS_OF_A_TOKEN, max_overlap=int(overlap) * CHARACTERS_OF_A_TOKEN)
        if by_characters
        else None
    )
    # Its cache would answer from the second run on.
    result = extract_file_sync(document, config=ExtractionConfig(use_cache=False, chunking=chunking))
    if by_characters:
        chunks = [{"text": chunk.content} for chunk in result.chunks or []]
    else:
        from semantic_text_splitter import TextSplitter

        # The vocabulary of this model is cl100k.
        splitter = TextSplitter.from_tiktoken_model("gpt-4", int(size), int(overlap))
        chunks = [{"text": chunk, "start": start} for start, chunk in splitter.chunk_indices(result.content)]
    written = json.dumps({"file": document, "chunks": chunks}, ensure_ascii=False)
    Path(folder, "chunks.json").write_text(written, encoding="utf-8")


main()
