// How far a bar is. An upload fills the first 30 %; the encoder's own progress moves the bar on from there.

import { UPLOADED_AT } from "./constants.js";

/**
 * @param {{ status: string, progress: number }} document
 * @returns {number} per cent
 */
export function barOf({ status, progress }) {
  if (status === "ready") return 100;
  return Math.min(100, Math.max(status === "processing" ? UPLOADED_AT : 0, progress));
}

/**
 * @param {number} share what has been sent, 0 to 1
 * @returns {number} per cent
 */
export function barOfUpload(share) {
  return UPLOADED_AT * Math.min(1, Math.max(0, share));
}

/**
 * How much of a batch is done, and how long the rest will take at the pace so far.
 * @param {{ bars: readonly number[], ended: number, startedAt: number, now: number }} batch bars in per cent, times in milliseconds
 * @returns {{ share: number, done: number, total: number, secondsLeft: number | null }}
 */
export function batchProgress({ bars, ended, startedAt, now }) {
  const total = bars.length;
  const share = total === 0 ? 0 : bars.reduce((sum, bar) => sum + bar, 0) / (100 * total);
  const seconds = (now - startedAt) / 1000;
  const isKnown = share > 0.02 && share < 1 && seconds > 2;
  return { share, done: ended, total, secondsLeft: isKnown ? (seconds * (1 - share)) / share : null };
}
