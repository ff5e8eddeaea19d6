// What the API does with documents.

import { queryOf } from "../logic/filter.js";
import { call, get, send, whole } from "./client.js";

/** @typedef {import("../logic/types.js").DocumentRecord} DocumentRecord */
/** @typedef {import("../logic/types.js").StatusRecord} StatusRecord */
/** @typedef {import("../logic/filter.js").Filter} Filter */

/**
 * @param {Filter} filter
 * @param {{ sort: string, limit: number, cursor?: string | null, isCounted?: boolean, signal?: AbortSignal }} page
 * @returns {Promise<{ documents: DocumentRecord[], next_cursor: string | null, change_seq: number, matching: number | null }>}
 */
export function list(filter, { sort, limit, cursor, isCounted, signal }) {
  const query = queryOf(filter);
  query.set("sort", sort);
  query.set("limit", String(limit));
  if (cursor) query.set("cursor", cursor);
  if (isCounted) query.set("count", "true");
  return get(`/api/documents?${query}`, { signal });
}

/** @param {string} id @returns {Promise<DocumentRecord>} */
export function details(id) {
  return get(`/api/documents/${id}`);
}

/**
 * @param {string} id
 * @param {string | null} tag the entity tag of what is known
 * @returns {Promise<{ status: StatusRecord, tag: string | null } | null>} null where nothing has changed since
 */
export async function status(id, tag) {
  const response = await call("GET", `/api/documents/${id}/status`, { headers: tag ? { "If-None-Match": tag } : {} });
  if (response.status === 304) return null;
  return { status: await whole(() => response.json()), tag: response.headers.get("ETag") };
}

/** @param {string} id @returns {Promise<void>} */
export const cancel = (id) => send("POST", `/api/documents/${id}/cancel`);

/**
 * @param {string} id
 * @param {{ chunk_size?: number, overlap?: number, queue?: string, priority?: number }} [parameters]
 * @returns {Promise<void>}
 */
export const retry = (id, parameters) => send("POST", `/api/documents/${id}/retry`, parameters);

/**
 * @param {string} id
 * @param {{ keepalive?: boolean }} [options]
 */
export async function remove(id, options) {
  await call("DELETE", `/api/documents/${id}`, options);
}
