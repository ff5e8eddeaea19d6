"""Cuts a PDF to so many pages, or counts the pages of one. Prints JSON. Runs where pypdf is installed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pypdf import PdfReader, PdfWriter


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, help="the PDF to count, or to write")
    parser.add_argument(
        "--from", dest="source", type=Path, help="the PDF to cut; begun anew where it has too few pages"
    )
    parser.add_argument("--pages", type=int, default=0, help="how many pages to write")
    arguments = parser.parse_args()
    if arguments.source is not None:
        cut(arguments.source, arguments.pages, arguments.target)
    print(json.dumps({"pages": len(PdfReader(arguments.target).pages)}))


def cut(source: Path, pages: int, target: Path) -> None:
    """Writes so many pages of a source, from its first, as often as it takes."""
    reader, writer = PdfReader(source), PdfWriter()
    missing = pages
    while missing > 0:
        taken = min(missing, len(reader.pages))
        writer.append(reader, pages=(0, taken))
        missing -= taken
    unfinished = target.with_suffix(".part")
    with unfinished.open("wb") as file:
        writer.write(file)
    unfinished.rename(target)


if __name__ == "__main__":
    main()
