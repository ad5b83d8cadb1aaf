// @ts-check
// What a report is made of, without a page: the filled template, files packed with it, and the interval of a count.

const Z = 1.959964; // two-sided 95 %
const LINE = 76; // characters of base64 in a line

/**
 * @typedef {{key: string, long: boolean, value: string}} Answer
 * @typedef {{name: string, data: Uint8Array}} Attached
 */

/**
 * The text of a report as intake reads it: lines `Key: value` first, then what is longer under headings of its own.
 * @param {Answer[]} answers @returns {string}
 */
export function filled(answers) {
  const given = answers.filter((one) => one.value.trim());
  const head = given.filter((one) => !one.long).map((one) => `${one.key}: ${one.value.replace(/\s+/g, " ").trim()}`);
  const parts = given.filter((one) => one.long).map((one) => `\n${one.key}:\n${one.value.replace(/\r\n?/g, "\n").trim()}`);
  return [...head, ...parts, ""].join("\n");
}

/**
 * The bytes that are encrypted: the text alone, or with files as one MIME message, which other programs open, too.
 * @param {string} text @param {Attached[]} files @returns {Uint8Array}
 */
export function packed(text, files) {
  const encoder = new TextEncoder();
  if (!files.length) return encoder.encode(text);
  const edge = `=_${[...crypto.getRandomValues(new Uint8Array(18))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const parts = [
    `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="${edge}"\r\n\r\n`,
    `--${edge}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(encoder.encode(text))}\r\n`,
  ];
  for (const one of files) {
    parts.push(
      `--${edge}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n` +
        `Content-Disposition: attachment; filename*=UTF-8''${quoted(one.name)}\r\n\r\n${base64(one.data)}\r\n`,
    );
  }
  return encoder.encode(`${parts.join("")}--${edge}--\r\n`);
}

/** @param {string} name @returns {string} a file's name as RFC 5987 writes it */
function quoted(name) {
  return encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** @param {Uint8Array} data @returns {string} */
function base64(data) {
  const lines = [];
  const step = (LINE / 4) * 3;
  for (let at = 0; at < data.length; at += step) lines.push(btoa(String.fromCharCode(...data.subarray(at, at + step))));
  return lines.join("\r\n");
}

/** @param {string} k @param {string} n @returns {[number, number] | null} the two numbers of a count, or nothing that is one */
export function counted(k, n) {
  if (!/^\d{1,9}$/.test(k.trim()) || !/^\d{1,9}$/.test(n.trim())) return null;
  const [some, all] = [Number(k), Number(n)];
  return all >= 1 && some <= all ? [some, all] : null;
}

/** @param {number} k @param {number} n @returns {[number, number]} bounds of the Wilson interval, 0 to 1 */
export function wilson(k, n) {
  const rate = k / n;
  const spread = 1 + (Z * Z) / n;
  const middle = (rate + (Z * Z) / (2 * n)) / spread;
  const half = (Z / spread) * Math.sqrt((rate * (1 - rate)) / n + (Z * Z) / (4 * n * n));
  return [k === 0 ? 0 : Math.max(0, middle - half), k === n ? 1 : Math.min(1, middle + half)];
}

/** @param {number} bytes @returns {string} such as 5.6 kB */
export function size(bytes) {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
