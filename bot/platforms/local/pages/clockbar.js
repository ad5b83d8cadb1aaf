// @ts-check
// The clock bar and the theme switch.

import { get, post } from "./api.js";
import { byId, el, replace } from "./dom.js";
import { away, clock, day, instant, shortDay } from "./time.js";
import { now, world } from "./world.js";

/** Reads the world's clock and remembers how far it is ahead of this computer's. */
export async function readClock() {
  const answer = await get("/api/clock");
  const at = instant(answer?.now);
  if (at) world.offset = at.getTime() - Date.now();
  drawClock();
}

export function drawClock() {
  const at = now();
  const shown = byId("now");
  shown.setAttribute("datetime", at.toISOString());
  replace(shown, el("span.wide", {}, `${day(at)}, ${clock(at)} UTC`), el("span.slim", {}, `${shortDay(at)}, ${clock(at)} UTC`));
  const next = world.home?.next;
  const due = instant(next?.at);
  // The distance runs on here, so one that came with the words is left out.
  const what = (next?.text ?? "").replace(/^(in \d[^:]*|\d[^:]* ago|now)(: |$)/, "");
  const far = due && due > at ? away(due, at) : "now";
  byId("deadline").textContent = due ? (what ? `${far}: ${what}` : far) : "no deadline yet";
  byId("deadline").title = byId("deadline").textContent ?? "";
}

/**
 * Moves the world's clock.
 * @param {{advance: string} | {to: string}} step @param {(error: unknown) => void} failed
 */
export async function move(step, failed) {
  const all = document.querySelectorAll(".clock button");
  all.forEach((found) => found.setAttribute("aria-busy", "true"));
  try {
    await post("/api/clock", step);
    await readClock();
  } catch (error) {
    failed(error);
  } finally {
    all.forEach((found) => found.removeAttribute("aria-busy"));
  }
}

/** @param {() => Promise<void>} moved @param {(error: unknown) => void} failed */
export function wireClock(moved, failed) {
  document.querySelectorAll("[data-advance]").forEach((found) =>
    found.addEventListener("click", async () => {
      await move({ advance: found.getAttribute("data-advance") === "1d" ? "24h" : "1h" }, failed);
      await moved();
    }),
  );
  byId("to-next").addEventListener("click", async () => {
    const at = world.home?.next?.at;
    if (!at) {
      byId("deadline").textContent = "no deadline yet: it comes with the first report";
      return;
    }
    await move({ to: at }, failed);
    await moved();
  });
  setInterval(drawClock, 10_000);
}

export function wireTheme() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => {
    document.querySelectorAll(".theme").forEach((found) => {
      found.textContent = dark() ? "Light" : "Dark";
      found.setAttribute("aria-label", dark() ? "Light theme" : "Dark theme");
    });
  };
  document.querySelectorAll(".theme").forEach((found) =>
    found.addEventListener("click", () => {
      const chosen = dark() ? "light" : "dark";
      root.dataset.theme = chosen;
      try {
        localStorage.setItem("harborlight.theme", chosen);
      } catch {
        // Without storage the choice lasts until the page is closed.
      }
      label();
    }),
  );
  system.addEventListener("change", label);
  label();
}
