// The register: how many rows are ticked, and all of them at once. Ticking and sending work without any of it.
"use strict";

(function () {
  // On a telephone the list comes first; whoever filters unfolds what to filter by.
  const phone = window.matchMedia("(max-width: 48rem)").matches;
  for (const fold of document.querySelectorAll("[data-fold-on-phone]")) fold.open = !phone;

  const form = document.querySelector("form[data-register]");
  const all = document.getElementById("all-rows");
  const words = form?.querySelector("[data-register-count]");
  if (!form || !all || !words) return; // nothing to tick, or nobody who may
  const ticks = Array.from(form.querySelectorAll("input[name=row]"));

  function count() {
    const chosen = ticks.filter((tick) => tick.checked).length;
    const marked = ticks.filter((tick) => tick.checked && "marked" in tick.dataset).length;
    const warning = marked ? `, из них предлагается исключить (п. 17): ${marked}` : "";
    words.textContent = chosen ? `Отмечено: ${chosen}${warning}` : "Отметьте сообщения, чтобы сделать одно со всеми";
    all.checked = chosen === ticks.length;
    all.indeterminate = chosen > 0 && chosen < ticks.length;
  }

  all.closest("[data-register-all]").hidden = false;
  all.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = all.checked;
    count();
  });

  // With Shift held everything between the last tick and this one follows it.
  let last = null;
  form.addEventListener("click", (event) => {
    if (event.target.name !== "row") return;
    const place = ticks.indexOf(event.target);
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(last, place), Math.max(last, place)];
      for (const tick of ticks.slice(from, to + 1)) tick.checked = event.target.checked;
    }
    last = place;
    count();
  });

  // One panel at a time; Escape closes it from the rows as well, which it may cover, and leaves the focus where one is.
  const panels = Array.from(form.querySelectorAll("details.bulk-act"));
  form.addEventListener("keydown", (event) => {
    const open = panels.find((panel) => panel.open);
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    if (open.contains(event.target)) open.querySelector("summary").focus();
  });
  window.addEventListener("pageshow", count); // the Back button brings ticks along
  count();
})();
