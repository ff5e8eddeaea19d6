import assert from "node:assert/strict";
import { test } from "node:test";

import { HOSTILE_NAMES, corruptPdf, pdf, textFile, zeros } from "../harness/documents.mjs";

test("the table of a PDF leads to each object", () => {
  const file = pdf("répört (1).pdf", 3).buffer.toString("latin1");
  const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(file)?.[1]);
  const [, count, rows] = /^xref\n0 (\d+)\n((?:\d{10} \d{5} [nf] \n)+)trailer/.exec(file.slice(start)) ?? [];
  const places = (rows ?? "").split("\n").slice(1, -1).map((row) => Number(row.slice(0, 10)));
  assert.equal(places.length, Number(count) - 1);
  places.forEach((place, index) => assert.ok(file.startsWith(`${index + 1} 0 obj<<`, place), `object ${index + 1}`));
});

test("each page of a PDF has its own content, as long as it says", () => {
  const file = pdf("report.pdf", 4).buffer.toString("latin1");
  const contents = [...file.matchAll(/<<\/Length (\d+)>>stream\n(.*?)\nendstream/gs)];
  assert.equal(contents.length, 4);
  for (const [, length, content] of contents) assert.equal(content?.length, Number(length));
  assert.equal(new Set(contents.map(([, , content]) => content)).size, 4);
  assert.match(file, /\/Count 4\/.*\/Kids\[4 0 R 6 0 R 8 0 R 10 0 R\]/);
  for (const number of [4, 6, 8, 10]) assert.ok(file.includes(`${number} 0 obj<</Type/Page/Parent 2 0 R/Contents ${number + 1} 0 R>>`));
});

test("brackets and what Latin-1 has not are no syntax", () => {
  const file = pdf("a.pdf", 1, "(x\\ \u20ac").buffer.toString("latin1");
  assert.ok(file.includes("(\\(x\\\\ ?: page 1 of 1.) Tj T*"), file);
});

test("files are what their names say", () => {
  assert.ok(corruptPdf("broken.pdf").buffer.toString().startsWith("%PDF-"));
  assert.ok(textFile("a.txt", "Of studies").buffer.toString().startsWith("Of studies.\n"));
  assert.equal(zeros("large.bin", 12).buffer.length, 12);
});

test("hostile names are names that files can have, each once", () => {
  assert.equal(new Set(HOSTILE_NAMES).size, HOSTILE_NAMES.length);
  for (const name of HOSTILE_NAMES) {
    assert.ok(Buffer.byteLength(name) <= 255, name);
    assert.doesNotMatch(name, /[/\\\p{Cc}]/u);
  }
});
