// The text field that saves itself: also before one leaves the page, and again after a failure. Photos show their progress.
"use strict";

(function () {
  const RETRY_MS = 8000;
  const editor = document.querySelector("textarea[data-editor]");
  let kept = editor ? editor.value : "";
  let sending = null;
  let retry = 0;
  let failed = false;

  function saveNow() {
    if (editor && editor.value !== kept && editor.isConnected) window.htmx.trigger(editor, "save-now");
  }

  if (editor) {
    document.addEventListener("htmx:beforeRequest", (event) => {
      if (event.detail.elt === editor) sending = editor.value;
    });
    document.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.elt !== editor) return;
      clearTimeout(retry);
      if (event.detail.successful) {
        kept = sending;
        if (failed) document.getElementById("notices").replaceChildren(); // what it warned of is over
      } else if (event.detail.xhr.status !== 409) {
        retry = setTimeout(saveNow, RETRY_MS); // a conflict waits for the person; everything else may pass by itself
      }
      failed = !event.detail.successful;
    });
    editor.addEventListener("blur", saveNow);
    document.addEventListener("visibilitychange", () => { if (document.hidden) saveNow(); });
    window.addEventListener("online", saveNow);
    // «Оставить мой текст» was pressed: what stands in the field is what the server has now.
    document.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful && event.detail.elt.name === "over") kept = editor.value;
    });
  }

  // --- Photos: a bar while they are on their way.
  function bar(event) {
    return event.detail.elt.matches("[data-upload]") ? event.detail.elt.closest("#answer-photos").querySelector("progress") : null;
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    const progress = bar(event);
    if (progress) progress.hidden = false;
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const progress = bar(event);
    if (progress && event.detail.lengthComputable) progress.value = (event.detail.loaded / event.detail.total) * 100;
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      const progress = bar(event);
      if (!progress) return;
      progress.hidden = true;
      event.detail.elt.value = ""; // so that the same photo can be chosen once more
    });
  }
})();
