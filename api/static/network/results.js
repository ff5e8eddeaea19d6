// What the API tells of results: chunks, what is found in them, and files.

import { call, get, whole } from "./client.js";

/**
 * @param {string} id
 * @param {string | null} cursor
 * @returns {Promise<{ chunks: import("../logic/types.js").Chunk[], next_cursor: string | null, total_chunks: number }>}
 */
export function chunks(id, cursor) {
  const query = new URLSearchParams({ limit: "200" });
  if (cursor) query.set("cursor", cursor);
  return get(`/api/documents/${id}/chunks?${query}`);
}

/**
 * @param {string} q
 * @param {{ document?: string, language?: string, cursor?: string | null, limit?: number, signal?: AbortSignal }} within
 * @returns {Promise<{ results: import("../logic/types.js").SearchResult[], next_cursor: string | null, truncated: boolean }>}
 */
export function search(q, { document, language, cursor, limit, signal }) {
  const query = new URLSearchParams({ q });
  if (language) query.set("language", language);
  if (cursor) query.set("cursor", cursor);
  if (limit) query.set("limit", String(limit));
  return get(document ? `/api/documents/${document}/search?${query}` : `/api/search?${query}`, { signal });
}

/** @param {string} id @returns {Promise<{ pages: { number: number, chars: number, status: string }[], language_confidence?: number }>} */
export function metadata(id) {
  return get(`/api/documents/${id}/metadata`);
}

/**
 * Saves a file of a document. With a session the browser fetches it itself, streamed to the disk; with a key it has to be fetched for it.
 * @param {string} id
 * @param {"source" | "metadata" | "index"} part
 * @param {string} name
 * @param {boolean} hasSession
 */
export async function download(id, part, name, hasSession) {
  const path = `/api/documents/${id}/${part}`;
  if (hasSession) return follow(path, name);
  const address = URL.createObjectURL(await blobOf(path));
  follow(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** @param {string} path @returns {Promise<Blob>} */
async function blobOf(path) {
  const response = await call("GET", path);
  return whole(() => response.blob());
}

/** @param {string} address @param {string} name */
function follow(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
