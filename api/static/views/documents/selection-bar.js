// What is done with many documents: those that are selected, or all that match.

import { h } from "../../vendor/preact.js";
import { useState } from "../../vendor/preact-hooks.js";
import { Button } from "../../components/controls.js";
import { Confirmation } from "../../components/dialog.js";
import { text } from "../../language/catalogue.js";
import { possible } from "../../logic/document.js";
import { isEmpty } from "../../logic/filter.js";
import * as api from "../../network/documents.js";
import { beginBulk, countMatching } from "../../state/bulk.js";
import { removeDocuments } from "../../state/removal.js";
import { store } from "../../state/store.js";
import { attempt, toast } from "../../state/toasts.js";

/** @typedef {"cancel" | "retry" | "delete"} Action */
/** @typedef {import("../../logic/filter.js").Filter} Filter */

/** Requests at once. */
const AT_ONCE = 4;

/** @param {{ state: import("../../state/store.js").State, filter: Filter }} properties */
export function SelectionBar({ state, filter }) {
  const [asked, setAsked] = useState(/** @type {{ action: Action, count: number } | null} */ (null));
  const { selected, documents, list } = state;
  if (selected.size === 0) return null;
  const chosen = [...selected].map((id) => documents.get(id)).filter((document) => document !== undefined);
  const may = { cancel: chosen.some((document) => possible(document).cancel), retry: chosen.some((document) => possible(document).retry) };
  const areAllLoaded = list.ids.every((id) => selected.has(id)) && list.cursor !== null;
  const ask = (/** @type {Action} */ action) => attempt(async () => setAsked({ action, count: await countMatching(action, filter) }));
  return h(
    "div",
    { class: "selection", role: "toolbar", "aria-label": text("selection.label") },
    h("strong", null, text("selection.count", { count: selected.size })),
    may.retry && h(Button, { icon: "retry", onClick: () => act(chosen, "retry") }, text("action.retry")),
    may.cancel && h(Button, { icon: "stop", onClick: () => act(chosen, "cancel") }, text("action.cancel")),
    h(Button, { icon: "remove", kind: "danger", onClick: () => removeDocuments([...selected]) }, text("action.delete")),
    h(Button, { kind: "quiet", onClick: () => store.set({ selected: new Set() }) }, text("selection.none")),
    areAllLoaded && !isEmpty(filter) && h(AllThatMatch, { ask }),
    areAllLoaded && isEmpty(filter) && h("span", { class: "hint" }, text("selection.needsFilter")),
    asked && h(Confirmation, {
      title: text(`bulk.${asked.action}`, { count: asked.count }), message: text("bulk.confirm", { count: asked.count }), action: asked.action === "cancel" ? text("bulk.cancel.do") : text(`action.${asked.action}`),
      onConfirm: () => beginBulk(asked.action, filter), onClose: () => setAsked(null),
    }),
  );
}

/** @param {{ ask: (action: Action) => void }} properties */
function AllThatMatch({ ask }) {
  const button = (/** @type {Action} */ action) => h(Button, { kind: "quiet", key: action, onClick: () => ask(action) }, text(`action.${action}`));
  return h("span", { class: "all", role: "group", "aria-label": text("selection.allThatMatch") }, h("span", null, text("selection.allThatMatch")), ["retry", "cancel", "delete"].map((action) => button(/** @type {Action} */ (action))));
}

/**
 * @param {readonly import("../../logic/document.js").Document[]} chosen
 * @param {"cancel" | "retry"} action
 */
async function act(chosen, action) {
  const left = chosen.filter((document) => possible(document)[action]);
  const count = left.length;
  store.set({ selected: new Set() });
  let done = 0;
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { id } = next;
      if (await attempt(() => (action === "cancel" ? api.cancel(id) : api.retry(id)))) done += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  toast(text(`done.${action}`, { count: done, total: count }), { kind: done === count ? "good" : "plain" });
}
