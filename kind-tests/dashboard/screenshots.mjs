#!/usr/bin/env node
// Pictures of every view of the dashboard in each theme, width and language, with a sheet of them all: index.html.
//
//   kind-tests/scripts/cluster.sh run kind-tests/dashboard/with-packages.sh node screenshots.mjs [OPTION…]
//
//   --only PART    only pictures with this in the names of their files, VIEW_THEME_WIDTH_LANGUAGE.png; may be given several times
//   --to FOLDER    where they go; without this a new folder among the temporary ones
//   --headed       show the browser's window
//
// It prints the path of the sheet. The exit status is 1 where a view cannot be pictured or anything went wrong in it, 2 where it could not be tried.

import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { asked, fail } from "./harness/command-line.mjs";
import { contactSheet, fileOf } from "./harness/contact-sheet.mjs";
import { described } from "./harness/failure.mjs";
import { withRun } from "./harness/session.mjs";
import { HEIGHTS, LANGUAGES, Stage, THEMES } from "./harness/stage.mjs";
import { VIEWS, show } from "./harness/views.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Shot } from "./harness/contact-sheet.mjs" */
/** @import { Language, Run, Theme } from "./harness/stage.mjs" */
/** @import { View } from "./harness/views.mjs" */

/**
 * @typedef {{ theme: Theme, language: Language, width: number }} Looks
 * @typedef {Shot & { of: View }} Wanted
 */

const WIDTHS = Object.keys(HEIGHTS).map(Number);
/** @type {Looks[]} */
const ALL_LOOKS = THEMES.flatMap((theme) => LANGUAGES.flatMap((language) => WIDTHS.map((width) => ({ theme, language, width }))));

/** @param {string} line */
const say = (line) => void process.stdout.write(`${line}\n`);

/**
 * The pictures of these looks that are asked for.
 *
 * @param {Looks} looks
 * @param {string[]} parts
 */
function wanted(looks, parts) {
  const shots = VIEWS.map((of) => ({ ...looks, of, view: of.name, file: fileOf({ ...looks, view: of.name }) }));
  return parts.length === 0 ? shots : shots.filter(({ file }) => parts.some((part) => file.includes(part)));
}

/**
 * Takes pictures of the same looks, one view after the other; what went wrong in the pages.
 *
 * @param {Run} run
 * @param {Looks} looks
 * @param {Wanted[]} shots
 * @param {string} folder
 */
async function picture(run, looks, shots, folder) {
  const stage = new Stage(run);
  const holding = await stage.holding();
  /** @type {Map<boolean, Page>} */
  const pages = new Map();
  for (const shot of shots) {
    const isSignedOut = shot.of.isSignedOut ?? false;
    try {
      const page = pages.get(isSignedOut) ?? (await stage.open({ ...looks, role: isSignedOut ? null : "admin" }));
      pages.set(isSignedOut, page);
      await show(page, shot.of, holding);
      await page.screenshot({ path: path.join(folder, shot.file), fullPage: true, animations: "disabled" });
    } catch (error) {
      shot.failure = described(error);
    }
  }
  await stage.close();
  return stage.problems();
}

const given = await asked(import.meta.filename, {
  only: { type: "string", multiple: true },
  to: { type: "string" },
  headed: { type: "boolean" },
});
/** @type {{ looks: Looks, shots: Wanted[] }[]} */
const groups = ALL_LOOKS.map((looks) => ({ looks, shots: wanted(looks, given.only ?? []) })).filter(({ shots }) => shots.length > 0);
if (groups.length === 0) {
  const views = VIEWS.map((view) => view.name).join(", ");
  fail(`no picture has ${given.only.join(" or ")} in its name VIEW_THEME_WIDTH_LANGUAGE.png; the views are ${views}`, 2);
}
process.exitCode = await withRun(Boolean(given.headed), async (run, signal) => {
  const folder = given.to ? path.resolve(given.to) : await mkdtemp(path.join(os.tmpdir(), "socrate-dashboard-pictures-"));
  await mkdir(folder, { recursive: true });
  const problems = [];
  for (const { looks, shots } of groups) {
    if (signal.aborted) break;
    say(`${looks.theme}, ${looks.width} pixels, ${looks.language}: ${shots.length} pictures`);
    problems.push(...(await picture(run, looks, shots, folder)));
  }
  const shots = groups.flatMap((group) => group.shots);
  const failures = shots.filter((shot) => shot.failure).map((shot) => `${shot.file}: ${shot.failure}`);
  for (const line of [...failures, ...problems]) say(line);
  await writeFile(path.join(folder, "index.html"), contactSheet(shots));
  say(path.join(folder, "index.html"));
  return failures.length + problems.length > 0 ? 1 : 0;
});
