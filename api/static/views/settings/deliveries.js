// What was sent to a webhook or is to be, with each attempt; what failed can be sent once more.

import { h } from "../../vendor/preact.js";
import { useState } from "../../vendor/preact-hooks.js";
import { Badge, Button, Empty, Failure, Select, Skeleton } from "../../components/controls.js";
import { useLoaded } from "../../components/loading.js";
import { text, textOf } from "../../language/catalogue.js";
import { dateTime, number, preciseTime } from "../../language/format.js";
import { get, send } from "../../network/client.js";
import { attempt, messageOf, toast } from "../../state/toasts.js";

/** @typedef {{ id: string, event: string, status: "pending" | "delivered" | "failed", attempts: number, created_at: string, next_attempt_at: string | null, response_status: number | null, error: string | null, document_id: string | null, webhook_message_id: string }} Delivery */
/** @typedef {{ number: number, at: string, duration_ms: number, response_status: number | null, response_excerpt: string | null, error: string | null }} Attempt */

const STATUSES = /** @type {const} */ (["", "pending", "delivered", "failed"]);
/** How far back failed deliveries are replayed together, in milliseconds. */
const REPLAYED = 7 * 86_400_000;

/** @param {{ webhook: string }} properties */
export function Deliveries({ webhook }) {
  const [status, setStatus] = useState("");
  const path = `/api/webhooks/${webhook}`;
  const query = status === "" ? "" : `&status=${status}`;
  const { value, error, reload } = useLoaded((signal) => /** @type {Promise<{ deliveries: Delivery[] }>} */ (get(`${path}/deliveries?limit=50${query}`, { signal })), [webhook, status]);
  const replayAll = () => attempt(async () => {
    const { replayed } = /** @type {{ replayed: number }} */ (await send("POST", `${path}/replay`, { since: new Date(Date.now() - REPLAYED).toISOString() }));
    toast(text("deliveries.replayed", { count: replayed }), { kind: "good" });
    reload();
  });
  return h(
    "section",
    { class: "deliveries", "aria-label": text("webhooks.deliveries") },
    h(
      "div",
      { class: "row" },
      h(Select, { label: text("filter.status"), value: status, options: STATUSES.map((each) => /** @type {const} */ ([each, each === "" ? text("filter.any") : textOf("delivery", each)])), onChange: setStatus }),
      h(Button, { icon: "retry", kind: "quiet", onClick: reload }, text("reload")),
      h(Button, { icon: "run", kind: "quiet", onClick: replayAll }, text("deliveries.replayAll")),
    ),
    error ? h(Failure, { message: messageOf(error), onRetry: reload }) : null,
    !value && !error && h(Skeleton, { lines: 3 }),
    value && value.deliveries.length === 0 && h(Empty, { icon: "send", title: text("deliveries.none") }),
    value && h("ul", null, value.deliveries.map((delivery) => h(DeliveryRow, { delivery, path, reload, key: delivery.id }))),
  );
}

/** @param {{ delivery: Delivery, path: string, reload: () => void }} properties */
function DeliveryRow({ delivery, path, reload }) {
  const [details, setDetails] = useState(/** @type {{ body: string, attempts: Attempt[] } | null} */ (null));
  const { id, event, status, attempts, created_at, next_attempt_at, error, response_status } = delivery;
  const show = () => (details ? setDetails(null) : attempt(async () => setDetails(await get(`${path}/deliveries/${id}`))));
  const replay = () => attempt(async () => {
    await send("POST", `${path}/deliveries/${id}/replay`);
    reload();
  });
  const said = [dateTime(created_at), text("deliveries.attempts", { count: attempts }), response_status !== null && `HTTP ${response_status}`, error, status === "pending" && next_attempt_at && text("deliveries.next", { when: preciseTime(next_attempt_at) })];
  const badge = { pending: "processing", delivered: "ready", failed: "failed" }[status];
  return h(
    "li",
    null,
    h("div", { class: "row" }, h(Badge, { status: badge, label: textOf("delivery", status) }), h("strong", null, textOf("webhookEvent", event)), h("span", { class: "hint" }, said.filter(Boolean).join(" · "))),
    h("div", { class: "row" }, h(Button, { kind: "quiet", expanded: details !== null, onClick: show }, text("details")), status !== "pending" && h(Button, { icon: "retry", kind: "quiet", onClick: replay }, text("deliveries.replay"))),
    details && h("div", { class: "details" }, h("pre", { tabIndex: 0 }, h("code", null, details.body)), h("ol", null, details.attempts.map((each) => h("li", { key: each.number }, [preciseTime(each.at), `${number(each.duration_ms)} ms`, each.response_status !== null && `HTTP ${each.response_status}`, each.error, each.response_excerpt].filter(Boolean).join(" · "))))),
  );
}
