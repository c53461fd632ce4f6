// Beside each page: how many characters of its limit are left for the text that goes out there.
"use strict";

(function () {
  const source = document.querySelector("[data-text]");
  if (!source) return;
  function count() {
    for (const page of document.querySelectorAll(".plan-page")) {
      const own = page.querySelector("textarea")?.value.trim();
      const used = (own || source.value.trim()).length;
      const words = page.querySelector("[data-left]");
      const longest = Number(page.dataset.longest);
      words.textContent = used > longest ? `лишних знаков: ${used - longest}` : `${used} из ${longest} знаков`;
      words.classList.toggle("is-over", used > longest);
    }
  }
  document.addEventListener("input", count);
  count();
})();
