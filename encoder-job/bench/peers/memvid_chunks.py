"""memvid reads and cuts: `memvid_chunks.py DOCUMENT FOLDER SIZE OVERLAP whole|light`.

This is what it does before it computes embeddings, for which it loads a model from a hub: its encoder is made without
the index that holds the model, reads the document and cuts it. With `whole` the libraries for embeddings, index and
video are loaded, as memvid always does; with `light` names without content stand in their places, since nothing here
calls them.
"""

import json
import sys
from pathlib import Path

CHARACTERS_OF_A_TOKEN = 4
NOT_CALLED = ("cv2", "dotenv", "faiss", "numpy", "PIL", "qrcode", "sentence_transformers", "tqdm")


class AnyName(type):
    """A name whose every attribute is a name like it."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls


class NoContent(metaclass=AnyName):
    """Stands where a library would be that is imported and not called."""


def main() -> None:
    document, folder, size, overlap, libraries = sys.argv[1:]
    if libraries == "light":
        sys.modules.update(dict.fromkeys(NOT_CALLED, NoContent))  # type: ignore[arg-type]
    from memvid.encoder import MemvidEncoder

    encoder = MemvidEncoder.__new__(MemvidEncoder)
    encoder.chunks = []
    encoder.add_pdf(document, int(size) * CHARACTERS_OF_A_TOKEN, int(overlap) * CHARACTERS_OF_A_TOKEN)
    # The shape of the list that its index keeps.
    chunks = [
        {"id": number, "text": chunk, "frame": number, "length": len(chunk)}
        for number, chunk in enumerate(encoder.chunks)
    ]
    result = json.dumps({"file": document, "chunks": chunks}, ensure_ascii=False)
    Path(folder, "chunks.json").write_text(result, encoding="utf-8")


main()
