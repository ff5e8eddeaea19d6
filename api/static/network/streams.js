// Changes of documents, by WebSocket, by Server-Sent Events, or asked for now and then.

import { EventReader } from "../logic/events.js";
import { call, credentials, whole } from "./client.js";

/** @typedef {import("../logic/types.js").ChangeEvent} ChangeEvent */
/** @typedef {ChangeEvent | { type: "stream.begun" | "stream.reload", change_seq: number }} StreamMessage */

/** The credential holds no more (RFC 6455, section 7.4.1: policy violation). */
const FORBIDDEN = 1008;
/** A connection that does not come about in so many milliseconds is given up. */
const CONNECTED_WITHIN = 8000;

/** @param {number | null} after @returns {string} */
const query = (after) => (after === null ? "" : `?last_event_id=${after}`);

/**
 * Until the stream ends.
 * @param {number | null} after the last change that is known
 * @param {(message: StreamMessage) => void} onMessage
 * @param {AbortSignal} signal
 * @returns {Promise<{ begun: boolean, forbidden: boolean }>}
 */
export function byWebSocket(after, onMessage, signal) {
  return new Promise((resolve) => {
    const address = new URL(`/api/ws${query(after)}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    let begun = false;
    const close = () => socket.close();
    const timer = setTimeout(close, CONNECTED_WITHIN);
    signal.addEventListener("abort", close, { once: true });
    socket.addEventListener("message", ({ data }) => {
      begun = true;
      clearTimeout(timer);
      onMessage(JSON.parse(data));
    });
    socket.addEventListener("close", ({ code }) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", close);
      resolve({ begun, forbidden: code === FORBIDDEN });
    });
    if (signal.aborted) close();
  });
}

/**
 * The same over HTTP alone. Read by `fetch`, which may carry a key, as `EventSource` may not.
 * @param {number | null} after
 * @param {(message: StreamMessage) => void} onMessage
 * @param {AbortSignal} signal
 * @returns {Promise<{ begun: boolean, forbidden: boolean }>}
 */
export async function byEvents(after, onMessage, signal) {
  let begun = false;
  const connection = new AbortController();
  const close = () => connection.abort();
  // A proxy that gathers what is sent would never say that there is nothing.
  const timer = setTimeout(close, CONNECTED_WITHIN);
  signal.addEventListener("abort", close, { once: true });
  try {
    const response = await fetch(`/api/events${query(after)}`, { headers: credentials(), signal: connection.signal, cache: "no-store" });
    if (response.status === 401 || response.status === 403) return { begun, forbidden: true };
    if (!response.ok || !response.body) return { begun, forbidden: false };
    const reader = new EventReader();
    const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) {
      begun = true;
      clearTimeout(timer);
      for (const data of reader.read(piece.value)) onMessage(JSON.parse(data));
    }
  } catch {
    // The connection was cut, or nobody listens any more: who called goes on from the last change.
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", close);
  }
  return { begun, forbidden: false };
}

/**
 * What has changed until now.
 * @param {number | null} after
 * @param {(message: StreamMessage) => void} onMessage
 * @throws {import("./client.js").ApiError}
 */
export async function once(after, onMessage) {
  const separator = after === null ? "?" : "&";
  const response = await call("GET", `/api/events${query(after)}${separator}once=true`);
  for (const data of new EventReader().read(`${await whole(() => response.text())}\n\n`)) onMessage(JSON.parse(data));
}
