// A row of the list.

import { h } from "../../vendor/preact.js";
import { Badge, ProgressBar } from "../../components/controls.js";
import { text, textOf } from "../../language/catalogue.js";
import { ago, bytes, dateTime, languageName, number } from "../../language/format.js";
import { barOf } from "../../logic/progress.js";
import { hashOf } from "../../logic/route.js";
import { stateText, workText } from "../texts.js";
import { toggle } from "./grid.js";

/** @typedef {import("../../logic/document.js").Document} Document */

/** @param {{ document: Document, index: number, top: number, isSelected: boolean, isFocusable: boolean, canWrite: boolean, onFocus: () => void }} properties */
export function Row({ document, index, top, isSelected, isFocusable, canWrite, onFocus }) {
  const { id, name, record, status } = document;
  const href = hashOf("documents", id);
  const open = (/** @type {MouseEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.closest("a, input, button, label")) location.hash = href;
  };
  const created = record?.created_at;
  return h(
    "div",
    {
      class: `cells row ${status}`, role: "row", id: `row-${id}`, tabIndex: isFocusable ? 0 : -1, "aria-rowindex": index + 2,
      "aria-selected": canWrite ? isSelected : undefined, "aria-label": `${name}, ${stateText(document)}`, style: { top: `${top}px` }, onClick: open, onFocus,
    },
    canWrite && h("div", { class: "select", role: "gridcell" }, h("input", { type: "checkbox", checked: isSelected, tabIndex: -1, "aria-label": text("selection.one", { name }), onChange: () => toggle(id) })),
    h("div", { class: "name", role: "gridcell" }, h("a", { href, tabIndex: -1, title: name }, h("bdi", null, name)), h("span", { class: "below" }, below(document))),
    h("div", { class: "state", role: "gridcell" }, h(Badge, { status: badgeOf(document), label: stateText(document) }), status === "processing" && h(ProgressBar, { value: barOf(document), label: text("progressOf", { name }), said: workText(document) })),
    h("div", { class: "pages", role: "gridcell" }, record?.total_pages ? number(record.total_pages) : ""),
    h("div", { class: "chunks", role: "gridcell" }, record?.total_chunks ? number(record.total_chunks) : ""),
    h("div", { class: "language", role: "gridcell" }, record?.language ? languageName(record.language) : ""),
    h("div", { class: "size", role: "gridcell" }, bytes(record?.size_bytes)),
    h("div", { class: "created", role: "gridcell" }, created && h("time", { dateTime: created, title: dateTime(created) }, ago(created, Date.now()))),
  );
}

/** @param {Document} document @returns {string} */
export const badgeOf = ({ status, reason }) => (reason === "Cancelled" ? "cancelled" : status);

/** @param {Document} document @returns {string} what is to be known below the name */
function below(document) {
  if (document.status === "failed") return document.reason === "Cancelled" ? "" : textOf("reason", document.reason ?? "");
  if (document.status === "processing") return workText(document);
  return "";
}
