// How far an action on many documents is.

import { h } from "../vendor/preact.js";
import { Button, ProgressBar } from "../components/controls.js";
import { text } from "../language/catalogue.js";
import { number } from "../language/format.js";
import { may } from "../state/session.js";
import { abortBulk, dismissBulk } from "../state/bulk.js";

/** @param {{ action: import("../logic/types.js").BulkAction }} properties */
export function BulkNotice({ action }) {
  const { id, state, matched, done, skipped, failed } = action;
  const gone = done + skipped + failed;
  const isRunning = state === "running";
  const title = text(`bulk.${action.action}`, { count: matched });
  return h(
    "section",
    { class: "notice bulk", "aria-label": title },
    h("p", null, h("strong", null, title)),
    h(ProgressBar, { value: matched === 0 ? 100 : (100 * gone) / matched, label: title }),
    h("p", { class: "hint" }, text(`bulk.${isRunning ? "running" : state === "aborted" ? "aborted" : "completed"}`, { done: number(done), total: number(matched), skipped: number(skipped), failed: number(failed) })),
    isRunning
      ? may("documents:write") && h(Button, { icon: "stop", kind: "quiet", onClick: () => abortBulk(id) }, text("bulk.abort"))
      : h(Button, { icon: "close", kind: "quiet", label: text("close"), onClick: () => dismissBulk(id) }),
  );
}
