"""The documents that are measured: the project's own, cut or repeated to round numbers of pages, or anybody's."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

#: How long the project's own documents are. The last one is what a careless upload looks like.
DEFAULT_PAGES = (10, 46, 184, 2400)

#: Exit statuses of qpdf that mean success, the second with warnings.
QPDF_SUCCESS = (0, 3)


class DocumentError(Exception):
    """A document that cannot be used, in a sentence."""


@dataclass(frozen=True)
class Document:
    """A document to measure."""

    #: What the tables call it.
    name: str
    path: Path
    #: Unknown where qpdf cannot read it.
    pages: int | None


@dataclass(frozen=True)
class Piece:
    """Pages of one copy of the source."""

    copy: int
    first: int
    last: int


def pieces(source_pages: int, pages: int) -> list[Piece]:
    """Which pages of how many copies of a source make a document of so many pages."""
    if source_pages < 1:
        raise DocumentError("the source has no pages")
    whole, rest = divmod(pages, source_pages)
    cut = [Piece(copy, 1, source_pages) for copy in range(whole)]
    if rest:
        cut.append(Piece(whole, 1, rest))
    return cut


def page_count(path: Path) -> int | None:
    """How many pages a PDF has, as far as qpdf knows."""
    asked = subprocess.run(
        ["qpdf", "--show-npages", str(path)], capture_output=True, text=True, check=False, errors="replace"
    )
    number = asked.stdout.strip()
    return int(number) if asked.returncode in QPDF_SUCCESS and number.isdigit() else None


def of_length(source: Path, pages: int, folder: Path) -> Document:
    """Makes a document of so many pages from a source, unless it is there from an earlier run.

    Each repetition is a copy with objects of its own, as if different documents had been bound together: what a reader
    keeps of the first (fonts, decoded streams) is of no use for the next.
    """
    source_pages = page_count(source)
    if source_pages is None:
        raise DocumentError(f"unable to count the pages of {source}: choose another document")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    folder = folder / digest
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{pages}-pages.pdf"
    if not target.exists():
        arguments: list[str] = []
        for piece in pieces(source_pages, pages):
            # qpdf reads one name once: a copy is another name for the same file.
            copy = folder / f"copy-{piece.copy}.pdf"
            copy.unlink(missing_ok=True)
            copy.symlink_to(source.resolve())
            arguments += [str(copy), f"{piece.first}-{piece.last}"]
        unfinished = target.with_suffix(".part")
        made = subprocess.run(
            ["qpdf", "--empty", "--deterministic-id", "--pages", *arguments, "--", str(unfinished)],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode not in QPDF_SUCCESS:
            raise DocumentError(f"qpdf failed to make {pages} pages of {source}: {made.stderr.strip()}")
        unfinished.rename(target)
        for copy in folder.glob("copy-*.pdf"):
            copy.unlink()
    return Document(f"{pages:,} pages", target, pages)


def default_documents(source: Path, folder: Path) -> list[Document]:
    """The project's own document in all lengths."""
    return [of_length(source, pages, folder) for pages in DEFAULT_PAGES]


def given_documents(paths: list[Path]) -> list[Document]:
    """The documents somebody named, with all PDF files of the folders among them, in the order of their names."""
    documents: list[Document] = []
    names: set[str] = set()
    for path in paths:
        if path.is_dir():
            found = sorted(each for each in path.rglob("*") if each.suffix.lower() == ".pdf" and each.is_file())
            if not found:
                raise DocumentError(f"{path}: there is no PDF file in this folder")
        elif path.is_file():
            found = [path]
        else:
            raise DocumentError(f"{path}: there is no such file or folder")
        for each in found:
            # A table must tell documents of one name apart.
            name = each.name if each.name not in names else str(each)
            names.add(name)
            documents.append(Document(name, each.resolve(), page_count(each)))
    return documents
