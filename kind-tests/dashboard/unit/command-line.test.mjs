import assert from "node:assert/strict";
import { test } from "node:test";

import { usage } from "../harness/command-line.mjs";

test("the comment at the head of a program is its help", () => {
  assert.equal(usage("#!/usr/bin/env node\n// Does it.\n//\n//   it.mjs --now   at once\n\nimport {} from 'it';\n// Not this.\n"), "Does it.\n\n  it.mjs --now   at once");
  assert.equal(usage("// Alone."), "Alone.");
  assert.equal(usage("import {} from 'it';"), "");
});
