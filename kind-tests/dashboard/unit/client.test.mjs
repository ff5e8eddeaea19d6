import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, errorOf } from "../../../api/static/network/client.js";

test("an error says what the server says", () => {
  const error = errorOf(409, { success: false, code: "not_ready", message: "The document is not ready" }, "7");
  assert.ok(error instanceof ApiError);
  assert.deepEqual([error.status, error.code, error.message, error.retryAfter], [409, "not_ready", "The document is not ready", 7]);
});

test("an answer that is none of the API's has no code and no message", () => {
  for (const body of [null, undefined, {}, "Bad Gateway", [], 502]) {
    const { status, code, message, retryAfter } = errorOf(502, body, null);
    assert.deepEqual([status, code, message, retryAfter], [502, "unknown", "", null], JSON.stringify(body));
  }
});

test("a pause is told in seconds, or not at all", () => {
  const after = (/** @type {string | null} */ value) => errorOf(429, null, value).retryAfter;
  assert.deepEqual(["0", "1", "1.5", "120"].map(after), [0, 1, 1.5, 120]);
  assert.deepEqual([null, "", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "Infinity"].map(after), [null, null, null, null, null]);
});

test("what may succeed a little later is told from what will not", () => {
  const passing = [0, 400, 401, 404, 413, 429, 500, 502, 503, 504].filter((status) => errorOf(status, null, null).isPassing);
  assert.deepEqual(passing, [0, 429, 502, 503, 504]);
});
