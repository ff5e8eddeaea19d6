// What is said in passing: toasts, what a screen reader is told, the progress of bulk actions, and that the connection is lost.

import { h } from "../vendor/preact.js";
import { Button } from "../components/controls.js";
import { lazy } from "../components/lazy.js";
import { text } from "../language/catalogue.js";
import { dismissToast, holdToast, releaseToast } from "../state/toasts.js";

const BulkNotice = lazy(async () => (await import("./bulk-notice.js")).BulkNotice, true);

/** @param {{ state: import("../state/store.js").State }} properties */
export function Notices({ state }) {
  return h(
    "div",
    { class: "notices" },
    state.live.mode === "lost" && h("div", { class: "notice bad", role: "alert" }, text(state.live.mayGoOn ? "live.mayGoOn" : "live.lost.what")),
    state.bulkActions.map((action) => h(BulkNotice, { action, key: action.id })),
    state.toasts.map((toast) => h(ToastNotice, { toast, key: toast.key })),
    h("p", { class: "unseen", role: "status", "aria-live": "polite" }, state.announcement),
  );
}

/** @param {{ toast: import("../state/store.js").Toast }} properties */
function ToastNotice({ toast }) {
  const { action, key } = toast;
  const hold = () => holdToast(key);
  const release = () => releaseToast(key);
  return h(
    "div",
    { class: `notice ${toast.kind}`, onMouseEnter: hold, onMouseLeave: release, onFocusIn: hold, onFocusOut: release },
    h("p", null, toast.message),
    action && h(Button, { kind: "quiet", onClick: action.run }, action.name),
    h(Button, { icon: "close", kind: "quiet", label: text("close"), onClick: () => dismissToast(toast.key) }),
  );
}
