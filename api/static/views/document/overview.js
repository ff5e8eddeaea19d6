// What a document is, what happened to it, and which of its pages want a look.

import { h } from "../../vendor/preact.js";
import { Failure, Skeleton } from "../../components/controls.js";
import { useLoaded, useNow } from "../../components/loading.js";
import { text, textOf } from "../../language/catalogue.js";
import { bytes, dateTime, duration, languageName, number, percent, preciseTime } from "../../language/format.js";
import { hasResult } from "../../logic/document.js";
import { hashOf } from "../../logic/route.js";
import { stepsOf } from "../../logic/timeline.js";
import * as api from "../../network/results.js";
import { messageOf } from "../../state/toasts.js";

/** @typedef {import("../../logic/document.js").Document} Document */

/** @param {{ document: Document }} properties */
export function Overview({ document }) {
  const isShown = hasResult(document);
  const { value: metadata, error, reload } = useLoaded(
    () => (isShown ? api.metadata(document.id) : Promise.resolve(null)),
    [document.id, isShown, document.record?.processing_completed_at],
  );
  return h(
    "div",
    { class: "overview" },
    h(Summary, { document, confidence: metadata?.language_confidence ?? null }),
    h(Timeline, { document }),
    error ? h(Failure, { message: messageOf(error), onRetry: reload }) : isShown && h(Pages, { document, pages: metadata?.pages ?? null }),
  );
}

/** @param {{ document: Document, confidence: number | null }} properties */
function Summary({ document, confidence }) {
  const { record } = document;
  if (!record) return h(Skeleton, { lines: 4 });
  const kept = record.kept_result;
  const result = kept ?? record;
  const started = record.processing_started_at;
  const ended = record.processing_completed_at;
  const seconds = started && ended ? (Date.parse(ended) - Date.parse(started)) / 1000 : null;
  const count = (/** @type {number | null} */ value) => (value === null ? "–" : number(value));
  const language = result.language ? `${languageName(result.language)}${confidence === null ? "" : ` (${percent(confidence)})`}` : "–";
  /** @type {[string, string][]} */
  const facts = [
    [text("fact.pages"), count(result.total_pages)],
    [text("fact.chunks"), count(result.total_chunks)],
    [text("fact.tokens"), count(result.total_tokens)],
    [text("fact.language"), language],
    [text("fact.duration"), duration(seconds)],
    [text("fact.attempts"), number(document.attempt)],
    [text("fact.size"), bytes(record.size_bytes)],
    [text("fact.parameters"), text("fact.parameters.value", { size: number(result.chunk_size), overlap: number(result.overlap) })],
    [text("fact.queue"), textOf("queue", record.queue)],
    [text("fact.created"), dateTime(record.created_at)],
    [text("fact.cpu"), duration(record.cpu_seconds)],
  ];
  return h(
    "section",
    { class: "card", "aria-labelledby": "summary" },
    h("h2", { id: "summary" }, text("document.summary")),
    kept && h("p", { class: "hint" }, text("document.kept")),
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value)))),
  );
}

/** @param {{ document: Document }} properties */
function Timeline({ document }) {
  const now = useNow(1000);
  const events = document.record?.timeline;
  if (!events) return h(Skeleton, { lines: 3 });
  const steps = stepsOf(events, document);
  return h(
    "section",
    { class: "card", "aria-labelledby": "timeline" },
    h("h2", { id: "timeline" }, text("document.timeline")),
    h(
      "ol",
      { class: "timeline" },
      steps.map((step) =>
        h(
          "li",
          { key: step.key, class: step.isCurrent ? "current" : step.name },
          h("strong", null, textOf("event", step.name)),
          step.encoding > 1 && h("span", { class: "hint" }, text("event.encoding", { number: step.encoding })),
          step.isCurrent ? h("span", { class: "hint" }, text("event.since", { duration: duration((now - Date.parse(step.at)) / 1000) })) : h("time", { dateTime: step.at, class: "hint" }, preciseTime(step.at)),
          step.seconds !== null && h("span", { class: "hint" }, text("event.after", { duration: duration(step.seconds) })),
          step.reason && step.reason !== "Cancelled" && h("p", null, textOf("reason", step.reason)),
          step.message && step.name === "failed" && h("p", { class: "hint", lang: "en" }, step.message),
        ),
      ),
    ),
  );
}

/** @param {{ document: Document, pages: { number: number, chars: number, status: string }[] | null }} properties */
function Pages({ document, pages }) {
  if (!pages) return h(Skeleton, { lines: 2 });
  const marked = pages.filter(({ status }) => status !== "ok");
  const longest = Math.max(1, ...pages.map(({ chars }) => chars));
  return h(
    "section",
    { class: "card", "aria-labelledby": "pages" },
    h("h2", { id: "pages" }, text("document.pages")),
    h("p", { class: "hint" }, marked.length === 0 ? text("pages.good", { count: pages.length }) : text("pages.marked", { count: marked.length })),
    marked.length > 0 && h("ul", { class: "marked" }, marked.slice(0, 50).map(({ number: page, status }) => h("li", { key: page }, h("a", { href: hashOf("documents", document.id, { tab: "chunks", page: String(page) }) }, text("page", { page })), " ", textOf("pageStatus", status)))),
    h(
      "div",
      { class: "page-bars", role: "img", "aria-label": text("pages.bars", { count: pages.length }) },
      pages.slice(0, 400).map(({ number: page, chars, status }) => h("span", { key: page, class: status, title: `${text("page", { page })}: ${text("pages.chars", { count: chars })}`, style: { height: `${8 + (40 * chars) / longest}px` } })),
    ),
  );
}
