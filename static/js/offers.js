// Ready texts: put at the caret, the first empty field is selected, so that one types over it; the use is counted.
"use strict";

(function () {
  const offers = document.getElementById("offers");
  const editor = document.querySelector("textarea[data-editor]");
  if (!editor) return;

  const OPENED = /(?:\s|[«„([]|(?:^|\s)")$/; // behind these a sentence goes on without a blank
  const CLOSING = /^[.,;:!?…»)\]]/; // and so it does before these

  let touched = false; // until somebody has put the caret somewhere, everything goes behind what stands there
  editor.addEventListener("focus", () => {
    touched = true;
  });

  // On the whole page: parts of several executors stand beside the editor, not under it.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-offer]");
    if (!button) return;
    event.preventDefault();
    if (!touched) {
      editor.setSelectionRange(editor.value.length, editor.value.length);
    }
    const before = editor.value.slice(0, editor.selectionStart);
    const after = editor.value.slice(editor.selectionEnd);
    const gap = button.dataset.use ? " " : "\n\n"; // a template goes into the sentence, a part stands by itself
    const apart = !before.trim() || before.endsWith("\n") || (gap === " " && OPENED.test(before)) ? "" : gap;
    const goesOn = /^\S/.test(after) && !(gap === " " && CLOSING.test(after));
    const ready = apart + button.dataset.offer + (goesOn ? gap : "");
    const at = editor.selectionStart;
    editor.setRangeText(ready, at, editor.selectionEnd, "end");
    const field = /\{[^{}\n]+\}/.exec(ready);
    editor.focus();
    if (field) editor.setSelectionRange(at + field.index, at + field.index + field[0].length);
    editor.dispatchEvent(new Event("input", { bubbles: true }));
    if (!button.dataset.use) return;
    offers.open = false;
    const reply = document.getElementById("reply-id");
    window.htmx.ajax("POST", button.dataset.use, { swap: "none", values: { reply_id: reply ? reply.value : "" } });
  });
})();
