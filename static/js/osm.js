// What makes the pages quicker to use. Every form works without any of it.
"use strict";

(function () {
  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content || "";

  // --- Notices: the one region that is read aloud.
  function notice(text, kind) {
    const region = document.getElementById("notices");
    if (!region) return null;
    const box = document.createElement("div");
    box.className = `notice notice-${kind}`;
    const words = document.createElement("p");
    words.textContent = text;
    box.append(words);
    region.replaceChildren(box);
    region.scrollIntoView({ block: "nearest" });
    floatNotices();
    return box;
  }

  // On the first page it lies over the day, so that no row moves. A good one goes by itself, never under the hand.
  function floatNotices() {
    if (!document.querySelector(".inbox-head")) return;
    for (const box of $$("#notices > .notice:not(:has(.notice-close))")) {
      const close = document.createElement("button");
      close.type = "button";
      close.className = "notice-close";
      close.textContent = "×";
      close.ariaLabel = "Скрыть";
      close.addEventListener("click", () => box.remove());
      box.append(close);
      const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : box.remove());
      if (box.matches(".notice-success, .notice-info")) setTimeout(leave, 6000 + 60 * box.textContent.length);
    }
  }

  // --- htmx: the token on every request, failures in words, focus kept across a swap.
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = meta("csrf-token");
  });
  const isPoll = (event) => event.detail.elt.matches('[hx-trigger^="every"]');
  function offline() {
    notice("Нет связи с сервером. Введённое осталось на странице: повторите, когда связь появится.", "warning")
      ?.setAttribute("data-offline", "");
  }
  document.addEventListener("htmx:sendError", (event) => {
    if (!isPoll(event)) offline(); // a poll that fails says nothing: the next one comes in half a minute
  });
  document.addEventListener("htmx:timeout", offline);
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!isPoll(event)) document.querySelector("#notices > [data-offline]")?.remove(); // it was repeated
  });

  // Our refusals are fragments that name their own place. A whole page is somebody else's error (a proxy's).
  document.addEventListener("htmx:beforeSwap", (event) => {
    const xhr = event.detail.xhr;
    if (xhr.status < 400 || !/^\s*<(!doctype|html)\b/i.test(xhr.responseText)) return;
    event.detail.shouldSwap = false;
    notice(`Сервер ответил ошибкой (${xhr.status}). Введённое осталось на странице: повторите через минуту.`, "danger");
  });

  let lastFocus = null;
  document.addEventListener("htmx:beforeSwap", () => {
    const element = document.activeElement;
    lastFocus = element && element.id
      ? { id: element.id, start: element.selectionStart, end: element.selectionEnd, value: element.value }
      : null;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    enhance(event.detail.elt);
    // Only a focus that the swap itself took away is given back: whoever moved on meanwhile stays where he went.
    const lost = !document.activeElement || document.activeElement === document.body;
    const element = lastFocus && lost && document.getElementById(lastFocus.id);
    if (element) {
      element.focus({ preventScroll: true });
      if (typeof lastFocus.start === "number" && element.value === lastFocus.value && element.setSelectionRange) {
        element.setSelectionRange(lastFocus.start, lastFocus.end);
      }
    }
    lastFocus = null;
    if (event.detail.requestConfig?.elt.matches("form")) showRefusal(event.detail.elt, event.detail.xhr.status, "nearest");
  });

  // --- A press is a press: leaving a field may ask the server at once, and what comes would move the button away
  // under the pressed mouse. So what the press itself has changed is asked when the mouse is released.
  let waiting = null; // while a button is pressed: what is asked afterwards
  document.addEventListener("pointerdown", (event) => {
    // Another button opens a menu, which may swallow its release: nothing waits for that.
    if (event.button === 0 && event.target.closest?.("button, a, summary")) waiting ??= [];
  });
  function released() {
    const asked = waiting || [];
    waiting = null;
    setTimeout(() => asked.forEach((ask) => ask())); // the click comes first
  }
  for (const name of ["pointerup", "pointercancel", "blur"]) window.addEventListener(name, released);
  document.addEventListener("htmx:confirm", (event) => {
    if (!waiting || event.detail.triggeringEvent?.type !== "change") return;
    event.preventDefault();
    waiting.push(() => event.detail.issueRequest());
  });

  // --- Copying: <button data-copy="#id">, or data-copy-text="…".
  let inHand = null; // puts back the words of the button whose text stays in the clipboard
  async function copy(button, isAsked = true) {
    inHand?.();
    const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
    const text = button.dataset.copyText ?? source?.value ?? source?.innerText ?? "";
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      done = copyTheOldWay(text); // plain http on an intranet has no clipboard interface
    }
    const label = button.querySelector("span") || button;
    const before = label.textContent;
    const putBack = () => { label.textContent = before; };
    if (!done && !isAsked) return;
    label.textContent = done ? button.dataset.copied ?? "Скопировано" : "Не вышло: выделите и нажмите Ctrl+C";
    if (isAsked) setTimeout(putBack, 2500);
    inHand = isAsked ? null : putBack;
  }

  function copyTheOldWay(text) {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    const focused = document.activeElement;
    area.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      done = false;
    }
    area.remove();
    focused?.focus?.({ preventScroll: true });
    return done;
  }

  // --- A page opened at one of its places: what loads above it in the first seconds does not push it off the screen.
  let untouched = true;
  for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    window.addEventListener(name, () => { untouched = false; }, { once: true, passive: true });
  }
  document.addEventListener("htmx:afterSettle", () => {
    if (untouched && performance.now() < 3000) document.querySelector(":target")?.scrollIntoView();
  });

  // --- Typed text: leaving a page with unsaved text asks first. <form data-guard>; autosave clears it.
  const unsaved = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form) unsaved.add(form);
  });
  document.addEventListener("submit", (event) => unsaved.delete(event.target));
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr, requestConfig } = event.detail;
    const form = elt.closest("form[data-guard]");
    if (!form || elt.hasAttribute("data-asks") || requestConfig?.verb === "get") return; // it only asked
    if (xhr.status >= 200 && xhr.status < 400) unsaved.delete(form);
    else if (elt === form) unsaved.add(form); // refused, or not arrived: its submission had taken it out
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...unsaved].some((form) => form.isConnected)) event.preventDefault();
  });

  // --- Autosave: <textarea data-autosave-mark="#id"> says in the mark what becomes of the text.
  function mark(element, text) {
    const selector = element.dataset?.autosaveMark;
    const place = selector && document.querySelector(selector);
    if (place) place.textContent = text;
  }
  document.addEventListener("htmx:beforeRequest", (event) => mark(event.detail.elt, "сохраняется…"));
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => mark(event.detail.elt, "не сохранено, текст на экране"));
  }

  // --- Browsers of 2025 open what a link leads into by themselves; older ones only scroll.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const form = link && document.getElementById(link.hash.slice(1))?.closest("details");
    if (form) form.open = true;
  });

  // --- Twice is once: a form that is on its way is not sent again by a second click.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000); // a download leaves the page where it is
  });
  window.addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // --- Photos: paste and drop into the file field, small pictures of what will be sent.
  function addFiles(box, files) {
    const input = box.querySelector("input[type=file]");
    const images = Array.from(files).filter((file) => file.type.startsWith("image/"));
    if (!input || !images.length) return false;
    const all = new DataTransfer();
    for (const file of input.multiple ? [...input.files, ...images] : images.slice(0, 1)) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  function showFiles(box) {
    const list = box.querySelector("[data-photos-list]");
    if (!list) return;
    list.replaceChildren();
    for (const file of box.querySelector("input[type=file]").files) {
      const item = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = file.name;
      item.append(name);
      list.append(item);
      const reader = new FileReader();
      reader.onload = () => {
        const image = document.createElement("img");
        image.alt = "";
        image.src = reader.result;
        image.onerror = () => image.remove(); // the browser cannot show this kind, the server can
        item.prepend(image);
      };
      reader.readAsDataURL(file);
    }
  }

  document.addEventListener("change", (event) => {
    const box = event.target.closest?.("[data-photos]");
    if (box) showFiles(box);
  });
  document.addEventListener("paste", (event) => {
    // Where the person is; else the first that can be seen: one in a folded form would take the file unnoticed.
    const near = event.target.closest?.("form, details")?.querySelector("[data-photos]");
    const box = near || $$("[data-photos]").find((one) => one.checkVisibility?.() ?? true);
    if (box && event.clipboardData?.files.length && addFiles(box, event.clipboardData.files)) event.preventDefault();
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const box = event.target.closest?.("[data-photos]");
      if (!box) return;
      event.preventDefault();
      box.classList.toggle("is-dropping", name === "dragover");
      if (name === "drop") addFiles(box, event.dataTransfer.files);
    });
  }

  // --- Small pictures that nobody has seen yet are drawn in turn: one after the other is asked for until it is there.
  let drawn = Promise.resolve();
  async function askAgain(image) {
    while (image.isConnected) {
      const answer = await fetch(image.src).catch(() => null);
      if (answer?.status !== 503) {
        if (answer?.ok) image.src += "";
        return;
      }
      await new Promise((done) => setTimeout(done, 1000 * answer.headers.get("Retry-After")));
    }
  }
  function awaitDrawn(image) {
    if (image.matches?.('img[src$="/small"]')) drawn = drawn.then(() => askAgain(image));
  }
  document.addEventListener("error", (event) => awaitDrawn(event.target), true);
  for (const image of document.images) if (image.complete && !image.naturalWidth) awaitDrawn(image); // before this came

  // --- Clicks: copy, theme, menus that close when one clicks elsewhere or presses Escape.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-copy], [data-copy-text]");
    if (button) copy(button);
    // «Внесено»: the next answer is copied by the same press.
    const next = event.target.closest?.("[data-copy-next]")?.closest("li").nextElementSibling?.querySelector("[data-copy-text]");
    if (next) copy(next, false);
    if (event.target.closest?.("[data-print]")) window.print();
    const eye = event.target.closest?.("[data-show-password]");
    if (eye) {
      const typed = document.getElementById(eye.dataset.showPassword);
      const shown = typed.type === "password";
      typed.type = shown ? "text" : "password";
      eye.setAttribute("aria-pressed", String(shown));
    }
    const theme = event.target.closest?.("[data-theme-switch]");
    if (theme) {
      window.osmTheme.flip();
      nameTheme(theme);
    }
  });
  // Before the button that was pressed does its own work: it may open a menu that stands elsewhere on the page.
  document.addEventListener("click", (event) => {
    for (const menu of $$("details.menu[open]")) {
      const panel = menu.matches(".menu-fold") && menu.nextElementSibling; // what «Меню» opens lies beside it
      if (!menu.contains(event.target) && !(panel && panel.contains(event.target))) menu.open = false;
    }
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = event.target.closest?.("details.menu[open], details.term[open], details.confirm[open]")
      ?? event.target.closest?.(".menu-fold[open] + nav")?.previousElementSibling;
    if (open) {
      open.open = false;
      open.querySelector("summary")?.focus();
    }
  });

  function nameTheme(button) {
    button.querySelector("span").textContent = window.osmTheme.isDark() ? "Светлый вид" : "Тёмный вид";
  }

  // --- A row of tabs that does not fit is moved no farther than to show where the person is, and what follows.
  for (const strip of $$(".tabs")) {
    const here = strip.querySelector("[aria-current]");
    if (here) strip.scrollLeft = here.getBoundingClientRect().right - strip.getBoundingClientRect().right + 48;
  }

  // --- What needs a script becomes visible only where scripts run.
  function enhance(root) {
    for (const element of $$("[data-copy], [data-copy-text], [data-copy-hint], [data-print], [data-show-password], [data-photos-hint], [data-theme-switch]", root)) {
      element.hidden = false;
    }
    $$("[data-theme-switch]", root).forEach(nameTheme);
    for (const button of $$("[data-copy-now]", root)) {
      button.removeAttribute("data-copy-now");
      copy(button, false);
    }
    floatNotices();
  }
  enhance(document);

  // --- A refused form comes back from the top of the page, or in its place without the button that was pressed: what
  // has to be mended is shown, and takes the keyboard.
  function showRefusal(root, answered, block) {
    if ((answered && answered < 400) || (document.activeElement ?? document.body) !== document.body) return;
    const wrong = root?.querySelector('[aria-invalid="true"], .field-error');
    const around = wrong?.matches("[aria-invalid]") ? null : wrong?.closest(".field, fieldset, form");
    const field = around ? around.querySelector("input:not([type=hidden]), select, textarea, button") : wrong;
    field?.focus({ preventScroll: true });
    wrong?.scrollIntoView({ block });
  }
  // (older browsers do not tell the status)
  showRefusal(document.querySelector("main"), performance.getEntriesByType("navigation")[0]?.responseStatus, "center");
})();
