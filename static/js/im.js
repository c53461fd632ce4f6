// «Внести в ИМ» in a small window on top of the other program: each press copies the next field of its form.
"use strict";

(function () {
  const WIDTH = 400;
  const HEIGHT = 680;

  // --- One reply. `doc` may be the document of a window on top, which has no script of its own.
  function begin(doc) {
    const box = doc.querySelector("[data-im-window]");
    const button = box?.querySelector("[data-im-copy]");
    const steps = Array.from(box?.querySelectorAll("[data-im-step]") ?? []);
    if (!button || !steps.length) return;
    const name = (step) => step.querySelector("label").textContent;
    let at = 0;

    function show() {
      steps.forEach((step, place) => step.classList.toggle("is-next", place === at));
      button.textContent = `Скопировать: ${name(steps[at])}`;
    }

    async function copy() {
      const step = steps[at];
      const isDone = await copied(doc, step.querySelector("input, textarea"));
      at = (at + 1) % steps.length;
      const what = isDone ? `Скопировано: ${name(step)}` : `Выделено: ${name(step)}, нажмите Ctrl+C`;
      say(doc, `${what}. Дальше: ${at ? name(steps[at]) : "«Внесено»"}.`);
      show();
      if (!at && isDone) box.querySelector("[data-im-done]").focus();
    }

    button.hidden = false;
    button.addEventListener("click", copy);
    box.addEventListener("focusin", (event) => event.target.readOnly && event.target.select());
    show();
  }

  // Plain http has no clipboard interface: there the text is selected, and stays so where it cannot be copied.
  async function copied(doc, field) {
    try {
      await doc.defaultView.navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      field.focus();
      field.select();
      return doc.execCommand("copy");
    }
  }

  function say(doc, words) {
    const place = doc.querySelector("[data-im-said]");
    if (place) place.textContent = words;
  }

  begin(document);

  // --- A window on top (Document Picture-in-Picture) cannot leave its page: what it leads to is fetched here.
  async function go(doc, address, options) {
    let next = null;
    try {
      const answer = await fetch(new URL(address, location.href), options);
      next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-im-window]");
    } catch {
      next = null;
    }
    const box = doc.querySelector("[data-im-window]");
    if (next) box.replaceWith(next);
    else box.textContent = "Не вышло: нет связи, или сеанс закончился. Закройте это окно и откройте его снова.";
    begin(doc);
  }

  function fill(top, address) {
    const doc = top.document;
    for (const one of document.documentElement.attributes) doc.documentElement.setAttribute(one.name, one.value);
    doc.title = document.title;
    for (const sheet of document.querySelectorAll('link[rel="stylesheet"]')) doc.head.append(sheet.cloneNode());
    const main = doc.createElement("main");
    main.className = "page-narrow";
    main.append(doc.createElement("div"));
    main.firstChild.dataset.imWindow = "";
    doc.body.append(main);
    doc.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = event.target;
      go(doc, form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)) });
    });
    doc.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href]");
      if (!link) return;
      event.preventDefault();
      go(doc, link.getAttribute("href"));
    });
    go(doc, address);
  }

  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("[data-on-top]");
    if (!link) return;
    event.preventDefault();
    try {
      fill(await window.documentPictureInPicture.requestWindow({ width: WIDTH, height: HEIGHT }), link.href);
    } catch { // no such browser, or plain http
      window.open(link.href, link.target, `popup,width=${WIDTH},height=${HEIGHT}`);
    }
  });
})();
