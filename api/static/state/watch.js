// Progress of what is looked at. Changes are told at steps; between them the pages that are done are in the status, which is asked for.

import { POLL_EVERY } from "../logic/constants.js";
import { isOutdated, withStatus } from "../logic/document.js";
import { ApiError } from "../network/client.js";
import * as api from "../network/documents.js";
import { store } from "./store.js";

/** So many statuses, and so many records, are asked for at a time. */
const AT_A_TIME = 12;

/** @type {Map<symbol, readonly string[]>} */
const watched = new Map();
/** @type {Map<string, string | null>} entity tags of the statuses that are known */
const tags = new Map();

/**
 * Follows documents that are in view, until it is called again with others.
 * @param {symbol} view
 * @param {readonly string[]} ids
 */
export function watch(view, ids) {
  if (ids.length === 0) watched.delete(view);
  else watched.set(view, ids);
}

export function watchRegularly() {
  const next = async () => {
    try {
      if (!document.hidden && store.state.session === "in" && store.state.live.mode !== "lost") await follow();
    } finally {
      setTimeout(next, POLL_EVERY);
    }
  };
  setTimeout(next, POLL_EVERY);
}

async function follow() {
  const { documents } = store.state;
  const ids = [...new Set([...watched.values()].flat())];
  const known = ids.map((id) => documents.get(id)).filter((each) => each !== undefined);
  const unknown = ids.filter((id) => !documents.has(id));
  const working = known.filter((each) => each.status === "processing" && each.taskState === "PROCESSING");
  const waiting = known.filter((each) => each.status === "processing" && each.taskState !== "PROCESSING");
  const outdated = known.filter(isOutdated);
  await Promise.all([
    ...[...working, ...waiting].slice(0, AT_A_TIME).map(({ id }) => readStatus(id)),
    ...[...unknown, ...outdated.map(({ id }) => id)].slice(0, AT_A_TIME).map((id) => readRecord(id)),
  ]);
}

/** @param {string} id */
async function readStatus(id) {
  await unlessGone(id, async () => {
    const read = await api.status(id, tags.get(id) ?? null);
    if (!read) return;
    tags.set(id, read.tag);
    if (read.status.status !== "processing") tags.delete(id);
    store.changeDocument(id, (known) => withStatus(known, read.status));
  });
}

/**
 * Reads a document, with its timeline.
 * @param {string} id
 */
export async function readRecord(id) {
  await unlessGone(id, async () => {
    const before = store.state.documents.get(id)?.seq ?? 0;
    store.putRecords([await api.details(id)], before);
  });
}

/** @param {string} id @param {() => Promise<void>} read */
async function unlessGone(id, read) {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) store.dropDocument(id);
    // Whatever else it is: it is asked for again, and whether the server is there is said by the live connection.
  }
}
