// What was uploaded in this tab, over a reload: what was accepted is followed on, and a file that the reload has cut is said to be.

import { text } from "../language/catalogue.js";
import { store } from "./store.js";
import { readRecord } from "./watch.js";

/** @typedef {import("./store.js").UploadEntry} UploadEntry */

const REMEMBERED = "socrate-uploads";
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {() => void} listener told when all is forgotten */
export function onForgetting(listener) {
  listeners.add(listener);
}

/** @param {Partial<UploadEntry> & { key: string, name: string, size: number }} known @returns {UploadEntry} */
export function entryOf(known) {
  return { phase: "waiting", share: 0, documentId: null, message: "", canRetry: true, startedAt: Date.now(), ...known };
}

export function remember() {
  const kept = store.state.uploads.map(({ key, name, size, phase, documentId, startedAt }) => ({ key, name, size, phase, documentId, startedAt }));
  sessionStorage.setItem(REMEMBERED, JSON.stringify(kept));
}

/** After a reload. */
export function resumeUploads() {
  const kept = /** @type {UploadEntry[]} */ (JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "[]"));
  const resumed = kept.map((entry) => {
    if (entry.phase === "accepted") return entryOf({ ...entry, share: 1, canRetry: false });
    if (entry.phase === "stopped") return entryOf({ ...entry, canRetry: false });
    return entryOf({ ...entry, phase: "failed", canRetry: false, message: text("uploads.cut") });
  });
  store.set({ uploads: resumed });
  for (const { documentId } of resumed) if (documentId) readRecord(documentId);
}

/** Stops what is being sent, and forgets all. */
export function forgetUploads() {
  for (const listener of listeners) listener();
  sessionStorage.removeItem(REMEMBERED);
}
