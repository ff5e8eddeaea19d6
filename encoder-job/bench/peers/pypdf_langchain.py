"""pypdf reads, LangChain's recursive splitter cuts by tokens: `pypdf_langchain.py DOCUMENT FOLDER SIZE OVERLAP`."""

import json
import sys
from pathlib import Path

from langchain_text_splitters import RecursiveCharacterTextSplitter
from pypdf import PdfReader


def main() -> None:
    document, folder, size, overlap = sys.argv[1:]
    text = "\f".join(page.extract_text() for page in PdfReader(document).pages)
    splitter = RecursiveCharacterTextSplitter.from_tiktoken_encoder(
        encoding_name="cl100k_base",
        chunk_size=int(size),
        chunk_overlap=int(overlap),
        # Names of special tokens in a document are text like any other.
        disallowed_special=(),
    )
    chunks = [{"text": chunk} for chunk in splitter.split_text(text)]
    result = json.dumps({"file": document, "chunks": chunks}, ensure_ascii=False)
    Path(folder, "chunks.json").write_text(result, encoding="utf-8")


main()
