// What the server tells of documents, put into the store.

import { text } from "../language/catalogue.js";
import { withChange } from "../logic/document.js";
import { NEWEST_FIRST } from "../logic/filter.js";
import { get } from "../network/client.js";
import * as api from "../network/documents.js";
import { noteChanged, refreshList } from "./list.js";
import { announce } from "./toasts.js";
import { store } from "./store.js";

/** Counts are read anew so long after a change, in milliseconds: many changes are counted once. */
const COUNTED_AFTER = 2000;
/** @type {ReturnType<typeof setTimeout> | null} */
let counting = null;
/** Whether something failed since failures were counted: as many as before may be others. */
let hasFailed = false;
/** What is acknowledged in one tab is so in the others. */
const tabs = new BroadcastChannel("socrate-failures");
tabs.addEventListener("message", () => {
  if (store.state.session === "in") readFailures().catch(() => undefined);
});

/** @param {import("../logic/types.js").ChangeEvent} change */
export function receive(change) {
  const { document_id: id } = change.data;
  countSoon();
  hasFailed ||= change.type === "document.failed";
  if (change.type === "document.deleted") {
    store.dropDocument(id);
    return;
  }
  const known = store.state.documents.get(id);
  if (!known) {
    noteChanged(change.type === "document.created");
    return;
  }
  const changed = withChange(known, change);
  if (changed === known) return;
  store.putDocuments([changed]);
  if (changed.status === known.status) return;
  noteChanged(false);
  if (change.type === "document.ready") announce(text("announce.ready", { name: known.name }));
  if (change.type === "document.failed") announce(text("announce.failed", { name: known.name }));
}

/** After what was missed: all that is shown is read anew. */
export function reloadAll() {
  refreshList();
  countSoon();
}

export function countSoon() {
  if (counting !== null) return;
  counting = setTimeout(async () => {
    counting = null;
    if (store.state.session !== "in") return;
    await readCounts();
  }, COUNTED_AFTER);
}

/** Reads how many documents there are in each state, and how many failures nobody has seen to. */
async function readCounts() {
  const today = new Date().toISOString().slice(0, 10);
  try {
    const { documents: counts } = /** @type {import("../logic/types.js").Statistics} */ (await get(`/api/stats?from=${today}&to=${today}`));
    const isSame = counts.failed === store.state.counts?.failed && counts.processing === store.state.counts.processing;
    if (hasFailed || !isSame) {
      hasFailed = false;
      await readFailures();
    }
    store.set({ counts });
  } catch {
    // The numbers beside the navigation stay as they were: the next change has them read again.
  }
}

/** Reads how many failures nobody has seen to. What somebody cancelled is none. */
async function readFailures() {
  const count = async (/** @type {import("../logic/filter.js").Filter} */ filter) => {
    const page = await api.list({ status: "failed", acknowledged: "false", ...filter }, { sort: NEWEST_FIRST, limit: 1, isCounted: true });
    return page.matching ?? 0;
  };
  const [all, cancelled] = await Promise.all([count({}), count({ reason: "Cancelled" })]);
  store.set({ failures: all - cancelled, failuresCounted: store.state.failuresCounted + 1 });
}

/** After one was acknowledged, or no longer is. */
export async function recountFailures() {
  await readFailures();
  tabs.postMessage("counted");
}
