// Who is signed in. The session is a cookie that no script can read; where the browser keeps none (plain HTTP, another name than localhost), the key
// is kept in this tab.

import { text } from "../language/catalogue.js";
import { ApiError, call, get, key, send } from "../network/client.js";
import { store } from "./store.js";
import { messageOf } from "./toasts.js";

/** @typedef {import("../logic/types.js").Account} Account */

/** Whether somebody has signed in in this browser and not out: a cookie that no script can read is asked about only then. */
const SIGNED_IN = "socrate-signed-in";
const tabs = new BroadcastChannel("socrate-session");
/** @type {Set<(isIn: boolean) => void>} */
const listeners = new Set();
/** @type {Set<() => Promise<void>>} */
const beforeSignOut = new Set();

/** @param {(isIn: boolean) => void} listener told when somebody has signed in or out */
export function onSession(listener) {
  listeners.add(listener);
}

/** @param {() => Promise<void>} work done while there still is a credential */
export function onSigningOut(work) {
  beforeSignOut.add(work);
}

/** Finds out who is signed in, and follows other tabs. */
export async function resumeSession() {
  tabs.addEventListener("message", (event) => {
    // A key is of its tab alone.
    if (key.get() !== null) return;
    if (event.data === "out") leave();
    else if (store.state.session !== "in") enter().catch(() => leave());
  });
  if (key.get() === null && localStorage.getItem(SIGNED_IN) === null) {
    leave();
    return "";
  }
  try {
    await enter();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Where the server is away nobody is signed out: the page is loaded anew.
    if (error.status === 401) leave();
    else store.set({ session: "out" });
    return error.status === 401 ? "" : messageOf(error);
  }
  return "";
}

async function enter() {
  const account = /** @type {Account} */ (await get("/api/account"));
  if (key.get() === null) localStorage.setItem(SIGNED_IN, "yes");
  store.set({ account, session: "in", hasCookie: key.get() === null });
  for (const listener of listeners) listener(true);
}

/**
 * @param {string} value a key or a token
 * @returns {Promise<string>} why not; empty where it was done
 */
export async function signIn(value) {
  try {
    key.forget();
    await call("POST", "/api/session", { headers: { Authorization: `Bearer ${value}` } });
    if (!(await hasSession())) key.set(value);
    await enter();
    tell("in");
    return "";
  } catch (error) {
    key.forget();
    if (error instanceof ApiError && error.status === 401) return text("signIn.wrongKey");
    return messageOf(error);
  }
}

async function hasSession() {
  try {
    await get("/api/session");
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return false;
    throw error;
  }
}

export async function signOut() {
  await Promise.all([...beforeSignOut].map((work) => work()));
  try {
    if (key.get() === null) await send("DELETE", "/api/session");
  } catch (error) {
    // A session that has ended is what is wanted.
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  }
  tell("out");
  leave();
}

/** @param {"in" | "out"} what other tabs are told, which have the same session */
function tell(what) {
  if (key.get() === null) tabs.postMessage(what);
}

/** What is done where the server says that the session has ended. */
export function sessionEnded() {
  if (store.state.session !== "in") return;
  tell("out");
  leave();
}

function leave() {
  if (key.get() === null) localStorage.removeItem(SIGNED_IN);
  key.forget();
  for (const listener of listeners) listener(false);
  store.forget();
}

/** @param {"documents:write" | "admin"} scope @returns {boolean} */
export function may(scope) {
  return store.state.account?.scopes.includes(scope) ?? false;
}

/** Reads anew what is used of the quotas. */
export async function refreshAccount() {
  store.set({ account: await get("/api/account") });
}
