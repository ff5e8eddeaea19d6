// What failed, by reason: in words that say what happened and what helps, with one document or all of a reason to be tried again.

import { h } from "../vendor/preact.js";
import { useState } from "../vendor/preact-hooks.js";
import { Button, Empty, Failure, Skeleton } from "../components/controls.js";
import { Confirmation } from "../components/dialog.js";
import { useLoaded } from "../components/loading.js";
import { text, textOf } from "../language/catalogue.js";
import { ago, number } from "../language/format.js";
import { NEWEST_FIRST } from "../logic/filter.js";
import { hashOf } from "../logic/route.js";
import { get } from "../network/client.js";
import * as api from "../network/documents.js";
import { acknowledge as acknowledgeFailure, takeBackAcknowledgement } from "../network/failures.js";
import { beginBulk } from "../state/bulk.js";
import { recountFailures } from "../state/changes.js";
import { removeDocuments } from "../state/removal.js";
import { may } from "../state/session.js";
import { attempt, messageOf, toast } from "../state/toasts.js";

/** @typedef {import("../logic/types.js").DocumentRecord} DocumentRecord */

/** Documents that are shown of each reason. */
const SHOWN = 5;
/** Reasons are counted over so many days. */
const DAYS = 365;

/** @param {{ state: import("../state/store.js").State }} properties */
export function FailuresView({ state }) {
  const { value, error, isLoading, reload } = useLoaded(readGroups, [state.failuresCounted]);
  const groups = value?.filter(({ count }) => count > 0);
  return h(
    "div",
    { class: "failures", "aria-busy": isLoading },
    h("header", { class: "row" }, h("h1", null, text("nav.failures")), h("a", { class: "button quiet", href: hashOf("documents", null, { status: "failed", acknowledged: "true" }) }, text("failures.allAcknowledged"))),
    error ? h(Failure, { message: messageOf(error), onRetry: reload }) : null,
    !groups && !error && h(Skeleton, { lines: 4 }),
    groups?.length === 0 && h(Empty, { icon: "check", title: text("failures.none") }, h("p", null, text("failures.none.what"))),
    groups?.map((group) => h(Group, { ...group, removing: state.removing, key: group.reason })),
  );
}

/**
 * What nobody has seen to, by reason, the most frequent first.
 * @param {AbortSignal} signal
 * @returns {Promise<{ reason: string, count: number, documents: DocumentRecord[] }[]>}
 */
async function readGroups(signal) {
  const from = new Date(Date.now() - DAYS * 86_400_000).toISOString().slice(0, 10);
  const { reasons } = /** @type {import("../logic/types.js").Statistics} */ (await get(`/api/stats?from=${from}`, { signal }));
  const wanted = reasons.filter(({ reason }) => reason !== "Cancelled");
  return Promise.all(
    wanted.map(async ({ reason }) => {
      const page = await api.list(open(reason), { sort: NEWEST_FIRST, limit: SHOWN, isCounted: true, signal });
      return { reason, count: page.matching ?? page.documents.length, documents: page.documents };
    }),
  );
}

/** @param {string} reason @returns {import("../logic/filter.js").Filter} */
const open = (reason) => ({ status: "failed", reason, acknowledged: "false" });

/** @param {{ reason: string, count: number, documents: DocumentRecord[], removing: ReadonlySet<string> }} properties */
function Group({ reason, count, documents, removing }) {
  const [isAsked, setAsked] = useState(false);
  const canWrite = may("documents:write");
  const id = `reason-${reason}`;
  return h(
    "section",
    { class: "card group", "aria-labelledby": id },
    h(
      "header",
      null,
      h("div", null, h("h2", { id }, textOf("reason", reason), " ", h("span", { class: "count" }, number(count))), h("p", { class: "remedy" }, textOf("remedy", reason))),
      h(
        "div",
        { class: "row" },
        canWrite && h(Button, { icon: "retry", onClick: () => setAsked(true) }, text("failures.retryAll")),
        h("a", { class: "button quiet", href: hashOf("documents", null, { ...open(reason) }) }, text("failures.show")),
      ),
    ),
    h("ul", null, documents.filter((record) => !removing.has(record.id)).map((record) => h(Entry, { record, canWrite, key: record.id }))),
    isAsked && h(Confirmation, {
      title: text("bulk.retry", { count }), message: text("bulk.confirm", { count }), action: text("action.retry"),
      onConfirm: () => beginBulk("retry", open(reason)), onClose: () => setAsked(false),
    }),
  );
}

/** @param {{ record: DocumentRecord, canWrite: boolean }} properties */
function Entry({ record, canWrite }) {
  const { id, filename: name, error_message: message, processing_completed_at: at, origin } = record;
  const change = async (/** @type {() => Promise<unknown>} */ action) => {
    await attempt(action);
    await attempt(recountFailures);
  };
  const acknowledge = async () => {
    await acknowledgeFailure(id);
    const undo = () => change(() => takeBackAcknowledgement(id));
    toast(text("failures.acknowledged", { name }), { action: { name: text("undo"), run: undo } });
  };
  return h(
    "li",
    null,
    h("div", { class: "what" }, h("a", { href: hashOf("documents", id) }, h("bdi", null, name)), h("p", { class: "hint", lang: "en" }, message), at && h("p", { class: "hint" }, ago(at, Date.now()))),
    canWrite &&
      h(
        "div",
        { class: "row" },
        h(Button, { icon: "check", kind: "quiet", label: text("failures.acknowledgeOf", { name }), onClick: () => change(acknowledge) }, text("failures.acknowledge")),
        origin === "upload" && h(Button, { icon: "retry", kind: "quiet", label: text("action.retryOf", { name }), onClick: () => change(() => api.retry(id)) }),
        h(Button, { icon: "remove", kind: "quiet", label: text("action.deleteOf", { name }), onClick: () => removeDocuments([id]) }),
      ),
  );
}
