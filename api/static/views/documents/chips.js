// The restrictions that hold, each to be taken away by itself.

import { h } from "../../vendor/preact.js";
import { Button } from "../../components/controls.js";
import { Icon } from "../../components/icons.js";
import { text, textOf } from "../../language/catalogue.js";
import { bytes, date, languageName } from "../../language/format.js";

/** @param {{ filter: import("../../logic/filter.js").Filter, question: string, go: import("./toolbar.js").Go }} properties */
export function Chips({ filter, question, go }) {
  /** @type {[string, string][]} */
  const chips = [];
  if (filter.search) chips.push(["search", text("chip.search", { value: filter.search })]);
  if (question) chips.push(["text", text("chip.text", { value: question })]);
  if (filter.reason) chips.push(["reason", textOf("reason", filter.reason)]);
  if (filter.language) chips.push(["language", languageName(filter.language)]);
  if (filter.acknowledged) chips.push(["acknowledged", text(filter.acknowledged === "true" ? "chip.acknowledged" : "chip.open")]);
  if (filter.queue) chips.push(["queue", text("chip.queue", { value: textOf("queue", filter.queue) })]);
  if (filter.from) chips.push(["from", text("chip.from", { value: date(`${filter.from}T12:00:00`) })]);
  if (filter.to) chips.push(["to", text("chip.to", { value: date(`${filter.to}T12:00:00`) })]);
  if (filter.min) chips.push(["min", text("chip.min", { value: bytes(Number(filter.min)) })]);
  if (filter.max) chips.push(["max", text("chip.max", { value: bytes(Number(filter.max)) })]);
  // What is found in texts is restricted by the language alone.
  const told = question === "" ? chips : chips.filter(([name]) => name === "text" || name === "language");
  if (told.length === 0) return null;
  const all = Object.fromEntries([...told.map(([name]) => [name, null]), ["status", null]]);
  return h(
    "ul",
    { class: "chips", "aria-label": text("filter.active") },
    told.map(([name, label]) =>
      h("li", { key: name }, h("button", { type: "button", class: "chip", onClick: () => go({ [name]: null }), "aria-label": text("filter.takeAway", { what: label }) }, h("span", null, label), h(Icon, { name: "close", size: 16 }))),
    ),
    h("li", { key: "all" }, h(Button, { kind: "quiet", onClick: () => go(all) }, text("filter.clear"))),
  );
}
