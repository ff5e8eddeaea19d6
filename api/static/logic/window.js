// Which rows of a long list are drawn: those in view and some around them.

/** Rows that are drawn above and below what is in view, so that scrolling does not outrun the drawing. */
const AROUND = 8;

/**
 * @param {{ scrollTop: number, height: number, rowHeight: number, count: number }} view pixels, the top measured from the first row
 * @returns {{ first: number, last: number }} the first row, and the one after the last
 */
export function windowOf({ scrollTop, height, rowHeight, count }) {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - AROUND);
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + AROUND);
  return { first: Math.min(first, count), last: Math.max(last, 0) };
}

/**
 * Where a key leads in a list.
 * @param {string} key as `KeyboardEvent.key` has it
 * @param {number} current
 * @param {number} count
 * @param {number} page rows in view
 * @returns {number | null} the row, or null where the key leads nowhere
 */
export function rowAfter(key, current, count, page) {
  /** @type {Record<string, number>} */
  const targets = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + page, PageUp: current - page, Home: 0, End: count - 1 };
  const target = Object.hasOwn(targets, key) ? targets[key] : undefined;
  if (target === undefined || count === 0) return null;
  return Math.min(count - 1, Math.max(0, target));
}
