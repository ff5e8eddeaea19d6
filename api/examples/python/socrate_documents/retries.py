"""When a request is sent again, and after how long. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .problems import ConnectionFailed, Problem, SocrateError

#: The API's own limits, the service's, and a request with the same Idempotency-Key that is still at work.
PASSING = (429, 503)
PENDING = "idempotency_key_pending"
#: What may have been carried out although it was refused.
PERHAPS_DONE = "timed_out"


@dataclass(frozen=True)
class Retries:
    """How patient a client is. `Retries(times=0)` never sends anything again."""

    #: A request is sent again so often at most.
    times: int = 5
    #: Seconds before it is sent again where the API does not say: up to so long the first time, and up to twice as long each time after.
    first_pause: float = 0.5
    #: Seconds that are waited at most before it is sent again. Where the API asks for more, the problem is raised.
    longest_pause: float = 60.0

    def pause(self, failure: SocrateError, sent: int, is_repeatable: bool, chance: random.Random) -> float | None:
        """Seconds until the request is sent again, which was sent so often; `None` where it is not.

        `is_repeatable`: whether it may be carried out twice and is then as if it was once.
        """
        if sent > self.times or not may_pass(failure, is_repeatable):
            return None
        asked = failure.retry_after if isinstance(failure, Problem) else None
        if asked is None:
            # By chance, so that those who failed together do not come back together.
            return chance.uniform(0, min(self.first_pause * 2 ** (sent - 1), self.longest_pause))
        return asked if asked <= self.longest_pause else None


def may_pass(failure: SocrateError, is_repeatable: bool) -> bool:
    """Whether the same request may succeed later, and does no harm."""
    if isinstance(failure, Problem):
        if failure.status == 409:
            return failure.code == PENDING
        return failure.status in PASSING and (is_repeatable or failure.code != PERHAPS_DONE)
    return isinstance(failure, ConnectionFailed) and is_repeatable


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds that `Retry-After` asks for, which has seconds or a date (RFC 9110, 10.2.3); `None` where it is not there or unreadable."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - (now or datetime.now(UTC))).total_seconds(), 0.0)
