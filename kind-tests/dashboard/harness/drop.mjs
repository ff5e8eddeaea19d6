// Files and folders that come from elsewhere: dragged and dropped, or pasted.

/** @import { Page } from "playwright-core" */
/** @import { TestFile } from "./documents.mjs" */

/**
 * Drags files and folders of this machine over a page, as the system does; a function that drops them.
 *
 * @param {Page} page
 * @param {string[]} paths
 */
export async function drag(page, paths) {
  const session = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize() ?? { width: 800, height: 600 };
  const send = (/** @type {"dragEnter" | "dragOver" | "drop"} */ type) =>
    session.send("Input.dispatchDragEvent", { type, x: width / 2, y: height / 2, data: { items: [], files: paths, dragOperationsMask: 1 } });
  await send("dragEnter");
  await send("dragOver");
  return () => send("drop");
}

/**
 * Pastes files, with the event that a browser sends.
 *
 * @param {Page} page
 * @param {TestFile[]} files
 */
export async function paste(page, files) {
  const contents = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString("base64") }));
  await page.evaluate((all) => {
    const clipboardData = new DataTransfer();
    for (const { name, mimeType, base64 } of all) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      clipboardData.items.add(new File([bytes], name, { type: mimeType }));
    }
    const target = document.activeElement ?? document.body;
    target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, contents);
}
