// The text field, or the whole form, that saves itself: also before one leaves the page, and again after a failure.
// Photos show progress.
"use strict";

(function () {
  const RETRY_MS = 8000;
  const editor = document.querySelector("[data-editor]");
  const form = editor?.closest("form");
  const whole = editor !== null && !("value" in editor); // it only says what becomes of the form around it
  const notices = document.getElementById("notices");
  const served = editor ? valueOfEditor(true) : "";
  let kept = served; // as served: on a slow line one types before this script has come
  let sending = null;
  let retry = 0;
  let failed = 0; // status of the last attempt, 0 when it went well
  let busy = false; // an attempt is under way
  let again = false; // somebody asked for one meanwhile: by then there may be a session again

  function fields() {
    const not = ["csrf_token", "saved_at"];
    return [...form.elements].filter((one) => one.name && !one.disabled && one.type !== "submit" && !not.includes(one.name));
  }

  // Of a form the names and values of its fields.
  function valueOfEditor(asServed = false) {
    if (!whole) return asServed ? editor.defaultValue : editor.value;
    const found = [];
    for (const one of fields()) {
      if (one.type === "checkbox") {
        if (asServed ? one.defaultChecked : one.checked) found.push([one.name, one.value]);
      } else if (one.options) {
        const chosen = [...one.options].find((option) => (asServed ? option.defaultSelected : option.selected));
        found.push([one.name, chosen?.value ?? one.options[0]?.value ?? ""]);
      } else found.push([one.name, asServed ? one.defaultValue : one.value]);
    }
    return JSON.stringify(found);
  }

  function putBack(text) {
    if (!whole) {
      editor.value = text;
      return;
    }
    const left = JSON.parse(text);
    for (const one of fields()) {
      const at = left.findIndex(([name, value]) => name === one.name && (one.type !== "checkbox" || value === one.value));
      if (one.type === "checkbox") one.checked = at >= 0;
      else if (at >= 0) one.value = left[at][1];
      if (at >= 0) left.splice(at, 1);
    }
    form.dispatchEvent(new Event("input", { bubbles: true })); // what is counted beside it
  }

  async function saveNow() {
    if (!editor || !editor.isConnected || valueOfEditor() === kept) return;
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
    if (given || !editor.isConnected || valueOfEditor() === kept) return;
    store((there) => there.setItem(place, JSON.stringify({ text: valueOfEditor(), seen: valueOf("saved-at") })));
  }

  function comeBack() {
    const left = store((there) => there.getItem(place));
    if (!left || valueOfEditor() !== served) return; // the browser has put it there by itself
    store((there) => there.removeItem(place));
    const { text, seen } = JSON.parse(left);
    if (text === valueOfEditor()) return;
    putBack(text);
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
      if (event.target !== form || event.defaultPrevented) return;
      given = true;
      if (whole) window.htmx.trigger(editor, "htmx:abort"); // the form takes it along, and what was kept goes
    });
    (whole ? form : editor).addEventListener("input", () => {
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
      sending = valueOfEditor();
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
      kept = valueOfEditor();
      failed = 0;
      notices.replaceChildren();
    });
    document.addEventListener("DOMContentLoaded", saveNow);
    (whole ? form : editor).addEventListener(whole ? "focusout" : "blur", saveNow);
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
