// The page of near copies holds them as the queue does its own.
"use strict";

(function () {
  const form = document.querySelector(".copies-form");
  if (!form) return;
  const shown = () => Array.from(form.querySelectorAll("input[name=row]"), (one) => one.value);
  window.osmHolds(form, window.osmSending(form), shown, () => {}); // what is others' by now the server refuses in words
})();
