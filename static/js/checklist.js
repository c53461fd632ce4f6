// The checklist beside the editor: asks again after photos, puts better wordings in their place and takes them back.
"use strict";

(function () {
  const box = document.getElementById("checklist");
  const editor = box && document.querySelector(box.dataset.editor);
  const undo = document.getElementById("mend-undo");
  if (!editor || !undo) return;
  let done = []; // replacements, the last press last: lists of { start, was, now }
  let own = false;

  function reveal() {
    for (const button of box.querySelectorAll("[data-mend], [data-mend-all]")) button.hidden = false;
  }

  // Where a piece stands now: at its place, or else the nearest one like it (one may have typed on).
  function place(value, piece, near) {
    if (value.startsWith(piece, near)) return near;
    let best = -1;
    for (let at = value.indexOf(piece); at >= 0; at = value.indexOf(piece, at + 1)) {
      if (best < 0 || Math.abs(at - near) < Math.abs(best - near)) best = at;
    }
    return best;
  }

  // Replaces pieces from the end on; the caret stays at the letter where it was.
  function replace(pieces) {
    const made = [];
    let [from, to] = [editor.selectionStart, editor.selectionEnd];
    const scroll = editor.scrollTop;
    for (const { start, was, now } of [...pieces].sort((a, b) => b.start - a.start)) {
      const at = place(editor.value, was, start);
      if (at < 0) continue;
      const end = at + was.length;
      const moved = (caret) => (caret >= end ? caret + now.length - was.length : Math.min(caret, at + now.length));
      [from, to] = [from > at ? moved(from) : from, to > at ? moved(to) : to];
      editor.setRangeText(now, at, end, "preserve");
      made.push({ start: at, was, now });
    }
    if (!made.length) return made;
    editor.setSelectionRange(from, to);
    editor.scrollTop = scroll;
    own = true;
    editor.dispatchEvent(new Event("input", { bubbles: true }));
    own = false;
    window.htmx.trigger(box, "recheck");
    return made;
  }

  const pieceOf = ({ dataset }) => ({ start: Number(dataset.start), was: dataset.fragment, now: dataset.replacement });

  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mend], [data-mend-all]");
    if (!button) return;
    const buttons = button.matches("[data-mend]") ? [button] : [...box.querySelectorAll("[data-mend]")];
    const made = replace(buttons.map(pieceOf));
    if (!made.length) return;
    done.push(made);
    undo.hidden = false;
    undo.focus({ preventScroll: true }); // the pressed button goes away with the list
  });

  undo.addEventListener("click", () => {
    const made = done.pop() || [];
    replace(made.map(({ start, was, now }) => ({ start, was: now, now: was })));
    if (done.length) return;
    undo.hidden = true;
    editor.focus({ preventScroll: true });
  });

  // A text of another window was taken over: there is nothing of it to take back.
  editor.addEventListener("input", () => {
    if (own || !done.length) return;
    done = done.filter((made) => made.every(({ now }) => editor.value.includes(now)));
    if (!done.length) undo.hidden = true;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === box) reveal();
    else if (event.detail.target.closest?.("#answer-photos") || event.detail.target.id === "answer-photos") {
      window.htmx.trigger(box, "recheck");
    }
  });
  // Typed before the scripts came, or put back by the browser: the list that was served is of another text.
  document.addEventListener("DOMContentLoaded", () => {
    if (editor.value !== editor.defaultValue) window.htmx.trigger(box, "recheck");
  });
  reveal();
})();
