import assert from "node:assert/strict";
import { test } from "node:test";

import { contactSheet, fileOf } from "../harness/contact-sheet.mjs";

/** @param {Partial<import("../harness/contact-sheet.mjs").Shot>} changes */
function shot(changes) {
  const plain = { view: "documents", theme: "light", width: 360, language: "it", ...changes };
  return { file: fileOf(plain), ...plain };
}

test("each picture is on the sheet once, with those of its view", () => {
  const sheet = contactSheet([shot({}), shot({ view: "uploads" }), shot({ theme: "dark" })]);
  const sources = [...sheet.matchAll(/<h2 id="([^"]+)"|src="([^"]+)"/g)].map(([, view, source]) => view ?? source);
  assert.deepEqual(sources, ["documents", "documents_light_360_it.png", "documents_dark_360_it.png", "uploads", "uploads_light_360_it.png"]);
});

test("what failed is told in place of its picture, and is no markup", () => {
  const sheet = contactSheet([shot({ failure: "waited for <main>" })]);
  assert.ok(sheet.includes("waited for &#60;main&#62;"));
  assert.ok(!sheet.includes("<img"));
});
