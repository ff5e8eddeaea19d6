// Webhooks: where changes are sent to, whether that works, and what was sent.

import { h } from "../../vendor/preact.js";
import { useState } from "../../vendor/preact-hooks.js";
import { Badge, Button, Empty, Failure, Skeleton } from "../../components/controls.js";
import { Confirmation, Dialog, FormDialog } from "../../components/dialog.js";
import { Checkbox, Copyable, Field } from "../../components/fields.js";
import { useLoaded } from "../../components/loading.js";
import { text, textOf } from "../../language/catalogue.js";
import { dateTime } from "../../language/format.js";
import { get, send } from "../../network/client.js";
import { attempt, messageOf, toast } from "../../state/toasts.js";
import { Deliveries } from "./deliveries.js";

/** @typedef {{ id: string, url: string, description: string, enabled: boolean, events: string[], disabled_at: string | null, disabled_reason: string | null, failing_since: string | null, paused_until: string | null }} Webhook */

const EVENTS = ["document.created", "document.ready", "document.failed", "document.cancelled", "document.deleted"];

export function WebhooksSection() {
  const { value, error, reload } = useLoaded((signal) => /** @type {Promise<{ webhooks: Webhook[] }>} */ (get("/api/webhooks?limit=100", { signal })), []);
  const [isNew, setNew] = useState(false);
  if (error) return h(Failure, { message: messageOf(error), onRetry: reload });
  if (!value) return h(Skeleton, { lines: 4 });
  return [
    h("p", { class: "hint", key: "what" }, text("webhooks.what")),
    h("div", { class: "row", key: "new" }, h(Button, { icon: "send", kind: "primary", onClick: () => setNew(true) }, text("webhooks.new"))),
    value.webhooks.length === 0 ? h(Empty, { icon: "send", title: text("webhooks.none"), key: "none" }) : h("ul", { class: "rows-list", key: "all" }, value.webhooks.map((webhook) => h(WebhookRow, { webhook, reload, key: webhook.id }))),
    isNew && h(NewWebhook, { onClose: () => { setNew(false); reload(); }, key: "dialog" }),
  ];
}

/** @param {Webhook} webhook @returns {{ status: string, label: string }} */
function stateOf({ enabled, disabled_reason, failing_since, paused_until }) {
  if (!enabled) return { status: "failed", label: text("webhooks.disabled", { why: textOf("webhooks.disabled", disabled_reason ?? "requested") }) };
  if (failing_since) return { status: "failed", label: text("webhooks.failing", { since: dateTime(failing_since) }) };
  if (paused_until) return { status: "processing", label: text("webhooks.paused", { until: dateTime(paused_until) }) };
  return { status: "ready", label: text("webhooks.working") };
}

/** @param {{ webhook: Webhook, reload: () => void }} properties */
function WebhookRow({ webhook, reload }) {
  const [shown, setShown] = useState(/** @type {"deliveries" | "delete" | null} */ (null));
  const [secret, setSecret] = useState("");
  const { id, url, description, events, enabled } = webhook;
  const path = `/api/webhooks/${id}`;
  const change = (/** @type {() => Promise<unknown>} */ action, /** @type {string} */ said) => attempt(async () => {
    await action();
    toast(said, { kind: "good" });
    reload();
  });
  const rotate = () => attempt(async () => setSecret(/** @type {{ secret: string }} */ (await send("POST", `${path}/secret`, {})).secret));
  return h(
    "li",
    { class: "card webhook" },
    h(
      "div",
      { class: "what" },
      h("strong", null, h("bdi", null, url)),
      description && h("p", null, h("bdi", null, description)),
      h("p", { class: "row" }, h(Badge, stateOf(webhook)), (events.length === 0 ? ["all"] : events).map((event) => h(Badge, { status: "plain", label: textOf("webhookEvent", event), key: event }))),
    ),
    h(
      "div",
      { class: "row" },
      h(Button, { kind: "quiet", expanded: shown === "deliveries", onClick: () => setShown(shown === "deliveries" ? null : "deliveries") }, text("webhooks.deliveries")),
      h(Button, { kind: "quiet", disabled: !enabled, onClick: () => change(() => send("POST", `${path}/test`), text("webhooks.tested")) }, text("webhooks.test")),
      h(Button, { kind: "quiet", onClick: rotate }, text("webhooks.rotate")),
      h(Button, { kind: "quiet", onClick: () => change(() => send("PATCH", path, { enabled: !enabled }), text("saved")) }, text(enabled ? "webhooks.disable" : "webhooks.enable")),
      h(Button, { icon: "remove", kind: "quiet", label: text("webhooks.deleteOf", { url }), onClick: () => setShown("delete") }),
    ),
    shown === "deliveries" && h(Deliveries, { webhook: id }),
    shown === "delete" && h(Confirmation, { title: text("webhooks.delete"), message: text("webhooks.delete.what", { url }), action: text("action.delete"), onConfirm: () => change(() => send("DELETE", path), text("webhooks.deleted")), onClose: () => setShown(null) }),
    secret && h(Dialog, { title: text("webhooks.secret"), onClose: () => setSecret(""), children: [h("p", { key: "what" }, text("webhooks.secret.rotated")), h(Copyable, { value: secret, key: "secret" })] }),
  );
}

/** @param {{ onClose: () => void }} properties */
function NewWebhook({ onClose }) {
  const [url, setUrl] = useState("https://");
  const [description, setDescription] = useState("");
  const [events, setEvents] = useState(() => new Set(["document.ready", "document.failed"]));
  const [secret, setSecret] = useState("");
  const submit = async () => {
    const answer = /** @type {{ secret: string }} */ (await send("POST", "/api/webhooks", { url: url.trim(), description, events: [...events] }));
    setSecret(answer.secret);
  };
  if (secret) return h(Dialog, { title: text("webhooks.secret"), onClose, children: [h("p", { key: "what" }, text("webhooks.secret.what")), h(Copyable, { value: secret, key: "secret" })] });
  const toggle = (/** @type {string} */ event, /** @type {boolean} */ is) => {
    const next = new Set(events);
    if (is) next.add(event);
    else next.delete(event);
    setEvents(next);
  };
  return h(
    FormDialog,
    { title: text("webhooks.new"), action: text("webhooks.make"), onSubmit: submit, onClose, disabled: events.size === 0 },
    h(Field, { label: text("webhooks.url"), type: "url", value: url, onInput: setUrl, required: true, hint: text("webhooks.url.what") }),
      h(Field, { label: text("webhooks.description"), value: description, onInput: setDescription }),
      h("fieldset", null, h("legend", null, text("webhooks.events")), EVENTS.map((event) => h(Checkbox, { key: event, label: textOf("webhookEvent", event), checked: events.has(event), onChange: (is) => toggle(event, is) }))),
  );
}
