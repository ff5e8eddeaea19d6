// Pauses between attempts: each twice as long as the one before, up to a limit, and drawn from its upper half, so that the clients of a server that
// was away do not come back in the same moment.

const FIRST = 1000;
const LONGEST = 60_000;

/**
 * @param {number} failures how many attempts have failed in a row, from 1
 * @param {number} [chance] 0 to 1
 * @returns {number} milliseconds
 */
export function backoff(failures, chance = Math.random()) {
  const longest = Math.min(LONGEST, FIRST * 2 ** Math.min(failures - 1, 10));
  return longest / 2 + (longest / 2) * chance;
}
