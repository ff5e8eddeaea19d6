import assert from "node:assert/strict";
import { test } from "node:test";

import { EventReader } from "../../../api/static/logic/events.js";

const STREAM = 'id: 7\nevent: document.ready\ndata: {"a":1}\n\n: still here\n\ndata:two\r\ndata:  lines\r\n\r\nretry: 3000\n\ndata: rest\n';
const EVENTS = ['{"a":1}', "two\n lines"];

test("the data of whole events is read, and nothing else", () => {
  assert.deepEqual(new EventReader().read(STREAM), EVENTS);
});

test("it is no matter where a stream is cut", () => {
  for (let at = 0; at <= STREAM.length; at += 1) {
    const reader = new EventReader();
    assert.deepEqual([...reader.read(STREAM.slice(0, at)), ...reader.read(STREAM.slice(at))], EVENTS, `cut at ${at}`);
  }
  const reader = new EventReader();
  assert.deepEqual([...STREAM].flatMap((letter) => reader.read(letter)), EVENTS);
});

test("an event that has begun is told when it is whole", () => {
  const reader = new EventReader();
  assert.deepEqual(reader.read("data: a"), []);
  assert.deepEqual(reader.read("b\n"), []);
  assert.deepEqual(reader.read("\n"), ["ab"]);
  assert.deepEqual(reader.read("\n\n"), []);
});
