// A list in which there is nothing: why, and what to do.

import { h } from "../../vendor/preact.js";
import { Empty } from "../../components/controls.js";
import { text } from "../../language/catalogue.js";
import { FILTER_NAMES } from "../../logic/filter.js";
import { ChooseFiles } from "../drop-area.js";

/** @param {{ isFiltered: boolean, canWrite: boolean, go: import("./toolbar.js").Go }} properties */
export function Nothing({ isFiltered, canWrite, go }) {
  if (isFiltered) {
    const clear = () => go(Object.fromEntries(FILTER_NAMES.map((name) => [name, null])));
    return h(Empty, { icon: "filter", title: text("documents.noneMatch") }, h("button", { type: "button", class: "button", onClick: clear }, text("filter.clear")));
  }
  return h(Empty, { icon: "documents", title: text("documents.none") }, h("p", null, text(canWrite ? "documents.none.what" : "documents.none.readOnly")), canWrite && h(ChooseFiles, { kind: "primary" }));
}
