"""The form of an upload (`multipart/form-data`, RFC 7578), read from the file while it is sent."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Mapping
from typing import BinaryIO


class Form(io.RawIOBase):
    """A file between what a form says before and after it. Its length is known before it is read."""

    def __init__(self, file: BinaryIO, name: str, options: Mapping[str, str]) -> None:
        boundary = f"socrate-{secrets.token_hex(16)}"
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{escaped(option)}"\r\n\r\n{value}\r\n' for option, value in options.items()]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{escaped(name)}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        )
        begin, end = "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()
        here = file.tell()
        size = file.seek(0, os.SEEK_END) - here
        file.seek(here)
        self._parts: list[BinaryIO] = [io.BytesIO(begin), file, io.BytesIO(end)]
        self.headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(len(begin) + size + len(end))}

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        while self._parts:
            if piece := self._parts[0].read(size):
                return piece
            self._parts.pop(0)
        return b""


def escaped(name: str) -> str:
    """A name between quotation marks, as a quoted string (RFC 2183); raises `ValueError` for what could end the header, and what the API refuses."""
    if any(ord(each) < 32 or each in "\\\x7f" for each in name):
        raise ValueError(f"the API takes no name with a backslash, a line break or another control character, such as {name!r}")
    return name.replace('"', '\\"')
