import assert from "node:assert/strict";
import { test } from "node:test";

import { backoff } from "../../../api/static/logic/backoff.js";

test("each pause is twice as long as the one before, up to a minute", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failures) => backoff(failures, 1));
  assert.deepEqual(longest, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test("pauses are drawn from the upper half", () => {
  assert.equal(backoff(3, 0), 2000);
  assert.equal(backoff(3, 0.5), 3000);
  const drawn = Array.from({ length: 50 }, () => backoff(1));
  assert.ok(drawn.every((pause) => pause >= 500 && pause <= 1000), drawn.join());
  assert.ok(new Set(drawn).size > 1, "all clients come back in the same moment");
});
