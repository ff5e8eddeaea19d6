// What the list is restricted to: as the address of the page says it, and as the API is asked for it.

/**
 * @typedef {object} Filter
 * @property {string} [status]
 * @property {string} [reason]
 * @property {string} [language]
 * @property {string} [queue]
 * @property {string} [from] the first day, YYYY-MM-DD in the reader's time zone
 * @property {string} [to] the last day
 * @property {string} [min] bytes at least
 * @property {string} [max] bytes at most
 * @property {string} [acknowledged] `true` or `false`: whether somebody has seen to the failure
 * @property {string} [search] a part of the name
 */

/** @type {readonly (keyof Filter)[]} */
export const FILTER_NAMES = ["status", "reason", "language", "queue", "from", "to", "min", "max", "acknowledged", "search"];
export const STATUSES = ["processing", "ready", "failed"];
export const NEWEST_FIRST = "-created_at";
export const SORTS = [NEWEST_FIRST, "created_at", "filename", "-filename"];
export const REASONS = [
  "NoText", "Malformed", "Encrypted", "UnsupportedFormat", "SourceTooLarge", "SourceNotFound", "OutOfMemory", "DeadlineExceeded", "NoProgress",
  "EncoderCrashed", "EncodingError", "OutputMissing", "MetadataInvalid", "InvalidSpec", "Evicted", "ImagePull", "QuotaDenied", "Unschedulable",
  "StoreUnavailable", "Misconfigured", "Cancelled", "Deleted",
];

/** Of years that times have four digits in, also in another time zone. */
const DAY = /^(19|2\d)\d{2}-\d{2}-\d{2}$/;
const BYTES = /^\d{1,15}$/;
const LANGUAGE = /^([a-z]{2}|und)$/;
const QUEUE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @param {string} value @returns {boolean} whether a calendar has the day */
export function isDay(value) {
  const at = Date.parse(value);
  return DAY.test(value) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
}

/** @type {Record<keyof Filter, (value: string) => boolean>} */
const IS_VALID = {
  status: (value) => STATUSES.includes(value),
  reason: (value) => REASONS.includes(value),
  language: (value) => LANGUAGE.test(value),
  queue: (value) => QUEUE.test(value),
  from: isDay,
  to: isDay,
  min: (value) => BYTES.test(value),
  max: (value) => BYTES.test(value),
  acknowledged: (value) => value === "true" || value === "false",
  search: (value) => value.trim() !== "" && !value.includes("\0"),
};

/**
 * The filter that an address names; what is no value of it is passed over.
 * @param {URLSearchParams} parameters
 * @returns {Filter}
 */
export function filterOf(parameters) {
  /** @type {Filter} */
  const filter = {};
  for (const name of FILTER_NAMES) {
    const value = parameters.get(name);
    if (value !== null && IS_VALID[name](value)) filter[name] = value;
  }
  return filter;
}

/**
 * The start of a day, or of the one after, where the reader is.
 * @param {string} day YYYY-MM-DD
 * @param {number} more days after
 * @returns {string} as RFC 3339 has it
 */
function startOf(day, more) {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  // From its numbers: where clocks go forward at midnight the day begins an hour later, and the next one does not.
  return new Date(year, month - 1, date + more).toISOString();
}

/**
 * The filter as the API's bulk actions have it.
 * @param {Filter} filter
 * @returns {Record<string, string | number | boolean>}
 */
export function bodyOf(filter) {
  /** @type {Record<string, string | number | boolean>} */
  const body = {};
  for (const name of /** @type {const} */ (["status", "reason", "language", "queue", "search"])) {
    const value = filter[name];
    if (value) body[name] = value;
  }
  if (filter.from) body.created_from = startOf(filter.from, 0);
  if (filter.to) body.created_before = startOf(filter.to, 1);
  if (filter.min) body.min_bytes = Number(filter.min);
  if (filter.max) body.max_bytes = Number(filter.max);
  if (filter.acknowledged) body.acknowledged = filter.acknowledged === "true";
  return body;
}

/**
 * The filter as the API's lists have it.
 * @param {Filter} filter
 * @returns {URLSearchParams}
 */
export function queryOf(filter) {
  return new URLSearchParams(Object.entries(bodyOf(filter)).map(([name, value]) => [name, String(value)]));
}

/** @param {Filter} filter @returns {boolean} */
export function isEmpty(filter) {
  return FILTER_NAMES.every((name) => !filter[name]);
}
