// An export is chosen by one press, or dropped anywhere on a page. Without this the links lead to the form of «Загрузки».
"use strict";

(function () {
  const KINDS = ".xlsx,.xls,.ods,.csv,.txt,.xlsm";
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/imports";
  form.enctype = "multipart/form-data";
  form.hidden = true;
  const token = document.createElement("input");
  token.name = "csrf_token";
  token.value = document.querySelector('meta[name="csrf-token"]').content;
  const field = document.createElement("input");
  field.type = "file";
  field.name = "file";
  field.accept = KINDS;
  field.dataset.sends = "";
  form.append(token, field);
  const target = document.createElement("div");
  target.className = "import-drop";
  target.hidden = true;
  target.setAttribute("role", "status");
  const words = document.createElement("p");
  target.append(words);
  document.body.append(form, target);

  function say(text, seconds) {
    target.hidden = false;
    words.textContent = text;
    if (seconds) setTimeout(hide, 1000 * seconds);
  }
  function hide() {
    target.hidden = true;
  }

  // --- A press: the link above the page opens the choice of a file, and the chosen file is sent at once.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('.today a[href="/imports"], a[data-import-pick]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    field.value = ""; // the same file again is a choice too
    field.click();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("input[data-sends]") || !event.target.files.length) return;
    say(`«${event.target.files[0].name}» передаётся…`);
    event.target.form.requestSubmit();
  });
  for (const own of document.querySelectorAll("main input[data-sends]")) {
    own.form.querySelector("button").hidden = true;
  }
  // Somebody who was asked about his typed text may have stayed.
  window.addEventListener("beforeunload", (event) => {
    if (event.defaultPrevented) setTimeout(hide, 500);
  });
  window.addEventListener("pageshow", hide);

  // --- A drop. Fields that take other files keep them, and so does a page with such a field.
  function takes(event) {
    if (!event.dataTransfer?.types.includes("Files") || event.target.closest?.("input[type=file], [data-photos]")) return false;
    const files = Array.from(event.dataTransfer.items).filter((item) => item.kind === "file");
    const others = document.querySelectorAll("main input[type=file]:not([data-sends], [accept^=image])");
    return !others.length && !(files.length && files.every((file) => /^(image|video|audio)\//.test(file.type)));
  }
  document.addEventListener("dragover", (event) => {
    if (!takes(event)) return hide();
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    say("Отпустите файл выгрузки: сначала покажем, что в нём");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) hide();
  });
  document.addEventListener("drop", (event) => {
    if (!takes(event)) return;
    const taken = event.defaultPrevented; // a picture of a kind that the browser does not know, for a comment
    event.preventDefault();
    const files = event.dataTransfer.files;
    const isTable = KINDS.split(",").some((kind) => files[0]?.name.toLowerCase().endsWith(kind));
    if (taken && !isTable) return hide();
    if (files.length !== 1) return say("Перетащите один файл: они загружаются по очереди", 4);
    if (!isTable) return say("Это не выгрузка: нужен файл XLSX, XLS, ODS или CSV", 4);
    field.files = files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
