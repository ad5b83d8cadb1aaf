// @ts-check
// Draws a rate as an interval bar: the Wilson 95 % interval, on an axis from 0 to 100 %.

import { el, svg } from "./dom.js";

const Z = 1.959964; // two-sided 95 %

/** @param {number} k @param {number} n @returns {[number, number]} bounds of the Wilson interval, 0 to 1 */
export function wilson(k, n) {
  if (n <= 0) return [0, 1];
  const rate = k / n;
  const spread = 1 + (Z * Z) / n;
  const middle = (rate + (Z * Z) / (2 * n)) / spread;
  const half = (Z / spread) * Math.sqrt((rate * (1 - rate)) / n + (Z * Z) / (4 * n * n));
  return [k === 0 ? 0 : Math.max(0, middle - half), k === n ? 1 : Math.min(1, middle + half)];
}

/** @param {number} k @param {number} n @returns {string} such as "11 to 60 %" */
export function bounds(k, n) {
  const [low, high] = wilson(k, n);
  return `${Math.round(low * 100)} to ${Math.round(high * 100)} %`;
}

/** @param {number} share */
const at = (share) => `${(share * 100).toFixed(2)}%`;

/** @param {number} k @param {number} n @param {boolean} [hollow] a rate that is not final @returns {Element} */
export function bar(k, n, hollow = false) {
  const [low, high] = wilson(k, n);
  return svg(
    "svg",
    { class: "interval", role: "img", "aria-label": `${k} of ${n}, ${bounds(k, n)}` },
    svg("line", { class: "rail", x1: "0", x2: "100%", y1: 12, y2: 12 }),
    svg("line", { class: "span", x1: at(low), x2: at(high), y1: 12, y2: 12 }),
    svg("circle", { class: hollow ? "dot hollow" : "dot", cx: at(n > 0 ? k / n : 0), cy: 12, r: 5 }),
  );
}

/** @returns {HTMLElement} the words below the bars */
export function axis() {
  return el("p.axis", { "aria-hidden": "true" }, el("span", {}, "0"), el("span", {}, "50 %"), el("span", {}, "100 %"));
}

const RANK = { critical: 4, high: 3, medium: 2, low: 1, informational: 0 };

/** @param {string} level @param {string} [score] @returns {HTMLElement} four rising bars, the word, the score */
export function level(level, score = "") {
  const rank = RANK[/** @type {keyof typeof RANK} */ (level)] ?? 0;
  const bars = [0, 1, 2, 3].map((step) =>
    svg("rect", { x: 1 + step * 3.6, y: 10.5 - step * 2.7, width: 2.6, height: 3 + step * 2.7, class: step < rank ? "on" : "off" }),
  );
  const drawing = svg("svg", { class: "icon bars", viewBox: "0 0 16 16", "aria-hidden": "true" }, ...bars);
  return el(`span.level.${level in RANK ? level : "informational"}`, {}, drawing, ` ${level}${score ? ` ${score}` : ""}`);
}
