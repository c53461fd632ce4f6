// After the act of a row the next row has the focus and nothing jumps; what can be taken back is offered ten seconds.
"use strict";

window.osmRows = (function () {
  const ROWS = ".help-list > li, .inbox > .inbox-row, .comments > .comment, .absences > li, main table:is(.table, .print-table) > tbody > tr";

  let byKeys = false; // whoever uses a mouse looks where he has pressed: nothing is scrolled for him
  addEventListener("keydown", () => { byKeys = true; }, true);
  addEventListener("pointerdown", () => { byKeys = false; }, true);

  const isSeen = (row) => row.checkVisibility?.() ?? row.offsetParent !== null; // not in a folded section
  const rows = () => Array.from(document.querySelectorAll(ROWS)).filter((row) => !("done" in row.dataset) && isSeen(row));
  const of = (element) => element?.closest?.(ROWS) ?? null;

  function focus(row) {
    if (!row) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    if (byKeys) row.scrollIntoView({ block: "nearest" });
  }

  if (document.activeElement === document.body) focus(of(document.getElementById(location.hash.slice(1)))); // opened at one of its rows

  // The row behind this one, or the last one before it.
  function after(row) {
    const others = rows().filter((other) => other !== row);
    const behind = (other) => row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
    return others.find(behind) ?? others[others.length - 1] ?? null;
  }

  // Where single keys are off, the fields of the next row are one press away instead of four.
  const start = (row) =>
    document.getElementById("main").dataset.keys === "off"
      ? row?.querySelector(".inbox-act :is(select, button, a), .im-act button, a") : row;

  // --- A row is exchanged for what became of it
  const heights = new WeakMap(); // request → of its row: another swap may come between
  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.shouldSwap ? of(event.detail.target) : null;
    if (row) heights.set(event.detail.xhr, row.getBoundingClientRect().height);
    row?.removeAttribute("style"); // htmx would copy it, which the policy of the page forbids
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    offer(event.detail.elt);
    const row = event.detail.elt;
    const height = heights.get(event.detail.xhr);
    if (!height || !row.matches?.(ROWS)) return;
    heights.delete(event.detail.xhr);
    const isDone = "done" in row.dataset;
    if (isDone) row.style.minHeight = `${height}px`; // what stands below stays under the hand
    if (row !== document.activeElement && row.contains(document.activeElement)) return; // its form has a first field
    const lost = [null, document.body, row].includes(document.activeElement); // a key was pressed on the row itself
    if (!lost && (isDone || event.detail.xhr.status >= 400)) return; // who moved on meanwhile stays where he went
    const next = isDone ? after(row) : row; // refused or taken back, it is itself what one goes on with
    const place = isDone ? start(next) : next;
    if (place === next) focus(next);
    else place?.focus({ preventScroll: !byKeys });
  });

  // --- <form data-undo="10"> goes when its seconds have passed
  function offer(root) {
    const forms = [...(root.querySelectorAll?.("form[data-undo]") ?? [])];
    if (root.matches?.("form[data-undo]")) forms.push(root);
    for (const form of forms) {
      form.dataset.until = performance.now() + form.dataset.undo * 1000;
      setTimeout(() => {
        const row = form.contains(document.activeElement) ? of(form) : null;
        if (form.querySelector("button:disabled")) return; // it is on its way
        form.remove();
        focus(row);
      }, form.dataset.undo * 1000);
    }
  }
  offer(document);

  // --- <template id="quick-route"> in each row with data-route="version executor topic"
  function putForms() {
    const template = document.getElementById("quick-route");
    for (const place of template ? document.querySelectorAll("[data-route]") : []) {
      const row = of(place);
      const id = row.id.slice(2);
      const number = row.querySelector(".inbox-text a").textContent;
      const [version, executor, topic] = place.dataset.route.split(" ");
      const own = (address) => address.replace("/0/", `/${id}/`).replace("version=0", `version=${version}`);
      const part = template.content.cloneNode(true);
      const [form, select, link, several] = ["form", "select", ".quick-dismiss", ".quick-several"].map((what) => part.querySelector(what));
      form.id = `route-${id}`;
      form.setAttribute("action", own(form.getAttribute("action")));
      form.setAttribute("hx-post", form.getAttribute("action"));
      form.elements.version.value = version;
      form.elements.suggested_topic_id.value = topic;
      select.id = `executor-${id}`;
      select.value = executor;
      link.setAttribute("href", own(link.getAttribute("href")));
      link.setAttribute("hx-get", link.getAttribute("href"));
      several.setAttribute("href", own(several.getAttribute("href")));
      several.addEventListener("click", () => { several.search = `?from=inbox&first=${select.value}`; }); // who was chosen here
      select.setAttribute("aria-label", select.getAttribute("aria-label") + number.slice(2));
      place.removeAttribute("data-route");
      place.querySelector("a").replaceWith(part);
      htmx.process(place);
    }
    // «Опубликовать» opens its form in the row.
    for (const link of document.querySelectorAll('.inbox[hx-target] .inbox-act > a.btn[href$="/publish"]:not([hx-get])')) {
      link.setAttribute("hx-get", link.getAttribute("href"));
      link.setAttribute("hx-disabled-elt", "this");
      htmx.process(link);
    }
  }
  putForms();
  document.addEventListener("htmx:afterSettle", putForms);

  return { rows, of, focus };
})();
