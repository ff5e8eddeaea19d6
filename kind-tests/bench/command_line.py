"""What the programs that measure have in common: how they are asked, what they say, and how they end."""

from __future__ import annotations

import argparse
import http.client
import signal
import sys
import time
from collections.abc import Callable, Sequence

from cluster import Cluster, ClusterFailure
from product_api import ApiFailure


def say(text: str) -> None:
    """A line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def parser(description: str | None) -> argparse.ArgumentParser:
    """What is asked for: `--check`, and what the program adds."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--check", action="store_true", help="a missed bar is a failure")
    return made


def carry_out(name: str, measure: Callable[[Cluster], Sequence[str]], check: bool) -> int:
    """Measures, and prints the bars that were missed: 1 where there are any and `check` is asked for, 2 where it could not be
    measured, 130 where it was told to end."""
    # Told to end it ends in order, too: what it made is removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        missed = measure(Cluster())
    except (ClusterFailure, ApiFailure, OSError, http.client.HTTPException) as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: told to end", file=sys.stderr)
        return 130
    for bar in missed:
        print(f"MISSED  {bar}")
    return 1 if missed and check else 0
