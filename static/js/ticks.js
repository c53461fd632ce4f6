// Rows that are ticked to be decided together: how many are, and all on the screen at once; while any is ticked the bar
// stays in sight. Ticking and sending work without any of it.
"use strict";

(function () {
  for (const form of document.querySelectorAll("form[data-ticks]")) {
    const said = form.querySelector("[data-ticked]");
    const all = form.querySelector("[data-tick-all]");
    // The rows stand outside the form; those that are decided already are hidden.
    const boxes = () => Array.from(form.elements).filter((one) => one.name === "row" && !one.closest("[hidden]"));

    const count = () => {
      const number = boxes().filter((one) => one.checked).length;
      said.textContent = number ? `Отмечено: ${number}` : form.dataset.ticks;
      form.classList.toggle("is-on", number > 0);
    };
    document.addEventListener("change", (event) => {
      if (event.target.form === form) count();
    });
    all.hidden = false;
    all.addEventListener("click", () => {
      const rows = boxes();
      const some = rows.some((one) => !one.checked);
      for (const one of rows) one.checked = some;
      count();
    });
    window.addEventListener("pageshow", count); // the Back button brings ticks along
    count();
  }
})();
