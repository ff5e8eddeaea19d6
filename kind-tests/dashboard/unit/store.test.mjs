import assert from "node:assert/strict";
import { test } from "node:test";

import { withStatus } from "../../../api/static/logic/document.js";
import { Store, emptyList } from "../../../api/static/state/store.js";
import { record, status } from "./records.mjs";

/** A store whose frames are drawn by hand. */
function opened() {
  /** @type {(() => void)[]} */
  const waiting = [];
  const store = new Store((run) => waiting.push(run));
  const told = { times: 0 };
  const stop = store.subscribe(() => {
    told.times += 1;
  });
  return { store, told, stop, frame: () => waiting.splice(0).forEach((run) => run()) };
}

/** @type {import("../../../api/static/state/store.js").UploadEntry} */
const UPLOAD = { key: "u1", name: "report.pdf", size: 1, phase: "accepted", share: 1, documentId: "d1", message: "", canRetry: false, startedAt: 0 };

test("many changes are told once, in the next frame", () => {
  const { store, told, frame } = opened();
  store.set({ announcement: "a" });
  store.set({ announcement: "b" });
  store.putRecords([record()], 1);
  assert.equal(told.times, 0);
  assert.equal(store.state.announcement, "b");
  frame();
  assert.equal(told.times, 1);
  frame();
  assert.equal(told.times, 1);
});

test("what changes after a frame is told in the next one, also where a listener has changed it", () => {
  const { store, told, frame } = opened();
  store.subscribe(() => {
    if (store.state.announcement !== "heard") store.set({ announcement: "heard" });
  });
  store.set({ announcement: "a" });
  frame();
  frame();
  assert.equal(told.times, 2);
});

test("who has stopped to listen is told nothing", () => {
  const { store, told, stop, frame } = opened();
  store.set({ announcement: "a" });
  stop();
  frame();
  assert.equal(told.times, 0);
});

test("records never take a document back", () => {
  const { store } = opened();
  store.putRecords([record()], 5);
  store.changeDocument("d1", (known) => withStatus(known, status({ progress: 60 })));
  store.putRecords([record({ processing_progress: 20 })], 6);
  assert.equal(store.state.documents.get("d1")?.progress, 60);
  store.putRecords([record({ status: "ready", processing_progress: 100 })], 8);
  store.putRecords([record({ processing_progress: 80, total_pages: 3 })], 7);
  const { status: now, seq, record: last } = store.state.documents.get("d1") ?? {};
  assert.deepEqual([now, seq, last?.total_pages], ["ready", 8, 3]);
});

test("records of some documents leave the others", () => {
  const { store } = opened();
  store.putRecords([record(), record({ id: "d2" })], 1);
  store.putRecords([record({ id: "d2", filename: "other.pdf" })], 2);
  assert.deepEqual([...store.state.documents.values()].map(({ name, seq }) => [name, seq]), [["report.pdf", 1], ["other.pdf", 2]]);
});

test("what changes nothing is told to nobody", () => {
  const { store, told, frame } = opened();
  store.putRecords([record()], 1);
  frame();
  store.changeDocument("d1", (known) => known);
  store.changeDocument("unknown", () => assert.fail("there is no such document"));
  frame();
  assert.equal(told.times, 1);
});

test("a document that is no more is nowhere any more", () => {
  const { store } = opened();
  store.putRecords([record(), record({ id: "d2" })], 1);
  store.set({
    list: { ...emptyList(), ids: ["d1", "d2"], key: "k" },
    selected: new Set(["d1", "d2"]),
    removing: new Set(["d1"]),
    uploads: [UPLOAD, { ...UPLOAD, key: "u2", documentId: "d2" }, { ...UPLOAD, key: "u3", phase: "sending", documentId: null }],
  });
  store.dropDocument("d1");
  assert.ok(!JSON.stringify(store.state, (_key, value) => (value instanceof Set || value instanceof Map ? [...value] : value)).includes('"d1"'));
  const { documents, list, selected, removing, uploads } = store.state;
  assert.deepEqual([[...documents.keys()], list.ids, [...selected], [...removing]], [["d2"], ["d2"], ["d2"], []]);
  assert.equal(list.key, "k");
  assert.deepEqual(uploads.map(({ key }) => key), ["u2", "u3"]);
});

test("one that was nowhere changes no list and no selection", () => {
  const { store } = opened();
  store.set({ list: { ...emptyList(), ids: ["d2"] }, selected: new Set(["d2"]) });
  const { list, selected, removing } = store.state;
  store.dropDocument("d1");
  assert.deepEqual([store.state.list === list, store.state.selected === selected, store.state.removing === removing], [true, true, true]);
});

test("who signs out leaves nothing but what is of the browser", () => {
  const { store } = opened();
  store.putRecords([record()], 1);
  store.set({ language: "it", theme: "dark", session: "in", uploads: [UPLOAD], selected: new Set(["d1"]), announcement: "report.pdf: document ready" });
  store.forget();
  const fresh = new Store(() => undefined).state;
  assert.deepEqual(store.state, { ...fresh, language: "it", theme: "dark", session: "out" });
});
