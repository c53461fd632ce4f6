// Keys of every list, by their place on the keyboard: the layout does not matter. A person may switch them off.
"use strict";

(function () {
  const main = document.getElementById("main");
  const dialog = document.getElementById("keys");
  if (!dialog) return; // nobody has logged in
  const { rows, of, focus } = window.osmRows;
  const queue = document.getElementById("queue"); // the comments have further keys, and a help of their own

  const FIELDS = "input:not([type=checkbox], [type=radio], [type=file]), textarea, select, [contenteditable]";
  const PASS = ".comment-acts select"; // its choices begin with digits: a letter would choose none of them
  const FIRST = ".inbox-act, .im-act, .register-tick, .comment-acts, form, td:last-child";
  const CONTROLS = "select, input:not([type=hidden]), button, a[href]";
  const LINK = 'a[href]:not([href^="tel:"])';

  const current = () => of(document.activeElement) ?? document.querySelector(".is-current");

  function move(step) {
    const here = current();
    const side = step > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
    const list = rows().filter((row) => !here || (row !== here && here.compareDocumentPosition(row) & side));
    focus(list.at(step > 0 ? 0 : -1) ?? here);
  }

  const seen = (elements) => Array.from(elements).find((one) => !one.hidden && (one.checkVisibility?.() ?? true));

  function fields() {
    const row = current();
    const parts = row ? row.querySelectorAll(FIRST) : [];
    for (const part of parts) {
      const control = seen(part.querySelectorAll(CONTROLS));
      if (control) return control.focus();
    }
  }

  function search() {
    const field = main.querySelector("input[type=search]");
    if (!field) {
      const messages = document.querySelector('.top a[href="/messages"]');
      if (messages) location.assign("/messages#f-q");
      return;
    }
    for (let fold = field.closest("details:not([open])"); fold; fold = fold.closest("details:not([open])")) fold.open = true;
    field.focus();
    field.select();
  }

  function help() {
    const own = document.getElementById("keys-help");
    if (own) {
      own.open = !own.open;
      if (own.open) own.querySelector("summary").focus();
      else focus(current());
      return;
    }
    const there = {
      rows: rows().length > 0,
      fields: Boolean(document.querySelector(".inbox-act :is(select, button), .im-act")),
      undo: Boolean(document.querySelector("[data-undo], .quick-route")),
    };
    dialog.querySelector("[name=back]").value = location.pathname + location.search;
    for (const line of dialog.querySelectorAll("[data-keys-of]")) line.hidden = !there[line.dataset.keysOf];
    if (dialog.open) dialog.close();
    else dialog.showModal();
  }

  // The latest: the one that is offered longest.
  function undo() {
    const offered = Array.from(document.querySelectorAll("form[data-undo]"));
    offered.sort((one, other) => one.dataset.until - other.dataset.until);
    offered.at(-1)?.querySelector("button:enabled")?.click();
  }

  function meant(event) {
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return help;
    if (event.key === "/" || event.code === "Slash") return search;
    if (event.shiftKey) return null;
    if (event.code === "KeyJ") return () => move(1);
    if (event.code === "KeyK") return () => move(-1);
    if (queue) return null;
    return { KeyE: fields, KeyU: undo }[event.code];
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const row = of(event.target);
    if (event.key === "Enter" && event.target === row) { // a row is no control: Enter does nothing else there
      event.preventDefault();
      seen(row.querySelectorAll(LINK))?.click();
      return;
    }
    if (main.dataset.keys !== "on" || document.querySelector("dialog[open]")) return;
    const field = event.target.closest?.(FIELDS);
    if (field && event.code === "Escape" && row && !queue) focus(row); // out of the field, to the keys again
    if (field && !field.matches(PASS)) return;
    const act = meant(event);
    if (!act) return;
    event.preventDefault();
    if (!event.repeat || ["KeyJ", "KeyK"].includes(event.code)) act();
  });

  for (const button of document.querySelectorAll("[data-keys-open]")) {
    button.hidden = false;
    button.addEventListener("click", help);
  }
})();
