"""What lists and searches are measured with, and what the measuring decides, without a cluster."""

from __future__ import annotations

import http.server
import json
import random
import threading
import unittest
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import lists_export
from lists_load import Outcome, ask
from lists_plans import plans_in, shapes
from lists_requests import EITHER, NOTHING, SOMETHING, Kind, Seeded, kinds
from lists_rows import BOOK_CHUNKS, Holding, chunks, copied, documents
from lists_text import COMMON_TO, LANGUAGES, OWN_WORDS, Vocabulary, drawn_rank, words_in
from product_api import Account, Api, ApiFailure

SMALL = [Vocabulary.of(language, words=2000, paragraphs=200) for language in LANGUAGES]
TENANT = "00000000-0000-4000-8000-000000000001"


class Writing(unittest.TestCase):
    """Texts are like people's."""

    def test_a_vocabulary_is_always_the_same_and_has_each_word_once(self) -> None:
        for language, vocabulary in zip(LANGUAGES, SMALL, strict=True):
            self.assertEqual(vocabulary, Vocabulary.of(language, words=2000, paragraphs=200))
            self.assertEqual(len(set(vocabulary.words)), 2000)
            self.assertEqual(vocabulary.words[:OWN_WORDS], language.own.lower().split()[:OWN_WORDS])

    def test_words_are_as_frequent_as_their_rank_says(self) -> None:
        chance = random.Random(1)
        drawn = Counter(drawn_rank(20_000, chance) for _ in range(200_000))
        self.assertTrue(all(0 <= rank < 20_000 for rank in drawn))
        for rank, share in ((0, 0.0700), (9, 0.0096)):
            self.assertAlmostEqual(drawn[rank] / 200_000, share, delta=0.003)

    def test_words_to_search_for_are_rare_or_common_as_they_are_called(self) -> None:
        chance = random.Random(2)
        for vocabulary in SMALL:
            having = Counter(word for paragraph in vocabulary.paragraphs for word in set(words_in(paragraph)))
            rare = [having[vocabulary.rare(chance)] for _ in range(50)]
            common = [having[vocabulary.common(chance)] for _ in range(50)]
            self.assertTrue(all(0 < count < 12 for count in rare), rare)
            self.assertTrue(all(OWN_WORDS <= vocabulary.rank(vocabulary.common(chance)) < COMMON_TO for _ in range(50)))
            self.assertGreater(sum(common), 4 * sum(rare))
            text = " ".join(" ".join(words_in(paragraph)) for paragraph in vocabulary.paragraphs)
            self.assertTrue(all(vocabulary.phrase(chance) in text for _ in range(50)))


class Seeding(unittest.TestCase):
    """Rows are as many as they were to be."""

    def test_chunks_are_shared_among_documents(self) -> None:
        for wanted_documents, wanted_chunks in ((5000, 10_000), (100, 200), (100, 100), (10_000, 20_000)):
            holding = Holding.of(wanted_documents, wanted_chunks)
            each, more = holding.ordinary
            self.assertEqual(holding.books * BOOK_CHUNKS + (holding.ready - holding.books) * each + more, wanted_chunks)
            self.assertGreaterEqual(each, 1)
        self.assertEqual(Holding.of(5000, 10_000).books, 5)

    def test_statements_hold_what_they_insert(self) -> None:
        given = copied(SMALL).splitlines()
        begin, end = given.index("COPY paragraphs FROM STDIN;"), given.index("\\.")
        lines = [line.split("\t") for line in given[begin + 1 : end]]
        self.assertEqual([(code, int(number)) for code, number, _ in lines], [(each.code, number) for each in SMALL for number in range(200)])
        self.assertIn(f"'{TENANT}'", documents("encodings", TENANT, Holding.of(100, 200), ["it"]))
        self.assertIn(f"'{TENANT}'", chunks(TENANT, SMALL))
        for statement in (lambda: documents("encodings", "'; DROP TABLE documents; --", Holding.of(100, 200), ["it"]), lambda: chunks("x", SMALL)):
            self.assertRaises(ValueError, statement)


class Asking(unittest.TestCase):
    """Requests are drawn, and answers judged."""

    def setUp(self) -> None:
        self.accounts = [Account(TENANT, "sk_1"), Account(TENANT.replace("1", "2"), "sk_2")]
        largest = {account.tenant: [f"book-of-{account.key}"] for account in self.accounts}
        self.kinds = kinds(Seeded(self.accounts, Holding.of(100, 200), SMALL, largest, datetime(2026, 1, 1, tzinfo=UTC)))

    def test_every_kind_draws_of_every_tenant_and_what_it_is_called(self) -> None:
        self.assertEqual(len({kind.name for kind in self.kinds}), len(self.kinds))
        for kind in self.kinds:
            drawn = [kind.draw(random.Random(number)) for number in range(100)]
            self.assertEqual({account.key for account, _ in drawn}, {"sk_1", "sk_2"}, kind.name)
            self.assertGreater(len({path for _, path in drawn}), 1, kind.name)
            for account, path in drawn:
                query = parse_qs(urlsplit(path).query, strict_parsing=True)
                self.assertEqual("q" in query, urlsplit(path).path != "/api/documents")
                if "three filters" in kind.name:
                    self.assertEqual(len(query.keys() - {"sort"}), 3)
                if "phrase" in kind.name:
                    self.assertRegex(query["q"][0], '^"[^ ]+ [^ ]+"$')
                if kind.name.startswith("document,"):
                    self.assertEqual(urlsplit(path).path, f"/api/documents/book-of-{account.key}/search")

    def test_a_wrong_answer_and_a_slow_one_miss_the_bar(self) -> None:
        one, none = json.dumps({"results": [{}]}).encode(), json.dumps({"documents": []}).encode()
        for finds, status, body, seconds, is_missed in [
            (SOMETHING, 200, one, 0.049, False),
            (SOMETHING, 200, none, 0.049, True),
            (NOTHING, 200, one, 0.049, True),
            (NOTHING, 200, none, 0.049, False),
            (EITHER, 200, none, 0.05, True),
            (EITHER, 200, one, 0.049, False),
            (EITHER, 503, b"{}", 0.001, True),
        ]:
            outcome = Outcome(Kind("kind", finds, self.kinds[0].draw))
            outcome.take("/path", status, body, seconds)
            self.assertEqual(bool(outcome.missed()), is_missed, (finds, status, body, seconds))

    def test_a_twentieth_may_be_slow(self) -> None:
        outcome = Outcome(self.kinds[0])
        for number in range(100):
            outcome.take("/path", 200, b'{"documents": []}', 1.0 if number < 5 else 0.01)
        self.assertEqual(outcome.missed(), [])
        outcome.take("/path", 200, b'{"documents": []}', 1.0)
        self.assertEqual(len(outcome.missed()), 1)


class Serving(unittest.TestCase):
    """Against a server that answers what a test says."""

    def setUp(self) -> None:
        self.answer: tuple[str, bytes] = ("application/json", b'{"documents": [{}, {}]}')
        self.keys: list[str] = []
        test = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                test.keys.append(self.headers["Authorization"])
                kind, body = test.answer
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.api = Api(Account(TENANT, "sk_own"), limit=10, url=f"http://127.0.0.1:{server.server_address[1]}")

    def test_all_requests_are_sent_each_with_the_key_that_was_drawn(self) -> None:
        kind = Kind("kind", SOMETHING, lambda chance: (Account(TENANT, chance.choice(["sk_1", "sk_2"])), "/api/documents"))
        outcome = ask(self.api, kind, 41, 4, "seed")
        self.assertEqual((len(outcome.seconds), outcome.found, outcome.wrong), (41, 82, []))
        self.assertEqual(set(self.keys), {"Bearer sk_1", "Bearer sk_2"})

    def test_where_a_client_fails_the_others_end(self) -> None:
        failed: list[bool] = []

        def draw(chance: random.Random) -> tuple[Account, str]:
            if len(self.keys) > 50 and not failed:
                failed.append(True)
                raise ApiFailure("enough")
            return Account(TENANT, "sk_1"), "/api/documents"

        self.assertRaises(ApiFailure, ask, self.api, Kind("kind", SOMETHING, draw), 10**6, 4, "seed")

    def test_an_export_is_counted_line_by_line(self) -> None:
        lines = [json.dumps({"document_id": f"d{number // 2}", "text": "x" * 50_000}) for number in range(6)]
        self.answer = ("application/jsonl", "".join(f"{line}\n" for line in lines).encode())
        found = lists_export.export(self.api)
        self.assertEqual((found.lines, found.size, len(found.documents)), (6, len(self.answer[1]), 3))
        self.assertGreater(found.first, 0.0)

    def test_an_export_that_is_cut_off_or_something_else_is_noticed(self) -> None:
        whole = b'{"document_id": "d", "text": "x"}\n'
        for kind, body in [
            ("application/jsonl", whole + whole[:-1]),
            ("application/jsonl", whole + b"\n"),
            ("application/jsonl", b'{"document_id": "d"}\n'),
            ("application/jsonl", b"[]\n"),
            ("application/json", whole),
        ]:
            self.answer = (kind, body)
            self.assertRaises(ApiFailure, lists_export.export, self.api)


LOG = """\
2026-11-30 10:00:00.000 UTC [77] LOG:  duration: 3.250 ms  plan:
\tQuery Text: SELECT *
\tFROM documents WHERE tenant_id = $1
\tLimit  (cost=0.29..8.30 rows=1 width=100) (actual time=0.010..0.011 rows=1 loops=1)
\t  Buffers: shared hit=3
\t  ->  Index Scan using documents_by_tenant on documents  (cost=0.29..8.30 rows=1 width=100) (actual time=0.009..0.010 rows=1 loops=1)
\t        Index Cond: (tenant_id = 'a'::uuid)
2026-11-30 10:00:00.010 UTC [77] LOG:  duration: 9.500 ms  plan:
\tQuery Text: SELECT *
\tFROM documents WHERE tenant_id = $1
\tLimit  (cost=0.29..9.30 rows=1 width=100) (actual time=0.010..0.011 rows=1 loops=1)
\t  ->  Index Scan using documents_by_tenant on documents  (cost=0.29..9.30 rows=1 width=100) (actual time=0.009..0.010 rows=1 loops=1)
\t        Index Cond: (tenant_id = 'b'::uuid)
2026-11-30 10:00:00.020 UTC [78] LOG:  duration: 80.000 ms  plan:
\tQuery Text: SELECT count(*) FROM chunks
\tAggregate  (cost=1.00..2.00 rows=1 width=8) (actual time=80.0..80.0 rows=1 loops=1)
\t  ->  Parallel Seq Scan on public.chunks chunks_1  (cost=0.00..1.00 rows=9 width=0) (actual time=0.1..70.0 rows=9 loops=1)
2026-11-30 10:00:00.030 UTC [78] LOG:  duration: 0.020 ms  plan:
\tQuery Text: SELECT * FROM tenants
\tSeq Scan on tenants  (cost=0.00..1.00 rows=9 width=0) (actual time=0.1..0.2 rows=9 loops=1)
2026-11-30 10:00:00.040 UTC [78] LOG:  something else
"""


class Explaining(unittest.TestCase):
    """Plans are read in Postgres' log."""

    def test_plans_are_told_apart_by_their_shape(self) -> None:
        plans = list(plans_in(LOG))
        self.assertEqual([plan.milliseconds for plan in plans], [3.25, 9.5, 80.0, 0.02])
        self.assertEqual(plans[0].statement, "SELECT *\nFROM documents WHERE tenant_id = $1")
        self.assertEqual(plans[0].shape, plans[1].shape)
        self.assertEqual(plans[0].shape, ("Limit", "Index Scan using documents_by_tenant on documents"))
        slowest, other = shapes(iter(plans))
        self.assertEqual((slowest.count, slowest.slowest.sequential), (1, ["chunks"]))
        self.assertEqual((other.count, other.slowest.milliseconds, other.slowest.sequential), (2, 9.5, []))
        self.assertNotIn("cost=", other.text())

    def test_a_log_without_plans_has_none(self) -> None:
        self.assertEqual(shapes(plans_in("")), [])
        self.assertEqual(shapes(plans_in("x LOG:  duration: 1.0 ms  statement: SELECT 1\n\tnothing\n")), [])


if __name__ == "__main__":
    unittest.main()
