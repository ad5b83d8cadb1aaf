// Sets the chosen theme before the first paint; without a choice the reader's system decides.
(function () {
  "use strict";
  const root = document.documentElement;
  try {
    const chosen = localStorage.getItem("harborlight.theme");
    if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  } catch {
    // Storage may be switched off: then the system's theme stands.
  }
})();
