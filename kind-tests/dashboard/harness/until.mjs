// Waiting for what can only be asked for.

import { setTimeout as pause } from "node:timers/promises";

import { Failure } from "./failure.mjs";

/** It is asked for so often, in milliseconds. */
const TICK = 100;
/** Nothing that is waited for takes longer, in seconds. */
const LIMIT = 120;

/**
 * Asks again until the answer is neither `undefined`, `null` nor `false`; that answer.
 *
 * @template T
 * @param {string} what what is waited for, as a sentence goes on after "waited for"
 * @param {() => Promise<T>} ask
 * @param {number} [limit] seconds
 * @returns {Promise<NonNullable<Exclude<T, false>>>}
 */
export async function until(what, ask, limit = LIMIT) {
  const deadline = performance.now() + limit * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) {
      return /** @type {NonNullable<Exclude<T, false>>} */ (answer);
    }
    if (performance.now() > deadline) throw new Failure(`waited ${limit} s for ${what}, in vain`);
    await pause(TICK);
  }
}
