// Further keys of the queue, by their place on the keyboard: the layout does not matter. `keys.js` has those of all lists.
"use strict";

window.osmKeys = function (queue, { current, act, ground, undo, focus }) {
  const CHOICES = { KeyA: "keep", KeyD: "delete", KeyB: "blacklist", KeyM: "take" };
  const OTHERS = { KeyU: undo, KeyH: help };

  // Nothing is typed where a file was chosen; and grounds begin with digits: a letter would choose none of them.
  const FIELDS = "input:not([type=checkbox], [type=file]), textarea, select, [contenteditable]";
  const GROUNDS = ".comment-acts select";

  document.addEventListener("keydown", (event) => {
    if (queue.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest?.(FIELDS);
    if (field && event.code === "Escape" && field.closest(".comment")) focus(); // out of the field, to the keys again
    if (field && !field.matches(GROUNDS)) return;
    const { code } = event;
    const digit = /^(?:Digit|Numpad)([1-6])$/.exec(code);
    if (!(code in CHOICES || code in OTHERS || digit)) return;
    event.preventDefault();
    if (event.repeat) return;
    if (code in OTHERS) OTHERS[code]();
    else if (current() && digit) ground(current(), Number(digit[1]));
    else if (current()) act(current(), CHOICES[code]);
  });

  function help() {
    const box = document.getElementById("keys-help");
    box.open = !box.open;
    if (box.open) box.querySelector("summary").focus();
    else focus();
  }
};
