"""The documents that are measured, each with bytes of its own."""

from __future__ import annotations

import json
import subprocess
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from environment import HERE, REPOSITORY, PythonEnvironment, cache

#: Real prose, typeset: what the demonstration encodes, too.
SOURCE = REPOSITORY / "kind-tests" / "demo" / "default.pdf"


class DocumentFailure(Exception):
    """A document that cannot be used, in a sentence."""


@dataclass(frozen=True)
class Document:
    """A document, of which any number of copies with different bytes can be made."""

    #: What tables call it.
    name: str
    path: Path
    pages: int
    content: bytes

    def copy(self, label: str) -> bytes:
        """The document with bytes that no other copy has: a comment stands before the last `startxref`.

        What `startxref` and the table of references point to lies before, so no offset changes. The text stays what it is: the
        work is the same for every copy.
        """
        at = self.content.rfind(b"startxref")
        return self.content[:at] + f"% copy {label}\n".encode() + self.content[at:]


@dataclass(frozen=True)
class Mixture:
    """Several documents, of which each copy is one."""

    documents: Sequence[Document]

    def copy(self, label: str) -> bytes:
        """A copy of the one that the label falls on."""
        return self.documents[zlib.crc32(label.encode()) % len(self.documents)].copy(label)


def of_pages(environment: PythonEnvironment, pages: int, given: Path | None) -> Document:
    """A document of so many pages: the given one, or so many pages of the project's own."""
    if given is not None and not given.is_file():
        raise DocumentFailure(f"{given}: there is no such file")
    target = given or cache() / f"{pages}-pages.pdf"
    command = [str(environment.python), "-I", "-B", str(HERE / "replaced" / "pages.py"), str(target)]
    if given is None:
        target.parent.mkdir(parents=True, exist_ok=True)
        command += ["--from", str(SOURCE), "--pages", str(pages)]
    asked = subprocess.run(command, capture_output=True, text=True, check=False, env=environment.variables())
    if asked.returncode != 0:
        raise DocumentFailure(f"unable to read {given or SOURCE}: {asked.stderr.strip().splitlines()[-1:]}")
    found = json.loads(asked.stdout)["pages"]
    if given is not None and found != pages:
        raise DocumentFailure(f"{given} has {found} pages, not {pages}: figures are compared by pages")
    content = target.read_bytes()
    if b"startxref" not in content:
        raise DocumentFailure(f"{target} has no startxref, so it is no whole PDF: choose another document")
    return Document(f"{pages} pages", target, pages, content)
