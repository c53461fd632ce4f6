// Keys of the queue, by their place on the keyboard: the layout does not matter.
"use strict";

window.osmKeys = function (queue, { current, move, act, ground, undo, focus }) {
  const CHOICES = { KeyA: "keep", KeyD: "delete", KeyB: "blacklist", KeyM: "take" };
  const MOVES = { KeyJ: 1, KeyK: -1 };
  const OTHERS = { KeyU: undo, KeyH: help };

  document.addEventListener("keydown", (event) => {
    if (queue.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]")) {
      if (event.code === "Escape" && event.target.closest(".comment")) focus(); // out of the field, to the keys again
      return;
    }
    const { code } = event;
    const digit = /^(?:Digit|Numpad)([1-6])$/.exec(code);
    if (!(code in CHOICES || code in MOVES || code in OTHERS || digit)) return;
    event.preventDefault();
    if (code in MOVES) move(MOVES[code]);
    else if (event.repeat) return;
    else if (code in OTHERS) OTHERS[code]();
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
