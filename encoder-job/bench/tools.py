"""What is measured: the encoder and its peers, each as a person would start it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

#: The size of a chunk and what neighbours share, in tokens of the vocabulary cl100k, for every pipeline.
CHUNK_SIZE = 1200
CHUNK_OVERLAP = 200

PEERS = Path(__file__).resolve().parent / "peers"


class Work(Enum):
    """What a tool does with a document."""

    TEXT = "text only"
    PIPELINE = "whole pipeline"


@dataclass(frozen=True)
class Places:
    """Where the programs are."""

    encoder: Path
    #: Of the environment with the peers in it.
    python: Path
    #: The environment of the whole of memvid; nothing where it is not wanted.
    memvid_python: Path | None
    #: Whether the encoder tells what it spent its time with.
    encoder_tells_timings: bool


@dataclass(frozen=True)
class Tool:
    """One way to work on a document."""

    #: For the command line and for machines.
    key: str
    #: For people.
    name: str
    work: Work
    ours: bool
    #: With `{document}` and `{output}`, a folder, where they belong. Text goes to standard output, chunks to a folder.
    command: tuple[str, ...]
    #: What is to be known about it, beside the figures.
    note: str | None = None

    def command_for(self, document: Path, output: Path) -> list[str]:
        """The command for a document, with a folder for the result."""
        values = {"{document}": str(document), "{output}": str(output)}
        return [values.get(argument, argument) for argument in self.command]


#: The keys of the tools, in the order of the tables.
ENCODE, TEXT, MUTOOL, PDFTOTEXT = "encoder-job", "encoder-job-text", "mutool", "pdftotext"
KREUZBERG, KREUZBERG_TOKENS = "kreuzberg", "kreuzberg-tokens"
PYMUPDF, PYPDF, MEMVID = "pymupdf", "pypdf", "memvid"


def all_tools(places: Places) -> list[Tool]:
    """The encoder and all peers."""
    encoder = str(places.encoder)
    encode = [encoder, "encode", "{document}", "--out", "{output}"]
    encode += ["--chunk-size", str(CHUNK_SIZE), "--overlap", str(CHUNK_OVERLAP)]
    if places.encoder_tells_timings:
        encode.append("--json")
    memvid = places.memvid_python or places.python
    return [
        Tool(ENCODE, "encoder-job encode", Work.PIPELINE, True, tuple(encode)),
        Tool(
            KREUZBERG,
            "kreuzberg",
            Work.PIPELINE,
            False,
            peer(places.python, "kreuzberg_pipeline.py", "characters"),
            "cuts with its own chunker, which counts characters: four for each token, and it counts no tokens",
        ),
        Tool(
            KREUZBERG_TOKENS,
            "kreuzberg + semantic-text-splitter",
            Work.PIPELINE,
            False,
            peer(places.python, "kreuzberg_pipeline.py", "tokens"),
        ),
        Tool(
            PYMUPDF,
            "PyMuPDF + semantic-text-splitter",
            Work.PIPELINE,
            False,
            peer(places.python, "pymupdf_semantic.py"),
        ),
        Tool(
            PYPDF,
            "pypdf + LangChain's splitter",
            Work.PIPELINE,
            False,
            peer(places.python, "pypdf_langchain.py"),
        ),
        Tool(
            MEMVID,
            "memvid",
            Work.PIPELINE,
            False,
            peer(memvid, "memvid_chunks.py", "whole" if places.memvid_python else "light"),
            "its own extraction and chunks, cut by characters, four for each token, written as JSON; "
            "left out are embeddings and index, which need a model from a hub, and the video"
            + (
                ""
                if places.memvid_python
                else ", and so is the loading of the libraries for these (`--with-memvid` loads them)"
            ),
        ),
        Tool(TEXT, "encoder-job text", Work.TEXT, True, (encoder, "text", "{document}")),
        Tool(MUTOOL, "mutool draw -F txt", Work.TEXT, False, ("mutool", "draw", "-q", "-F", "txt", "{document}")),
        Tool(PDFTOTEXT, "pdftotext", Work.TEXT, False, ("pdftotext", "{document}", "-")),
    ]


def peer(python: Path, script: str, *arguments: str) -> tuple[str, ...]:
    """The command of a peer's script; it sees no other Python files and no variables than its environment's own."""
    sizes = (str(CHUNK_SIZE), str(CHUNK_OVERLAP))
    return (str(python), "-I", str(PEERS / script), "{document}", "{output}", *sizes, *arguments)
