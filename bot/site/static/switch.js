// @ts-check
// The switch between light and dark; the choice stays in this browser. Without a choice the reader's system decides.
const root = document.documentElement;
const button = /** @type {HTMLButtonElement} */ (document.getElementById("theme"));
const system = matchMedia("(prefers-color-scheme: dark)");

const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
const name = () => {
  button.textContent = (dark() ? button.dataset.light : button.dataset.dark) ?? "";
};

button.addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  try {
    localStorage.setItem("harborlight.theme", root.dataset.theme);
  } catch {
    // Storage may be switched off: then the choice lasts as long as the page.
  }
  name();
});
system.addEventListener("change", name);
name();
button.hidden = false;
