// Uploads: a few at a time, each by itself. What was accepted is remembered until the tab is closed; a file that a reload has cut is said to be.

import { text } from "../language/catalogue.js";
import { backoff } from "../logic/backoff.js";
import { UPLOADS_AT_ONCE } from "../logic/constants.js";
import { pause } from "../logic/pause.js";
import { ApiError } from "../network/client.js";
import { store } from "./store.js";
import { attempt, messageOf } from "./toasts.js";
import { entryOf, onForgetting, remember } from "./uploads-remembered.js";
import * as api from "../network/documents.js";
import { readRecord } from "./watch.js";

/** @typedef {import("./store.js").UploadEntry} UploadEntry */

/** Attempts at an upload that passing troubles have refused. */
const ATTEMPTS = 5;

/** @type {Map<string, File>} */
const files = new Map();
/** @type {Map<string, AbortController>} */
const sending = new Map();
/** Keys of uploads that were stopped and are sent after all: the server may still be ending the request before. @type {Map<string, string>} */
const renewed = new Map();
/** Uploads whose last byte was sent when they were stopped: they become documents, which are cancelled. @type {Set<string>} */
const stopping = new Set();

/** @param {readonly File[]} chosen */
export function addUploads(chosen) {
  const added = chosen.map((file) => {
    const key = crypto.randomUUID();
    files.set(key, file);
    return entryOf({ key, name: file.name, size: file.size });
  });
  store.set({ uploads: [...store.state.uploads, ...added] });
  remember();
  next();
}

/** @param {string} key @param {Partial<UploadEntry>} to */
function change(key, to) {
  store.set({ uploads: store.state.uploads.map((entry) => (entry.key === key ? { ...entry, ...to } : entry)) });
}

/** @param {string} key @returns {UploadEntry | undefined} */
const find = (key) => store.state.uploads.find((entry) => entry.key === key);

function next() {
  const waiting = store.state.uploads.filter(({ phase }) => phase === "waiting");
  for (const { key } of waiting.slice(0, UPLOADS_AT_ONCE - sending.size)) run(key);
}

/** @param {string} key */
async function run(key) {
  const file = files.get(key);
  if (!file) return;
  const controller = new AbortController();
  sending.set(key, controller);
  change(key, { phase: "sending", share: 0, message: "", startedAt: Date.now() });
  try {
    const { id } = await sendUntilItPasses(key, file, controller.signal);
    files.delete(key);
    change(key, { phase: "accepted", share: 1, documentId: id, canRetry: false });
    sending.delete(key);
    remember();
    next();
    if (stopping.delete(key)) await attempt(() => api.cancel(id));
    await readRecord(id);
  } catch (error) {
    const isStopped = error instanceof DOMException;
    change(key, { phase: isStopped ? "stopped" : "failed", message: isStopped ? "" : messageOf(error) });
  } finally {
    sending.delete(key);
    remember();
    next();
  }
}

/**
 * @param {string} key
 * @param {File} file
 * @param {AbortSignal} signal
 */
async function sendUntilItPasses(key, file, signal) {
  for (let failures = 1; ; failures += 1) {
    try {
      const { upload } = await import("../network/upload.js");
      return await upload(file, { signal, idempotencyKey: renewed.get(key) ?? key, onProgress: (share) => change(key, { share }) });
    } catch (error) {
      if (!(error instanceof ApiError) || !isPassing(error) || failures >= ATTEMPTS) throw error;
      change(key, { share: 0, message: text("uploads.again", { message: messageOf(error) }) });
      await pause(error.retryAfter === null ? backoff(failures) : error.retryAfter * 1000, signal);
      signal.throwIfAborted();
    }
  }
}

/** @param {ApiError} error @returns {boolean} quotas do not pass by themselves: a person has to do something */
const isPassing = ({ isPassing: passes, status, code }) => (passes || status === 408 || code === "idempotency_key_pending") && code !== "quota_in_flight";

/** @param {string} key stops an upload, or cancels the document that it has become */
export async function stopUpload(key) {
  const entry = find(key);
  if (entry?.phase === "waiting") change(key, { phase: "stopped" });
  if (entry?.phase === "sending" && entry.share === 1) stopping.add(key);
  else sending.get(key)?.abort();
  const { documentId } = entry ?? {};
  if (documentId && store.state.documents.get(documentId)?.status !== "ready") await attempt(() => api.cancel(documentId));
}

/** Stops all that is not ready yet. */
export async function stopAllUploads() {
  const { documents, uploads } = store.state;
  const isOpen = (/** @type {UploadEntry} */ { phase, documentId }) =>
    phase === "waiting" || phase === "sending" || (documentId !== null && documents.get(documentId)?.status === "processing");
  // Those that wait first, so that none is begun in the place of one that was stopped.
  for (const entry of uploads.filter(({ phase }) => phase === "waiting")) change(entry.key, { phase: "stopped" });
  await Promise.all(uploads.filter(isOpen).map(({ key }) => stopUpload(key)));
}

/** @param {string} key */
export async function retryUpload(key) {
  const entry = find(key);
  if (!entry) return;
  const { documentId } = entry;
  if (documentId) {
    await attempt(() => api.retry(documentId));
    return;
  }
  if (entry.phase === "stopped") renewed.set(key, crypto.randomUUID());
  change(key, { phase: "waiting", share: 0, message: "" });
  next();
}

/** @param {string} key takes the row away; the document stays */
export function dismissUpload(key) {
  files.delete(key);
  store.set({ uploads: store.state.uploads.filter((entry) => entry.key !== key) });
  remember();
}

/** Takes all rows away that are ready, failed or stopped. */
export function dismissEnded() {
  const { documents, uploads } = store.state;
  const isEnded = (/** @type {UploadEntry} */ { phase, documentId }) =>
    phase === "failed" || phase === "stopped" || (documentId !== null && documents.get(documentId)?.status !== "processing");
  for (const { key } of uploads.filter(isEnded)) files.delete(key);
  store.set({ uploads: uploads.filter((entry) => !isEnded(entry)) });
  remember();
}

// Who leaves while bytes are going up is asked first.
addEventListener("beforeunload", (event) => {
  if (sending.size > 0) event.preventDefault();
});

onForgetting(() => {
  for (const controller of sending.values()) controller.abort();
  files.clear();
});
