// Where the page is: the view, what it shows, and what it is restricted to, all in the part of the address after `#`, so that it can be kept and sent.

/** @typedef {{ view: string, id: string | null, parameters: URLSearchParams }} Route */

export const VIEWS = ["documents", "uploads", "failures", "statistics", "settings"];

/**
 * @param {string} hash such as `#/documents/1f…?chunk=3`
 * @returns {Route} that of the documents where the address is none
 */
export function routeOf(hash) {
  const [path = "", ...queries] = hash.replace(/^#/, "").split("?");
  // A question mark that somebody looks for belongs to the query.
  const query = queries.join("?");
  const [, view = "", id = ""] = path.split("/");
  const parameters = new URLSearchParams(query);
  return VIEWS.includes(view) ? { view, id: id === "" ? null : id, parameters } : { view: "documents", id: null, parameters };
}

/**
 * @param {string} view
 * @param {string | null} [id]
 * @param {Record<string, string | null | undefined> | URLSearchParams} [parameters] those that are empty are left out
 * @returns {string} such as `#/documents?status=failed`
 */
export function hashOf(view, id = null, parameters = {}) {
  const given = parameters instanceof URLSearchParams ? [...parameters] : Object.entries(parameters);
  const query = new URLSearchParams();
  for (const [name, value] of given) if (value) query.set(name, value);
  const path = id === null ? `#/${view}` : `#/${view}/${id}`;
  return query.size > 0 ? `${path}?${query}` : path;
}
