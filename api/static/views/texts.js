// How the state of a document is said.

import { text, textOf } from "../language/catalogue.js";
import { duration, number } from "../language/format.js";

/** @typedef {import("../logic/document.js").Document} Document */

/** @param {Document} document @returns {string} in a word or two */
export function stateText({ status, taskState, reason }) {
  if (reason === "Cancelled" && status === "failed") return text("status.cancelled");
  if (status === "processing" && taskState === "PENDING") return text("status.queued");
  return textOf("status", status);
}

/** @param {Document} document @returns {string} where a document that is processed is: its place, its pages, the encoder's own words, the time that is left */
export function workText({ taskState, queuePosition, pagesDone, pagesTotal, message, secondsLeft }) {
  const left = secondsLeft ? text("work.left", { duration: duration(secondsLeft) }) : "";
  if (taskState === "PENDING") {
    const place = queuePosition ? text("work.queuedAt", { position: number(queuePosition) }) : text("work.queued");
    return [place, left].filter(Boolean).join(" · ");
  }
  const pages = pagesTotal ? text("work.pages", { done: number(pagesDone ?? 0), total: number(pagesTotal) }) : "";
  return [text("work.processing"), pages, message, left].filter(Boolean).join(" · ");
}
