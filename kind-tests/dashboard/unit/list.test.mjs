import assert from "node:assert/strict";
import { test } from "node:test";

import { merged } from "../../../api/static/state/list.js";

/**
 * @param {string} ids a letter each
 * @param {string | null} cursor of what comes after
 */
const known = (ids, cursor) => ({ ids: [...ids], cursor });
/** @param {string} ids @param {string | null} next */
const page = (ids, next) => ({ documents: [...ids].map((id) => ({ id })), next_cursor: next });

test("the first page is all there is at first", () => {
  assert.deepEqual(merged(known("", null), page("abc", "after c")), known("abc", "after c"));
  assert.deepEqual(merged(known("", null), page("", null)), known("", null));
});

test("what was read after the first page stays behind it", () => {
  assert.deepEqual(merged(known("abcdef", "after f"), page("abc", "after c")), known("abcdef", "after f"));
  assert.deepEqual(merged(known("abcdef", null), page("abc", "after c")), known("abcdef", null));
});

test("new documents come first, and those that they push from the page stay once", () => {
  assert.deepEqual(merged(known("abcdef", "after f"), page("xab", "after b")), known("xabcdef", "after f"));
});

test("documents that are gone from the page are gone, and none is shown twice", () => {
  assert.deepEqual(merged(known("abcdef", "after f"), page("acd", "after d")), known("acdef", "after f"));
  // Sorted by name, one that was further down may have come up.
  assert.deepEqual(merged(known("abcdef", "after f"), page("eab", "after b")), known("eabcdf", "after f"));
});

test("where the pages no longer meet it begins anew", () => {
  assert.deepEqual(merged(known("abcdef", "after f"), page("xyz", "after z")), known("xyz", "after z"));
});

test("a page that is the last is all there is", () => {
  assert.deepEqual(merged(known("abcdef", "after f"), page("ab", null)), known("ab", null));
  assert.deepEqual(merged(known("abcdef", "after f"), page("", null)), known("", null));
});

test("where nothing was read after the page, its own end is where to go on", () => {
  assert.deepEqual(merged(known("abc", null), page("xbc", "after c")), known("xbc", "after c"));
});
