// Deletion that can be taken back: a document is hidden at once, and deleted when the message that offers to take it back has gone, or when the page
// is left.

import { text } from "../language/catalogue.js";
import { UNDO_FOR } from "../logic/constants.js";
import { ApiError } from "../network/client.js";
import * as api from "../network/documents.js";
import { store } from "./store.js";
import { announce, messageOf, toast } from "./toasts.js";

/** So many deletions are asked for at once. A page that is left can still send as many. */
const AT_ONCE = 8;
/** @type {Set<string>} what was promised, and is not answered yet */
const promised = new Set();
/** @type {Set<() => void>} take the messages away that offer to take something back */
const offers = new Set();
/** @type {Set<Promise<void>>} what is being done */
const running = new Set();

/** @param {readonly string[]} ids */
export function removeDocuments(ids) {
  const batch = new Set(ids);
  for (const id of batch) promised.add(id);
  store.set({ removing: new Set([...store.state.removing, ...batch]), selected: new Set() });
  let isTakenBack = false;
  const takeBack = () => {
    isTakenBack = true;
    dismiss();
    for (const id of batch) promised.delete(id);
    store.set({ removing: new Set([...store.state.removing].filter((id) => !batch.has(id))) });
    announce(text("undone", { count: ids.length }));
  };
  const dismiss = toast(text("removed", { count: ids.length }), {
    milliseconds: UNDO_FOR,
    action: { name: text("undo"), run: takeBack },
    onGone: () => {
      offers.delete(dismiss);
      if (isTakenBack) return;
      const work = removeNow([...batch]).finally(() => running.delete(work));
      running.add(work);
    },
  });
  offers.add(dismiss);
}

/** @param {string[]} ids */
async function removeNow(ids) {
  const left = [...ids];
  /** @type {string[]} */
  const messages = [];
  const work = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const message = promised.has(id) ? await remove(id) : "";
      if (message) messages.push(message);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const [message] = messages;
  if (message !== undefined) toast(text("notRemoved", { count: messages.length, message }), { kind: "bad" });
}

/** @param {string} id @returns {Promise<string>} why it is still there; empty where it is gone */
async function remove(id) {
  try {
    await api.remove(id);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) {
      store.set({ removing: new Set([...store.state.removing].filter((each) => each !== id)) });
      return messageOf(error);
    }
  } finally {
    promised.delete(id);
  }
  store.dropDocument(id);
  return "";
}

/** Does what was promised, before the credential for it is given up. */
export async function finishRemovals() {
  for (const dismiss of [...offers]) dismiss();
  await Promise.all(running);
}

/** Forgets what was promised: whoever signs in next has not. */
export function forgetRemovals() {
  promised.clear();
  for (const dismiss of [...offers]) dismiss();
}

/** Who leaves the page cannot take anything back any more: what was promised is done, or, where that is too much at once, they are asked to stay. */
export function removeOnLeaving() {
  addEventListener("beforeunload", (event) => {
    if (promised.size > AT_ONCE) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    for (const id of promised) api.remove(id, { keepalive: true }).catch(() => undefined);
  });
}
