"""What the measuring of isolation decides, without a cluster."""

from __future__ import annotations

import json
import random
import sys
import unittest
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

sys.path.append(str(Path(__file__).resolve().parent.parent / "bench"))

from isolation import WARM_UP, Measured, Route, is_apart, measure, of_another, pairs, routes, told  # noqa: E402
from product_api import Account, Answer  # noqa: E402
from tenant import Tenant  # noqa: E402

#: The description of the API.
DESCRIPTION = Path(__file__).resolve().parents[2] / "api" / "openapi.json"


class Deciding(unittest.TestCase):
    """Noise is told from a difference."""

    def test_only_what_is_apart_in_one_direction_each_time_is_apart(self) -> None:
        for rounds, expected in [
            ([0.051, 0.06, 0.2], True),
            ([-0.051, -0.06, -0.2], True),
            ([0.051, -0.06, 0.2], False),
            ([0.2, 0.3, 0.05], False),
            ([], False),
        ]:
            self.assertEqual(is_apart(rounds), expected, rounds)

    def test_medians_are_compared(self) -> None:
        measured = Measured(theirs=[1.0, 1.1, 50.0], nothing=[1.0, 1.0, 1.0])
        self.assertAlmostEqual(measured.apart, 0.1)


class Asking(unittest.TestCase):
    """Both kinds are asked alike."""

    def test_pairs_hold_one_of_each_in_either_order(self) -> None:
        drawn = list(pairs(["a", "b"], ["x", "y"], 100, random.Random(1)))
        self.assertEqual({frozenset(pair) for pair in drawn}, {frozenset({(True, t), (False, n)}) for t, n in ("ax", "by")})
        self.assertEqual({pair[0][0] for pair in drawn}, {True, False})

    def test_routes_that_name_something_are_found_also_in_a_body(self) -> None:
        described: dict[str, Any] = {"paths": {"/api/documents/{id}": {"get": {}}, "/api/users": {"get": {}}, "/api/documents/upload/tus/{id}": {"patch": {}}}}
        found = {route.label: route for route in routes(described)}
        self.assertEqual({label: route.kind for label, route in found.items()}, {
            "GET /api/documents/{id}": "document",
            "PATCH /api/documents/upload/tus/{id}": "upload",
            "POST /api/keys (user_id)": "user",
        })
        self.assertIn(b'"user_id": "u"', found["POST /api/keys (user_id)"].request("u")[2] or b"")
        self.assertEqual(found["GET /api/documents/{id}"].request("d")[1], "/api/documents/d")

    def test_there_is_something_to_ask_for_of_all_that_the_api_names(self) -> None:
        described = json.loads(DESCRIPTION.read_text())
        kinds = of_another(Tenant(Account("tenant", "key"), "name", "user", "own key"))
        found = {(route.method.lower(), route.path.partition("?")[0]): route for route in routes(described)}
        for path, item in described["paths"].items():
            for method, operation in item.items():
                if "{" not in path:
                    continue
                route = found[method, path]
                self.assertIn(route.kind, kinds, route.label)
                self.assertNotIn("{", route.request("x")[1], route.label)
                needed = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query" and each.get("required")}
                self.assertEqual(set(parse_qs(urlsplit(route.path).query)), needed, route.label)
                self.assertTrue(route.body is not None or not operation.get("requestBody", {}).get("required"), route.label)

    def measured(self, answer_to: dict[str, Answer]) -> tuple[Measured, list[str]]:
        """What is found of an API that answers so to another's `a`, and to all others as it should."""
        usual = Answer(404, {}, b"there is no such document")

        def send(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
            return answer_to.get(path, usual)

        return measure(send, Route("GET", "/{id}"), ["a"], 10, random.Random(1))

    def test_an_answer_that_tells_is_found(self) -> None:
        measured, wrong = self.measured({})
        self.assertEqual((len(measured.theirs), len(measured.nothing), wrong), (10, 10, []))
        for telling in [
            Answer(404, {}, b"it is another's"),
            Answer(404, {"etag": "x"}, b"there is no such document"),
            Answer(200, {}, b"{}"),
        ]:
            self.assertEqual(len(self.measured({"/a": telling})[1]), 1, telling)
        self.assertGreater(WARM_UP, 0)

    def test_what_belongs_to_the_request_tells_nothing(self) -> None:
        answers = [Answer(404, {"x-request-id": of, "date": of, "content-length": "1"}, b"x") for of in "ab"]
        self.assertEqual(told(answers[0]), told(answers[1]))


if __name__ == "__main__":
    unittest.main()
