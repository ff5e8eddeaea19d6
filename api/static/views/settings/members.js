// The people of a tenant, for its administrators.

import { h } from "../../vendor/preact.js";
import { useState } from "../../vendor/preact-hooks.js";
import { Badge, Button, Failure, Select, Skeleton } from "../../components/controls.js";
import { Confirmation, FormDialog } from "../../components/dialog.js";
import { Field } from "../../components/fields.js";
import { useLoaded } from "../../components/loading.js";
import { text, textOf } from "../../language/catalogue.js";
import { date } from "../../language/format.js";
import { get, send } from "../../network/client.js";
import { attempt, messageOf, toast } from "../../state/toasts.js";

/** @typedef {{ id: string, name: string, role: string, created_at: string, disabled_at: string | null, telegram_id: number | null, issuer: string | null }} User */

const ROLES = ["read_only", "member", "admin"];
const roles = () => ROLES.map((role) => /** @type {const} */ ([role, textOf("role", role)]));

export function MembersSection() {
  const { value, error, reload } = useLoaded((signal) => /** @type {Promise<{ users: User[] }>} */ (get("/api/users?limit=200", { signal })), []);
  const [isNew, setNew] = useState(false);
  if (error) return h(Failure, { message: messageOf(error), onRetry: reload });
  if (!value) return h(Skeleton, { lines: 4 });
  return [
    h("div", { class: "row", key: "new" }, h(Button, { icon: "people", kind: "primary", onClick: () => setNew(true) }, text("members.new"))),
    h("ul", { class: "rows-list members", key: "all" }, value.users.map((user) => h(Member, { user, reload, key: user.id }))),
    isNew && h(NewMember, { onClose: () => { setNew(false); reload(); }, key: "dialog" }),
  ];
}

/** @param {{ user: User, reload: () => void }} properties */
function Member({ user, reload }) {
  const [isAsked, setAsked] = useState(false);
  const { id, name, role, created_at, disabled_at } = user;
  const change = (/** @type {() => Promise<unknown>} */ action) => attempt(async () => {
    await action();
    toast(text("saved"), { kind: "good" });
    reload();
  });
  return h(
    "li",
    { class: "card" },
    h("div", { class: "what" }, h("strong", null, h("bdi", null, name)), h("p", { class: "hint" }, text("members.since", { when: date(created_at) })), disabled_at && h(Badge, { status: "failed", label: text("members.disabled") })),
    h(
      "div",
      { class: "row" },
      h(Select, { label: text("account.role"), value: role, options: roles(), onChange: (next) => change(() => send("PATCH", `/api/users/${id}`, { role: next })) }),
      h(Button, { kind: "quiet", onClick: () => change(() => send("PATCH", `/api/users/${id}`, { disabled: disabled_at === null })) }, text(disabled_at === null ? "members.disable" : "members.enable")),
      h(Button, { icon: "remove", kind: "quiet", label: text("members.deleteOf", { name }), onClick: () => setAsked(true) }),
    ),
    isAsked && h(Confirmation, { title: text("members.delete"), message: text("members.delete.what", { name }), action: text("action.delete"), onConfirm: () => change(() => send("DELETE", `/api/users/${id}`)), onClose: () => setAsked(false) }),
  );
}

/** @param {{ onClose: () => void }} properties */
function NewMember({ onClose }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("member");
  const submit = async () => {
    await send("POST", "/api/users", { name: name.trim(), role });
    onClose();
  };
  return h(
    FormDialog,
    { title: text("members.new"), action: text("members.make"), onSubmit: submit, onClose, disabled: name.trim() === "" },
    h(Field, { label: text("members.name"), value: name, onInput: setName, required: true }), h(Select, { label: text("account.role"), value: role, options: roles(), onChange: setRole }), h("p", { class: "hint" }, text("members.key")),
  );
}
