// The entry: begins what runs for as long as the page is open, and draws it.

import { h, render } from "./vendor/preact.js";
import { countSoon } from "./state/changes.js";
import { refreshRegularly } from "./state/list.js";
import { live } from "./state/live.js";
import { followPreferences } from "./state/preferences.js";
import { finishRemovals, forgetRemovals, removeOnLeaving } from "./state/removal.js";
import { onSession, onSigningOut, resumeSession } from "./state/session.js";
import { store } from "./state/store.js";
import { forgetUploads, resumeUploads } from "./state/uploads-remembered.js";
import { watchRegularly } from "./state/watch.js";
import { App } from "./views/app.js";

await followPreferences();
onSigningOut(finishRemovals);
onSession((isIn) => {
  if (isIn) {
    resumeUploads();
    loadAhead();
    live.start();
    countSoon();
  } else {
    live.stop();
    forgetRemovals();
    forgetUploads();
  }
});
removeOnLeaving();
refreshRegularly();
watchRegularly();

/** What is needed when the server is away is there before it is: once the list is drawn and nothing else is to be done. */
function loadAhead() {
  const load = () =>
    Promise.allSettled([
      import("./state/bulk.js").then(({ resumeBulk }) => resumeBulk()),
      ...[import("./state/uploads.js"), import("./network/upload.js"), import("./views/uploads.js"), import("./views/documents/selection-bar.js")],
    ]);
  const stop = store.subscribe(() => {
    if (store.state.list.phase !== "loaded") return;
    stop();
    if ("requestIdleCallback" in globalThis) requestIdleCallback(load, { timeout: 5000 });
    else setTimeout(load, 2000);
  });
}

const problem = await resumeSession();
const root = /** @type {HTMLElement} */ (document.getElementById("app"));
render(h(App, { problem }), root);
