// Buttons, choices, badges and bars.

import { h } from "../vendor/preact.js";
import { useId } from "../vendor/preact-hooks.js";
import { text } from "../language/catalogue.js";
import { Icon } from "./icons.js";

/** @typedef {import("./icons.js").IconName} IconName */
/** @typedef {import("../vendor/preact.js").ComponentChildren} Children */

/**
 * @param {object} properties
 * @param {Children} [properties.children]
 * @param {IconName} [properties.icon]
 * @param {"plain" | "primary" | "danger" | "quiet"} [properties.kind]
 * @param {() => void} [properties.onClick]
 * @param {boolean} [properties.disabled]
 * @param {"button" | "submit"} [properties.type]
 * @param {string} [properties.label] what it does, where its words do not say it or there are none
 * @param {boolean} [properties.pressed]
 * @param {boolean} [properties.expanded]
 * @param {string} [properties.controls]
 * @param {string} [properties.form] the form that it sends, where it is outside of it
 */
export function Button({ children, icon, kind = "plain", onClick, disabled, type = "button", label, pressed, expanded, controls, form }) {
  const isBare = children === undefined;
  return h(
    "button",
    {
      type,
      disabled,
      form,
      class: `button ${kind}${isBare ? " bare" : ""}`,
      onClick,
      title: isBare ? label : undefined,
      "aria-label": label,
      "aria-pressed": pressed,
      "aria-expanded": expanded,
      "aria-controls": controls,
    },
    icon && h(Icon, { name: icon }),
    children !== undefined && h("span", null, children),
  );
}

/** @param {{ status: string, label?: string }} properties a document's or a delivery's state */
export function Badge({ status, label }) {
  return h("span", { class: `badge ${status}` }, h("span", { class: "dot", "aria-hidden": "true" }), label ?? status);
}

/**
 * @param {object} properties
 * @param {number} properties.value per cent
 * @param {string} properties.label of what
 * @param {string} [properties.said] how far, in words
 */
export function ProgressBar({ value, label, said }) {
  const shown = Math.round(value);
  return h(
    "div",
    { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": shown, "aria-valuetext": said },
    h("div", { class: "fill", style: { width: `${value}%` } }),
  );
}

/**
 * @param {object} properties
 * @param {string} properties.label
 * @param {string} properties.value
 * @param {readonly (readonly [string, string])[]} properties.options values and their names
 * @param {(value: string) => void} properties.onChange
 */
export function Select({ label, value, options, onChange }) {
  const id = useId();
  const choices = options.map(([each, name]) => h("option", { value: each, key: each, selected: each === value }, name));
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("select", { id, value, onChange: (/** @type {Event} */ event) => onChange(/** @type {HTMLSelectElement} */ (event.currentTarget).value) }, choices),
  );
}

/**
 * Where there is nothing: why, and what to do.
 * @param {{ icon: IconName, title: string, children?: Children }} properties
 */
export function Empty({ icon, title, children }) {
  return h("div", { class: "empty" }, h(Icon, { name: icon, size: 40 }), h("p", { class: "title" }, title), h("div", { class: "what" }, children));
}

/** @param {{ lines?: number }} properties in the place of what is still read */
export function Skeleton({ lines = 4 }) {
  const bars = Array.from({ length: lines }, (_, index) => h("div", { class: "skeleton", key: index }));
  return h("div", { class: "skeletons", role: "status", "aria-busy": "true" }, h("span", { class: "unseen" }, text("loading")), bars);
}

/** @param {{ message: string, onRetry?: () => void }} properties what could not be read */
export function Failure({ message, onRetry }) {
  return h("div", { class: "failure", role: "alert" }, h("p", null, message), onRetry && h(Button, { icon: "retry", onClick: onRetry }, text("tryAgain")));
}
