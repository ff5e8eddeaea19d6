import assert from "node:assert/strict";
import { test } from "node:test";

import { isOutdated, hasResult, isUploaded, ofRecord, possible, withChange, withRecord, withStatus } from "../../../api/static/logic/document.js";
import { change, record, status } from "./records.mjs";

/** A document that is worked on, as it was known after change 5. */
const known = withStatus(ofRecord(record(), 5), status({ progress: 60, eta_seconds: 30, pages_done: 6 }));

test("a record says what failed rather than what was done last", () => {
  const failed = record({ status: "failed", error_message: "no text in it", error_reason: "NoText", task_status: "FAILURE" }, { message: "Reading file", attempt: 2 });
  const { message, reason, taskState, attempt, seq } = ofRecord(failed, 9);
  assert.deepEqual({ message, reason, taskState, attempt, seq }, { message: "no text in it", reason: "NoText", taskState: "FAILURE", attempt: 2, seq: 9 });
  assert.equal(ofRecord(record(), 1).message, "Queued");
});

test("a record that is newer takes the place of what is known", () => {
  const ready = record({ status: "ready", processing_progress: 100, task_status: "SUCCESS" });
  assert.deepEqual(withRecord(known, ready, 6), ofRecord(ready, 6));
  assert.deepEqual(withRecord(known, ready, 5), ofRecord(ready, 5), "read again, where no change has told of it");
  assert.deepEqual(withRecord(undefined, ready, 6), ofRecord(ready, 6));
});

test("a record that was read before the last change tells its details and no state", () => {
  const old = record({ status: "ready", total_pages: 10 });
  assert.deepEqual(withRecord(known, old, 4), { ...known, record: old, recordSeq: 4 });
});

test("live progress that is further on than a record stays, and its estimate", () => {
  const read = record({ processing_progress: 20 }, { pages_done: 2 });
  assert.deepEqual(withRecord(known, read, 6), { ...known, seq: 6, record: read, recordSeq: 6 });
  const further = withRecord(known, record({ processing_progress: 80 }), 6);
  assert.equal(further.progress, 80);
  assert.equal(further.secondsLeft, 30);
});

test("an attempt anew begins at nothing, and an end has nothing left", () => {
  assert.equal(withRecord(known, record({ processing_progress: 10 }, { attempt: 2 }), 6).progress, 10);
  assert.equal(withRecord(known, record({ status: "failed", processing_progress: 60 }), 6).secondsLeft, null);
});

test("within an attempt a status never goes back", () => {
  assert.equal(withStatus(known, status({ progress: 59 })), known);
  assert.equal(withStatus({ ...known, attempt: 2 }, status({ progress: 90, attempt: 1 })).progress, 60);
  assert.equal(withStatus(known, status({ progress: 61 })).progress, 61);
  assert.equal(withStatus(known, status({ progress: 0, attempt: 2 })).progress, 0);
});

test("a status has all that moves", () => {
  const next = withStatus(known, status({ progress: 60, queue_position: 3, eta_seconds: 12, pages_done: 7, pages_total: 11, message: "Saving metadata" }));
  assert.deepEqual(next, { ...known, queuePosition: 3, secondsLeft: 12, pagesDone: 7, pagesTotal: 11, message: "Saving metadata" });
  assert.equal(withStatus(known, status({ progress: 70 })).secondsLeft, null);
});

test("the end is known whatever the progress, with why", () => {
  const failed = withStatus(known, status({ status: "failed", progress: 0, task_state: "FAILURE", error: { reason: "Encrypted", message: "a password" } }));
  assert.deepEqual([failed.status, failed.reason, failed.message], ["failed", "Encrypted", "a password"]);
});

test("a change that is not newer says nothing", () => {
  assert.equal(withChange(known, change(5, { status: "ready", progress: 100 })), known);
  assert.equal(withChange(known, change(4, { status: "failed" })), known);
});

test("a change tells the name and its number, also where live progress is further on", () => {
  const behind = withChange(known, change(6, { progress: 20, filename: "renamed.pdf" }));
  assert.deepEqual(behind, { ...known, name: "renamed.pdf", seq: 6 });
});

test("an encoding that is begun anew starts at nothing", () => {
  const failed = withChange(known, change(6, { status: "failed", progress: 60, attempt: 3, error: { reason: "NoProgress", message: "stood still" } }));
  const again = withChange(failed, change(7, { progress: 0, attempt: 0, task_state: "PENDING", message: "Queued" }));
  assert.deepEqual([again.status, again.progress, again.attempt, again.reason], ["processing", 0, 0, null]);
});

test("there is something to read where it is ready, or where the result before is kept", () => {
  const kept = { encoding: 1, chunk_size: 1200, overlap: 200, total_chunks: 3, total_pages: 1, total_tokens: 9, language: "it", completed_at: "2026-05-01T10:00:00Z" };
  assert.equal(hasResult(known), false);
  assert.equal(hasResult({ ...known, status: "ready" }), true);
  assert.equal(hasResult(ofRecord(record({ kept_result: kept }), 1)), true);
  assert.equal(hasResult({ ...known, record: null }), false);
});

test("what is processed can be cancelled, what has ended and was uploaded be tried again, and all be removed", () => {
  const applied = ofRecord(record({ status: "failed", origin: "resource" }), 1);
  assert.deepEqual(possible(known), { cancel: true, retry: false, remove: true });
  assert.deepEqual(possible({ ...known, status: "failed" }), { cancel: false, retry: true, remove: true });
  assert.deepEqual(possible({ ...known, status: "ready" }), { cancel: false, retry: true, remove: true });
  assert.deepEqual(possible(applied), { cancel: false, retry: false, remove: true });
  assert.equal(isUploaded(applied), false);
  // Before the record is read it is taken for one that was uploaded here.
  assert.equal(isUploaded({ ...known, record: null }), true);
});

test("a status that was asked for before the end does not take it back", () => {
  const ready = ofRecord(record({ status: "ready", processing_progress: 100, task_status: "SUCCESS" }), 9);
  assert.equal(withStatus(ready, status({ progress: 95 })), ready);
});

test("a record of an attempt before does not take a document back to it", () => {
  const second = { ...ofRecord(record({}, { attempt: 2 }), 5), progress: 50 };
  assert.equal(withRecord(second, record({ processing_progress: 70 }, { attempt: 1 }), 5).attempt, 2);
});

test("a record is outdated where the document has ended since, also by an encoding that nobody saw", () => {
  const ready = ofRecord(record({ status: "ready" }), 5);
  assert.equal(isOutdated(ready), false);
  assert.equal(isOutdated({ ...ready, seq: 7 }), true);
  assert.equal(isOutdated({ ...ready, status: "failed" }), true);
  assert.equal(isOutdated({ ...known, seq: 9, recordSeq: 5 }), false);
});
