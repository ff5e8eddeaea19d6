import assert from "node:assert/strict";
import { test } from "node:test";

import { cut } from "../../../api/static/logic/overlap.js";

/**
 * @param {string} text
 * @param {number} start in the whole text, in Unicode characters
 * @param {number} [section]
 * @returns {import("../../../api/static/logic/types.js").Chunk}
 */
function chunk(text, start, section = 1) {
  const metadata = { index: 0, title: null, section, page: null };
  return { id: "", text, token_count: 1, char_start: start, char_end: start + [...text].length, page_start: 1, page_end: 1, metadata };
}

const WHOLE = "abcdefghij";
const [first, second, third] = [chunk("abcde", 0), chunk("defgh", 3), chunk("ghij", 6)];

test("a chunk is cut where its neighbours end and begin", () => {
  assert.equal(WHOLE.slice(3, 8), second.text);
  assert.deepEqual(cut(second, first, third), { shared: "de", own: "f", sharedAfter: "gh" });
  assert.deepEqual(cut(first, undefined, second), { shared: "", own: "abc", sharedAfter: "de" });
  assert.deepEqual(cut(third, second, undefined), { shared: "gh", own: "ij", sharedAfter: "" });
});

test("chunks that do not touch share nothing", () => {
  assert.deepEqual(cut(third, first, undefined), { shared: "", own: "ghij", sharedAfter: "" });
});

test("chunks of two sections share nothing, whatever their positions", () => {
  assert.deepEqual(cut(second, chunk("abcde", 0, 2), chunk("ghij", 6, 3)), { shared: "", own: "defgh", sharedAfter: "" });
});

test("no text is told twice or lost where both neighbours share all of it", () => {
  assert.deepEqual(cut(chunk("cde", 2), chunk("abcde", 0), chunk("defgh", 3)), { shared: "cde", own: "", sharedAfter: "" });
  assert.deepEqual(cut(chunk("cde", 2), chunk("abcd", 0), chunk("cdefg", 2)), { shared: "cd", own: "", sharedAfter: "e" });
});

test("positions are in characters, which JavaScript may count as two", () => {
  const before = chunk("a😀😀b", 0);
  assert.deepEqual(cut(chunk("😀bc", 2), before, undefined), { shared: "😀b", own: "c", sharedAfter: "" });
  assert.deepEqual(cut(before, undefined, chunk("😀bc", 2)), { shared: "", own: "a😀", sharedAfter: "😀b" });
});
