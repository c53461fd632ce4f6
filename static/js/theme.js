// The theme before the first paint: what the person chose, else what the system prefers.
"use strict";

(function () {
  const KEY = "osm-theme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be forbidden
    }
  }

  function apply() {
    document.documentElement.dataset.bsTheme = chosen() || (dark.matches ? "dark" : "light");
  }

  window.osmTheme = {
    isDark: () => document.documentElement.dataset.bsTheme === "dark",
    flip() {
      const next = this.isDark() ? "light" : "dark";
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // stays until the page is left
      }
      document.documentElement.dataset.bsTheme = next;
    },
  };

  apply();
  dark.addEventListener("change", apply);
})();
