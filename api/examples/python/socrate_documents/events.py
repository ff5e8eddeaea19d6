"""Server-Sent Events (HTML standard, section 9.2), as the API's stream of changes speaks them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .models import Event, read


@dataclass
class Reader:
    """Reads a stream line by line, and remembers what to go on with when it is cut off."""

    #: The number of the last event; `None` before the first.
    last_event_id: str | None = None
    #: Seconds to wait before connecting again, as the server says.
    retry_seconds: float = 1.0

    def events(self, lines: Iterable[bytes]) -> Iterator[Event]:
        """The events that are whole. One that is cut off in its middle comes once more after connecting again."""
        data: list[str] = []
        identifier = self.last_event_id
        for raw in lines:
            if not raw.endswith(b"\n"):
                return
            line = raw.decode().rstrip("\r\n")
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not line:
                self.last_event_id = identifier
                if data:
                    yield read(Event, json.loads("\n".join(data)))
                data = []
            elif name == "data":
                data.append(value)
            elif name == "id" and "\0" not in value:
                identifier = value
            elif name == "retry" and value.isascii() and value.isdigit():
                self.retry_seconds = int(value) / 1000
