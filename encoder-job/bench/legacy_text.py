#!/usr/bin/env python3
"""Compares how the encoder and charset-normalizer read a line of ASCII with one symbol in a legacy encoding.

One symbol is the least that a guess can go by, and the most common case of old text in English: a price, a quotation, a degree. Each
symbol stands in one line of prose, in each of five languages, in each encoding that has it; what is printed is how many
of these lines came out as they were written.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

#: Signs of Latin-1 but for the soft hyphen and the two ordinals, which are letters; then those that windows-1252 adds.
SYMBOLS = "¡¢£¤¥¦§¨©«¬®¯°±²³´µ¶·¸¹»¼½¾¿×÷" + "€‚„…†‡‰‹‘’“”•–—™›"

#: Python's names of the encodings.
ENCODINGS = ("cp1252", "iso8859-15", "mac-roman", "cp437", "cp850")

#: Prose without a letter outside ASCII; the symbol stands where `{}` does.
LINES = {
    "en": "The total comes to {} for the whole of the second week, and the rest is due in March.",
    "de": "Der Betrag liegt bei {} und wird in der zweiten Woche fertig, der Rest folgt im Oktober.",
    "fr": "Le montant de la facture est de {} pour toute la semaine, et le reste viendra en mars.",
    "es": "El precio total es de {} por toda la segunda semana, y el resto se paga en octubre.",
    "it": "Il totale della fattura sale a {} per tutta la seconda settimana, e il resto viene pagato a marzo.",
}

#: Where a symbol stands when it is used as people use it. Those that are not named stand by themselves.
PLACES = {
    "{}825": "£¥€¤§¶±",
    "825{}": "°²³¹¢‰",
    "8{}": "¼½¾",
    "8 {} 5": "×÷",
    "5 {}m": "µ",
    "the {}lot": "“‘„‚«‹¿¡",
    "the lot{}": "”’»›…™®†‡",
    "{} 1998": "©",
    "so{}so": "·",
    "this {} that": "–—•¦¬¨¯´¸",
}

EPILOG = """\
charset-normalizer must be importable (pip install charset-normalizer); the encoder is asked through `encoder-job text`.

Exit status: 0 when the encoder has at least as many lines right as charset-normalizer in sum, 1 when it has fewer, 2 for a wrong
command line.
"""


@dataclass(frozen=True)
class Case:
    """A line to read."""

    encoding: str
    language: str
    symbol: str
    text: str

    def data(self) -> bytes:
        return self.text.encode(self.encoding)


def cases(everywhere: bool) -> Iterator[Case]:
    """All lines, each symbol where it is used or, with `everywhere`, in every place there is."""
    for encoding in ENCODINGS:
        for symbol in SYMBOLS:
            try:
                symbol.encode(encoding)
            except UnicodeEncodeError:
                continue
            places = [place for place, symbols in PLACES.items() if everywhere or symbol in symbols]
            for language, line in LINES.items():
                for place in places or ["{}"]:
                    yield Case(encoding, language, symbol, line.format(place.format(symbol, symbol)) + "\n")


def read_by_encoder(program: Path, case: Case, folder: Path, number: int) -> str:
    """What `encoder-job text` makes of it, without the form feed and line end at its end."""
    file = folder / f"{number}.txt"
    file.write_bytes(case.data())
    ended = subprocess.run([program, "text", file], capture_output=True, check=False)
    file.unlink()
    return ended.stdout.decode(errors="replace").rstrip("\f\n")


def read_by_charset_normalizer(case: Case) -> str:
    """What charset-normalizer thinks is the best of its guesses."""
    from charset_normalizer import from_bytes

    best = from_bytes(case.data()).best()
    return "" if best is None else str(best).rstrip("\n")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoder", type=Path, required=True, metavar="PROGRAM", help="the encoder-job to ask")
    parser.add_argument(
        "--everywhere", action="store_true", help="put each symbol in every place, likely or not"
    )
    parser.add_argument("--wrong", action="store_true", help="list what the encoder got wrong, on standard error")
    arguments = parser.parse_args()

    all_cases = list(cases(arguments.everywhere))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(4) as pool:
        ours = list(
            pool.map(
                lambda item: read_by_encoder(arguments.encoder, item[1], Path(folder), item[0]), enumerate(all_cases)
            )
        )
    theirs = [read_by_charset_normalizer(case) for case in all_cases]

    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    peer: Counter[str] = Counter()
    for case, our, their in zip(all_cases, ours, theirs, strict=True):
        expected = case.text.rstrip("\n")
        total[case.encoding] += 1
        right[case.encoding] += our == expected
        peer[case.encoding] += their == expected
        if arguments.wrong and our != expected:
            print(f"{case.encoding} {case.language} {case.symbol}: {expected} -> {our}", file=sys.stderr)

    print("| encoding | lines | encoder-job | charset-normalizer |")
    print("|---|---|---|---|")
    for encoding in ENCODINGS:
        print(f"| {encoding} | {total[encoding]} | {right[encoding]} | {peer[encoding]} |")
    print(f"| all | {total.total()} | {right.total()} | {peer.total()} |")
    return 0 if right.total() >= peer.total() else 1


if __name__ == "__main__":
    sys.exit(main())
