// Numbers, sizes, dates and durations as people write them in the chosen language.

import { language, text } from "./catalogue.js";

/** @param {number} value @returns {string} thousands apart, also where there are few of them: numbers stand below each other */
export function number(value) {
  return value.toLocaleString(language(), { useGrouping: "always" });
}

/** @param {number} value @param {number} [digits] @returns {string} such as "12.4K" */
export function compact(value, digits = 1) {
  return new Intl.NumberFormat(language(), { notation: "compact", maximumFractionDigits: digits }).format(value);
}

/** @param {number} share 0 to 1 @returns {string} */
export function percent(share) {
  return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** @param {number | null | undefined} value @returns {string} in units of 1,000 bytes */
export function bytes(value) {
  if (value === null || value === undefined) return "–";
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const maximumFractionDigits = unit === 0 || size >= 99.5 ? 0 : 1;
  return new Intl.NumberFormat(language(), { style: "unit", unit: UNITS[unit], unitDisplay: "short", maximumFractionDigits }).format(size);
}

/** @param {string | null | undefined} iso @returns {string} */
export function dateTime(iso) {
  if (!iso) return "–";
  return new Date(iso).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}

/** @param {string | null | undefined} iso @returns {string} with seconds */
export function preciseTime(iso) {
  if (!iso) return "–";
  return new Date(iso).toLocaleString(language(), { dateStyle: "medium", timeStyle: "medium" });
}

/** @param {string} iso @returns {string} */
export function date(iso) {
  return new Date(iso).toLocaleDateString(language(), { dateStyle: "medium" });
}

/** @type {readonly [Intl.RelativeTimeFormatUnit, number][]} */
const AGES = [
  ["second", 60],
  ["minute", 3600],
  ["hour", 86_400],
  ["day", 7 * 86_400],
];
/** @type {Record<string, number>} */
const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/**
 * "3 minutes ago"; the date where it is more than a week.
 * @param {string} iso
 * @param {number} now milliseconds since 1970
 * @returns {string}
 */
export function ago(iso, now) {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  const found = AGES.find(([, below]) => seconds < below);
  if (!found) return date(iso);
  const [unit] = found;
  if (unit === "second") return text("justNow");
  return new Intl.RelativeTimeFormat(language(), { numeric: "always" }).format(-Math.floor(seconds / (SECONDS[unit] ?? 1)), unit);
}

/**
 * "1 min 20 s".
 * @param {number | null | undefined} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 0.9995) return `${Math.max(0, Math.round(seconds * 1000)).toLocaleString(language())} ms`;
  if (seconds < 10) return `${seconds.toLocaleString(language(), { maximumFractionDigits: 1 })} s`;
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 86_400), text("unit.day")],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => Number(value) > 0);
  const shown = parts.slice(first, first + 2).filter(([value]) => Number(value) > 0);
  return shown.map(([value, unit]) => `${value} ${unit}`).join(" ");
}

/**
 * The name of a language in the chosen one.
 * @param {string | null | undefined} code ISO 639-1, or `und`
 * @returns {string}
 */
export function languageName(code) {
  if (!code) return "–";
  if (code === "und") return text("languageUnknown");
  return new Intl.DisplayNames([language()], { type: "language" }).of(code) ?? code;
}
