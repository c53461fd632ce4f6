// The text field that saves itself: also before one leaves the page, and again after a failure. Photos show progress.
"use strict";

(function () {
  const RETRY_MS = 8000;
  const editor = document.querySelector("textarea[data-editor]");
  const notices = document.getElementById("notices");
  let kept = editor ? editor.defaultValue : ""; // as served: on a slow line one types before this script has come
  let sending = null;
  let retry = 0;
  let failed = 0; // status of the last attempt, 0 when it went well
  let busy = false; // an attempt is under way
  let again = false; // somebody asked for one meanwhile: by then there may be a session again

  async function saveNow() {
    if (!editor || !editor.isConnected || editor.value === kept) return;
    if (busy) {
      again = true;
      return;
    }
    if (failed === 400 || failed === 401) {
      busy = true;
      await renewToken();
      busy = false;
    }
    window.htmx.trigger(editor, "save-now");
  }

  // The session ended while one was typing. Whoever has logged in again, in another tab, has another token.
  async function renewToken() {
    try {
      const answer = await fetch(window.location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const token = page.querySelector('meta[name="csrf-token"]')?.content;
      if (!token) return;
      document.querySelector('meta[name="csrf-token"]').content = token;
      for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    } catch {
      // no connection: the next attempt comes by itself
    }
  }

  // Whoever leaves the page before the saving has ended finds his text again when he comes back. Of what the server
  // had meanwhile he is told as ever: the text comes with the instant of the saving on which it was typed.
  const place = editor && ["typed", editor.dataset.editor, editor.getAttribute("hx-post"), valueOf("reply-id")].join(" ");
  let given = false; // the text goes with the form, or is not wanted any more

  function valueOf(id) {
    return document.getElementById(id)?.value ?? "";
  }

  function remember() {
    if (given || !editor.isConnected || editor.value === kept) return;
    store((there) => there.setItem(place, JSON.stringify({ text: editor.value, seen: valueOf("saved-at") })));
  }

  function comeBack() {
    const left = store((there) => there.getItem(place));
    if (!left || editor.value !== editor.defaultValue) return; // the browser has put it there by itself
    store((there) => there.removeItem(place));
    const { text, seen } = JSON.parse(left);
    if (text === editor.value) return;
    editor.value = text;
    document.getElementById("saved-at").value = seen;
  }

  function store(act) {
    try {
      return act(window.sessionStorage);
    } catch {
      return null; // a browser that keeps nothing
    }
  }

  if (editor) {
    comeBack();
    window.addEventListener("pagehide", remember);
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) store((there) => there.removeItem(place));
    });
    document.addEventListener("submit", (event) => {
      if (event.target === editor.form && !event.defaultPrevented) given = true;
    });
    editor.addEventListener("input", () => {
      given = false;
    });
    document.addEventListener("click", (event) => {
      if (event.target.closest("#other-window a")) given = true;
    });
    // A conflict waits for the person: an answer to one more attempt would put new buttons under a pressed mouse.
    document.addEventListener("htmx:configRequest", (event) => {
      if (event.detail.elt === editor && failed === 409) event.preventDefault();
    });
    document.addEventListener("htmx:beforeSend", (event) => {
      if (event.detail.elt !== editor) return;
      sending = editor.value;
      busy = true;
    });
    document.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.elt !== editor) return;
      clearTimeout(retry);
      busy = false;
      const asked = again;
      again = false;
      if (event.detail.successful) {
        kept = sending;
        if (failed) notices.replaceChildren(); // what it warned of is over
        failed = 0;
        return;
      }
      const before = failed;
      failed = event.detail.xhr.status || 1;
      const stale = failed === 400 && before !== 400; // the token is of an older session: a new one may be had at once
      const pause = 1000 * event.detail.xhr.getResponseHeader("Retry-After") || RETRY_MS;
      if (failed !== 409) retry = setTimeout(saveNow, asked || stale ? 0 : pause);
    });
    // «Оставить мой текст» was pressed: what stands in the field is what the server has now.
    document.addEventListener("htmx:afterRequest", (event) => {
      // (the answer has taken the button away, the event comes from what stood around it)
      if (!event.detail.successful || event.detail.requestConfig.elt.name !== "over") return;
      kept = editor.value;
      failed = 0;
      notices.replaceChildren();
    });
    document.addEventListener("DOMContentLoaded", saveNow);
    editor.addEventListener("blur", saveNow);
    document.addEventListener("visibilitychange", saveNow);
    window.addEventListener("online", saveNow);
  }

  // --- Photos: a bar while they are on their way.
  function bar(event) {
    const input = event.detail.elt;
    return input.matches("[data-upload]") ? input.closest("#answer-photos").querySelector("progress") : null;
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
