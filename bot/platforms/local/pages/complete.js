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
  return text.length > 2 && "/vdp".startsWith(text) ? "/vdp " : `/vdp ${text.slice(1)}`;
}

/** @param {string} text @returns {string} what stands after /vdp */
const rest = (text) => asLine(text).slice(5).trimStart();

/** @param {Choice} choice @returns {boolean} whether the choice is the command whose arguments are being typed */
const typing = (choice) => rest(field().value).toLowerCase().startsWith(`${choice.word.toLowerCase()} `);

/** @returns {Choice[]} what can be taken into the line */
const offered = () => choices.filter((choice) => !typing(choice));

/** @param {string} usage @param {string} word @returns {Node[]} the usage with the argument under the cursor in bold */
function explained(usage, word) {
  const words = usage.split(" ");
  const skip = word.split(" ").length + (words[0] === "/vdp" ? 1 : 0);
  const given = rest(field().value).slice(word.length).trimStart().split(/\s+/).length - 1;
  const places = words.map((_, index) => index).filter((index) => index >= skip && !/^\[(report|.*=.*)\]$/.test(words[index]));
  const current = rest(field().value).toLowerCase().startsWith(`${word.toLowerCase()} `) ? places[Math.min(given, places.length - 1)] : places[0];
  return words.flatMap((one, index) => [el(index === current ? "strong" : "span", {}, one), document.createTextNode(" ")]);
}

const shown = () => !byId("choices").hidden;

function close() {
  asked += 1;
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
  const list = offered();
  const rows = list.map((choice, index) =>
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
  const shownNow = list[active] ?? choices[0];
  replace(box, rows.length ? el("ul", { id: "options", role: "listbox", "aria-label": "Commands" }, ...rows) : null,
    shownNow.usage ? el("p.usage", {}, el("code", {}, ...explained(shownNow.usage, shownNow.word))) : null);
  box.hidden = false;
  field().setAttribute("aria-expanded", String(rows.length > 0));
  if (rows.length) field().setAttribute("aria-activedescendant", `option-${active}`);
  else field().removeAttribute("aria-activedescendant");
  document.getElementById(`option-${active}`)?.scrollIntoView({ block: "nearest" });
}

/** @param {number} index */
function accept(index) {
  const line = asLine(field().value);
  const typed = rest(field().value);
  const { word } = offered()[index];
  // A command's name may have two words; a value stands for the last word only.
  const part = word.toLowerCase().startsWith(typed.toLowerCase()) ? typed : /\S*$/.exec(typed)?.[0] ?? "";
  chosen = false;
  write(`${line.slice(0, line.length - part.length)}${word} `);
}

async function ask() {
  const text = field().value;
  if (!text.startsWith("/") || text.includes("\n") || text === closedAt) {
    close();
    return;
  }
  const number = ++asked;
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
  if (event.key === "Enter" && !event.shiftKey && !shown()) asked += 1; // the line goes: what is still on its way comes too late
  const list = offered();
  if (!shown() || (!list.length && event.key !== "Escape")) return false;
  const typed = rest(field().value).toLowerCase();
  switch (event.key) {
    case "ArrowDown":
    case "ArrowUp":
      active = (active + (event.key === "ArrowDown" ? 1 : list.length - 1)) % list.length;
      chosen = true;
      draw();
      break;
    case "Tab":
      if (event.shiftKey) return false;
      accept(active);
      break;
    case "Enter": {
      const begun = typed.trim() !== "" && list[active].word.toLowerCase().startsWith(typed) && !list.some((choice) => choice.word.toLowerCase() === typed);
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
