// The register: how many rows are ticked, and all of them at once. Ticking and sending work without any of it.
"use strict";

(function () {
  // On a telephone the list comes first; whoever filters unfolds what to filter by.
  const phone = window.matchMedia("(max-width: 48rem)").matches;
  for (const fold of document.querySelectorAll("[data-fold-on-phone]")) fold.open = !phone;

  // The list is exchanged when a filter changes: what is ticked is asked of the page as it stands.
  const form = () => document.querySelector("form[data-register]");
  const ticks = () => Array.from(document.querySelectorAll("form[data-register] input[name=row]"));
  let last = null; // the tick that was clicked last

  function count() {
    const all = document.getElementById("all-rows");
    const words = form()?.querySelector("[data-register-count]");
    if (!all || !words) return; // nothing to tick, or nobody who may
    const chosen = ticks().filter((tick) => tick.checked);
    const marked = chosen.filter((tick) => "marked" in tick.dataset).length;
    const warning = marked ? `, из них предлагается исключить (п. 17): ${marked}` : "";
    words.textContent = chosen.length ? `Отмечено: ${chosen.length}${warning}` : words.dataset.none || "Отметьте сообщения, чтобы сделать одно со всеми";
    all.closest("[data-register-all]").hidden = false;
    all.checked = chosen.length === ticks().length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }

  document.addEventListener("change", (event) => {
    if (event.target.id !== "all-rows") return;
    for (const tick of ticks()) tick.checked = event.target.checked;
    count();
  });

  // With Shift held everything between the last tick and this one follows it.
  document.addEventListener("click", (event) => {
    if (event.target.name !== "row") return;
    const rows = ticks();
    const place = rows.indexOf(event.target);
    if (event.shiftKey && rows.includes(last)) {
      const [from, to] = [Math.min(rows.indexOf(last), place), Math.max(rows.indexOf(last), place)];
      for (const tick of rows.slice(from, to + 1)) tick.checked = event.target.checked;
    }
    last = event.target;
    count();
  });

  // One panel at a time; Escape closes it from the rows as well, which it may cover, and leaves the focus where one is.
  document.addEventListener("keydown", (event) => {
    const open = event.target.closest?.("form[data-register]") && form().querySelector("details.bulk-act[open]");
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    if (open.contains(event.target)) open.querySelector("summary").focus();
  });
  document.addEventListener("htmx:afterSettle", count);
  window.addEventListener("pageshow", count); // the Back button brings ticks along
  count();
})();
