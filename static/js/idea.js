// «Идея» in the header: opened with the cursor in its field, closed again when the idea is written down.
"use strict";

(function () {
  const form = document.querySelector("form[data-idea]");
  if (!form) return;
  const menu = form.closest("details");
  menu.addEventListener("toggle", () => {
    if (menu.open) form.elements.title.focus();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form || !event.detail.successful || event.detail.xhr.status === 422) return; // refused
    form.elements.title.value = "";
    menu.open = false;
    menu.querySelector("summary").focus();
    if (document.querySelector(".plan-week, .plan-month")) location.reload();
  });
  for (const button of document.querySelectorAll("[data-idea-day]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      form.elements.day.value = button.dataset.ideaDay;
      menu.open = true;
    });
  }
})();
