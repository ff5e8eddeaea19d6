// The panel of filters that are not always in view.

import { h } from "../../vendor/preact.js";
import { Select } from "../../components/controls.js";
import { Field } from "../../components/fields.js";
import { text, textOf } from "../../language/catalogue.js";
import { languageName } from "../../language/format.js";
import { REASONS } from "../../logic/filter.js";

/** Languages that documents are often in; any other can be named in the address. */
const LANGUAGES = ["it", "en", "de", "fr", "es", "pt", "nl", "pl", "ro", "ru", "el", "ar", "zh", "ja", "und"];
/** @param {{ filter: import("../../logic/filter.js").Filter, go: import("./toolbar.js").Go }} properties */
export function Filters({ filter, go }) {
  const any = /** @type {const} */ (["", text("filter.any")]);
  const reasons = REASONS.map((each) => /** @type {const} */ ([each, textOf("reason", each)]));
  const languages = LANGUAGES.map((each) => /** @type {const} */ ([each, languageName(each)]));
  const queues = ["documents", "maintenance"].map((each) => /** @type {const} */ ([each, textOf("queue", each)]));
  const size = (/** @type {"min" | "max"} */ name) =>
    h(Field, {
      label: text(`filter.${name}`), type: "number", value: filter[name] ? String(Number(filter[name]) / 1000) : "", more: { min: 0, step: "any", inputMode: "decimal" },
      onInput: (value) => go({ [name]: value === "" ? null : String(Math.round(Number(value) * 1000)) }),
    });
  return h(
    "div",
    { class: "filters", id: "filters" },
    h(Select, { label: text("filter.reason"), value: filter.reason ?? "", options: [any, ...reasons], onChange: (value) => go({ reason: value }) }),
    h(Select, { label: text("filter.language"), value: filter.language ?? "", options: [any, ...languages], onChange: (value) => go({ language: value }) }),
    h(Select, { label: text("filter.queue"), value: filter.queue ?? "", options: [any, ...queues], onChange: (value) => go({ queue: value }) }),
    h(Field, { label: text("filter.from"), type: "date", value: filter.from ?? "", onInput: (value) => go({ from: value }) }),
    h(Field, { label: text("filter.to"), type: "date", value: filter.to ?? "", onInput: (value) => go({ to: value }) }),
    size("min"),
    size("max"),
  );
}
