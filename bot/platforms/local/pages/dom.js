// @ts-check
// Builds elements from data. Every string becomes a text node, never markup; characters that change how their
// neighbours are read are shown as escapes.

const SVG = "http://www.w3.org/2000/svg";
const SPOOFING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu;
const ID = /(\bAIV-[0-9A-Z]{5}\b)/;

/** @param {string} text @returns {string} the text with hostile characters made visible */
export function visible(text) {
  return text.replace(/\r\n?/g, "\n").replace(SPOOFING, (char) => {
    const point = char.codePointAt(0) ?? 0;
    return point < 0x10000 ? `\\u${point.toString(16).padStart(4, "0")}` : `\\U${point.toString(16).padStart(8, "0")}`;
  });
}

/** @param {ParentNode} parent @param {string} text @returns {Node[]} the text; a line never ends at the hyphen of a report's id */
function whole(parent, text) {
  const parts = parent instanceof HTMLOptionElement ? [text] : text.split(ID);
  return parts.map((part, index) => {
    if (index % 2 === 0) return document.createTextNode(part);
    const id = document.createElement("span");
    id.className = "id";
    id.textContent = part;
    return id;
  });
}

/** @typedef {Node | string | number | null | undefined | false} Child */

/** @param {ParentNode} parent @param {Child[]} children */
export function fill(parent, ...children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === "") continue;
    parent.append(...(child instanceof Node ? [child] : whole(parent, visible(String(child)))));
  }
  return parent;
}

/**
 * Makes an element. `name` may carry classes: "p.quiet.small". Properties starting with "on" are listeners, `true`
 * sets a bare attribute, nothing leaves it out.
 * @param {string} name
 * @param {Record<string, any>} [with_]
 * @param {Child[]} children
 * @returns {HTMLElement}
 */
export function el(name, with_ = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag || "div");
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(with_)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : visible(String(value)));
  }
  fill(made, ...children);
  return made;
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {Element[]} children */
export function svg(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** @param {string} name one of the symbols in index.html @param {string} [label] read aloud; decorative without it */
export function icon(name, label = "") {
  const spoken = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return svg("svg", { class: "icon", ...spoken }, svg("use", { href: `#i-${name}` }));
}

/** @param {string} label what the light stands for @returns {HTMLElement} the amber dot */
export function light(label = "") {
  return el("span.light", label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" });
}

/** @param {Element} parent @param {Child[]} children */
export function replace(parent, ...children) {
  parent.replaceChildren();
  return fill(parent, ...children);
}

/** @param {string} name @returns {string} two letters for a person's mark */
export function initials(name) {
  const words = name.replace(/^(an?|the) /i, "").split(/[\s_-]+/).filter(Boolean);
  if (words.length > 1) return (words[0][0] + words[1][0]).toUpperCase();
  return name.slice(0, 1).toUpperCase() + name.slice(1, 2);
}

/** @template {Element} T @param {string} id @returns {T} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return /** @type {any} */ (found);
}

/** @param {string} label @param {(event: Event) => void} act @param {string} [look] */
export function button(label, act, look = "quiet") {
  return el(`button.${look}`, { type: "button", onclick: act }, label);
}

/** @param {string} text copied by the button that is returned */
export function copier(text) {
  const made = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text);
      made.textContent = "Copied";
    } catch {
      made.textContent = "Select it and copy by hand";
    }
  });
  made.classList.add("small");
  return made;
}
