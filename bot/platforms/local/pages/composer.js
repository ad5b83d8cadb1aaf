// @ts-check
// The message field: text, files by button, drop or paste, drafts kept per conversation.

import { base64 } from "./api.js";
import { byId, el, icon, replace } from "./dom.js";
import { size } from "./time.js";
import { here, open, outside, world } from "./world.js";

/** @type {(text: string, files: {name: string, content_base64: string}[]) => Promise<void>} */
let deliver = async () => {};
let busy = false;
let keyOf = "";

/** @returns {HTMLTextAreaElement} */
export const field = () => byId("say");

const draft = () => {
  let found = world.drafts.get(keyOf);
  if (!found) world.drafts.set(keyOf, (found = { text: "", files: [] }));
  return found;
};

/** @param {string} text */
export function trouble(text) {
  const line = byId("trouble");
  line.hidden = !text;
  replace(line, text ? icon("warn") : null, text);
}

/** @param {string} text puts words into the field as if they had been typed */
export function write(text) {
  field().value = text;
  field().dispatchEvent(new Event("input", { bubbles: true }));
  field().focus();
}

function grow() {
  const area = field();
  area.rows = 1;
  const look = getComputedStyle(area);
  const inside = area.scrollHeight - Number.parseFloat(look.paddingTop) - Number.parseFloat(look.paddingBottom);
  area.rows = area.value ? Math.max(1, Math.min(8, Math.round(inside / (Number.parseFloat(look.lineHeight) || 21)))) : 1;
}

function drawFiles() {
  const list = byId("attached");
  const files = draft().files;
  list.hidden = !files.length;
  replace(list, ...files.map((file, index) =>
    el("li.chip", {}, icon("file"), el("span.file-name", { title: file.name }, file.name), el("span.dim", {}, size(file.size)),
      el("button.cross", {
        type: "button",
        "aria-label": `Remove ${file.name}`,
        onclick: () => {
          files.splice(index, 1);
          drawFiles();
          field().focus();
        },
      }, icon("cross")))));
}

/** @param {FileList | File[] | null | undefined} files */
function attach(files) {
  if (!files?.length) return;
  draft().files.push(...files);
  drawFiles();
  field().focus();
}

/** @param {string} key @param {string} words */
const hint = (key, words) => el("span", {}, el("kbd", {}, key), ` ${words}`);

function hints() {
  const line = byId("hints");
  const one = open();
  if (one?.kind === "dm" && outside(world.me)) {
    const words = ["status", "key", "policy", "template", "help"].flatMap((word, index) => [
      index ? ", " : "",
      el("button.word", { type: "button", onclick: () => deliver(word, []).catch((error) => trouble(error.message)) }, word),
    ]);
    replace(line, hint("Enter", "sends"), el("span", {}, "Words work too: ", ...words));
    return;
  }
  replace(line, hint("/", "commands"), hint("Enter", one?.kind === "dm" ? "sends to the bot" : "sends to this channel only"), hint("Shift Enter", "new line"));
}

/** Shows the draft of the conversation that is now open. */
export function drawComposer() {
  const one = open();
  const shut = Boolean(one?.archived);
  field().disabled = shut;
  byId("compose").classList.toggle("shut", shut);
  const slim = matchMedia("(max-width: 719px)").matches;
  field().placeholder = shut ? (slim ? "Archived: read only" : "This channel is archived: it can be read, not written to.")
    : one?.kind === "dm" && outside(world.me) ? (slim ? "Write or paste here" : "Write, paste a PGP message, or drop a file")
      : slim ? "Write, or / to act" : one?.kind !== "dm" && one?.private ? "Write to the roster, or / for a command" : "Write, or / for a command";
  if (keyOf !== here()) {
    keyOf = here();
    field().value = draft().text;
    trouble("");
    drawFiles();
    grow();
    hints();
  }
}

export async function send() {
  const text = field().value;
  const kept = draft();
  if (busy || field().disabled || (!text.trim() && !kept.files.length)) return;
  busy = true;
  trouble("");
  byId("compose").setAttribute("aria-busy", "true");
  try {
    const files = await Promise.all(kept.files.map(async (file) => ({ name: file.name, content_base64: await base64(file) })));
    await deliver(text, files);
    kept.text = "";
    kept.files.length = 0;
    if (draft() === kept) {
      field().value = "";
      field().dispatchEvent(new Event("input", { bubbles: true }));
      drawFiles();
    }
  } catch (error) {
    trouble(error instanceof Error ? error.message : String(error));
  } finally {
    busy = false;
    byId("compose").removeAttribute("aria-busy");
  }
}

/**
 * @param {(text: string, files: {name: string, content_base64: string}[]) => Promise<void>} how sends; an error keeps the draft
 * @param {(event: KeyboardEvent) => boolean} taken whether the completion list has used a key
 */
export function wireComposer(how, taken) {
  deliver = how;
  const form = byId("compose");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  field().addEventListener("input", () => {
    draft().text = field().value;
    grow();
  });
  field().addEventListener("keydown", (event) => {
    if (event.isComposing || taken(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void send();
    }
  });
  field().addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    attach(event.clipboardData.files);
  });
  const chosen = /** @type {HTMLInputElement} */ (byId("file"));
  chosen.addEventListener("change", () => {
    attach(chosen.files);
    chosen.value = "";
  });
  const area = /** @type {HTMLElement} */ (document.querySelector(".talk"));
  area.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  area.addEventListener("dragleave", () => form.classList.remove("dropping"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("dropping");
    attach(event.dataTransfer?.files);
  });
}
