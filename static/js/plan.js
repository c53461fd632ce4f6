// The grid of the plan: arrows walk, with Shift they move; a publication can be dragged to another day.
"use strict";

(function () {
  const form = document.getElementById("plan-move");
  const links = () => Array.from(document.querySelectorAll(".plan-row > a")).filter((one) => one.offsetParent);
  document.querySelector("[data-focus]")?.focus();
  if (!form) return; // who only reads
  document.querySelector(".plan-keys").hidden = false;

  const dayOf = (element) => element.closest("[data-day]")?.dataset.day;
  const moved = (day, days) => {
    const at = new Date(`${day}T12:00:00Z`);
    at.setUTCDate(at.getUTCDate() + days);
    return at.toISOString().slice(0, 10);
  };

  function move(link, day) {
    if (!link?.dataset.move || !day || day === dayOf(link)) return;
    form.action = link.dataset.move;
    form.elements.version.value = link.dataset.version;
    form.elements.day.value = day;
    form.submit();
  }

  // Up and down in the order of the plan; left and right to the nearest day that has something.
  function walk(link, key) {
    const all = links();
    if (key === "ArrowUp" || key === "ArrowDown") return all[all.indexOf(link) + (key === "ArrowDown" ? 1 : -1)];
    const here = dayOf(link);
    const place = all.filter((one) => dayOf(one) === here).indexOf(link);
    const days = [...new Set(all.map(dayOf))];
    const other = days[days.indexOf(here) + (key === "ArrowRight" ? 1 : -1)];
    const there = all.filter((one) => dayOf(one) === other);
    return there[Math.min(place, there.length - 1)];
  }

  const DAYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  document.addEventListener("keydown", (event) => {
    const link = event.target.closest?.(".plan-row > a");
    if (!link || !(event.key in DAYS) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (event.shiftKey) {
      if (!event.repeat) move(link, moved(dayOf(link), DAYS[event.key]));
    } else walk(link, event.key)?.focus();
  });

  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-move]") ?? null;
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  const target = (event) => (dragged ? event.target.closest?.("[data-day]") : null);
  const clear = () => document.querySelectorAll(".is-target").forEach((one) => one.classList.remove("is-target"));
  document.addEventListener("dragover", (event) => {
    const day = target(event);
    if (!day) return;
    event.preventDefault();
    clear();
    day.classList.add("is-target");
  });
  document.addEventListener("drop", (event) => {
    const day = target(event);
    if (!day) return;
    event.preventDefault();
    move(dragged, day.dataset.day);
  });
  document.addEventListener("dragend", () => {
    dragged = null;
    clear();
  });
})();
