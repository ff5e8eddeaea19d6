import assert from "node:assert/strict";
import { test } from "node:test";

import { barOf, barOfUpload, batchProgress } from "../../../api/static/logic/progress.js";

test("a bar stands at 30 % when the upload is in, and moves on from there", () => {
  assert.equal(barOfUpload(1), 30);
  assert.deepEqual([0, 10, 30, 31, 80, 100].map((progress) => barOf({ status: "processing", progress })), [30, 30, 30, 31, 80, 100]);
});

test("what is sent fills the first 30 %, and no more", () => {
  assert.deepEqual([-1, 0, 0.5, 2].map(barOfUpload), [0, 0, 15, 30]);
});

test("what is ready is whole, and what has failed stands where it was", () => {
  assert.equal(barOf({ status: "ready", progress: 0 }), 100);
  assert.equal(barOf({ status: "failed", progress: 12 }), 12);
  assert.equal(barOf({ status: "processing", progress: 120 }), 100);
});

test("a batch is as far as its bars together", () => {
  const { share, done, total } = batchProgress({ bars: [100, 50, 0, 50], ended: 1, startedAt: 0, now: 1000 });
  assert.deepEqual({ share, done, total }, { share: 0.5, done: 1, total: 4 });
});

test("the rest is told at the pace so far", () => {
  const { secondsLeft } = batchProgress({ bars: [100, 0, 0, 0], ended: 1, startedAt: 5000, now: 15_000 });
  assert.equal(secondsLeft, 30);
});

test("nothing is told of the rest before there is a pace, and at the end", () => {
  const left = (/** @type {number[]} */ bars, /** @type {number} */ now) => batchProgress({ bars, ended: 0, startedAt: 0, now }).secondsLeft;
  assert.equal(left([50], 1000), null);
  assert.equal(left([0], 60_000), null);
  assert.equal(left([1], 60_000), null);
  assert.equal(left([100], 60_000), null);
  assert.deepEqual(batchProgress({ bars: [], ended: 0, startedAt: 0, now: 60_000 }), { share: 0, done: 0, total: 0, secondsLeft: null });
});
