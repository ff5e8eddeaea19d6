// Runs flows, and tells of each how it went.

import { readdir } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { keep } from "./evidence.mjs";
import { Failure, described } from "./failure.mjs";
import { Stage } from "./stage.mjs";

/** @import { Run } from "./stage.mjs" */

/**
 * @typedef {object} Flow
 * @property {string} name what it shows, and that of which: "sign-in: a wrong key is refused"
 * @property {(stage: Stage) => Promise<void>} run
 * @property {number} [limit] the longest that it may take, in seconds
 * @property {boolean} [isAlone] whether no other flow may run at the same time: it measures, or takes from everybody what others need
 * @property {boolean} [isThorough] whether it runs only where everything is asked for: it takes long, or looks at more of what others look at
 */

/** The longest that a flow may take, in seconds. */
const LIMIT = 120;
/** So many flows run at once: most of their time they wait for encoders and for the page. */
const AT_ONCE = 3;

/**
 * The flows of all files of a folder, in the order of their names.
 *
 * @param {string} folder
 * @returns {Promise<Flow[]>}
 */
export async function flowsOf(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".mjs")).sort();
  const modules = await Promise.all(names.map((name) => import(pathToFileURL(path.join(folder, name)).href)));
  return modules.flatMap((module) => module.default);
}

/**
 * Those with one of the parts in their names; each part must be in one.
 *
 * @param {Flow[]} flows
 * @param {string[]} parts none: all flows
 */
export function chosen(flows, parts) {
  for (const part of parts) {
    if (!flows.some((flow) => flow.name.includes(part))) throw new Failure(`there is no flow with ${JSON.stringify(part)} in its name: --list names them`);
  }
  return parts.length === 0 ? flows : flows.filter((flow) => parts.some((part) => flow.name.includes(part)));
}

/**
 * Runs flows until the signal, some at a time and then those that run alone; how many of them failed.
 *
 * @param {Flow[]} flows
 * @param {Run} run
 * @param {AbortSignal} signal
 * @param {(line: string) => void} say
 */
export async function runFlows(flows, run, signal, say) {
  let failed = 0;
  const work = async (/** @type {Flow[]} */ left) => {
    for (let flow = left.shift(); flow && !signal.aborted; flow = left.shift()) {
      const complaints = await runOne(flow, run, signal, say);
      if (complaints.length > 0) failed += 1;
    }
  };
  const together = flows.filter(({ isAlone }) => !isAlone);
  await Promise.all(Array.from({ length: AT_ONCE }, () => work(together)));
  await work(flows.filter(({ isAlone }) => isAlone));
  return failed;
}

/**
 * Runs a flow and tells of it; what there is to complain of.
 *
 * @param {Flow} flow
 * @param {Run} run
 * @param {AbortSignal} signal
 * @param {(line: string) => void} say
 */
async function runOne(flow, run, signal, say) {
  const stage = new Stage(run);
  const began = performance.now();
  const complaints = await runFlow(flow, stage, signal);
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
  const lines = [`${complaints.length === 0 ? "ok    " : "FAILED"} ${seconds} s  ${flow.name}`, ...[...stage.told, ...complaints].map((line) => line.replace(/^/gm, "    "))];
  say(lines.join("\n"));
  return complaints;
}

/**
 * Runs a flow; what there is to complain of.
 *
 * @param {Flow} flow
 * @param {Stage} stage
 * @param {AbortSignal} signal
 */
async function runFlow(flow, stage, signal) {
  /** @type {string[]} */
  const complaints = [];
  /** @param {unknown} thrown */
  const complain = (thrown) => complaints.push(thrown instanceof Failure ? thrown.message : stackOf(thrown));
  await within(flow.limit ?? LIMIT, signal, flow.run(stage)).catch(complain);
  complaints.push(...stage.problems());
  if (complaints.length > 0) complaints.push(...(await keep(flow.name, stage.pages).catch((error) => [described(error)])));
  await stage.close().catch(complain);
  return complaints;
}

/**
 * Where it was thrown, as far as the flow goes: what is above is always the same.
 *
 * @param {unknown} thrown
 */
function stackOf(thrown) {
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return stack.replace(/\n +at (?:async )?runFlow [^]*$/, "");
}

/**
 * What comes of work, unless it takes too long or is told to end.
 *
 * @template T
 * @param {number} seconds
 * @param {AbortSignal} signal
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
export function within(seconds, signal, work) {
  const limit = AbortSignal.timeout(seconds * 1000);
  const ended = AbortSignal.any([signal, limit]);
  /** @type {Promise<never>} */
  const end = new Promise((_, reject) => {
    const onEnd = () => reject(new Failure(limit.aborted ? `it has not ended within ${seconds} s` : "told to end"));
    if (ended.aborted) onEnd();
    else ended.addEventListener("abort", onEnd, { once: true });
  });
  return Promise.race([work, end]);
}
