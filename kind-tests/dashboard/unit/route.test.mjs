import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS, hashOf, routeOf } from "../../../api/static/logic/route.js";

/** @param {string} hash */
function read(hash) {
  const { view, id, parameters } = routeOf(hash);
  return [view, id, String(parameters)];
}

test("an address names a view, what it shows and what it is restricted to", () => {
  assert.deepEqual(read("#/documents/1f?chunk=3"), ["documents", "1f", "chunk=3"]);
  assert.deepEqual(read("#/settings/keys"), ["settings", "keys", ""]);
  assert.deepEqual(read("#/uploads"), ["uploads", null, ""]);
  assert.deepEqual(read("#/failures/"), ["failures", null, ""]);
});

test("what is no address is that of the documents", () => {
  for (const hash of ["", "#", "#/", "#main", "#/nothing", "#/nothing/1f", "#/constructor", "#//evil.example/"]) assert.deepEqual(read(hash), ["documents", null, ""], hash);
  assert.deepEqual(read("#/nothing?status=failed"), ["documents", null, "status=failed"]);
});

test("what was written is read again", () => {
  const hostile = { search: "100 % #1 ?&=+/ ü", status: "failed" };
  for (const view of VIEWS) {
    const { view: found, id, parameters } = routeOf(hashOf(view, "1f", hostile));
    assert.deepEqual([found, id, Object.fromEntries(parameters)], [view, "1f", hostile]);
  }
});

test("parameters that are empty are left out", () => {
  assert.equal(hashOf("documents"), "#/documents");
  assert.equal(hashOf("documents", null, { status: "", reason: null, queue: undefined }), "#/documents");
  assert.equal(hashOf("documents", "1f", { chunk: "0", page: "" }), "#/documents/1f?chunk=0");
  assert.equal(hashOf("documents", null, new URLSearchParams("status=failed&search=")), "#/documents?status=failed");
});

test("a question mark that somebody typed belongs to the value", () => {
  assert.equal(routeOf("#/documents?search=why?").parameters.get("search"), "why?");
});
