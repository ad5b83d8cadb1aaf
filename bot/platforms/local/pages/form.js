// @ts-check
// Dialogs: forms with errors in words beside their fields, and the one question before a dangerous act.

import { base64, post, Refused } from "./api.js";
import { bar, bounds } from "./chart.js";
import { button, byId, el, icon, replace } from "./dom.js";
import { world } from "./world.js";

const ROW = 6; // options drawn as a row of radio buttons; more become a list to pick from
const SHORT = 34; // letters of an option that still fits in a row
const RATE = /^\s*(\d{1,6})\s*(?:of|\/)\s*(\d{1,6})\s*$/i;

/** @type {Map<string, Record<string, string>>} what was typed into forms that were closed */
const drafts = new Map();

/** @returns {HTMLDialogElement} */
const box = () => byId("dialog");

/** @param {any} choice @returns {[string, string]} value, label */
const option = (choice) =>
  Array.isArray(choice) ? [choice[0], choice[1]] : typeof choice === "string" ? [choice, choice] : [choice.value, choice.label];

/** @param {string} value @returns {number} lines that show what stands there already, with one to spare */
const tall = (value) => (value ? Math.min(10, Math.max(3, value.split("\n").reduce((sum, line) => sum + Math.ceil((line.length || 1) / 72), 1))) : 5);

/** @param {any} field @param {string} value @param {string} id @returns {HTMLElement} */
function input(field, value, id) {
  const common = { id, name: field.name, "aria-required": field.required ? "true" : null };
  if (field.kind === "lines") {
    const area = /** @type {HTMLTextAreaElement} */ (el("textarea", { ...common, rows: tall(value) }));
    area.value = value;
    return area;
  }
  if (field.kind === "choice") {
    const options = (field.choices ?? []).map(option);
    if (options.length <= ROW && options.every((/** @type {[string, string]} */ one) => one[1].length <= SHORT)) {
      const radios = options.map((/** @type {[string, string]} */ [key, label], /** @type {number} */ index) =>
        el("label.radio", {},
          el("input", { type: "radio", name: field.name, value: key, id: index ? null : id, checked: key === value || (field.required && options.length === 1) }), el("span", {}, label)));
      return el("div.radios", { role: "radiogroup", "aria-labelledby": `${id}-label`, "aria-required": common["aria-required"] }, ...radios);
    }
    const pick = el("select", common, field.required && value ? null : el("option", { value: "" }, "Choose one"),
      ...options.map((/** @type {[string, string]} */ [key, label]) => el("option", { value: key, selected: key === value }, label)));
    return el("span.pick", {}, pick, icon("down"));
  }
  if (field.kind === "many") {
    const chosen = value.split(",").map((one) => one.trim());
    const boxes = (field.choices ?? []).map(option).map((/** @type {[string, string]} */ [key, label], /** @type {number} */ index) =>
      el("label.radio", {},
        el("input", { type: "checkbox", name: field.name, value: key, id: index ? null : id, checked: chosen.includes(key) }), el("span", {}, label)));
    return el("div.radios", { role: "group", "aria-labelledby": `${id}-label` }, ...boxes);
  }
  if (field.kind === "file") return el("input", { ...common, type: "file" });
  const made = /** @type {HTMLInputElement} */ (el("input", {
    ...common,
    type: field.kind === "date" ? "date" : "text",
    inputmode: field.kind === "number" ? "decimal" : null,
  }));
  made.value = field.kind === "date" ? value.slice(0, 10) : value;
  return made;
}

/** @param {any} field @param {string} value */
function row(field, value) {
  const id = `field-${field.name}`;
  const control = input(field, value, id);
  const grouped = control.classList.contains("radios");
  const label = el(grouped ? "span.label" : "label.label", { id: `${id}-label`, for: grouped ? null : id }, field.label,
    field.required ? null : el("span.dim", {}, " optional"));
  const rate = el("div.live-rate", { "aria-live": "polite" });
  const made = el("div.form-row", { "data-field": field.name }, label, control, rate,
    field.help ? el("p.help", { id: `${id}-help` }, field.help) : null, el("p.error", { id: `${id}-error`, hidden: true }));
  const target = /** @type {HTMLElement} */ (control.matches("input, textarea") ? control : control.querySelector("select") ?? control);
  if (field.help) target.setAttribute("aria-describedby", `${id}-help`);
  if (field.kind === "text") {
    const draw = () => {
      const found = RATE.exec(/** @type {HTMLInputElement} */ (control).value);
      const [k, n] = found ? [Number(found[1]), Number(found[2])] : [0, 0];
      replace(rate, ...(n > 0 && k <= n ? [bar(k, n), el("p.help", {}, `${k} of ${n}: ${bounds(k, n)}, 95 % interval`)] : []));
    };
    control.addEventListener("input", draw);
    draw();
  }
  return made;
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} */
function values(form) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const one of form.querySelectorAll("[data-field]")) found[one.getAttribute("data-field") ?? ""] = "";
  for (const [name, value] of new FormData(form)) if (typeof value === "string") found[name] = found[name] ? `${found[name]},${value}` : value; // several boxes
  return found;
}

/**
 * Puts chosen files into the values.
 * @param {HTMLFormElement} form @param {Record<string, any>} into
 */
async function readFiles(form, into) {
  for (const one of form.querySelectorAll('input[type="file"]')) {
    const found = /** @type {HTMLInputElement} */ (one);
    const file = found.files?.[0];
    into[found.name] = file ? { name: file.name, content_base64: await base64(file) } : "";
  }
}

/** @param {HTMLFormElement} form @param {Record<string, string>} errors */
function showErrors(form, errors) {
  let first = null;
  let elsewhere = "";
  for (const line of form.querySelectorAll("[data-field]")) {
    const name = line.getAttribute("data-field") ?? "";
    const words = errors[name] ?? "";
    const error = /** @type {HTMLElement} */ (line.querySelector(".error"));
    error.hidden = !words;
    replace(error, words ? icon("warn") : null, words);
    line.classList.toggle("wrong", Boolean(words));
    const control = line.querySelector('[role="radiogroup"], [role="group"], textarea, select, input');
    if (!control) continue;
    const help = line.querySelector(".help[id]")?.id ?? "";
    const described = [help, words ? error.id : ""].filter(Boolean).join(" ");
    if (described) control.setAttribute("aria-describedby", described);
    else control.removeAttribute("aria-describedby");
    if (words) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    if (words && !first) first = control.matches('[role="radiogroup"], [role="group"]') ? control.querySelector("input") : control;
  }
  for (const [name, words] of Object.entries(errors)) {
    if (!form.querySelector(`[data-field="${CSS.escape(name)}"]`)) elsewhere = words;
  }
  whole(form, elsewhere);
  /** @type {HTMLElement | null} */ (first)?.focus();
}

/** @param {HTMLFormElement} form @param {string} words an error of the form as a whole */
function whole(form, words) {
  const line = /** @type {HTMLElement} */ (form.querySelector(".foot .error"));
  line.hidden = !words;
  replace(line, words ? icon("warn") : null, words);
}

/** @type {(() => void) | null} puts what stands in the open form away as a draft */
let keep = null;
/** @type {HTMLElement | null} */
let opener = null;

/** @param {Node} content @param {HTMLElement | null} from */
function show(content, from) {
  const dialog = box();
  if (dialog.open) keep?.();
  else opener = from ?? /** @type {HTMLElement | null} */ (document.activeElement);
  dialog.replaceChildren(content);
  if (!dialog.open) dialog.showModal();
  const first = /** @type {HTMLElement | null} */ (dialog.querySelector(
    ".fields input:checked, .fields input, .fields textarea, .fields select, .foot button"));
  first?.focus();
}

/** @param {string} title @param {string} about */
function head(title, about) {
  const cross = el("button.cross", { type: "button", "aria-label": "Close", onclick: () => box().close() }, icon("cross"));
  return el("header.dialog-head", {}, el("h2", { id: "dialog-title" }, title), cross, about ? el("p", {}, about) : null);
}

/**
 * Opens a form that the bot asked for; `done` gets its answer.
 * @param {any} form @param {HTMLElement | null} from the button that opened it
 * @param {(reply: any, from: HTMLElement | null) => void} done
 */
export function openForm(form, from, done) {
  const as = world.me;
  const key = `${as} ${form.id}`;
  const kept = drafts.get(key) ?? {};
  const send = el("button.primary", { type: "submit" }, form.submit || "Send");
  const made = /** @type {HTMLFormElement} */ (el("form.dialog-form", { novalidate: true }, head(form.title, form.about),
    el("div.fields", {}, ...(form.fields ?? []).map((/** @type {any} */ field) => row(field, kept[field.name] ?? field.value ?? ""))),
    el("footer.foot", {}, el("p.error", { role: "alert", hidden: true }), button("Not now", () => box().close(), "secondary"), send)));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (made.getAttribute("aria-busy")) return;
    made.setAttribute("aria-busy", "true");
    try {
      const filled = values(made);
      await readFiles(made, filled);
      const { reply } = await post("/api/submit", { as, form: form.id, values: filled });
      if (reply?.errors && Object.keys(reply.errors).length) {
        showErrors(made, reply.errors);
        return;
      }
      if (reply?.code && reply.code !== "ok" && !reply.form) {
        showErrors(made, {});
        whole(made, reply.text || "That was not accepted. Change what stands here and send it again.");
        return;
      }
      keep = null;
      drafts.delete(key);
      if (!reply?.form) box().close();
      done(reply, opener);
    } catch (error) {
      if (error instanceof Refused && error.errors) showErrors(made, error.errors);
      else whole(made, error instanceof Error ? error.message : String(error));
    } finally {
      made.removeAttribute("aria-busy");
    }
  });
  show(made, from);
  keep = () => drafts.set(key, values(made));
}

/** @param {string} act what the button says @param {string} question @param {HTMLElement} from @param {() => void} yes */
export function confirmAct(act, question, from, yes) {
  const go = button(act, () => {
    box().close();
    yes();
  }, "danger");
  show(el("div.dialog-form", {}, head(act, question), el("footer.foot", {}, button("Leave it as it is", () => box().close(), "secondary"), go)), from);
  keep = null;
}

export function wireDialog() {
  box().addEventListener("close", () => {
    keep?.();
    keep = null;
    box().replaceChildren();
    const back = opener;
    opener = null;
    if (!back || (!back.isConnected && document.activeElement?.closest(".answer"))) return;
    const again = back.isConnected ? back : document.querySelector(`[data-act="${CSS.escape(back.getAttribute("data-act") ?? "")}"]`);
    /** @type {HTMLElement} */ (again ?? byId("say")).focus();
  });
}
