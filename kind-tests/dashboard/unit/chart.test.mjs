import assert from "node:assert/strict";
import { test } from "node:test";

import { filled } from "../../../api/static/views/chart.js";

/** @param {string} day @param {number} documents */
const told = (day, documents) => ({ day, documents, pages: 0, tokens: documents * 100, bytes: 0, cpu_seconds: 0 });

test("days without anything are nought, and the last is included", () => {
  const days = [told("2026-02-27", 2), told("2026-03-01", 5)];
  assert.deepEqual(filled({ from: "2026-02-26", to: "2026-03-02", days }, "documents"), [
    { day: "2026-02-26", value: 0 },
    { day: "2026-02-27", value: 2 },
    { day: "2026-02-28", value: 0 },
    { day: "2026-03-01", value: 5 },
    { day: "2026-03-02", value: 0 },
  ]);
  assert.deepEqual(filled({ from: "2026-03-01", to: "2026-03-01", days }, "tokens"), [{ day: "2026-03-01", value: 500 }]);
});

test("each day is there once, also where clocks are put forward or back", () => {
  const days = filled({ from: "2026-01-01", to: "2026-12-31", days: [] }, "documents").map(({ day }) => day);
  assert.equal(new Set(days).size, 365);
  assert.equal(days.length, 365);
});
