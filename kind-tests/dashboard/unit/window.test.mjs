import assert from "node:assert/strict";
import { test } from "node:test";

import { rowAfter, windowOf } from "../../../api/static/logic/window.js";

/** @param {number} scrollTop @param {number} count @param {number} [height] */
const drawn = (scrollTop, count, height = 500) => windowOf({ scrollTop, height, rowHeight: 50, count });

test("what is in view is drawn, with some around it, and not all of ten thousand", () => {
  for (const scrollTop of [0, 1, 49, 50, 250_000, 499_500]) {
    const { first, last } = drawn(scrollTop, 10_000);
    assert.ok(first * 50 <= scrollTop && last * 50 >= scrollTop + 500, `${scrollTop}: ${first} to ${last}`);
    assert.ok(last - first <= 10 + 1 + 2 * 8, `${scrollTop}: ${last - first} rows`);
  }
  const { first, last } = drawn(250_000, 10_000);
  assert.ok(first < 5000 && last > 5010, "scrolling outruns the drawing");
});

test("there are no rows but those there are", () => {
  assert.deepEqual(drawn(0, 3), { first: 0, last: 3 });
  assert.deepEqual(drawn(0, 0), { first: 0, last: 0 });
  // The list has become shorter than where it was scrolled to, or begins below what is in view.
  for (const [scrollTop, count] of /** @type {const} */ ([[100_000, 5], [100_000, 0], [-100_000, 5]])) {
    const { first, last } = drawn(scrollTop, count);
    assert.ok(first >= 0 && first <= last && last <= count, `${scrollTop}, ${count}: ${first} to ${last}`);
  }
});

test("keys lead through a list, and not out of it", () => {
  const keys = ["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"];
  assert.deepEqual(keys.map((key) => rowAfter(key, 50, 100, 10)), [51, 49, 60, 40, 0, 99]);
  assert.deepEqual(keys.map((key) => rowAfter(key, 0, 100, 10)), [1, 0, 10, 0, 0, 99]);
  assert.deepEqual(keys.map((key) => rowAfter(key, 99, 100, 10)), [99, 98, 99, 89, 0, 99]);
});

test("other keys lead nowhere, and none does in a list without rows", () => {
  for (const key of ["Enter", " ", "a", "Tab", "toString", "constructor", "__proto__"]) assert.equal(rowAfter(key, 5, 10, 5), null, key);
  for (const key of ["ArrowDown", "Home", "End"]) assert.equal(rowAfter(key, 0, 0, 5), null, key);
});
