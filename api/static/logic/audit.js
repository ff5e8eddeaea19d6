// What an entry of the audit log was done to, by a name that people know.

/** @typedef {{ id: string, at: string, action: string, actor_id: string | null, method: string, target: string | null, details: unknown }} Entry */

/** What the details of an entry call what it was done to, the best first: a document, a key, a member or an organisation, a webhook. */
const NAMES = ["filename", "name", "host"];

/**
 * @param {Entry} entry
 * @param {ReadonlyMap<string, string>} known names of members and keys by id
 * @returns {string | null} null where only an id is known
 */
export function subjectOf({ target, details }, known) {
  const told = /** @type {Record<string, unknown>} */ (typeof details === "object" && details !== null ? details : {});
  for (const key of NAMES) {
    const name = told[key];
    if (typeof name === "string" && name !== "") return name;
  }
  return known.get(target ?? "") ?? null;
}
