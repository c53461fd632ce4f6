/* Escape takes the tips of the days away without moving the pointer or the focus (WCAG 1.4.13); moving on brings them back. */
(() => {
  const months = document.querySelector(".months");
  if (!months) return;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") months.classList.add("tips-off");
  });
  for (const kind of ["focusin", "pointerover", "click"]) {
    months.addEventListener(kind, () => months.classList.remove("tips-off"));
  }
})();
