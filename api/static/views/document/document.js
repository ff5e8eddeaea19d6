// One document: what it is and how it came to be, its chunks beside its pages, and the commands that show the same.

import { h } from "../../vendor/preact.js";
import { useEffect, useState } from "../../vendor/preact-hooks.js";
import { Badge, Button, Failure, ProgressBar, Skeleton } from "../../components/controls.js";
import { text, textOf } from "../../language/catalogue.js";
import { hasResult, isUploaded, possible } from "../../logic/document.js";
import { barOf } from "../../logic/progress.js";
import { hashOf } from "../../logic/route.js";
import { ApiError } from "../../network/client.js";
import * as api from "../../network/documents.js";
import { download } from "../../network/results.js";
import { removeDocuments } from "../../state/removal.js";
import { may } from "../../state/session.js";
import { attempt, messageOf } from "../../state/toasts.js";
import { readRecord, watch } from "../../state/watch.js";
import { store } from "../../state/store.js";
import { badgeOf } from "../documents/row.js";
import { stateText, workText } from "../texts.js";
import { Chunks } from "./chunks.js";
import { Commands } from "./commands.js";
import { Overview } from "./overview.js";
import { RunAgain } from "./run-again.js";

/** @typedef {import("../../logic/document.js").Document} Document */

const VIEW = Symbol("document");
const TABS = /** @type {const} */ (["overview", "chunks", "commands"]);

/** @param {{ state: import("../../state/store.js").State, id: string, parameters: URLSearchParams }} properties */
export function DocumentView({ state, id, parameters }) {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const document = state.documents.get(id);
  const status = document?.status;
  useEffect(() => {
    watch(VIEW, [id]);
    return () => watch(VIEW, []);
  }, [id]);
  // The timeline is of the details alone, and another when the state is.
  useEffect(() => {
    load(id).then(setError);
  }, [id, status, document?.taskState, document?.attempt]);
  const back = h("a", { class: "button quiet", href: hashOf("documents") }, text("document.back"));
  if (!document) {
    if (!error) return h(Skeleton, { lines: 6 });
    const isGone = error instanceof ApiError && error.status === 404;
    return h(
      "div",
      { class: "document" },
      back,
      h("div", { role: isGone ? "alert" : undefined }, h("h1", null, text(isGone ? "document.gone" : "document.unread"))),
      !isGone && h(Failure, { message: messageOf(error), onRetry: () => load(id).then(setError) }),
    );
  }
  const tab = tabOf(parameters);
  return h(
    "article",
    { class: "document" },
    back,
    error !== null && h(Failure, { message: messageOf(error), onRetry: () => load(id).then(setError) }),
    h(Head, { document, hasCookie: state.hasCookie, isRemoved: state.removing.has(id) }),
    h(
      "nav",
      { class: "tabs", "aria-label": text("document.parts") },
      TABS.map((each) => h("a", { href: hashOf("documents", id, { tab: each }), "aria-current": each === tab ? "true" : undefined, key: each }, text(`document.${each}`))),
    ),
    h(Part, { tab, document, parameters }),
  );
}

/** @param {URLSearchParams} parameters @returns {typeof TABS[number]} */
function tabOf(parameters) {
  const isOfChunks = parameters.has("chunk") || parameters.has("page");
  return TABS.find((each) => each === parameters.get("tab")) ?? (isOfChunks ? "chunks" : "overview");
}

/** @param {{ tab: typeof TABS[number], document: Document, parameters: URLSearchParams }} properties */
function Part({ tab, document, parameters }) {
  switch (tab) {
    case "chunks": {
      const page = Number(parameters.get("page")) || null;
      return h(Chunks, { document, wanted: parameters.get("chunk"), page, key: `${document.id}/${document.record?.processing_completed_at}` });
    }
    case "commands": return h(Commands, { document });
    default: return h(Overview, { document });
  }
}

/** @param {string} id @returns {Promise<unknown>} why it could not be read, or null */
async function load(id) {
  try {
    if (store.state.documents.has(id)) await readRecord(id);
    else store.putRecords([await api.details(id)], 0);
    return null;
  } catch (error) {
    return error;
  }
}

/** @param {{ document: Document, hasCookie: boolean, isRemoved: boolean }} properties */
function Head({ document, hasCookie, isRemoved }) {
  const [isAsked, setAsked] = useState(false);
  const { id, name, status } = document;
  const can = possible(document);
  const canWrite = may("documents:write");
  const stem = name.replace(/\.[^.]*$/, "");
  const get = (/** @type {"source" | "metadata" | "index"} */ part, /** @type {string} */ as) => attempt(() => download(id, part, as, hasCookie));
  const remove = () => {
    removeDocuments([id]);
    location.hash = hashOf("documents");
  };
  return h(
    "header",
    { class: "document-head" },
    h("h1", null, h("bdi", null, name)),
    h("p", { class: "row" }, h(Badge, { status: badgeOf(document), label: stateText(document) }), isRemoved && h("span", { class: "hint" }, text("document.removing"))),
    status === "processing" && h("div", { class: "work" }, h(ProgressBar, { value: barOf(document), label: text("progressOf", { name }), said: workText(document) }), h("p", null, workText(document))),
    status === "failed" && document.reason !== "Cancelled" && h(Reason, { document }),
    h(
      "div",
      { class: "row actions" },
      hasResult(document) && h(Button, { icon: "download", onClick: () => get("metadata", `${stem}_sections_metadata.json`) }, text("download.metadata")),
      hasResult(document) && h(Button, { icon: "download", onClick: () => get("index", `${stem}_sections_index.json`) }, text("download.index")),
      isUploaded(document) && h(Button, { icon: "download", onClick: () => get("source", name) }, text("download.source")),
      canWrite && can.retry && h(Button, { icon: "retry", onClick: () => setAsked(true) }, text("action.runAgain")),
      canWrite && can.cancel && h(Button, { icon: "stop", onClick: () => attempt(() => api.cancel(id)) }, text("action.cancel")),
      canWrite && h(Button, { icon: "remove", kind: "danger", onClick: remove }, text("action.delete")),
    ),
    isAsked && h(RunAgain, { document, onClose: () => setAsked(false) }),
  );
}

/** @param {{ document: Document }} properties */
function Reason({ document }) {
  const reason = document.reason ?? "";
  return h("div", { class: "failure" }, h("p", null, h("strong", null, textOf("reason", reason))), h("p", { lang: "en" }, document.message), h("p", { class: "remedy" }, textOf("remedy", reason)));
}
