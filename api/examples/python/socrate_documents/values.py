"""What is sent to the API: values that are not said, times, and bodies of JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

#: By what a list of documents and an export are filtered; a time is a `datetime` with its zone, or text as of RFC 3339.
Filter = str | bool | int | datetime | None


def written(filters: Mapping[str, Filter]) -> dict[str, str | bool | int | None]:
    """Filters as they are sent."""
    for name, value in filters.items():
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(f"{name} needs a time zone: datetime.now(timezone.utc) has one, datetime.now() has none")
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in filters.items()}


def without_none(**values: Any) -> dict[str, Any]:
    """Those that are said."""
    return {name: value for name, value in values.items() if value is not None}


class Json(io.BytesIO):
    """A body of JSON."""

    def __init__(self, value: Any) -> None:
        content = json.dumps(value).encode()
        super().__init__(content)
        self.headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
