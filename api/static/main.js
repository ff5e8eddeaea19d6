// The first page: upload documents and follow them. One map holds what is known of each; the views render it.

import * as client from "/static/client.js";
import { element } from "/static/elements.js";
import { chooseLanguage, text } from "/static/messages.js";

const POLL_EVERY = 2000;
const POLL_AT_MOST = 120;
// The bar stands here when the upload is in; the encoder's own progress moves it on.
const UPLOADED_AT = 30;

const find = (id) => document.getElementById(id);
const entries = new Map();
let nextUpload = 0;

function show(entry) {
  const view = render(entry);
  if (entry.view) entry.view.replaceWith(view);
  else find("documents").prepend(view);
  entry.view = view;
  find("empty").hidden = entries.size > 0;
}

function render(entry) {
  const { state } = entry;
  return element(
    "li",
    { class: state },
    element("span", { class: "name" }, entry.name),
    element("progress", { max: 100, value: bar(entry), "aria-label": text("progressOf", { name: entry.name }) }),
    element("span", { class: "said" }, said(entry)),
    element("span", { class: "actions" }, ...actions(entry)),
  );
}

function bar({ state, sent = 0, progress = 0 }) {
  if (state === "uploading") return UPLOADED_AT * sent;
  if (state === "processing") return Math.max(UPLOADED_AT, progress);
  return 100;
}

function said(entry) {
  switch (entry.state) {
    case "uploading": return text("uploading");
    case "ready": return [text("ready"), summary(entry)].filter(Boolean).join(" ");
    case "failed": return text("failed", { message: entry.message });
    default: return working(entry);
  }
}

function summary({ record }) {
  if (!record) return "";
  return text("summary", { chunks: record.total_chunks, pages: record.total_pages, language: record.language });
}

function working(entry) {
  if (entry.lingering) return text("lingering");
  if (entry.unreachable) return text("unreachable");
  if (entry.taskState === "PENDING") {
    return entry.queuePosition ? text("queuedAt", { position: entry.queuePosition }) : text("queued");
  }
  const parts = [text("processing"), `${entry.progress ?? 0} %`];
  if (entry.pagesTotal) parts.push(text("pages", { done: entry.pagesDone ?? 0, total: entry.pagesTotal }));
  if (entry.seconds) parts.push(text("left", { seconds: entry.seconds }));
  return parts.join(" · ");
}

function actions(entry) {
  const button = (name, action) => element("button", { type: "button", click: () => attempt(action) }, text(name));
  if (!entry.id) return entry.state === "failed" ? [button("remove", () => forget(entry))] : [];
  const get = (part, name) => button(part, () => client.download(entry.id, part, name));
  const all = [];
  if (entry.state === "ready" || entry.record?.kept_result) {
    all.push(get("metadata", `${entry.name}_sections_metadata.json`), get("index", `${entry.name}_sections_index.json`));
  }
  if (entry.origin !== "resource") all.push(get("source", entry.name));
  if (entry.state === "processing") all.push(button("cancel", () => client.cancel(entry.id)));
  if (entry.state === "failed" && entry.origin !== "resource") {
    all.push(button("retry", async () => {
      await client.retry(entry.id);
      follow(entry);
    }));
  }
  all.push(button("remove", async () => {
    await client.remove(entry.id);
    forget(entry);
  }));
  return all;
}

async function attempt(action) {
  try {
    await action();
    notice("");
  } catch (problem) {
    notice(problem.message || text("unreachable"));
  }
}

function forget(entry) {
  entries.delete(entry.mark);
  entry.view?.remove();
  find("empty").hidden = entries.size > 0;
}

function notice(message) {
  find("notice").textContent = message;
  find("notice").hidden = !message;
}

function take(entry, status) {
  Object.assign(entry, {
    tag: status.tag,
    state: status.status,
    progress: status.progress,
    message: status.error?.message ?? status.message,
    taskState: status.task_state,
    queuePosition: status.queue_position,
    pagesDone: status.pages_done,
    pagesTotal: status.pages_total,
    seconds: status.eta_seconds,
  });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Asks every 2 s, at most for 4 minutes; where the server does not answer, ever more rarely.
async function follow(entry) {
  Object.assign(entry, { state: "processing", tag: null, lingering: false });
  let failures = 0;
  for (let polls = 0; polls < POLL_AT_MOST && entries.get(entry.mark) === entry; polls += 1) {
    try {
      const status = await client.status(entry.id, entry.tag);
      failures = 0;
      entry.unreachable = false;
      if (status) take(entry, status);
    } catch (problem) {
      if (problem.status === 404) return forget(entry);
      if (problem.status === 401) return leave(text("wrongKey"));
      failures += 1;
      entry.unreachable = true;
    }
    if (entry.state === "ready") entry.record = await client.details(entry.id).catch(() => null);
    if (entries.get(entry.mark) === entry) show(entry);
    if (entry.state !== "processing") return undefined;
    await pause(POLL_EVERY * 2 ** Math.min(failures, 4));
  }
  entry.lingering = true;
  if (entries.get(entry.mark) === entry) show(entry);
  return undefined;
}

async function upload(file) {
  nextUpload += 1;
  const entry = { mark: `upload-${nextUpload}`, name: file.name, state: "uploading", sent: 0 };
  entries.set(entry.mark, entry);
  show(entry);
  try {
    entry.id = await client.upload(file, (sent) => {
      entry.sent = sent;
      show(entry);
    });
    await follow(entry);
  } catch (problem) {
    Object.assign(entry, { state: "failed", message: problem.message || text("unreachable") });
    show(entry);
  }
}

async function load() {
  for (const record of (await client.list()).reverse()) {
    const entry = { mark: record.id, id: record.id, name: record.filename, origin: record.origin, record };
    Object.assign(entry, { state: record.status, progress: record.processing_progress, message: record.error_message });
    entries.set(entry.mark, entry);
    show(entry);
    if (entry.state === "processing") follow(entry);
  }
  find("empty").hidden = entries.size > 0;
}

async function enter() {
  try {
    await load();
    find("work").hidden = false;
    find("leave").hidden = false;
    find("key").value = "";
    notice("");
  } catch (problem) {
    leave(problem.status === 401 ? text("wrongKey") : problem.message || text("unreachable"));
  }
}

function leave(message) {
  client.key.forget();
  for (const entry of [...entries.values()]) forget(entry);
  find("work").hidden = true;
  find("leave").hidden = true;
  notice(message);
}

function uploadAll(files) {
  for (const file of files) upload(file);
}

find("language").value = chooseLanguage(localStorage.getItem("language") ?? navigator.language.slice(0, 2));
find("language").addEventListener("change", (event) => {
  localStorage.setItem("language", chooseLanguage(event.target.value));
  for (const entry of entries.values()) show(entry);
});
find("identity").addEventListener("submit", (event) => {
  event.preventDefault();
  leave("");
  client.key.set(find("key").value.trim());
  enter();
});
find("leave").addEventListener("click", () => leave(""));
find("files").addEventListener("change", (event) => {
  uploadAll([...event.target.files]);
  event.target.value = "";
});
for (const name of ["dragover", "dragleave", "drop"]) {
  find("drop").addEventListener(name, (event) => {
    event.preventDefault();
    find("drop").classList.toggle("over", name === "dragover");
    if (name === "drop") uploadAll([...event.dataTransfer.files]);
  });
}
if (client.key.get()) enter();
