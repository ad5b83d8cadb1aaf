// @ts-check
// Talks to the local platform and keeps the live stream open. Decides nothing about what is shown.

/** The server answered, and said no: `errors` are per field, `message` is for people. */
export class Refused extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    super(body?.error?.text || body?.reply?.text || "That did not work. Reload the page and try again.");
    this.status = status;
    this.code = body?.error?.code ?? "";
    this.errors = body?.errors ?? null;
  }
}

/** The server could not be reached. */
export class Offline extends Error {}

/** @param {string} path @param {RequestInit} [options] */
async function call(path, options) {
  const lost = "Not connected. What you write is kept; send it again when the line is back.";
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", credentials: "same-origin", ...options });
  } catch {
    throw new Offline(lost);
  }
  let body = null;
  try {
    body = await answer.json();
  } catch {
    // Good news always comes as JSON; without it the line broke in the middle of the answer.
    if (answer.ok) throw new Offline(lost);
  }
  if (!answer.ok) throw new Refused(answer.status, body);
  return body;
}

/** @param {string} path @param {Record<string, string>} [query] */
export function get(path, query = {}) {
  const words = new URLSearchParams(query).toString();
  return call(words ? `${path}?${words}` : path);
}

/** @param {string} path @param {Record<string, any>} body */
export function post(path, body) {
  return call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** @param {string} person @param {string} id @returns {string} the address of a stored file */
export function fileAddress(person, id) {
  return `/api/files/${encodeURIComponent(id)}?as=${encodeURIComponent(person)}`;
}

/** @param {Blob} file @returns {Promise<string>} its bytes in base64 */
export async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = [];
  for (let from = 0; from < bytes.length; from += 0x8000) {
    parts.push(String.fromCharCode(...bytes.subarray(from, from + 0x8000)));
  }
  return btoa(parts.join(""));
}

const RETRY = 5000; // milliseconds, as the sentence about being offline promises
const NAMES = ["message", "edit", "erase", "conversation", "clock", "reset"];

/** @type {EventSource | null} */
let source = null;
let retry = 0;

/**
 * Listens as these people; every event means "look again". Ends the stream that was open before.
 * @param {string[]} people @param {() => void} changed @param {(connected: boolean) => void} connection
 */
export function listen(people, changed, connection) {
  source?.close();
  clearTimeout(retry);
  const opened = new EventSource(`/api/stream?${new URLSearchParams(people.map((one) => ["as", one]))}`);
  source = opened;
  opened.onopen = () => {
    connection(true);
    changed();
  };
  for (const name of NAMES) opened.addEventListener(name, changed);
  opened.onerror = () => {
    if (source !== opened) return;
    opened.close();
    connection(false);
    retry = window.setTimeout(() => listen(people, changed, connection), RETRY);
  };
}
