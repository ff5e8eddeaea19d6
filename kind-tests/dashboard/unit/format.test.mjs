import assert from "node:assert/strict";
import { test } from "node:test";

import { loadLanguage } from "../../../api/static/language/catalogue.js";
import { ago, bytes, compact, date, dateTime, duration, languageName, percent, preciseTime } from "../../../api/static/language/format.js";

/** Spaces that do not break are spaces. */
const plain = (/** @type {string} */ text) => text.replace(/\s/g, " ");
const NOW = Date.parse("2026-05-20T12:00:00Z");
/** @param {number} seconds before now */
const since = (seconds) => plain(ago(new Date(NOW - seconds * 1000).toISOString(), NOW));
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

test("sizes are in units of 1,000 bytes, with a digit after the point where it says something", async () => {
  const sizes = [0, 1, 999, 1000, 1234, 99_400, 99_600, 999_499, 999_500, 1_500_000, 2e9, 3.25e12, 5e15];
  await loadLanguage("en");
  assert.deepEqual(sizes.map((size) => plain(bytes(size))), [
    "0 byte", "1 byte", "999 byte", "1 kB", "1.2 kB", "99.4 kB", "100 kB", "999 kB", "1 MB", "1.5 MB", "2 GB", "3.3 TB", "5,000 TB",
  ]);
  await loadLanguage("it");
  assert.deepEqual([1234, 1_500_000].map((size) => plain(bytes(size))), ["1,2 kB", "1,5 MB"]);
});

test("a duration has its two largest units, as far as there is something of them", async () => {
  const seconds = [0, 0.4, 0.25, 1, 1.25, 9.4, 12, 59.4, 59.6, 80, 120, 3599, HOUR, HOUR + 5, HOUR + 60, 90_000, 2 * DAY, 2 * DAY + 59];
  await loadLanguage("en");
  assert.deepEqual(seconds.map((value) => plain(duration(value))), [
    "0 ms", "400 ms", "250 ms", "1 s", "1.3 s", "9.4 s", "12 s", "59 s", "1 min", "1 min 20 s", "2 min", "59 min 59 s", "1 h", "1 h", "1 h 1 min", "1 d 1 h", "2 d", "2 d",
  ]);
  await loadLanguage("it");
  assert.deepEqual([1.25, 80, 90_000].map((value) => plain(duration(value))), ["1,3 s", "1 min 20 s", "1 g 1 h"]);
});

test("clocks that differ make no time that is less than nothing", async () => {
  await loadLanguage("en");
  assert.equal(duration(-5), "0 ms");
  assert.equal(since(-3600), "just now");
});

test("how long ago something was, up to a week", async () => {
  const ages = [0, 59, MINUTE, HOUR - 1, HOUR, DAY - 1, 3 * DAY, 7 * DAY - 1];
  await loadLanguage("en");
  assert.deepEqual(ages.map(since), ["just now", "just now", "1 minute ago", "59 minutes ago", "1 hour ago", "23 hours ago", "3 days ago", "6 days ago"]);
  await loadLanguage("it");
  assert.deepEqual(ages.map(since), ["adesso", "adesso", "1 minuto fa", "59 minuti fa", "1 ora fa", "23 ore fa", "3 giorni fa", "6 giorni fa"]);
});

test("what is more than a week ago has its date", async () => {
  for (const language of /** @type {const} */ (["en", "it"])) {
    await loadLanguage(language);
    const iso = new Date(NOW - 7 * DAY * 1000).toISOString();
    assert.equal(ago(iso, NOW), date(iso));
    assert.match(date(iso), /2026/);
  }
});

test("large numbers are short", async () => {
  const values = [0, 999, 12_400, 1_200_000, 2.5e9];
  await loadLanguage("en");
  assert.deepEqual(values.map((value) => plain(compact(value))), ["0", "999", "12.4K", "1.2M", "2.5B"]);
  assert.equal(compact(12_440, 2), "12.44K");
  await loadLanguage("it");
  assert.deepEqual(values.map((value) => plain(compact(value))), ["0", "999", "12,4K", "1,2 Mln", "2,5 Mld"]);
});

test("a share is in whole per cent", async () => {
  await loadLanguage("en");
  assert.deepEqual([0, 0.304, 1].map(percent), ["0%", "30%", "100%"]);
});

test("languages have their names, and one that is none its code", async () => {
  await loadLanguage("en");
  assert.deepEqual(["it", "en", "und"].map(languageName), ["Italian", "English", "Unknown"]);
  await loadLanguage("it");
  assert.deepEqual(["it", "en", "und"].map(languageName), ["italiano", "inglese", "Sconosciuta"]);
});

test("what is not known is a dash", () => {
  assert.deepEqual([bytes(null), bytes(undefined), duration(null), duration(Number.NaN), duration(Infinity)], ["–", "–", "–", "–", "–"]);
  assert.deepEqual([dateTime(null), dateTime(""), preciseTime(undefined), languageName(null), languageName("")], ["–", "–", "–", "–", "–"]);
});

test("what is nearly a second is one", async () => {
  await loadLanguage("en");
  assert.equal(duration(0.9996), "1 s");
});

test("yesterday is the day before today", async () => {
  await loadLanguage("en");
  const now = new Date(2026, 4, 20, 22).getTime();
  assert.notEqual(ago(new Date(now - 47 * 3_600_000).toISOString(), now), "yesterday");
});
