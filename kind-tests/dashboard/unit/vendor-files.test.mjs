import assert from "node:assert/strict";
import { test } from "node:test";

import { declaration, differences, prepared, readme, replaceOnce, sha256, withoutSourceMap } from "../vendor-files.mjs";

/** @param {Record<string, string>} contents */
const files = (contents) => new Map(Object.entries(contents).map(([path, text]) => [path, Buffer.from(text)]));

test("what is replaced must be there once", () => {
  assert.equal(replaceOnce('import{h}from"preact";', 'from"preact"', 'from"./preact.js"'), 'import{h}from"./preact.js";');
  assert.throws(() => replaceOnce("none", 'from"preact"', ""), /"from\\"preact\\"" is there 0 times/);
  assert.throws(() => replaceOnce("a b a", "a", "c"), /is there 2 times/);
});

test("a replacement is no pattern", () => {
  assert.equal(replaceOnce("a.b", ".", "$&"), "a$&b");
});

test("a comment that names a source map goes, and nothing else", () => {
  assert.equal(withoutSourceMap("a();\n//# sourceMappingURL=a.js.map"), "a();\n");
  assert.equal(withoutSourceMap("a();\n//# sourceMappingURL=a.js.map\nb();\n"), "a();\nb();\n");
  assert.equal(withoutSourceMap(".a{}\n/*# sourceMappingURL=a.css.map */\n"), ".a{}\n");
  assert.equal(withoutSourceMap('const name = "sourceMappingURL=a";\n'), 'const name = "sourceMappingURL=a";\n');
});

test("only scripts and styles are changed", () => {
  const content = Buffer.from([0xff, 0xfe, 0x00]);
  assert.equal(prepared(content, "pdf/cmaps/78-H.bcmap", { what: "", apply: () => "changed" }), content);
  assert.equal(prepared(Buffer.from("a\n//# sourceMappingURL=a"), "a.js").toString(), "a\n");
});

test("a change is told in the file", () => {
  const change = { what: "it is louder", apply: (/** @type {string} */ text) => text.toUpperCase() };
  assert.equal(prepared(Buffer.from("a\n"), "a.js", change).toString(), "// Changed for the dashboard: it is louder.\nA\n");
});

test("declarations export what the copy does", () => {
  assert.equal(declaration("uplot", true), 'export { default } from "uplot";\n');
  assert.equal(declaration("preact/hooks", false), 'export * from "preact/hooks";\n');
});

test("each difference is told", () => {
  const wanted = files({ "a.js": "a", "b.js": "b", "c/d.js": "d" });
  assert.deepEqual(differences(wanted, files({ "a.js": "a", "b.js": "b", "c/d.js": "d" })), []);
  assert.deepEqual(differences(wanted, files({ "a.js": "a", "b.js": "changed", "e.js": "e" })), [
    "b.js is another than the package's",
    "c/d.js is missing",
    "e.js is of no package",
  ]);
});

test("the readme names each library, and each file with its digest", () => {
  const library = { package: "preact", version: "1.2.3", licence: "MIT", why: "It renders.", notes: ["Of somebody else."] };
  const text = readme([library], files({ "preact.js": "a", "licences/preact.txt": "b" }), "make vendor");
  assert.match(text, /\| \[preact\]\(licences\/preact\.txt\) \| 1\.2\.3 \| MIT \| It renders\. \|/);
  assert.match(text, /^- Of somebody else\.$/m);
  const sums = [`${sha256(Buffer.from("b"))}  licences/preact.txt`, `${sha256(Buffer.from("a"))}  preact.js`];
  assert.ok(text.includes(`\`\`\`text\n${sums.join("\n")}\n\`\`\``), text);
});
