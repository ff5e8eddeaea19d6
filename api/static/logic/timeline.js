// What happened to a document, with the time from one step to the next.

/** @typedef {import("./types.js").TimelineEvent} TimelineEvent */
/** @typedef {{ key: string, name: string, at: string, seconds: number | null, message: string | null, reason: string | null, encoding: number, isCurrent: boolean }} Step */

/** The encoder's steps by its progress in per cent, as the specification of its texts has them. */
const WORK = /** @type {const} */ ([
  ["reading", 10],
  ["extracting", 20],
  ["saving", 80],
]);

/**
 * @param {readonly TimelineEvent[]} events in their order
 * @param {{ status: string, progress: number, taskState: string }} document
 * @returns {Step[]} the last one is the current one where it is still processed
 */
export function stepsOf(events, { status, progress, taskState }) {
  const steps = events.map((event, index) => {
    const before = events[index - 1];
    return {
      key: `${event.encoding}-${event.event}-${event.at}`,
      name: event.event,
      at: event.at,
      seconds: before === undefined ? null : (Date.parse(event.at) - Date.parse(before.at)) / 1000,
      message: event.message,
      reason: event.reason,
      encoding: event.encoding,
      isCurrent: false,
    };
  });
  const last = steps.at(-1);
  if (status !== "processing" || last === undefined) return steps;
  const work = WORK.findLast(([, from]) => progress >= from);
  const name = taskState === "PENDING" || work === undefined ? "waiting" : work[0];
  return [...steps, { key: "now", name, at: last.at, seconds: null, message: null, reason: null, encoding: last.encoding, isCurrent: true }];
}
