// Small files to upload, written here so that each flow says what is in its document. Pure.

import { deflateSync } from "node:zlib";

/**
 * @typedef {object} TestFile A file as a browser's form takes it.
 * @property {string} name
 * @property {string} mimeType
 * @property {Buffer} buffer
 */

const LINES = 40;
/** Francis Bacon, "Of Studies" (1625), in the public domain. */
const SENTENCES = [
  "Studies serve for delight, for ornament, and for ability.",
  "Their chief use for delight is in privateness and retiring.",
  "For ornament, it is in discourse, and for ability, it is in the judgment and disposition of business.",
  "Expert men can execute, and perhaps judge of particulars, one by one.",
  "To spend too much time in studies is sloth.",
  "They perfect nature, and are perfected by experience.",
  "Crafty men contemn studies, simple men admire them, and wise men use them.",
  "Some books are to be tasted, others to be swallowed, and some few to be chewed and digested.",
  "Reading maketh a full man, conference a ready man, and writing an exact man.",
];

/**
 * File names that would be markup, a script, a path or somebody else's name, where one is not taken for mere text.
 *
 * @type {readonly string[]}
 */
export const HOSTILE_NAMES = [
  '<img src=x onerror="document.title=1">.txt',
  "<script>document.title=1;.txt",
  "\"><svg onload='document.title=1'>.txt",
  "javascript:document.title=1;.txt",
  "{{constructor.constructor('document.title=1')()}}.txt",
  "&lt;b&gt;entity&amp;.txt",
  "..%2f..%2fetc%2fpasswd.txt",
  // Written from right to left it would seem to end in .pdf.
  "invoice\u202Efdp.txt",
  "e\u0301\u{1F600}\u200D\u{1F4BB} \u05E9\u05DC\u05D5\u05DD.txt",
  `${"w".repeat(196)}.txt`,
];

/**
 * A PDF of pages of prose, no two of which are alike.
 *
 * Source: ISO 32000-1, sections 7.5 (file structure) and 9.4 (text).
 *
 * @param {string} name
 * @param {number} pages
 * @param {string} [subject] what the first line of each page says it is of
 * @param {readonly number[]} [empty] pages with nothing on them
 * @returns {TestFile}
 */
export function pdf(name, pages, subject = name, empty = []) {
  const numbers = Array.from({ length: pages }, (_, index) => index + 1);
  // The catalogue, the tree of pages and the font are the first objects; then each page has its own and that of its content.
  const kids = numbers.map((number) => `${2 + 2 * number} 0 R`).join(" ");
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    `<</Type/Pages/Count ${pages}/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Kids[${kids}]>>`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ...numbers.flatMap((number) => {
      const content = pageContent(empty.includes(number) ? [] : [`${subject}: page ${number} of ${pages}.`, ...prose(number)]);
      return [`<</Type/Page/Parent 2 0 R/Contents ${3 + 2 * number} 0 R>>`, `<</Length ${content.length}>>stream\n${content}\nendstream`];
    }),
  ];
  return { name, mimeType: "application/pdf", buffer: pdfFile(objects) };
}

/** Lines that are drawn on each page of a slow document, as program of the page: an encoder reads past them, which takes its time. */
const DRAWN = "0 0 m 1 1 l S\n".repeat(150_000);

/**
 * A PDF that takes the encoder so long that it is seen at work: some words on each page, and very many lines that are no text. The file is small.
 *
 * @param {string} name
 * @param {number} pages a hundred take some second
 * @returns {TestFile}
 */
export function slowPdf(name, pages) {
  const numbers = Array.from({ length: pages }, (_, index) => index + 1);
  const drawn = deflateSync(DRAWN).toString("latin1");
  const kids = numbers.map((number) => `${3 + 2 * number} 0 R`).join(" ");
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    `<</Type/Pages/Count ${pages}/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Kids[${kids}]>>`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    `<</Length ${drawn.length}/Filter/FlateDecode>>stream\n${drawn}\nendstream`,
    ...numbers.flatMap((number) => {
      const content = pageContent([`${name}: page ${number} of ${pages}.`]);
      return [`<</Type/Page/Parent 2 0 R/Contents[${4 + 2 * number} 0 R 4 0 R]>>`, `<</Length ${content.length}>>stream\n${content}\nendstream`];
    }),
  ];
  return { name, mimeType: "application/pdf", buffer: pdfFile(objects) };
}

/**
 * What begins like a PDF, and of which no object can be read.
 *
 * @param {string} name
 * @returns {TestFile}
 */
export function corruptPdf(name) {
  return { name, mimeType: "application/pdf", buffer: Buffer.from(`%PDF-1.7\nno object of a PDF follows in ${name}\n`) };
}

/**
 * A text of some sentences.
 *
 * @param {string} name
 * @param {string} subject what its first line says it is of
 * @returns {TestFile}
 */
export function textFile(name, subject) {
  return { name, mimeType: "text/plain", buffer: Buffer.from(`${subject}.\n\n${prose(subject.length).join("\n")}\n`) };
}

/**
 * A file of zeros, which is as long as it is asked to be and no document.
 *
 * @param {string} name
 * @param {number} bytes
 * @returns {TestFile}
 */
export function zeros(name, bytes) {
  return { name, mimeType: "application/octet-stream", buffer: Buffer.alloc(bytes) };
}

/** @param {number} seed where it begins */
function prose(seed) {
  return Array.from({ length: LINES }, (_, line) => SENTENCES[(seed * 7 + line) % SENTENCES.length] ?? "");
}

/**
 * The operators that show lines of text, one below the other; characters that Latin-1 has not become question marks.
 *
 * @param {string[]} lines
 */
function pageContent(lines) {
  const shown = lines.map((line) => `(${latin1(line).replace(/[\\()]/g, "\\$&")}) Tj T*`);
  return ["BT /F1 9 Tf 12 TL 50 800 Td", ...shown, "ET"].join("\n");
}

/** @param {string} text */
const latin1 = (text) => text.replace(/[^\u0020-\u007e\u00a0-\u00ff]/gu, "?");

/**
 * The objects, numbered from 1, with the table of their places and the trailer.
 *
 * @param {string[]} objects
 */
function pdfFile(objects) {
  // Each character is one byte.
  let file = "%PDF-1.4\n";
  const places = objects.map((object, index) => {
    const place = file.length;
    file += `${index + 1} 0 obj${object}endobj\n`;
    return `${String(place).padStart(10, "0")} 00000 n \n`;
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join("")}`;
  const trailer = `trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.from(file + table + trailer, "latin1");
}
