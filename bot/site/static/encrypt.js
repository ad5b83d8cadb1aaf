// The form of a report, encrypted on this machine. Nothing is sent: the page's policy allows no connection at all.

import * as openpgp from "./openpgp.min.mjs";
import { counted, filled, packed, size, wilson } from "./report.js";

const SHORT = 12_000; // characters that are pasted; what is longer is better sent as a file
const SHOWN = 40; // lines of the result that are shown

/** @typedef {{id: string, key: string, kind: string, most: number, unheld: boolean, row: HTMLElement}} Question */

const get = (id) => document.getElementById(id);

const words = JSON.parse(get("words").textContent);
const form = get("form");
/** @type {File[]} */
let chosen = [];
/** @type {string | null} */
let saved = null;
let armored = "";

/** @param {string} name @param {Record<string, string | number>} [values] @returns {string} a sentence with its names filled in */
function say(name, values = {}) {
  return words[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}

function questions() {
  return [...form.querySelectorAll(".field[data-key]")].map((row) => ({
    id: row.dataset.id, key: row.dataset.key, kind: row.dataset.kind, most: Number(row.dataset.most), unheld: "unheld" in row.dataset, row,
  }));
}

const control = (row) => row.querySelector("input, select, textarea");

const unlawful = () => form.querySelector("input[name=unlawful]:checked")?.value ?? "";

function value(one) {
  if (one.unheld && unlawful() === "yes") return "";
  if (one.kind !== "trials") return control(one.row).value;
  const [k, n] = halves(one);
  return k || n ? `${k} of ${n}` : "";
}

/** @param {string} id @param {string} sentence shows what is wrong with an answer, or takes it away */
function wrong(id, sentence) {
  const row = form.querySelector(`[data-id="${id}"]`);
  const said = row.querySelector(".error") ?? row.appendChild(Object.assign(document.createElement("p"), { className: "error", id: `${id}-error` }));
  said.textContent = sentence;
  said.hidden = !sentence;
  for (const each of row.querySelectorAll("input, select, textarea")) {
    each.setAttribute("aria-invalid", String(Boolean(sentence)));
    const help = (each.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== said.id);
    each.setAttribute("aria-describedby", [...help, ...(sentence ? [said.id] : [])].join(" "));
  }
}

/** @returns {HTMLElement[]} the controls that want another answer */
function look() {
  const found = [];
  /** @param {string} id @param {string} sentence @param {any} where */
  const check = (id, sentence, where) => {
    wrong(id, sentence);
    if (sentence) found.push(where);
  };
  check("F20", unlawful() ? "" : say("unlawful"), form.querySelector("input[name=unlawful]"));
  for (const one of questions()) {
    const said = value(one);
    let sentence = "";
    if (one.id === "F09" && !said.trim()) sentence = say("empty");
    else if (one.kind === "trials") sentence = !said || counted(...halves(one)) ? "" : say("count");
    else if (said.length > one.most) sentence = say("long", { most: one.most, have: said.length });
    check(one.id, sentence, control(one.row));
  }
  const most = Number(get("file").closest(".field").dataset.most);
  const all = files().reduce((sum, one) => sum + one.size, 0);
  check("files", all > most ? say("size", { have: size(all), most: size(most) }) : "", get("file"));
  return found;
}

/** @param {Question} one @returns {[string, string]} */
function halves(one) {
  const [k, n] = [...one.row.querySelectorAll("input")].map((each) => each.value.trim());
  return [k, n];
}

const files = () => (unlawful() === "yes" ? [] : chosen);

/** @returns {Promise<openpgp.Key>} the key of the page; throws a word of ours when it is not the one whose fingerprint is shown */
async function key() {
  const shown = get("fingerprint").textContent.replace(/\s+/g, "").toUpperCase();
  const read = await openpgp.readKey({ armoredKey: get("key").textContent });
  if (read.getFingerprint().toUpperCase() !== shown) throw new Refused("key");
  const ends = await read.getExpirationTime();
  if (ends !== null && ends !== Infinity && ends <= new Date()) throw new Refused("ended");
  return read;
}

class Refused extends Error {}

async function encrypted() {
  const to = await key();
  const answers = [{ key: form.dataset.unlawful, long: false, value: unlawful() }];
  for (const one of questions()) answers.push({ key: one.key, long: one.kind === "lines", value: value(one) });
  const attached = await Promise.all(files().map(async (one) => ({ name: one.name, data: new Uint8Array(await one.arrayBuffer()) })));
  const message = await openpgp.createMessage({ binary: packed(filled(answers), attached) });
  return String(await openpgp.encrypt({ message, encryptionKeys: to, format: "armored" }));
}

function show(done) {
  const [write, encrypt, send] = ["step-write", "step-encrypt", "step-send"].map(get);
  for (const step of [write, encrypt]) {
    step.classList.toggle("done", done);
    step.querySelector(".body").hidden = done;
  }
  write.querySelector(".after-step").hidden = !done;
  get("nothing-sent").hidden = !done;
  write.querySelector(".name").textContent = done ? words.step : words.write;
  encrypt.querySelector(".name").textContent = done ? words.done : words.encrypt;
  send.querySelector(".later").hidden = done;
  send.querySelector(".result").hidden = !done;
}

async function submit() {
  get("trouble").textContent = "";
  get("by-hand").hidden = true;
  const found = look();
  if (found.length) {
    get("trouble").textContent = say("missing", { count: found.length === 1 ? words.one : say("many", { number: found.length }) });
    const folded = found[0].closest("details");
    if (folded) folded.open = true;
    found[0].focus();
    return;
  }
  form.setAttribute("aria-busy", "true");
  try {
    armored = await encrypted();
  } catch (fault) {
    const refused = fault instanceof Refused;
    get("trouble").textContent = say(refused ? fault.message : "failed");
    get("by-hand").hidden = refused;
    return;
  } finally {
    form.removeAttribute("aria-busy");
  }
  result();
}

function result() {
  const lines = armored.trimEnd().split("\n");
  get("result").textContent = lines.length > SHOWN ? [...lines.slice(0, 6), "..."].join("\n") : armored;
  const large = armored.length > SHORT;
  get("sized").textContent = say(large ? "large" : "sized", { size: size(armored.length), lines: lines.length });
  for (const [id, first] of [["copy", !large], ["save", large]]) {
    get(id).classList.toggle("primary", first);
    get(id).classList.toggle("secondary", !first);
  }
  if (saved) URL.revokeObjectURL(saved);
  saved = URL.createObjectURL(new Blob([armored], { type: "application/pgp-encrypted" }));
  get("save").href = saved;
  const given = questions().filter((one) => value(one).trim()).length + 1; // and the first one
  const number = files().length;
  get("written").textContent = say("written", {
    answers: say("answers", { number: given }),
    files: number === 0 ? words.nofiles : number === 1 ? words.file : say("files", { number }),
  });
  show(true);
  get("step-send").querySelector(".name").focus();
}

function listFiles() {
  const rows = chosen.map((one, at) => {
    const row = document.createElement("li");
    const away = document.createElement("button");
    away.type = "button";
    away.className = "quiet";
    away.textContent = say("remove", { name: one.name });
    away.addEventListener("click", () => {
      chosen.splice(at, 1);
      listFiles();
      get("file").focus();
    });
    row.append(`${one.name} ${size(one.size)}`, away);
    return row;
  });
  get("chosen").replaceChildren(...rows);
  wrong("files", "");
}

function held() {
  const yes = unlawful() === "yes";
  get("why").hidden = !yes;
  for (const row of form.querySelectorAll("[data-unheld]")) row.hidden = yes;
}

/** @param {Question} one draws the interval of a count while it is typed */
function draw(one) {
  const count = counted(...halves(one));
  const drawing = one.row.querySelector("svg");
  const told = one.row.querySelector("output");
  drawing?.toggleAttribute("hidden", !count);
  if (!count || !drawing || !told) {
    if (told) told.textContent = "";
    return;
  }
  const [low, high] = wilson(...count);
  const at = (share) => `${(share * 100).toFixed(2)}%`;
  const span = drawing.querySelector(".span");
  span?.setAttribute("x1", at(low));
  span?.setAttribute("x2", at(high));
  drawing.querySelector(".dot")?.setAttribute("cx", at(count[0] / count[1]));
  told.textContent = say("between", { low: Math.round(low * 100), high: Math.round(high * 100) });
}

async function copy() {
  try {
    await navigator.clipboard.writeText(armored);
    get("said").textContent = words.copied;
  } catch {
    get("said").textContent = words.copy;
    get("result").textContent = armored;
    getSelection()?.selectAllChildren(get("result"));
    return;
  }
  const open = form.querySelector("a[id^=open-]");
  if (open) open.click();
}

function clear() {
  form.reset();
  chosen = [];
  listFiles();
  held();
  get("trouble").textContent = "";
  for (const row of form.querySelectorAll(".error")) wrong(row.closest(".field").dataset.id, "");
  for (const one of questions()) if (one.kind === "trials") draw(one);
  form.querySelector("input[name=unlawful]").focus();
}

function begin() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  for (const one of questions()) {
    one.row.addEventListener("input", () => {
      wrong(one.id, "");
      if (one.kind === "trials") draw(one);
    });
  }
  for (const one of form.querySelectorAll("input[name=unlawful]")) {
    one.addEventListener("change", () => {
      wrong("F20", "");
      held();
    });
  }
  get("file").addEventListener("change", () => {
    chosen.push(...get("file").files);
    get("file").value = "";
    listFiles();
  });
  get("change").addEventListener("click", () => {
    show(false);
    get("step-write").querySelector(".name").focus();
  });
  get("copy").addEventListener("click", copy);
  get("clear").addEventListener("click", clear);
  held();
  get("without").hidden = true;
  form.hidden = false;
  document.documentElement.dataset.ready = "yes";
}

// Without the browser's own cryptography nothing typed here would be safe: then the page says how else.
if (form && globalThis.crypto?.subtle) begin();
