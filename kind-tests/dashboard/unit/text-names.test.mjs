import assert from "node:assert/strict";
import { test } from "node:test";

import { ENGLISH } from "./catalogues.mjs";
import { USES } from "./text-uses.mjs";

test("each text that is asked for is there", () => {
  assert.ok(USES.length > 100, "the texts that are asked for are not found");
  const missing = USES.flatMap(({ where, names }) => names.filter((name) => !Object.hasOwn(ENGLISH, name)).map((name) => `${where}: ${name}`));
  assert.deepEqual(missing, []);
});

test("each text is asked for", () => {
  const used = new Set(USES.flatMap(({ names }) => names));
  assert.deepEqual(Object.keys(ENGLISH).filter((name) => !used.has(name)), []);
});

test("a text is given each value that it has a place for, and no other", () => {
  for (const { where, names, given } of USES) {
    const messages = names.map((name) => ENGLISH[name] ?? "");
    const wanted = new Set(messages.flatMap((message) => [...JSON.stringify(message).matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "")));
    // The number that chooses the form need not be in it.
    if (messages.some((message) => typeof message !== "string")) wanted.add("count");
    assert.deepEqual([...given].sort(), [...wanted].sort(), `${where}: ${names}`);
  }
});

test("a number that chooses a plural is no text yet", () => {
  for (const { where, names, isCountText } of USES) assert.ok(!isCountText || names.every((name) => typeof ENGLISH[name] === "string"), `${where}: ${names}`);
});
