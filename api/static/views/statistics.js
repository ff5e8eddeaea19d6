// What there is, what waits and runs, how long it takes, what fails, and what was used from day to day. Each number leads to what it counts.

import { h } from "../vendor/preact.js";
import { useState } from "../vendor/preact-hooks.js";
import { Badge, Failure, Select, Skeleton } from "../components/controls.js";
import { useLoaded } from "../components/loading.js";
import { text, textOf } from "../language/catalogue.js";
import { bytes, compact, duration, number } from "../language/format.js";
import { hashOf } from "../logic/route.js";
import { get } from "../network/client.js";
import { messageOf } from "../state/toasts.js";
import { Chart } from "./chart.js";

/** @typedef {import("../logic/types.js").Statistics} Statistics */

const PERIODS = ["7", "30", "90"];

/** @param {{ state: import("../state/store.js").State }} properties */
export function StatisticsView({ state }) {
  const [days, setDays] = useState("30");
  const from = new Date(Date.now() - (Number(days) - 1) * 86_400_000).toISOString().slice(0, 10);
  const { value, error, reload } = useLoaded((signal) => /** @type {Promise<Statistics>} */ (get(`/api/stats?from=${from}`, { signal })), [from, state.counts]);
  return h(
    "div",
    { class: "statistics" },
    h(
      "header",
      { class: "row" },
      h("h1", null, text("nav.statistics")),
      h(Select, { label: text("statistics.period"), value: days, options: PERIODS.map((each) => /** @type {const} */ ([each, text("statistics.days", { count: Number(each) })])), onChange: setDays }),
      h("a", { class: "button quiet", href: `/api/stats?from=${from}&format=csv`, download: `statistics-${from}.csv`, hidden: !state.hasCookie }, text("statistics.csv")),
    ),
    error ? h(Failure, { message: messageOf(error), onRetry: reload }) : null,
    !value && !error && h(Skeleton, { lines: 6 }),
    value && h(Figures, { statistics: value, theme: state.theme }),
  );
}

/** @param {{ statistics: Statistics, theme: string }} properties */
function Figures({ statistics, theme }) {
  const { documents, queues, reasons, processing_seconds: seconds, days } = statistics;
  const tile = (/** @type {"ready" | "processing" | "failed"} */ status) =>
    h("a", { class: `tile ${status}`, href: hashOf("documents", null, { status }), key: status }, h("strong", null, number(documents[status])), h(Badge, { status, label: textOf("status", status) }));
  const total = (/** @type {"documents" | "pages" | "tokens" | "cpu_seconds"} */ name) => days.reduce((sum, day) => sum + day[name], 0);
  return [
    h("section", { class: "tiles", key: "tiles", "aria-label": text("statistics.now") }, ["processing", "ready", "failed"].map((status) => tile(/** @type {"ready"} */ (status))), h("div", { class: "tile" }, h("strong", null, bytes(documents.bytes)), h("span", null, text("statistics.stored")))),
    h("section", { class: "card", key: "queues" }, h("h2", null, text("statistics.queues")), h(Queues, { queues })),
    h("section", { class: "card", key: "durations" }, h("h2", null, text("statistics.durations")), h(Durations, { seconds })),
    h("section", { class: "card", key: "days" }, h("h2", null, text("statistics.documentsByDay")), h("p", { class: "hint" }, `${text("documents.count", { count: total("documents"), shown: number(total("documents")) })}, ${text("count.pages", { count: total("pages") })}`), h(Chart, { statistics, of: "documents", name: text("statistics.documentsByDay"), theme })),
    h("section", { class: "card", key: "tokens" }, h("h2", null, text("statistics.tokensByDay")), h("p", { class: "hint" }, text("statistics.totalTokens", { tokens: compact(total("tokens")), cpu: duration(total("cpu_seconds")) })), h(Chart, { statistics, of: "tokens", name: text("statistics.tokensByDay"), theme })),
    h("section", { class: "card", key: "reasons" }, h("h2", null, text("statistics.reasons")), h(Reasons, { reasons })),
  ];
}

/** @param {{ queues: Statistics["queues"] }} properties */
function Queues({ queues }) {
  if (queues.length === 0) return h("p", { class: "hint" }, text("statistics.idle"));
  return h(
    "table",
    null,
    h("thead", null, h("tr", null, h("th", { scope: "col" }, text("filter.queue")), h("th", { scope: "col", class: "number" }, text("statistics.running")), h("th", { scope: "col", class: "number" }, text("statistics.waiting")))),
    h("tbody", null, queues.map(({ queue, running, waiting }) => h("tr", { key: queue }, h("th", { scope: "row" }, h("a", { href: hashOf("documents", null, { status: "processing", queue }) }, textOf("queue", queue))), h("td", { class: "number" }, number(running)), h("td", { class: "number" }, number(waiting))))),
  );
}

/** @param {{ seconds: import("../logic/types.js").Seconds }} properties */
function Durations({ seconds }) {
  if (seconds.documents === 0) return h("p", { class: "hint" }, text("statistics.noneYet"));
  const facts = [[text("statistics.average"), seconds.average], ["p50", seconds.p50], ["p95", seconds.p95], [text("statistics.longest"), seconds.max]];
  return h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, duration(/** @type {number | null} */ (value))))));
}

/** @param {{ reasons: Statistics["reasons"] }} properties */
function Reasons({ reasons }) {
  if (reasons.length === 0) return h("p", { class: "hint" }, text("failures.none"));
  const most = Math.max(...reasons.map(({ documents }) => documents));
  return h(
    "ul",
    { class: "bars" },
    reasons.map(({ reason, documents }) =>
      h("li", { key: reason }, h("a", { href: hashOf("documents", null, { status: "failed", reason }) }, textOf("reason", reason)), h("span", { class: "amount", "aria-hidden": "true" }, h("span", { style: { width: `${(100 * documents) / most}%` } })), h("span", { class: "number" }, number(documents))),
    ),
  );
}
