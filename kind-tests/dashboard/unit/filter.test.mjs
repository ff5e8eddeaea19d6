import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { FILTER_NAMES, NEWEST_FIRST, REASONS, SORTS, STATUSES, bodyOf, filterOf, isEmpty, queryOf } from "../../../api/static/logic/filter.js";

const OPENAPI = path.join(import.meta.dirname, "../../../api/openapi.json");
/** @typedef {{ name: string, schema: { enum?: string[] } }} Parameter */
/** @type {{ paths: Record<string, { get: { parameters: Parameter[] } }>, components: { schemas: { FilterBody: { properties: Record<string, { enum?: string[] }> } } } }} */
const api = JSON.parse(await readFile(OPENAPI, "utf8"));
const BODY = api.components.schemas.FilterBody.properties;
const PARAMETERS = api.paths["/api/documents"]?.get.parameters ?? [];

/** Something of each. */
const FULL = {
  status: "failed",
  reason: "NoText",
  language: "it",
  queue: "maintenance",
  from: "2026-03-29",
  to: "2026-03-29",
  min: "0",
  max: "1500",
  acknowledged: "false",
  search: "a&b",
};
const { TZ } = process.env;

before(() => {
  // That day has 23 hours here.
  process.env.TZ = "Europe/Rome";
});
after(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

test("what can be chosen is what the API knows", () => {
  assert.deepEqual([...REASONS].sort(), [...(BODY.reason?.enum ?? [])].sort());
  assert.deepEqual([...STATUSES].sort(), [...(BODY.status?.enum ?? [])].sort());
  const sorts = PARAMETERS.find(({ name }) => name === "sort")?.schema.enum ?? [];
  assert.deepEqual([...SORTS].sort(), [...sorts].sort());
  assert.ok(SORTS.includes(NEWEST_FIRST));
});

test("the API has each thing by which the list is restricted, in lists and in bulk actions", () => {
  assert.deepEqual(Object.keys(FULL).sort(), [...FILTER_NAMES].sort());
  const asked = Object.keys(bodyOf(FULL));
  assert.equal(asked.length, FILTER_NAMES.length);
  for (const name of asked) {
    assert.ok(name in BODY, `bulk actions have no ${name}`);
    assert.ok(PARAMETERS.some((each) => each.name === name), `lists have no ${name}`);
  }
});

test("an address names a filter, and what is no value of it is passed over", () => {
  assert.deepEqual(filterOf(new URLSearchParams({ ...FULL, sort: "filename", text: "x" })), FULL);
  const wrong = {
    status: "gone", reason: "notext", language: "ita", queue: "-a", from: "yesterday", to: "2026-13-01", min: "-1", max: "1e3", acknowledged: "yes", search: " ",
  };
  assert.deepEqual(filterOf(new URLSearchParams(wrong)), {});
  assert.deepEqual(filterOf(new URLSearchParams("search=a%00b&from=2026-1-1&min=&max=1234567890123456&status=toString")), {});
});

test("names of queues are those of Kubernetes' labels", () => {
  const queue = (/** @type {string} */ name) => filterOf(new URLSearchParams({ queue: name })).queue;
  for (const name of ["a", "a-b", "0", "a".repeat(63)]) assert.equal(queue(name), name);
  for (const name of ["a".repeat(64), "A", "a-", "a_b", "a b", "a\n"]) assert.equal(queue(name), undefined, JSON.stringify(name));
});

test("days begin and end where the reader is, also where one has 23 hours", () => {
  const { created_from, created_before } = bodyOf({ from: "2026-03-29", to: "2026-03-29" });
  assert.deepEqual([created_from, created_before], ["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"]);
  assert.equal(bodyOf({ to: "2026-12-31" }).created_before, "2026-12-31T23:00:00.000Z");
});

test("sizes are numbers, and nought is one; what is yes or no is no text", () => {
  assert.deepEqual(bodyOf({ min: "0", max: "1500" }), { min_bytes: 0, max_bytes: 1500 });
  assert.deepEqual(["true", "false"].map((acknowledged) => bodyOf({ acknowledged })), [{ acknowledged: true }, { acknowledged: false }]);
});

test("what is not restricted is not sent", () => {
  assert.deepEqual(bodyOf({}), {});
  assert.deepEqual(bodyOf({ status: "", search: "", from: "", to: "", min: "" }), {});
  assert.equal(queryOf({}).size, 0);
});

test("lists are asked for by the same, written as addresses have it", () => {
  assert.deepEqual(Object.fromEntries(queryOf(FULL)), Object.fromEntries(Object.entries(bodyOf(FULL)).map(([name, value]) => [name, String(value)])));
  assert.equal(String(queryOf({ search: "a&b #1" })), "search=a%26b+%231");
});

test("a filter is empty where nothing restricts", () => {
  assert.equal(isEmpty({}), true);
  assert.equal(isEmpty({ status: "" }), true);
  for (const name of FILTER_NAMES) assert.equal(isEmpty({ [name]: "1" }), false, name);
});

test("a day ends at midnight also where it has none to begin with", () => {
  // Clocks are put forward there at midnight: that day begins at one.
  const zone = process.env.TZ;
  process.env.TZ = "Africa/Cairo";
  const body = bodyOf({ to: "2026-04-24" });
  process.env.TZ = zone;
  assert.equal(body.created_before, "2026-04-24T21:00:00.000Z");
});

test("a day that no calendar has is none", () => {
  assert.deepEqual(filterOf(new URLSearchParams("from=2026-02-30&to=2026-06-31")), {});
});

test("the day after the last that can be named is a time, too", () => {
  const { to } = filterOf(new URLSearchParams("to=9999-12-31"));
  assert.match(String(bodyOf({ to: to ?? "2026-01-01" }).created_before), /^\d{4}-/);
});
