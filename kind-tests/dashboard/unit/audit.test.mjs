import assert from "node:assert/strict";
import { test } from "node:test";

import { subjectOf } from "../../../api/static/logic/audit.js";

const ENTRY = { id: "1", at: "2026-01-01T00:00:00Z", action: "key.created", actor_id: null, method: "command", target: "a", details: {} };

test("what something was done to has the name that the log tells", () => {
  for (const details of [{ filename: "report.pdf" }, { name: "report.pdf", user_id: "b" }, { host: "report.pdf", enabled: true }]) {
    assert.equal(subjectOf({ ...ENTRY, details }, new Map([["a", "Ada"]])), "report.pdf");
  }
});

test("otherwise it has the name that it has now, if any", () => {
  for (const details of [{}, null, "name", { name: null }, { name: "" }]) {
    assert.equal(subjectOf({ ...ENTRY, details }, new Map([["a", "Ada"]])), "Ada");
    assert.equal(subjectOf({ ...ENTRY, details }, new Map()), null);
    assert.equal(subjectOf({ ...ENTRY, target: null, details }, new Map([["a", "Ada"]])), null);
  }
});
