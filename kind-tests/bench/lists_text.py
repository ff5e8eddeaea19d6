"""Text that is distributed as people's is: words by Zipf's law, in paragraphs, in three languages. Pure.

Words are made of syllables, so that there are enough of them; those that are most frequent are each language's own, which searches pass over or
which, further down, nearly every text has.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

#: Words of a language, and of a paragraph on average; paragraphs that texts are made of.
WORDS, PARAGRAPH_WORDS, PARAGRAPHS = 20_000, 60, 3_000
#: How many of the most frequent words are the language's own.
OWN_WORDS = 40
#: A word of this kind is in one text in fifty at most; one of that kind is in most.
RARE_FROM, COMMON_TO = 12_000, 60
SENTENCE = (8, 18)


@dataclass(frozen=True)
class Language:
    """What words of a language are made of."""

    code: str
    #: The most frequent words, the most frequent first.
    own: str
    syllables: str
    endings: str


LANGUAGES = (
    Language(
        "it",
        "di e il la che in a per un è del non una si da con le i della dei nel alla sono come più gli al anche ha o lo delle questo ma dalla se "
        "essere cui tra contratto",
        "ba be bi bo ca ce chi co da de di do fa fe fi fo ga ge gi go la le li lo ma me mi mo na ne ni no pa pe pi po ra re ri ro sa se si so ta te "
        "ti to va ve vi vo stra gran tran pro",
        "zione mento tore trice tà ezza are ere ire ato ito oso ale ivo o a i e",
    ),
    Language(
        "en",
        "the of and to a in is that it for as with was on be by this are or from at an which have not they has but one all their were we been can "
        "more if there will report",
        "ac ad al am an ap ar as at be ber can cen col com con cor cur den der dis dom ed el em en er ex fer for ful gen gra im in is lan len lim lo "
        "man mar men min mon nor op or par pen per plan por pre pro quar ran re ser sta ten ter tin tra tri un val ver win",
        "tion ment ing ed er est ness able ful ity ism s al ive",
    ),
    Language(
        "de",
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer "
        "um am sind noch wie einem Vertrag",
        "ab an auf aus be ber der ein en ent er fal fel ge ger gut hal han her hin kal kan kom lan lei lich mal man mit nach nan ober rech rei sam "
        "schaf schul schrei sel stand stel tal ten trag ung ver vor wal wei wen wer zei zu",
        "ung heit keit schaft lich isch bar en er te em es in",
    ),
)


@dataclass(frozen=True)
class Vocabulary:
    """A language's words, the most frequent first, and paragraphs of them."""

    code: str
    words: list[str]
    paragraphs: list[str]

    @classmethod
    def of(cls, language: Language, words: int = WORDS, paragraphs: int = PARAGRAPHS) -> Vocabulary:
        """Always the same for a language."""
        chance = random.Random(f"vocabulary of {language.code}")
        made = words_of(language, words, chance)
        return cls(language.code, made, [paragraph(made, chance) for _ in range(paragraphs)])

    def rare(self, chance: random.Random) -> str:
        """A word that few texts have. There are words that no paragraph has got: they are none of them."""
        while True:
            words = words_in(chance.choice(self.paragraphs))
            if found := [each for each in words if self.rank(each) >= min(RARE_FROM, len(self.words) // 2)]:
                return chance.choice(found)

    def common(self, chance: random.Random) -> str:
        """A word that most texts have, and that a search does not pass over."""
        return self.words[chance.randrange(OWN_WORDS, COMMON_TO)]

    def phrase(self, chance: random.Random) -> str:
        """Two words that stand beside each other somewhere, neither of which a search passes over."""
        while True:
            found = words_in(chance.choice(self.paragraphs))
            at = chance.randrange(len(found) - 1)
            if min(self.rank(found[at]), self.rank(found[at + 1])) >= OWN_WORDS:
                return f"{found[at]} {found[at + 1]}"

    def rank(self, word: str) -> int:
        """A word's place among the most frequent."""
        return self._ranks[word]

    @cached_property
    def _ranks(self) -> dict[str, int]:
        return {word: rank for rank, word in enumerate(self.words)}


def words_of(language: Language, count: int, chance: random.Random) -> list[str]:
    """So many words, each once; those that are more frequent are shorter."""
    made = dict.fromkeys(word.lower() for word in language.own.split()[:OWN_WORDS])
    syllables, endings = language.syllables.split(), language.endings.split()
    while len(made) < count:
        length = 1 + int(math.log10(1 + len(made)) / 2 + chance.random() * 1.5)
        made["".join(chance.choices(syllables, k=length)) + chance.choice(endings)] = None
    return list(made)


def drawn_rank(count: int, chance: random.Random) -> int:
    """A rank from 0: one that is `n` times as far down is drawn an `n`-th as often (Zipf's law)."""
    return min(int(math.exp(chance.random() * math.log(count + 1))) - 1, count - 1)


def paragraph(words: Sequence[str], chance: random.Random) -> str:
    """Sentences that end where a paragraph does."""
    sentences, left = [], round(PARAGRAPH_WORDS * chance.uniform(0.5, 1.5))
    while left > 0:
        length = min(chance.randint(*SENTENCE), left)
        left -= length
        sentence = " ".join(words[drawn_rank(len(words), chance)] for _ in range(length))
        sentences.append(sentence[0].upper() + sentence[1:] + ".")
    return " ".join(sentences)


def words_in(paragraph: str) -> list[str]:
    """The words of a paragraph, as the vocabulary has them."""
    return paragraph.replace(".", "").lower().split()
