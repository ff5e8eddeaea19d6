// The list of documents: the pages that were read so far of those that match a filter.

import { PAGE_SIZE, RELOAD_EVERY } from "../logic/constants.js";
import { FILTER_NAMES, NEWEST_FIRST, isEmpty } from "../logic/filter.js";
import * as api from "../network/documents.js";
import { emptyList, store } from "./store.js";
import { messageOf } from "./toasts.js";

/** @typedef {import("../logic/filter.js").Filter} Filter */

/** Several documents that are created at once are read together, so many milliseconds later. */
const REFRESHED_AFTER = 400;

/** @type {{ filter: Filter, sort: string }} */
let shown = { filter: {}, sort: "-created_at" };
let isOpen = false;
/** Whether the first rows are in view: then new documents appear by themselves, else they are announced. */
let isAtTop = true;
/** What is being read, and whether it is to be read once more then. @type {{ key: string, controller: AbortController, isAgain: boolean } | null} */
let loading = null;
/** @type {ReturnType<typeof setTimeout> | null} */
let refreshing = null;

/**
 * Shows the documents that match. What is shown already stays as it is.
 * @param {Filter} filter
 * @param {string} sort
 */
export async function openList(filter, sort) {
  const key = JSON.stringify([sort, ...FILTER_NAMES.map((name) => filter[name] ?? "")]);
  isOpen = true;
  if (store.state.list.key === key) {
    await refreshList();
    return;
  }
  shown = { filter, sort };
  isAtTop = true;
  // The rows before stay until there are others: nothing is taken from under a hand, or the focus.
  store.set({ list: { ...emptyList(), key, ids: store.state.list.ids }, selected: new Set() });
  await read();
}

export function closeList() {
  isOpen = false;
  loading?.controller.abort();
  loading = null;
}

/** @returns {boolean} whether documents are left out that do not match something */
const isFiltered = () => !isEmpty(shown.filter);

/** @param {boolean} is whether the first rows are in view */
export function setAtTop(is) {
  isAtTop = is;
  if (is && store.state.list.newer > 0) refreshList();
}

/** Reads the first page anew, or for the first time. One that is being read is waited for, so that changes that never cease do not keep it away. */
async function read() {
  const { key } = store.state.list;
  if (loading?.key === key) {
    loading.isAgain = true;
    return;
  }
  loading?.controller.abort();
  const current = { key, controller: new AbortController(), isAgain: false };
  const { signal } = current.controller;
  loading = current;
  try {
    const { filter, sort } = shown;
    const page = await api.list(filter, { sort, limit: PAGE_SIZE, isCounted: true, signal });
    if (signal.aborted) return;
    store.putRecords(page.documents, page.change_seq);
    take(page);
  } catch (error) {
    if (signal.aborted) return;
    const { list } = store.state;
    store.set({ list: { ...list, phase: list.phase === "loaded" ? "loaded" : "failed", error: messageOf(error) } });
  }
  if (loading === current) loading = null;
  if (current.isAgain) await read();
}

/** @param {{ documents: { id: string }[], next_cursor: string | null, matching: number | null }} page */
function take(page) {
  const { list, selected } = store.state;
  const rest = { matching: page.matching, phase: /** @type {const} */ ("loaded"), error: "" };
  const unknown = page.documents.filter(({ id }) => !list.ids.includes(id)).length;
  if (list.phase === "loaded" && list.ids.length > 0 && !isAtTop && unknown > 0) {
    // Rows are not moved under the hand of who reads further down.
    store.set({ list: { ...list, ...rest, newer: unknown } });
    return;
  }
  const isAnother = list.phase !== "loaded";
  const { ids, cursor } = merged(isAnother ? emptyList() : list, page);
  if (isAnother) store.forgetUnseen(ids);
  const shownIds = new Set(ids);
  store.set({ list: { ...list, ...rest, ids, cursor, newer: 0 }, selected: new Set([...selected].filter((id) => shownIds.has(id))) });
}

/**
 * The first page in the place of what it was, before those that were read after it.
 * @param {{ ids: readonly string[], cursor: string | null }} before
 * @param {{ documents: { id: string }[], next_cursor: string | null }} page
 * @returns {{ ids: readonly string[], cursor: string | null }}
 */
export function merged(before, page) {
  const first = page.documents.map(({ id }) => id);
  const last = first.at(-1);
  const joint = last === undefined ? -1 : before.ids.lastIndexOf(last);
  if (page.next_cursor === null || joint === -1) return { ids: first, cursor: page.next_cursor };
  const isNew = new Set(first);
  const later = before.ids.slice(joint + 1).filter((id) => !isNew.has(id));
  return { ids: [...first, ...later], cursor: later.length > 0 ? before.cursor : page.next_cursor };
}

/** Reads the first page anew, where the list is shown. */
export async function refreshList() {
  if (isOpen && store.state.session === "in") await read();
}

export async function loadMore() {
  const { list } = store.state;
  if (list.phase !== "loaded" || list.isLoadingMore || list.cursor === null) return;
  const { key, cursor } = list;
  store.set({ list: { ...list, isLoadingMore: true } });
  try {
    const page = await api.list(shown.filter, { sort: shown.sort, limit: PAGE_SIZE, cursor });
    const now = store.state.list;
    if (now.key !== key || now.cursor !== cursor) return;
    store.putRecords(page.documents, page.change_seq);
    const known = new Set(now.ids);
    const more = page.documents.map(({ id }) => id).filter((id) => !known.has(id));
    store.set({ list: { ...now, ids: [...now.ids, ...more], cursor: page.next_cursor, error: "" } });
  } catch (error) {
    const now = store.state.list;
    if (now.key === key) store.set({ list: { ...now, error: messageOf(error) } });
  } finally {
    const now = store.state.list;
    if (now.key === key) store.set({ list: { ...now, isLoadingMore: false } });
  }
}

/** Reads the list anew a little later, once for many changes. */
function refreshSoon() {
  if (refreshing !== null || !isOpen) return;
  refreshing = setTimeout(() => {
    refreshing = null;
    refreshList();
  }, REFRESHED_AFTER);
}

/**
 * A document was created, or is in another state: it may belong to the list now, or no longer.
 * @param {boolean} isCreated
 */
export function noteChanged(isCreated) {
  if (isFiltered()) refreshSoon();
  else if (isCreated && isAtTop && shown.sort === NEWEST_FIRST) refreshSoon();
  else if (isCreated) store.set({ list: { ...store.state.list, newer: store.state.list.newer + 1 } });
}

/** Shows what is new, also to who reads further down. */
export async function showNewer() {
  isAtTop = true;
  await refreshList();
}

/** Every half minute, while anything is processing and somebody looks. */
export function refreshRegularly() {
  setInterval(() => {
    const { documents, list } = store.state;
    if (!document.hidden && list.ids.some((id) => documents.get(id)?.status === "processing")) refreshList();
  }, RELOAD_EVERY);
}
