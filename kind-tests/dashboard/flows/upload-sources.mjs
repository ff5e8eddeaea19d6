// Files from elsewhere: dropped with their folders, or pasted.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import assert from "node:assert/strict";

import { textFile } from "../harness/documents.mjs";
import { drag, paste } from "../harness/drop.mjs";
import { token, unique } from "../harness/unique.mjs";
import { uploadRow } from "../harness/uploading.mjs";

/** @import { Flow } from "../harness/runner.mjs" */

/** @type {Flow[]} */
export default [
  {
    name: "upload: files and folders, with all that is in them, are dropped anywhere",
    run: async (stage) => {
      const root = await mkdtemp(path.join(os.tmpdir(), "socrate-dropped-"));
      stage.finally(() => rm(root, { recursive: true }));
      const of = token();
      const [beside, inside, deep] = [`beside ${of}.txt`, `inside ${of}.txt`, `deep ${of}.md`];
      await mkdir(path.join(root, "folder", "another"), { recursive: true });
      for (const part of [beside, path.join("folder", inside), path.join("folder", "another", deep)]) {
        await writeFile(path.join(root, part), textFile(part, `Dropped: ${part}`).buffer);
      }
      // What systems leave in folders.
      await writeFile(path.join(root, "folder", ".DS_Store"), "no document");
      await writeFile(path.join(root, "folder", "Thumbs.db"), "no document");
      const page = await stage.open({ role: "member", hash: "#/statistics" });
      const hint = page.getByText("Drop files or folders to upload them");
      const drop = await drag(page, [path.join(root, beside), path.join(root, "folder")]);
      await hint.waitFor();
      await drop();
      await hint.waitFor({ state: "hidden" });
      for (const name of [beside, inside, deep]) await uploadRow(page, name).getByText(/^Document ready!/).waitFor();
      assert.equal(await page.getByRole("main").getByRole("listitem").count(), 3);
    },
  },
  {
    name: "upload: files are pasted",
    run: async (stage) => {
      const page = await stage.open({ role: "member" });
      const files = [textFile(unique("pasted.txt"), unique("Pasted")), textFile(unique("pasted too.md"), unique("Pasted too"))];
      await paste(page, files);
      for (const { name } of files) await uploadRow(page, name).getByText(/^Document ready!/).waitFor();
    },
  },
];
