#!/usr/bin/env node
// Tries the dashboard of the installed platform in a browser, as a tenant that is made for it and deleted.
//
//   kind-tests/scripts/cluster.sh run kind-tests/dashboard/with-packages.sh node flows.mjs [OPTION…]
//
//   --only PART   only flows with this in their names; may be given several times
//   --thorough    also flows that take long or look at more: axe in each theme and language, fifty hostile names, 10,000 documents
//   --list        only name the flows
//   --headed      show the browser's window
//
// It prints a line for each flow, and for one that failed where pictures of its pages are. The exit status is 1 where one failed, 2 where they could
// not be run. CHROMIUM names another browser than /usr/bin/chromium.

import path from "node:path";

import { asked, fail } from "./harness/command-line.mjs";
import { described } from "./harness/failure.mjs";
import { chosen, flowsOf, runFlows } from "./harness/runner.mjs";
import { withRun } from "./harness/session.mjs";

/** @param {string} line */
const say = (line) => void process.stdout.write(`${line}\n`);

const given = await asked(import.meta.filename, {
  only: { type: "string", multiple: true },
  thorough: { type: "boolean" },
  list: { type: "boolean" },
  headed: { type: "boolean" },
});
const all = (await flowsOf(path.join(import.meta.dirname, "flows"))).filter(({ isThorough }) => given.thorough || !isThorough);
/** @type {import("./harness/runner.mjs").Flow[]} */
let flows = [];
try {
  flows = chosen(all, given.only ?? []);
} catch (error) {
  fail(described(error), 2);
}
if (given.list) {
  for (const flow of flows) say(flow.name);
} else {
  process.exitCode = await withRun(Boolean(given.headed), async (run, signal) => {
    const failed = await runFlows(flows, run, signal, say);
    say(failed === 0 ? `${flows.length} flows` : `${failed} of ${flows.length} flows failed`);
    return failed === 0 ? 0 : 1;
  });
}
