// @ts-check
// Turns spans and plain text into paragraphs: bold, code, links that are safe to follow, mentions, times, blocks.

import { copier, el, fill, icon } from "./dom.js";
import { away, instant, size } from "./time.js";
import { now, world } from "./world.js";

const LONG = 4000; // characters shown before the rest is folded away
const DOT = "• ";
const BREAK = /\n{2,}|\n(?=• )/; // between paragraphs, and before each item of a list that the bot wrote
const BEGIN = "-----BEGIN PGP MESSAGE-----";
const END = "-----END PGP MESSAGE-----";

/** @param {string} text @param {string} style @param {string} to @returns {Node} */
function run(text, style, to) {
  switch (style) {
    case "bold":
      return el("strong", {}, text);
    case "code":
      return el("code", {}, text);
    case "quiet":
      return el("span.dim", {}, text);
    case "person":
      return el(to === world.me ? "span.mention.self" : "span.mention", {}, `@${text}`);
    case "time": {
      const at = instant(to);
      return at ? el("time", { datetime: to, title: away(at, now()) }, text) : fill(document.createDocumentFragment(), text);
    }
    case "link": {
      let address = null;
      try {
        address = new URL(to);
      } catch {
        // Not an address: the words stay, the link goes.
      }
      if (address && (address.protocol === "https:" || address.protocol === "http:")) {
        return el("a", { href: address.href, rel: "noopener noreferrer", target: "_blank" }, text);
      }
      return fill(document.createDocumentFragment(), text);
    }
    default:
      return fill(document.createDocumentFragment(), text);
  }
}

/** @param {Array<[string, string, string]>} spans @returns {Array<[string, string, string]>} neighbours without a style as one */
function joined(spans) {
  /** @type {Array<[string, string, string]>} */
  const found = [];
  for (const [text, style, to] of spans) {
    const last = found.at(-1);
    if (last && last[1] === "plain" && style === "plain") last[0] += text;
    else found.push([text, style, to]);
  }
  return found;
}

/**
 * @param {Array<[string, string, string]> | null | undefined} spans
 * @param {string | null | undefined} plain used where there are no spans
 * @returns {HTMLElement} paragraphs
 */
export function prose(spans, plain) {
  const whole = el("div.prose");
  let paragraph = el("p");
  const close = () => {
    if (paragraph.childNodes.length) {
      const only = paragraph.childNodes.length === 1 ? paragraph.firstElementChild : null;
      if (only?.tagName === "CODE") paragraph.className = "code-line";
      else if (only?.tagName === "STRONG") paragraph.className = "heading";
      else if (paragraph.textContent?.startsWith(DOT)) paragraph.className = "item";
      whole.append(paragraph);
    }
    paragraph = el("p");
  };
  for (const [text, style, to] of spans ? joined(spans) : [[plain ?? "", "plain", ""]]) {
    if (style === "pre") {
      close();
      whole.append(el("div.block", {}, el("pre", { tabindex: "0" }, text), copier(text)));
      continue;
    }
    const parts = text.replace(/\r\n?/g, "\n").split(style === "plain" && spans ? BREAK : /\n{2,}/);
    parts.forEach((part, index) => {
      if (index) close();
      const shown = paragraph.childNodes.length || style !== "plain" ? part : part.replace(/^\n+/, "");
      if (shown) paragraph.append(run(shown, style, to));
    });
  }
  close();
  return whole;
}

/** @param {Array<[string, string, string]> | null | undefined} spans @param {string | null | undefined} plain */
export function inline(spans, plain) {
  const whole = el("span");
  if (spans) for (const [text, style, to] of spans) whole.append(run(text, style === "pre" ? "code" : style, to));
  else fill(whole, plain);
  return whole;
}

/** @param {string} title @param {Node} body @param {string} [name] */
export function folded(title, body, name = "") {
  const summary = el("summary", {}, title);
  return el(name ? `details.${name}` : "details.fold", {}, summary, body);
}

/** @param {string} text @returns {string} what kind of PGP text this is, or nothing */
function armour(text) {
  const bare = text.trim();
  const begins = bare.includes(BEGIN);
  const ends = bare.includes(END);
  if (begins && ends) return "PGP message";
  if (begins || ends) return "Part of a PGP message";
  const lines = bare.split("\n");
  if (lines.length > 3 && lines.every((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line.trim()))) return "Part of a PGP message";
  return "";
}

/** @param {string} text what a person wrote @returns {HTMLElement} */
export function typed(text) {
  const kind = armour(text);
  const bytes = new TextEncoder().encode(text).length;
  if (kind) {
    const summary = el("summary.chip", {}, icon("key"), `${kind}, ${size(bytes)}`);
    return el("details.pgp", {}, summary, el("pre", { tabindex: "0" }, text));
  }
  if (text.length > LONG) {
    return el("div", {}, prose(null, `${text.slice(0, 600)} …`), folded(`Show all of it, ${size(bytes)}`, prose(null, text)));
  }
  return prose(null, text);
}
