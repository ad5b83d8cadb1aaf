// @ts-check
// The completion list over the message field: arrow keys choose, Tab and Enter complete, Esc closes.

import { get } from "./api.js";
import { field, write } from "./composer.js";
import { byId, el, replace } from "./dom.js";
import { world } from "./world.js";

/** @typedef {{word: string, text: string, why_not?: string, usage?: string}} Choice */

/** @type {Choice[]} */
let choices = [];
let active = 0;
let chosen = false; // moved with the arrow keys since the list opened
let asked = 0;
let closedAt = ""; // the line on which Esc closed the list

/** @param {string} text @returns {string} the command line as the server reads it */
function asLine(text) {
  if (text.startsWith("/vdp ")) return text;
  return text.startsWith("/vdp") ? "/vdp " : `/vdp ${text.slice(1)}`;
}

/** @param {string} text @returns {string} the word that is being typed */
const last = (text) => /\S*$/.exec(asLine(text))?.[0] ?? "";

const shown = () => !byId("choices").hidden;

function close() {
  choices = [];
  byId("choices").hidden = true;
  field().setAttribute("aria-expanded", "false");
  field().removeAttribute("aria-activedescendant");
}

function draw() {
  const box = byId("choices");
  if (!choices.length) {
    close();
    return;
  }
  const rows = choices.map((choice, index) =>
    el("li", {
      id: `option-${index}`,
      role: "option",
      "aria-selected": String(index === active),
      "aria-disabled": choice.why_not ? "true" : null,
      onmousedown: (/** @type {MouseEvent} */ event) => {
        event.preventDefault();
        accept(index);
      },
    }, el("strong", {}, choice.word), el("span", {}, choice.why_not || choice.text), index === active ? el("kbd", { "aria-hidden": "true" }, "Tab") : null),
  );
  const usage = choices[active]?.usage ?? "";
  replace(box, el("ul", { id: "options", role: "listbox", "aria-label": "Commands" }, ...rows), usage ? el("p.usage", {}, usage) : null);
  box.hidden = false;
  field().setAttribute("aria-expanded", "true");
  field().setAttribute("aria-activedescendant", `option-${active}`);
  document.getElementById(`option-${active}`)?.scrollIntoView({ block: "nearest" });
}

/** @param {number} index */
function accept(index) {
  const line = asLine(field().value);
  const head = line.slice(0, line.length - last(field().value).length);
  chosen = false;
  write(`${head}${choices[index].word} `);
}

async function ask() {
  const text = field().value;
  const number = ++asked;
  if (!text.startsWith("/") || text.includes("\n") || text === closedAt) {
    close();
    return;
  }
  closedAt = "";
  try {
    const found = await get("/api/complete", { as: world.me, where: world.where, line: asLine(text) });
    if (number !== asked || field().value !== text) return;
    choices = Array.isArray(found) ? found : [];
  } catch {
    choices = []; // The line can still be sent; only the help is missing.
  }
  active = 0;
  chosen = false;
  draw();
}

/** @param {KeyboardEvent} event @returns {boolean} whether the list has used the key */
export function takesKey(event) {
  if (!shown() || !choices.length) return false;
  const word = last(field().value);
  switch (event.key) {
    case "ArrowDown":
    case "ArrowUp":
      active = (active + (event.key === "ArrowDown" ? 1 : choices.length - 1)) % choices.length;
      chosen = true;
      draw();
      break;
    case "Tab":
      if (event.shiftKey) return false;
      accept(active);
      break;
    case "Enter": {
      const begun = word !== "" && choices[active].word.startsWith(word) && !choices.some((choice) => choice.word === word);
      if (event.shiftKey || (!chosen && !begun)) {
        close();
        return false;
      }
      accept(active);
      break;
    }
    case "Escape":
      closedAt = field().value;
      close();
      break;
    default:
      return false;
  }
  event.preventDefault();
  return true;
}

export function wireCompletion() {
  field().addEventListener("input", () => void ask());
  field().addEventListener("blur", close);
}
