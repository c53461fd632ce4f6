// One key for each act, by its place on the keyboard: the layout does not matter. A person may switch the keys off.
// A button names its key once, data-hotkey="A": the key is shown beside its words, presses it, and is listed by «?».
"use strict";

(function () {
  const main = document.getElementById("main");
  const dialog = document.getElementById("keys");
  if (!dialog) return; // nobody has logged in
  const { rows, of, focus } = window.osmRows;
  const isOn = main.dataset.keys === "on";

  const FIELDS = "input:not([type=checkbox], [type=radio], [type=file]), textarea, select, [contenteditable]";
  const PASS = ".comment-acts select"; // its choices begin with digits: a letter would choose none of them
  const FIRST = ".inbox-act, .im-act, .register-tick, .comment-acts, form, td:last-child";
  const CONTROLS = "select, input:not([type=hidden]), button, a[href]";
  const TYPED = "main :is(textarea, select, input:not([type=hidden], [type=checkbox], [type=radio], [type=file], [type=search])):not([readonly])";
  const LINK = 'a[href]:not([href^="tel:"])';
  const OPENS = ".inbox-act > a.btn:not([target])"; // what Enter opens in a row that has such a button

  const current = () => of(document.activeElement) ?? document.querySelector(".is-current");
  const isSeen = (one) => !one.hidden && (one.checkVisibility?.() ?? true);
  const seen = (elements) => Array.from(elements).find(isSeen);

  // --- The buttons that have a key
  const all = (letter) => Array.from(document.querySelectorAll(letter ? `[data-hotkey="${letter}"]` : "[data-hotkey]"));

  // What is folded around it, the innermost first; a summary is not inside its own fold.
  function folds(one) {
    const closed = [];
    let from = one.matches("summary") ? one.parentElement.parentElement : one;
    while ((from = from.closest("details:not([open])"))) {
      closed.push(from);
      from = from.parentElement;
    }
    return closed;
  }
  const canPress = (one) => !one.disabled && isSeen(folds(one).at(-1)?.querySelector("summary") ?? one);

  function show() {
    for (const link of document.querySelectorAll(OPENS)) link.dataset.hotkey ??= "Enter";
    for (const one of isOn ? all() : []) {
      if (one.querySelector("kbd")) continue;
      const { hotkey } = one.dataset;
      one.setAttribute("aria-keyshortcuts", hotkey);
      one.append(" ", Object.assign(document.createElement("kbd"), { textContent: hotkey === "Enter" ? "↵" : hotkey, ariaHidden: "true" }));
    }
  }
  show();
  document.addEventListener("htmx:afterSettle", show);

  // Those of the row where one is, else those of the page: never those of another row. Of several the last: an open
  // form has its button behind the link that opened it.
  function find(letter) {
    if (letter === "U") return latest();
    const here = current();
    const own = here ? all(letter).filter((one) => here.contains(one)) : [];
    return (own.length ? own : all(letter).filter((one) => !of(one))).filter(canPress).at(-1);
  }

  // Of what can be taken back the latest: the one that is offered longest.
  function latest() {
    const until = (one) => Number(one.form?.dataset.until ?? Infinity);
    return all("U").filter(canPress).sort((one, other) => until(one) - until(other)).at(-1);
  }

  // The second press of a double one is nobody's decision: by then the next page may be here, with its own button.
  let [last, at] = (sessionStorage.getItem("osm-key") ?? "").split(" ");
  function isSecond({ code }) {
    const now = Date.now();
    const is = code === last && now - at < 400;
    [last, at] = [code, now];
    sessionStorage.setItem("osm-key", `${code} ${now}`);
    return is;
  }

  function press(letter, isTwice) {
    const one = find(letter);
    if (isTwice && one && !of(one) && !"JK".includes(letter)) return;
    if (!one && rows().length && !current() && all(letter).some(of)) move(1); // first one sees in which row it acts
    if (!one) return;
    for (const fold of folds(one)) fold.open = true;
    one.click();
    if (one.matches("summary") && one.parentElement.open) seen(one.parentElement.querySelectorAll(`form :is(${CONTROLS})`))?.focus();
  }

  // --- The other keys
  function move(step) {
    const here = current();
    const side = step > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
    const list = rows().filter((row) => !here || (row !== here && here.compareDocumentPosition(row) & side));
    focus(list.at(step > 0 ? 0 : -1) ?? here);
  }

  const typed = () => Array.from(document.querySelectorAll(TYPED)).find((one) => isSeen(one) && !of(one));
  const first = (row) => Array.from(row.querySelectorAll(FIRST)).map((part) => seen(part.querySelectorAll(CONTROLS))).find(Boolean);

  function fields() {
    const row = current();
    if (row || typed()) (row ? first(row) : typed())?.focus();
    else move(1);
  }

  function search() {
    const field = main.querySelector("input[type=search]");
    if (!field) {
      const messages = document.querySelector('.top a[href="/messages"]');
      if (messages) location.assign("/messages#f-q");
      return;
    }
    for (const fold of folds(field)) fold.open = true;
    field.focus();
    field.select();
  }

  // --- Keys that press no button: `act` of a page gets the key.
  const others = new Map();
  window.osmKeys = { isOn, show, of: (letters, act) => { for (const one of letters) others.set(one, act); } };

  // --- «?»: what the page has now
  function words(one) {
    const copy = one.cloneNode(true);
    for (const part of copy.querySelectorAll("kbd, svg, .visually-hidden")) part.remove();
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  function help() {
    if (dialog.open) return dialog.close();
    const list = dialog.querySelector("dl");
    for (const line of list.querySelectorAll(".is-here")) line.remove();
    const said = new Map();
    for (const one of all().filter(canPress)) {
      const { hotkey } = one.dataset;
      if (!of(one)) said.set(hotkey, new Set([words(one)])); // the last: see `find`
      else if (hotkey !== "Enter") said.set(hotkey, (said.get(hotkey) ?? new Set()).add(words(one)));
    }
    const steps = said.has("J") || said.has("K");
    const there = {
      rows: rows().length > 0 && !steps,
      enter: rows().some((row) => row.querySelector(LINK)),
      fields: !said.has("E") && (Boolean(typed()) || rows().some(first)),
      grounds: others.has("1"),
      search: Boolean(main.querySelector("input[type=search]") ?? document.querySelector('.top a[href="/messages"]')),
    };
    for (const line of list.querySelectorAll("[data-keys-of]")) line.hidden = !there[line.dataset.keysOf];
    for (const [hotkey, labels] of said) {
      const line = Object.assign(document.createElement("div"), { className: "is-here" });
      const [key, label] = ["dt", "dd"].map((name) => line.appendChild(document.createElement(name)));
      key.append(Object.assign(document.createElement("kbd"), { textContent: hotkey }));
      label.textContent = [...labels].join(", ");
      list.querySelector("[data-keys-of=fields]").before(line);
    }
    dialog.querySelector("[name=back]").value = location.pathname + location.search;
    dialog.showModal();
  }

  function meant(event) {
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return help;
    if (event.key === "/" || event.code === "Slash") return search;
    if (event.shiftKey) return null;
    const isPage = [document.body, main].includes(event.target); // anything else has an Enter of its own
    const letter = event.key === "Enter" && isPage ? "Enter" : /^(?:Key|Digit|Numpad)([A-Z1-9])$/.exec(event.code)?.[1];
    if (!letter) return null;
    if (find(letter) || all(letter).length) return (isTwice) => press(letter, isTwice);
    if (others.has(letter)) return () => others.get(letter)(letter);
    if ("JK".includes(letter)) return find("J") || find("K") ? null : () => move(letter === "J" ? 1 : -1);
    return { E: fields, H: help }[letter];
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const row = of(event.target);
    const field = event.target.closest?.(FIELDS);
    const isTwice = field ? (last = null) : isSecond(event);
    if (event.key === "Enter" && event.target === row) { // a row is no control: Enter does nothing else there
      event.preventDefault();
      if (!event.repeat) (seen(row.querySelectorAll(OPENS)) ?? seen(row.querySelectorAll(LINK)))?.click();
      return;
    }
    if (!isOn || document.querySelector("dialog[open]")) return;
    if (field && event.code === "Escape" && document.activeElement === field) { // out of the field, to the keys again
      if (row) focus(row);
      else main.focus({ preventScroll: true });
    }
    if (field && !field.matches(PASS)) return;
    const act = meant(event);
    if (!act) return;
    event.preventDefault();
    if (!event.repeat || ["KeyJ", "KeyK"].includes(event.code)) act(isTwice);
  });

  for (const button of document.querySelectorAll("[data-keys-open]")) {
    button.hidden = false;
    button.addEventListener("click", help);
  }
})();
