// One store: all that views show. It is changed by putting a new value in the place of what was, and told to whoever listens, once in a frame.

import { withRecord } from "../logic/document.js";

/** @typedef {import("../logic/document.js").Document} Document */
/** @typedef {import("../logic/types.js").Account} Account */
/** @typedef {import("../logic/types.js").BulkAction} BulkAction */

/**
 * @typedef {object} UploadEntry a file that is being uploaded, or was in this tab
 * @property {string} key
 * @property {string} name
 * @property {number} size bytes
 * @property {"waiting" | "sending" | "accepted" | "failed" | "stopped"} phase
 * @property {number} share what has been sent, 0 to 1
 * @property {string | null} documentId once it is accepted
 * @property {string} message why it failed
 * @property {boolean} canRetry whether the file is still at hand and may be sent again
 * @property {number} startedAt milliseconds since 1970
 */

/**
 * @typedef {object} ListState a page of documents, and those after it
 * @property {string} key filter and sort that it is of
 * @property {readonly string[]} ids
 * @property {string | null} cursor of the next page
 * @property {"loading" | "loaded" | "failed"} phase
 * @property {boolean} isLoadingMore
 * @property {string} error
 * @property {number} newer documents that were created since and are not in it yet
 * @property {number | null} matching how many matched when it was read
 */

/**
 * @typedef {object} Toast a message that goes by itself
 * @property {number} key
 * @property {string} message
 * @property {"good" | "bad" | "plain"} kind
 * @property {{ name: string, run: () => void } | null} action
 */

/**
 * @typedef {object} State
 * @property {Account | null} account
 * @property {"unknown" | "out" | "in"} session
 * @property {boolean} hasCookie whether the browser keeps the session's cookie
 * @property {ReadonlyMap<string, Document>} documents
 * @property {ListState} list
 * @property {readonly UploadEntry[]} uploads
 * @property {ReadonlySet<string>} selected
 * @property {ReadonlySet<string>} removing documents that are hidden until what destroys them can no longer be taken back
 * @property {readonly BulkAction[]} bulkActions
 * @property {{ mode: "connecting" | "live" | "polling" | "lost" | "paused", mayGoOn: boolean }} live
 * @property {readonly Toast[]} toasts
 * @property {import("../language/catalogue.js").Language} language
 * @property {"system" | "light" | "dark"} theme
 * @property {{ processing: number, ready: number, failed: number, total: number } | null} counts of all documents
 * @property {number} failures that nobody has seen to
 * @property {number} failuresCounted how often they were: as many may be others
 * @property {string} announcement what a screen reader is told
 */

/** @returns {ListState} */
export const emptyList = () => ({ key: "", ids: [], cursor: null, phase: "loading", isLoadingMore: false, error: "", newer: 0, matching: null });

/** @returns {State} */
const initial = () => ({
  account: null,
  session: "unknown",
  hasCookie: true,
  documents: new Map(),
  list: emptyList(),
  uploads: [],
  selected: new Set(),
  removing: new Set(),
  bulkActions: [],
  live: { mode: "connecting", mayGoOn: false },
  toasts: [],
  language: "en",
  theme: "system",
  counts: null,
  failures: 0,
  failuresCounted: 0,
  announcement: "",
});

export class Store {
  #state = initial();
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #isScheduled = false;
  #schedule;

  /** @param {(run: () => void) => void} schedule when listeners are told; one telling is for all changes until then */
  constructor(schedule) {
    this.#schedule = schedule;
  }

  get state() {
    return this.#state;
  }

  /** @param {Partial<State>} change */
  set(change) {
    this.#state = { ...this.#state, ...change };
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      this.#isScheduled = false;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Forgets all that belongs to somebody. What is of the browser stays. */
  forget() {
    const { language, theme } = this.#state;
    this.set({ ...initial(), session: "out", language, theme });
  }

  /**
   * @param {() => void} listener
   * @returns {() => void} stops it
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {Iterable<Document>} documents what is known of them now */
  putDocuments(documents) {
    // In its place: ten thousand are not copied for each change of one.
    const all = /** @type {Map<string, Document>} */ (this.#state.documents);
    for (const document of documents) all.set(document.id, document);
    this.set({});
  }

  /**
   * @param {readonly import("../logic/types.js").DocumentRecord[]} records
   * @param {number} seq a change that none of them is older than
   */
  putRecords(records, seq) {
    this.putDocuments(records.map((record) => withRecord(this.#state.documents.get(record.id), record, seq)));
  }

  /** @param {string} id @param {(known: Document) => Document} change */
  changeDocument(id, change) {
    const known = this.#state.documents.get(id);
    if (!known) return;
    const changed = change(known);
    if (changed !== known) this.putDocuments([changed]);
  }

  /**
   * Forgets the documents that no row is of, so that what is known does not grow for ever.
   * @param {readonly string[]} listed
   */
  forgetUnseen(listed) {
    const kept = new Set([...listed, ...this.#state.uploads.map(({ documentId }) => documentId)]);
    for (const id of this.#state.removing) kept.add(id);
    const all = /** @type {Map<string, Document>} */ (this.#state.documents);
    for (const id of [...all.keys()]) if (!kept.has(id)) all.delete(id);
  }

  /** @param {string} id a document that is no more */
  dropDocument(id) {
    const { documents, list, selected, removing, uploads } = this.#state;
    const without = (/** @type {ReadonlySet<string>} */ ids) => new Set([...ids].filter((each) => each !== id));
    /** @type {Map<string, Document>} */ (documents).delete(id);
    this.set({
      list: list.ids.includes(id) ? { ...list, ids: list.ids.filter((each) => each !== id), matching: list.matching && list.matching - 1 } : list,
      selected: selected.has(id) ? without(selected) : selected,
      removing: removing.has(id) ? without(removing) : removing,
      uploads: uploads.filter((entry) => entry.documentId !== id),
    });
  }
}

/** In a hidden tab no frame is drawn, and what is told waits for nobody. */
export const store = new Store((run) => {
  if (typeof requestAnimationFrame === "function" && !document.hidden) requestAnimationFrame(run);
  else setTimeout(run, 100);
});
