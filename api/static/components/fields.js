// Fields of forms, and lines that can be copied.

import { h } from "../vendor/preact.js";
import { useId } from "../vendor/preact-hooks.js";
import { text } from "../language/catalogue.js";
import { announce } from "../state/toasts.js";
import { Button } from "./controls.js";

/**
 * A field with its label.
 * @param {object} properties
 * @param {string} properties.label
 * @param {string} properties.value
 * @param {(value: string) => void} properties.onInput
 * @param {string} [properties.type]
 * @param {string} [properties.hint]
 * @param {string} [properties.error]
 * @param {boolean} [properties.required]
 * @param {Record<string, unknown>} [properties.more] attributes of the input
 */
export function Field({ label, value, onInput, type = "text", hint, error, required, more }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("input", {
      id, type, value, required, "aria-describedby": described, "aria-invalid": error ? "true" : undefined, ...more,
      onInput: (/** @type {InputEvent} */ event) => onInput(/** @type {HTMLInputElement} */ (event.currentTarget).value),
    }),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    error && h("p", { class: "error", id: `${id}-error`, role: "alert" }, error),
  );
}

/** @param {{ label: string, checked: boolean, onChange: (checked: boolean) => void }} properties */
export function Checkbox({ label, checked, onChange }) {
  const change = (/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.currentTarget).checked);
  return h("label", { class: "choice" }, h("input", { type: "checkbox", checked, onChange: change }), h("span", null, label));
}

/** @param {{ value: string }} properties a line that can be copied, where the browser lets pages do so */
export function Copyable({ value }) {
  const copy = () => navigator.clipboard.writeText(value).then(() => announce(text("copied")));
  const button = window.isSecureContext && h(Button, { icon: "copy", kind: "quiet", label: text("copy"), onClick: copy });
  return h("div", { class: "copyable" }, h("pre", { tabIndex: 0 }, h("code", null, value)), button);
}
