// Keys: those there are, a new one, which is shown once, and the end of one.

import { h } from "../../vendor/preact.js";
import { useState } from "../../vendor/preact-hooks.js";
import { Badge, Button, Empty, Failure, Skeleton } from "../../components/controls.js";
import { Confirmation, Dialog, FormDialog } from "../../components/dialog.js";
import { Checkbox, Copyable, Field } from "../../components/fields.js";
import { useLoaded } from "../../components/loading.js";
import { text, textOf } from "../../language/catalogue.js";
import { ago, dateTime } from "../../language/format.js";
import { get, send } from "../../network/client.js";
import { attempt, messageOf, toast } from "../../state/toasts.js";

/** @typedef {{ id: string, name: string, prefix: string, scopes: string[], created_at: string, expires_at: string | null, last_used_at: string | null, revoked_at: string | null }} Key */

/** @param {{ account: import("../../logic/types.js").Account }} properties */
export function KeysSection({ account }) {
  const { value, error, reload } = useLoaded((signal) => /** @type {Promise<{ keys: Key[] }>} */ (get("/api/keys?limit=200", { signal })), []);
  const [isNew, setNew] = useState(false);
  const [ending, setEnding] = useState(/** @type {Key | null} */ (null));
  const canWrite = account.scopes.includes("documents:write");
  const revoke = (/** @type {Key} */ key) => attempt(async () => {
    await send("DELETE", `/api/keys/${key.id}`);
    toast(text("keys.revoked", { name: key.name }), { kind: "good" });
    reload();
  });
  if (error) return h(Failure, { message: messageOf(error), onRetry: reload });
  if (!value) return h(Skeleton, { lines: 4 });
  const living = value.keys.filter(({ revoked_at }) => revoked_at === null);
  return [
    h("p", { class: "hint", key: "what" }, text("keys.what")),
    canWrite && h("div", { class: "row", key: "new" }, h(Button, { icon: "key", kind: "primary", onClick: () => setNew(true) }, text("keys.new"))),
    living.length === 0 ? h(Empty, { icon: "key", title: text("keys.none"), key: "none" }) : h("ul", { class: "rows-list", key: "all" }, living.map((key) => h(KeyRow, { key: key.id, entry: key, onRevoke: canWrite ? () => setEnding(key) : null }))),
    isNew && h(NewKey, { scopes: account.scopes, onClose: () => { setNew(false); reload(); }, key: "dialog" }),
    ending && h(Confirmation, { title: text("keys.revoke"), message: text("keys.revoke.what", { name: ending.name }), action: text("keys.revoke"), onConfirm: () => revoke(ending), onClose: () => setEnding(null), key: "confirm" }),
  ];
}

/** @param {{ entry: Key, onRevoke: (() => void) | null }} properties */
function KeyRow({ entry, onRevoke }) {
  const used = entry.last_used_at === null ? text("keys.neverUsed") : text("keys.used", { when: ago(entry.last_used_at, Date.now()) });
  const ends = entry.expires_at === null ? "" : text("keys.expires", { when: dateTime(entry.expires_at) });
  return h(
    "li",
    { class: "card" },
    h("div", { class: "what" }, h("strong", null, h("bdi", null, entry.name)), h("code", null, `${entry.prefix}…`), h("p", { class: "hint" }, [used, ends].filter(Boolean).join(" · ")), h("p", { class: "row" }, entry.scopes.map((scope) => h(Badge, { status: "plain", label: textOf("scope", scope), key: scope })))),
    onRevoke && h(Button, { icon: "remove", kind: "quiet", label: text("keys.revokeOf", { name: entry.name }), onClick: onRevoke }),
  );
}

/** @param {{ scopes: readonly string[], onClose: () => void }} properties */
function NewKey({ scopes, onClose }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [chosen, setChosen] = useState(() => new Set(scopes));
  const [made, setMade] = useState("");
  const submit = async () => {
    const answer = /** @type {{ key: string }} */ (await send("POST", "/api/keys", { name: name.trim(), scopes: [...chosen], expires_in_days: days === "" ? null : Number(days) }));
    setMade(answer.key);
  };
  if (made) return h(Dialog, { title: text("keys.made"), onClose, children: [h("p", { key: "what" }, text("keys.made.what")), h(Copyable, { value: made, key: "key" })] });
  const toggle = (/** @type {string} */ scope, /** @type {boolean} */ is) => {
    const next = new Set(chosen);
    if (is) next.add(scope);
    else next.delete(scope);
    setChosen(next);
  };
  return h(
    FormDialog,
    { title: text("keys.new"), action: text("keys.make"), onSubmit: submit, onClose, disabled: name.trim() === "" || chosen.size === 0 },
    h(Field, { label: text("keys.name"), value: name, onInput: setName, required: true, hint: text("keys.name.what") }),
      h(Field, { label: text("keys.days"), type: "number", value: days, onInput: setDays, hint: text("keys.days.what"), more: { min: 1 } }),
      h("fieldset", null, h("legend", null, text("account.scopes")), scopes.map((scope) => h(Checkbox, { key: scope, label: textOf("scope", scope), checked: chosen.has(scope), onChange: (is) => toggle(scope, is) }))),
  );
}
