// Ready texts: put at the caret, the first empty field is selected, so that one types over it; the use is counted.
"use strict";

(function () {
  const offers = document.getElementById("offers");
  const editor = document.querySelector("textarea[data-editor]");
  if (!offers || !editor) return;

  offers.addEventListener("click", (event) => {
    const button = event.target.closest("[data-offer]");
    if (!button) return;
    event.preventDefault();
    const ready = button.dataset.offer;
    const at = editor.selectionStart;
    editor.setRangeText(ready, at, editor.selectionEnd, "end");
    const field = /\{[^{}\n]+\}/.exec(ready);
    editor.focus();
    if (field) editor.setSelectionRange(at + field.index, at + field.index + field[0].length);
    editor.dispatchEvent(new Event("input", { bubbles: true }));
    offers.open = false;
    const reply = document.getElementById("reply-id");
    window.htmx.ajax("POST", button.dataset.use, { swap: "none", values: { reply_id: reply ? reply.value : "" } });
  });
})();
