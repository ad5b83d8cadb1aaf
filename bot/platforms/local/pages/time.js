// @ts-check
// Writes instants and sizes in the one way the product uses: UTC, absolute first, distances rounded down.

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");

/** @param {Date} at @returns {string} such as "Mon 30 Nov 2026" */
export function day(at) {
  return `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** @param {Date} at @returns {string} such as "Mon 30 Nov" */
export function shortDay(at) {
  return `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}

/** @param {Date} at @returns {string} such as "08:09" */
export function clock(at) {
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** @param {Date} at @returns {string} such as "Tue 1 Dec 2026, 09:00 UTC" */
export function stamp(at) {
  return `${day(at)}, ${clock(at)} UTC`;
}

/** @param {number} span milliseconds @returns {string} such as "25 h" or "5 d 23 h" */
export function distance(span) {
  const size = Math.abs(span);
  if (size < HOUR) return `${Math.floor(size / MINUTE)} min`;
  if (size < 48 * HOUR) return `${Math.floor(size / HOUR)} h`;
  const days = Math.floor(size / DAY);
  const hours = Math.floor((size % DAY) / HOUR);
  if (days < 7) return hours ? `${days} d ${hours} h` : `${days} d`;
  return `${days} d`;
}

/** @param {Date} at @param {Date} now @returns {string} such as "in 25 h" or "3 h ago", in one piece on its line */
export function away(at, now) {
  const span = at.getTime() - now.getTime();
  const far = distance(span).replaceAll(" ", "\u00a0");
  return span >= 0 ? `in\u00a0${far}` : `${far}\u00a0ago`;
}

/** @param {Date} a @param {Date} b */
export function sameDay(a, b) {
  return day(a) === day(b);
}

/** @param {Date} at @param {Date} now @returns {string} such as "today, 08:41" */
export function when(at, now) {
  if (sameDay(at, now)) return `today, ${clock(at)}`;
  return `${at.getUTCFullYear() === now.getUTCFullYear() ? shortDay(at) : day(at)}, ${clock(at)}`;
}

/** @param {unknown} text @returns {Date | null} */
export function instant(text) {
  if (typeof text !== "string" || !text) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** @param {number} bytes @returns {string} such as "4.1 kB" */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
