// What was done in a tenant, by whom and when, for its administrators.

import { h } from "../../vendor/preact.js";
import { useState } from "../../vendor/preact-hooks.js";
import { Button, Empty, Failure, Skeleton } from "../../components/controls.js";
import { useLoaded } from "../../components/loading.js";
import { text, textOf } from "../../language/catalogue.js";
import { preciseTime } from "../../language/format.js";
import { subjectOf } from "../../logic/audit.js";
import { get } from "../../network/client.js";
import { attempt, messageOf } from "../../state/toasts.js";

/** @typedef {import("../../logic/audit.js").Entry} Entry */
/** @typedef {{ entries: Entry[], next_cursor: string | null }} Page */

export function AuditSection() {
  const { value, error, reload } = useLoaded((signal) => /** @type {Promise<Page & { names: Map<string, string> }>} */ (read(signal)), []);
  const [more, setMore] = useState(/** @type {Page} */ ({ entries: [], next_cursor: null }));
  if (error) return h(Failure, { message: messageOf(error), onRetry: reload });
  if (!value) return h(Skeleton, { lines: 6 });
  const entries = [...value.entries, ...more.entries];
  const cursor = more.entries.length > 0 ? more.next_cursor : value.next_cursor;
  const next = () => attempt(async () => {
    const page = /** @type {Page} */ (await get(`/api/audit?limit=50&cursor=${encodeURIComponent(cursor ?? "")}`));
    setMore({ entries: [...more.entries, ...page.entries], next_cursor: page.next_cursor });
  });
  if (entries.length === 0) return h(Empty, { icon: "log", title: text("audit.none") });
  const headings = ["audit.at", "audit.who", "audit.action", "audit.target"].map((name) => h("th", { scope: "col", key: name }, text(/** @type {"audit.at"} */ (name))));
  return [
    h(
      "div",
      { class: "wide", key: "table", tabIndex: 0, role: "region", "aria-label": text("settings.audit") },
      h("table", null, h("thead", null, h("tr", null, headings)), h("tbody", null, entries.map((entry) => h(Row, { entry, names: value.names, key: entry.id })))),
    ),
    cursor && h(Button, { onClick: next, key: "more" }, text("more")),
  ];
}

/** @param {AbortSignal} signal @returns {Promise<Page & { names: Map<string, string> }>} */
async function read(signal) {
  const [page, { users }, { keys }] = await Promise.all([
    /** @type {Promise<Page>} */ (get("/api/audit?limit=50", { signal })),
    /** @type {Promise<{ users: { id: string, name: string }[] }>} */ (get("/api/users?limit=200", { signal })),
    /** @type {Promise<{ keys: { id: string, name: string }[] }>} */ (get("/api/keys?limit=200", { signal })),
  ]);
  return { ...page, names: new Map([...users, ...keys].map(({ id, name }) => [id, name])) };
}

/** @param {{ entry: Entry, names: Map<string, string> }} properties */
function Row({ entry, names }) {
  const { at, action, actor_id: actor, method, target } = entry;
  const who = actor === null ? text("audit.operator") : (names.get(actor) ?? actor);
  const subject = subjectOf(entry, names);
  return h(
    "tr",
    null,
    h("td", null, h("time", { dateTime: at }, preciseTime(at))),
    h("td", null, h("bdi", null, who), " ", h("span", { class: "hint" }, textOf("method", method))),
    h("td", null, textOf("audited", action)),
    h("td", null, subject !== null && h("div", null, h("bdi", null, subject)), h("span", { class: "hint" }, target ?? "–")),
  );
}
