// The bar of the decision: it stays above the keyboard of a telephone.
"use strict";

(function () {
  const bar = document.querySelector("[data-decision-bar]");
  if (!bar) return;

  // The next version brings its own button to the same place: the second click of a double one is nobody's decision.
  bar.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("button")) event.preventDefault();
  });

  // Safari lays its keyboard over the page instead of making the page lower.
  const seen = window.visualViewport;
  seen?.addEventListener("resize", () => {
    const covered = seen.scale > 1 ? 0 : window.innerHeight - seen.height;
    bar.style.bottom = `${Math.max(0, covered)}px`;
  });
})();
