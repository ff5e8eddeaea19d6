// Actions on all documents that match a filter. The server does them one after the other; here it is shown how far they are.

import { text } from "../language/catalogue.js";
import { POLL_EVERY } from "../logic/constants.js";
import { bodyOf } from "../logic/filter.js";
import { ApiError } from "../network/client.js";
import * as api from "../network/bulk.js";
import { refreshList } from "./list.js";
import { store } from "./store.js";
import { announce, attempt } from "./toasts.js";

/** @typedef {import("../logic/types.js").BulkAction} BulkAction */

/** How often a running action is asked about, in milliseconds. */
const ASKED_EVERY = POLL_EVERY / 2;

/**
 * How many documents an action would be about.
 * @param {"cancel" | "delete" | "retry"} action
 * @param {import("../logic/filter.js").Filter} filter
 * @returns {Promise<number>}
 */
export async function countMatching(action, filter) {
  return (await api.bulk(action, bodyOf(filter), true)).bulk_action.matched;
}

/**
 * @param {"cancel" | "delete" | "retry"} action
 * @param {import("../logic/filter.js").Filter} filter
 */
export async function beginBulk(action, filter) {
  await attempt(async () => {
    const { bulk_action } = await api.bulk(action, bodyOf(filter), false);
    store.set({ selected: new Set() });
    followBulk(bulk_action);
  });
}

/** Shows how far those are that were begun before the page was loaded and still go on. */
export async function resumeBulk() {
  try {
    const { bulk_actions: actions } = await api.bulkActions();
    for (const action of actions.filter(({ state }) => state === "running")) followBulk(action);
  } catch {
    // They go on all the same; only nobody looks.
  }
}

/** @param {BulkAction} action shown until it has ended and somebody has seen that */
function followBulk(action) {
  put(action);
  follow(action.id);
}

/** @param {BulkAction} action */
function put(action) {
  const others = store.state.bulkActions.filter(({ id }) => id !== action.id);
  store.set({ bulkActions: [...others, action] });
}

/** @param {string} id */
function follow(id) {
  setTimeout(async () => {
    if (!store.state.bulkActions.some((each) => each.id === id)) return;
    let isRunning = true;
    try {
      const { bulk_action } = await api.bulkAction(id);
      put(bulk_action);
      isRunning = bulk_action.state === "running";
    } catch (error) {
      // Else it is asked again: the action goes on without anybody who looks.
      if (error instanceof ApiError && error.status === 404) dismissBulk(id);
    }
    if (isRunning) {
      follow(id);
      return;
    }
    announce(text("bulk.ended"));
    await refreshList();
  }, ASKED_EVERY);
}

/** @param {string} id */
export async function abortBulk(id) {
  await attempt(async () => put((await api.abortBulkAction(id)).bulk_action));
}

/** @param {string} id */
export function dismissBulk(id) {
  store.set({ bulkActions: store.state.bulkActions.filter((each) => each.id !== id) });
}
