import assert from "node:assert/strict";
import { test } from "node:test";

import { stepsOf } from "../../../api/static/logic/timeline.js";

/** @typedef {import("../../../api/static/logic/types.js").TimelineEvent} TimelineEvent */

/**
 * @param {TimelineEvent["event"]} name
 * @param {string} time
 * @param {Partial<TimelineEvent>} [more]
 * @returns {TimelineEvent}
 */
const event = (name, time, more = {}) => ({ event: name, encoding: 1, at: `2026-05-01T${time}Z`, message: null, reason: null, ...more });
const EVENTS = [event("created", "10:00:00"), event("requested", "10:00:00.500"), event("started", "10:01:00.500")];
const ENDED = { status: "failed", progress: 40, taskState: "FAILURE" };

test("steps have the time since the one before", () => {
  const steps = stepsOf(EVENTS, ENDED);
  assert.deepEqual(steps.map(({ name, seconds }) => [name, seconds]), [["created", null], ["requested", 0.5], ["started", 60]]);
});

test("steps keep what was said, of which encoding, and are told apart", () => {
  const failed = event("failed", "10:02:00", { message: "no text", reason: "NoText" });
  const again = event("requested", "10:03:00", { encoding: 2 });
  const steps = stepsOf([...EVENTS, failed, again], ENDED);
  assert.deepEqual(steps.slice(3).map(({ message, reason, encoding }) => ({ message, reason, encoding })), [
    { message: "no text", reason: "NoText", encoding: 1 },
    { message: null, reason: null, encoding: 2 },
  ]);
  assert.equal(new Set(steps.map(({ key }) => key)).size, steps.length);
});

test("what has ended has no step that goes on, and neither has what nothing is known of", () => {
  assert.ok(stepsOf(EVENTS, ENDED).every(({ isCurrent }) => !isCurrent));
  assert.deepEqual(stepsOf([], { status: "processing", progress: 40, taskState: "PROCESSING" }), []);
});

test("what is processed stands in the step that its progress says, since the last event", () => {
  const current = (/** @type {number} */ progress, taskState = "PROCESSING") => stepsOf(EVENTS, { status: "processing", progress, taskState }).at(-1);
  const names = [0, 9, 10, 19, 20, 79, 80, 100].map((progress) => current(progress)?.name);
  assert.deepEqual(names, ["waiting", "waiting", "reading", "reading", "extracting", "extracting", "saving", "saving"]);
  // An attempt that waits anew may still have the progress of the one before.
  assert.equal(current(50, "PENDING")?.name, "waiting");
  assert.deepEqual([current(50)?.isCurrent, current(50)?.at, current(50)?.seconds], [true, EVENTS[2]?.at, null]);
});
