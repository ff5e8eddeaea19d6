// Messages that go by themselves, and what a screen reader is told.

import { text } from "../language/catalogue.js";
import { ApiError } from "../network/client.js";
import { store } from "./store.js";

const SHOWN_FOR = 6000;
let nextKey = 1;
/** @type {Map<number, { milliseconds: number, timer: ReturnType<typeof setTimeout>, onGone: () => void }>} */
const shown = new Map();

/**
 * @param {string} message
 * @param {{ kind?: "good" | "bad" | "plain", action?: { name: string, run: () => void }, milliseconds?: number, onGone?: () => void }} [options]
 * @returns {() => void} takes it away
 */
export function toast(message, { kind = "plain", action, milliseconds = SHOWN_FOR, onGone = () => undefined } = {}) {
  const key = nextKey++;
  const dismiss = () => dismissToast(key);
  shown.set(key, { milliseconds, onGone, timer: setTimeout(dismiss, milliseconds) });
  store.set({ toasts: [...store.state.toasts, { key, message, kind, action: action ?? null }] });
  announce(message);
  return dismiss;
}

/** @param {number} key */
export function dismissToast(key) {
  const entry = shown.get(key);
  if (!entry) return;
  shown.delete(key);
  clearTimeout(entry.timer);
  store.set({ toasts: store.state.toasts.filter((each) => each.key !== key) });
  entry.onGone();
}

/** @param {number} key somebody reads it, or is about to act on it: it stays (WCAG 2.2.1) */
export function holdToast(key) {
  clearTimeout(shown.get(key)?.timer);
}

/** @param {number} key it has its whole time once more */
export function releaseToast(key) {
  const entry = shown.get(key);
  if (!entry) return;
  clearTimeout(entry.timer);
  entry.timer = setTimeout(() => dismissToast(key), entry.milliseconds);
}

/** @param {string} message the same twice is said twice */
export function announce(message) {
  const isSame = store.state.announcement === message;
  store.set({ announcement: isSame ? `${message}\u00a0` : message });
}

/** @param {unknown} error @returns {string} what happened, for people */
export function messageOf(error) {
  if (error instanceof ApiError) return error.message || text("unreachable");
  throw error;
}

/**
 * Does what somebody asked for; where that fails they are told.
 * @param {() => Promise<unknown>} action
 * @returns {Promise<boolean>} whether it was done
 */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (error) {
    toast(messageOf(error), { kind: "bad" });
    return false;
  }
}
