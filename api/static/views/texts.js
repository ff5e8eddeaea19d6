// How the state of a document is said.

import { text, textOf } from "../language/catalogue.js";
import { duration, number } from "../language/format.js";

/** @typedef {import("../logic/document.js").Document} Document */

/** @param {Document} document @returns {boolean} whether no encoder works on it: a Job may be there, and wait for its turn in the cluster */
const isWaiting = ({ taskState, message, pagesDone }) => taskState === "PENDING" || (message === "Queued" && !pagesDone);

/** @param {Document} document @returns {string} in a word or two */
export function stateText(document) {
  const { status, reason } = document;
  if (reason === "Cancelled" && status === "failed") return text("status.cancelled");
  if (status === "processing" && isWaiting(document)) return text("status.queued");
  return textOf("status", status);
}

/** @param {Document} document @returns {string} where a document that is processed is: its place, its pages, the encoder's own words, the time that is left */
export function workText(document) {
  const { queuePosition, pagesDone, pagesTotal, message, secondsLeft } = document;
  const left = secondsLeft ? text("work.left", { duration: duration(secondsLeft) }) : "";
  if (isWaiting(document)) {
    const place = queuePosition ? text("work.queuedAt", { position: number(queuePosition) }) : text("work.queued");
    return [place, left].filter(Boolean).join(" · ");
  }
  const pages = pagesTotal ? text("work.pages", { done: number(pagesDone ?? 0), total: number(pagesTotal) }) : "";
  return [text("work.processing"), pages, message, left].filter(Boolean).join(" · ");
}
