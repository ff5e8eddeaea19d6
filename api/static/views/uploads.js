// Uploads of this tab: a row each, and how far all of them are.

import { h } from "../vendor/preact.js";
import { useEffect } from "../vendor/preact-hooks.js";
import { Button, Empty, ProgressBar } from "../components/controls.js";
import { useNow } from "../components/loading.js";
import { text, textOf } from "../language/catalogue.js";
import { bytes, duration, languageName, number, percent } from "../language/format.js";
import { ACCEPTED } from "../logic/constants.js";
import { barOf, barOfUpload, batchProgress } from "../logic/progress.js";
import { hashOf } from "../logic/route.js";
import { dismissEnded, dismissUpload, retryUpload, stopAllUploads, stopUpload } from "../state/uploads.js";
import { watch } from "../state/watch.js";
import { ChooseFiles } from "./drop-area.js";
import { workText } from "./texts.js";

/** @typedef {import("../state/store.js").UploadEntry} UploadEntry */
/** @typedef {import("../state/store.js").State} State */
/** @typedef {{ entry: UploadEntry, document: import("../logic/document.js").Document | undefined }} Pair */

const VIEW = Symbol("uploads");

/** @param {{ state: State }} properties */
export function UploadsView({ state }) {
  const pairs = state.uploads.map((entry) => ({ entry, document: entry.documentId === null ? undefined : state.documents.get(entry.documentId) }));
  const ids = pairs.map(({ entry }) => entry.documentId).filter((id) => id !== null);
  useEffect(() => watch(VIEW, ids), [ids.join()]);
  useEffect(() => () => watch(VIEW, []), []);
  return h(
    "div",
    { class: "uploads" },
    h("h1", null, text("nav.uploads")),
    h(
      "div",
      { class: "drop-box" },
      h("p", null, text("uploads.dropHere")),
      h("p", { class: "hint" }, text("uploads.formats", { formats: ACCEPTED.map((each) => each.slice(1)).join(", ") })),
      h("div", { class: "row" }, h(ChooseFiles, { kind: "primary" }), h(ChooseFiles, { folder: true, kind: "plain" })),
    ),
    pairs.length > 0 && h(Batch, { pairs }),
    pairs.length === 0
      ? h(Empty, { icon: "uploads", title: text("uploads.empty") }, h("p", null, text("uploads.empty.what")))
      : h("ul", { class: "upload-list" }, [...pairs].reverse().map((pair) => h(UploadRow, { ...pair, key: pair.entry.key }))),
  );
}

/** @param {Pair} pair @returns {number} per cent */
function barOfPair({ entry, document }) {
  if (document) return isOver({ entry, document }) ? 100 : barOf(document);
  return isOver({ entry, document }) ? 100 : barOfUpload(entry.share);
}

/** @param {Pair} pair @returns {boolean} whether nothing more happens by itself */
const isOver = ({ entry, document }) => entry.phase === "failed" || entry.phase === "stopped" || (document !== undefined && document.status !== "processing");

/** @param {{ pairs: Pair[] }} properties */
function Batch({ pairs }) {
  const now = useNow(1000);
  const ended = pairs.filter(isOver).length;
  const startedAt = Math.min(...pairs.map(({ entry }) => entry.startedAt));
  const { share, done, total, secondsLeft } = batchProgress({ bars: pairs.map(barOfPair), ended, startedAt, now });
  const isDone = done === total;
  const line = [text("batch.done", { done: number(done), total: number(total) }), percent(share), secondsLeft !== null && !isDone && text("work.left", { duration: duration(secondsLeft) })].filter(Boolean).join(" · ");
  return h(
    "section",
    { class: "batch card", "aria-label": text("batch.label") },
    h("p", null, line),
    h(ProgressBar, { value: share * 100, label: text("batch.label"), said: line }),
    h("div", { class: "row" }, !isDone && h(Button, { icon: "stop", onClick: stopAllUploads }, text("batch.stop")), ended > 0 && h(Button, { kind: "quiet", onClick: dismissEnded }, text("batch.clear"))),
  );
}

/** @param {Pair} pair @returns {{ state: string, canRetry: boolean }} */
function outcome({ entry, document }) {
  if (document) {
    const isFailed = document.status === "failed";
    return { state: isFailed && document.reason === "Cancelled" ? "cancelled" : document.status, canRetry: isFailed };
  }
  if (entry.phase === "failed") return { state: "failed", canRetry: entry.canRetry };
  if (entry.phase === "stopped") return { state: "cancelled", canRetry: entry.canRetry };
  return { state: "processing", canRetry: false };
}

/** @param {Pair} pair */
function UploadRow({ entry, document }) {
  const { key, name, size, documentId } = entry;
  const over = isOver({ entry, document });
  const { state, canRetry } = outcome({ entry, document });
  const line = said({ entry, document });
  return h(
    "li",
    { class: `upload card ${state}` },
    h("div", { class: "what" }, documentId ? h("a", { href: hashOf("documents", documentId) }, h("bdi", null, name)) : h("bdi", { class: "name" }, name), h("span", { class: "hint" }, bytes(size))),
    !over && h(ProgressBar, { value: barOfPair({ entry, document }), label: text("progressOf", { name }), said: line }),
    h("p", { class: "said" }, line),
    h(
      "div",
      { class: "row" },
      !over && h(Button, { icon: "stop", kind: "quiet", onClick: () => stopUpload(key) }, text(document ? "action.cancel" : "action.stop")),
      canRetry && h(Button, { icon: "retry", kind: "quiet", onClick: () => retryUpload(key) }, text("action.retry")),
      over && h(Button, { icon: "close", kind: "quiet", label: text("uploads.dismiss", { name }), onClick: () => dismissUpload(key) }),
    ),
  );
}

/** @param {Pair} pair @returns {string} */
function said({ entry, document }) {
  if (entry.phase === "stopped") return text("uploads.stopped");
  if (document?.status === "ready") return [text("work.ready"), summary(document)].filter(Boolean).join(" ");
  if (document?.status === "failed") return document.reason === "Cancelled" ? text("status.cancelled") : text("work.failed", { message: document.message || textOf("reason", document.reason ?? "") });
  if (document) return workText(document);
  if (entry.phase === "failed") return entry.message;
  if (entry.phase === "accepted") return text("work.queued");
  if (entry.phase === "waiting") return text("uploads.waiting");
  return entry.message || `${text("uploads.sending")} ${percent(entry.share)}`;
}

/** @param {import("../logic/document.js").Document} document @returns {string} */
function summary({ record }) {
  if (!record || record.status !== "ready") return "";
  const counts = [text("count.chunks", { count: record.total_chunks ?? 0 }), text("count.pages", { count: record.total_pages ?? 0 })];
  return [...counts, languageName(record.language)].join(", ");
}
