import assert from "node:assert/strict";
import { test } from "node:test";

import { Failure } from "../harness/failure.mjs";
import { run } from "../harness/platform.mjs";
import { chosen, within } from "../harness/runner.mjs";
import { until } from "../harness/until.mjs";

const flow = (/** @type {string} */ name) => ({ name, run: () => Promise.resolve() });
const FLOWS = ["sign-in: a", "upload: b", "upload: c"].map(flow);
const NEVER = new AbortController().signal;

test("flows are chosen by parts of their names, each of which must be one", () => {
  assert.deepEqual(chosen(FLOWS, []), FLOWS);
  assert.deepEqual(chosen(FLOWS, ["sign", ": c"]), [FLOWS[0], FLOWS[2]]);
  assert.throws(() => chosen(FLOWS, ["upload", "search"]), /there is no flow with "search" in its name/);
});

test("work has its limit, and ends where it is told to", async () => {
  assert.equal(await within(60, NEVER, Promise.resolve(1)), 1);
  await assert.rejects(within(60, NEVER, Promise.reject(new Error("of its own"))), /of its own/);
  await assert.rejects(within(60, AbortSignal.abort(), new Promise(() => undefined)), /told to end/);
  // A signal of time alone does not keep the test waiting.
  const alive = setInterval(() => undefined, 1000);
  await assert.rejects(within(0.01, NEVER, new Promise(() => undefined)), /it has not ended within 0\.01 s/);
  clearInterval(alive);
});

test("what is asked for is waited for, and no longer than its limit", async () => {
  const answers = [null, false, "there"];
  assert.equal(await until("it", () => Promise.resolve(answers.shift())), "there");
  await assert.rejects(until("nothing", () => Promise.resolve(false), 0), new Failure("waited 0 s for nothing, in vain"));
});

test("a program's complaint is told, and so is one that is missing", async () => {
  assert.equal(await run(process.execPath, ["--print", "1 + 1"]), "2\n");
  await assert.rejects(run(process.execPath, ["--eval", "console.error('the reason'); process.exit(3)"]), /--eval .*failed: the reason$/s);
  await assert.rejects(run("no-such-program", []), /unable to run no-such-program: .*ENOENT/);
});
