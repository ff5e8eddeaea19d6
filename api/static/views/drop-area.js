// Files from anywhere: dropped on any part of the page, with folders and all that is in them; pasted; or chosen.

import { h } from "../vendor/preact.js";
import { useEffect, useRef, useState } from "../vendor/preact-hooks.js";
import { Button } from "../components/controls.js";
import { Icon } from "../components/icons.js";
import { text } from "../language/catalogue.js";
import { ACCEPTED, UNDO_FOR } from "../logic/constants.js";
import { hashOf } from "../logic/route.js";
import { may } from "../state/session.js";
import { toast } from "../state/toasts.js";

/** @param {readonly File[]} files */
async function take(files) {
  // What systems leave in folders is no document.
  const wanted = files.filter(({ name }) => !name.startsWith(".") && name !== "Thumbs.db" && name !== "desktop.ini");
  if (wanted.length === 0) {
    toast(text("uploads.none"));
    return;
  }
  let uploads;
  try {
    uploads = await import("../state/uploads.js");
  } catch {
    // The server is away, and has not sent what uploads: the files are at hand for another try.
    toast(text("unreachable"), { kind: "bad", action: { name: text("tryAgain"), run: () => void take(wanted) }, milliseconds: UNDO_FOR * 4 });
    return;
  }
  uploads.addUploads(wanted);
  location.hash = hashOf("uploads");
}

/** @param {{ children?: import("../vendor/preact.js").ComponentChildren }} properties */
export function DropArea({ children }) {
  const [isOver, setOver] = useState(false);
  const canWrite = may("documents:write");
  useEffect(() => {
    const listeners = new AbortController();
    const on = { signal: listeners.signal };
    const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
    if (!canWrite) {
      // Else the browser would show the file in the place of the page.
      const refuse = (/** @type {DragEvent} */ event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
      };
      addEventListener("dragover", refuse, on);
      addEventListener("drop", refuse, on);
      return () => listeners.abort();
    }
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    }, on);
    addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) setOver(false);
    }, on);
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      // What was dropped can be read in this moment alone: what is in folders is read afterwards.
      const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
      Promise.all(entries.map(filesOf)).then((files) => take(files.flat()));
    }, on);
    addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) take(files);
    }, on);
    return () => listeners.abort();
  }, [canWrite]);
  const hint = h("div", { class: "drop-hint" }, h(Icon, { name: "uploads", size: 48 }), h("p", null, text("uploads.drop")));
  return h("div", { class: "page" }, children, isOver && hint);
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<File[]>} the file, or all that is in the folder; what cannot be read is left out
 */
async function filesOf(entry) {
  if (entry.isFile) {
    const file = /** @type {FileSystemFileEntry} */ (entry);
    return new Promise((resolve) => file.file((found) => resolve([found]), () => resolve([])));
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const all = [];
  // A folder is told in parts, the last of which is empty.
  for (;;) {
    const part = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (part.length === 0) break;
    all.push(...part);
  }
  return (await Promise.all(all.map(filesOf))).flat();
}

/** @param {{ folder?: boolean, kind: "primary" | "plain" }} properties */
export function ChooseFiles({ folder = false, kind }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const choose = () => {
    const chosen = input.current;
    if (!chosen?.files) return;
    take([...chosen.files]);
    chosen.value = "";
  };
  const limits = folder ? { webkitdirectory: true } : { accept: ACCEPTED.join(",") };
  return h(
    "span",
    { class: "choose" },
    h("input", { ref: input, type: "file", multiple: true, hidden: true, onChange: choose, "data-choose": folder ? "folder" : "files", ...limits }),
    h(Button, { icon: folder ? "folder" : "uploads", kind, onClick: () => input.current?.click() }, text(folder ? "uploads.chooseFolder" : "uploads.choose")),
  );
}
