// A dialog of the browser's own: it keeps the focus, and gives it back.

import { h } from "../vendor/preact.js";
import { useEffect, useId, useRef, useState } from "../vendor/preact-hooks.js";
import { text } from "../language/catalogue.js";
import { messageOf } from "../state/toasts.js";
import { Button } from "./controls.js";

/** @typedef {import("../vendor/preact.js").ComponentChildren} Children */

/**
 * @param {object} properties
 * @param {string} properties.title
 * @param {() => void} properties.onClose told once
 * @param {Children} [properties.children]
 * @param {Children} [properties.actions]
 */
export function Dialog({ title, onClose, children, actions }) {
  const id = useId();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const isGone = useRef(false);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      isGone.current = true;
      shown?.close();
    };
  }, []);
  const closed = () => {
    if (!isGone.current) onClose();
  };
  return h(
    "dialog",
    { ref: dialog, "aria-labelledby": id, onClose: closed },
    h("header", null, h("h2", { id }, title), h(Button, { icon: "close", kind: "quiet", label: text("close"), onClick: onClose })),
    h("div", { class: "content" }, children),
    h("footer", null, actions ?? h(Button, { kind: "primary", onClick: onClose }, text("close"))),
  );
}

/**
 * A dialog with fields. What the server refuses is said in it: all else is out of reach while it is open.
 * @param {object} properties
 * @param {string} properties.title
 * @param {string} properties.action what is done
 * @param {() => Promise<unknown>} properties.onSubmit
 * @param {() => void} properties.onClose
 * @param {boolean} [properties.disabled]
 * @param {Children} [properties.children]
 */
export function FormDialog({ title, action, onSubmit, onClose, disabled, children }) {
  const id = useId();
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy || disabled) return;
    setBusy(true);
    setError("");
    try {
      await onSubmit();
    } catch (failure) {
      setError(messageOf(failure));
    }
    setBusy(false);
  };
  const actions = [
    h(Button, { onClick: onClose, key: "no" }, text("cancelAction")),
    h(Button, { kind: "primary", type: "submit", form: id, disabled: disabled || isBusy, key: "yes" }, action),
  ];
  return h(Dialog, { title, onClose, actions, children: h("form", { id, class: "form", onSubmit: submit }, children, error !== "" && h("p", { class: "failure", role: "alert" }, error)) });
}

/**
 * Asks before what cannot be taken back.
 * @param {object} properties
 * @param {string} properties.title
 * @param {string} properties.message
 * @param {string} properties.action what is done
 * @param {() => void} properties.onConfirm
 * @param {() => void} properties.onClose
 */
export function Confirmation({ title, message, action, onConfirm, onClose }) {
  const confirm = () => {
    onClose();
    onConfirm();
  };
  const actions = [h(Button, { onClick: onClose, key: "no" }, text("cancelAction")), h(Button, { kind: "danger", onClick: confirm, key: "yes" }, action)];
  return h(Dialog, { title, onClose, actions, children: h("p", null, message) });
}
