// The queue of comments by keyboard: the next one stands there at once, the decision travels behind. Every button
// of the page does the same without any of it.
"use strict";

(function () {
  const queue = document.getElementById("queue");
  if (!queue) return;
  const UNDO_MS = 10000;
  const sending = window.osmSending(queue);
  const { post, send, why } = sending;
  const undoBox = document.getElementById("undo");
  const said = { keep: "Оставлено", delete: "Будет удалено", blacklist: "Будет удалено, автор предложен в чёрный список", take: "Взято в работу" };

  let current = null;
  let last = null; // the decision that U takes back: {row, choice, done}
  let undoTimer = 0;
  let asking = false;
  let all = false; // the server has nothing further

  const renewed = window.osmHolds(queue, sending, () => rows().map((row) => tickOf(row).value), parted);

  const rows = () => Array.from(queue.querySelectorAll(".comment:not([hidden])"));

  function select(row, { focus = true } = {}) {
    current?.classList.remove("is-current");
    current = row;
    if (!row) return;
    row.classList.add("is-current");
    if (focus) row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  // --- The form of a row: the page has it once
  const template = document.getElementById("comment-form");

  function putForm(row) {
    const place = row.querySelector(".comment-open");
    if (!place) return;
    const part = template.content.cloneNode(true);
    const form = part.querySelector("form");
    const [id, version] = tickOf(row).value.split(":");
    const isSure = row.classList.contains("is-sure");
    form.setAttribute("action", form.getAttribute("action").replace("/0/", `/${id}/`));
    form.elements.csrf_token.value = sending.token();
    form.elements.version.value = version;
    for (const field of [form.elements.ground, form.elements.reason]) {
      part.querySelector(`label[for="${field.id}"]`).htmlFor = `${field.name}-${id}`;
      field.id = `${field.name}-${id}`;
    }
    form.elements.ground.value = row.dataset.ground;
    form.querySelector('[value="keep"]').classList.toggle("btn-primary", !isSure);
    form.querySelector('[value="delete"]').classList.toggle("btn-danger", isSure);
    const ban = form.querySelector('[value="blacklist"]');
    ban.disabled = "nobody" in place.dataset;
    ban.title = ban.disabled ? "Автор неизвестен" : "";
    if (row.querySelector(".comment-shots")) part.querySelector(".comment-shots").remove();
    place.replaceWith(part);
  }

  // --- Counters
  function count(row, by) {
    const marks = [["category", row.dataset.category], ["network", row.dataset.network], ["kind", row.dataset.kind]];
    const places = marks.map(([name, code]) => document.querySelector(`[data-count="${name}:${code}"]`));
    for (const place of [...places, document.querySelector("[data-total]")]) {
      if (place && /^\d+$/.test(place.textContent)) place.textContent = Math.max(0, Number(place.textContent) + by);
    }
    for (const age of document.querySelectorAll("[data-counted]")) {
      age.toggleAttribute("data-over", document.querySelector(age.dataset.counted)?.textContent === "0");
    }
  }

  // --- A decision
  function refuse(row, text) {
    row.hidden = false;
    const place = row.querySelector("[data-refusal]");
    place.hidden = false;
    place.querySelector("span").textContent = text;
    say(text);
  }

  const tickOf = (row) => row.querySelector("input[name=row]");

  function untick(row) {
    const tick = tickOf(row);
    if (!tick.checked) return;
    tick.checked = false;
    tick.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function act(row, choice) {
    const form = row.querySelector(".comment-acts");
    if ((choice === "delete" || choice === "blacklist") && !form.elements.ground.value) {
      refuse(row, "Выберите основание: клавиши 1–6 или список. Критика без основания не удаляется.");
      select(row);
      return;
    }
    const data = new FormData(form);
    data.set("choice", choice);
    row.querySelector("[data-refusal]").hidden = true;
    const words = wordsOf(row);
    const list = rows();
    const place = list.indexOf(row);
    const next = list[place + 1] || list[place - 1] || null;
    row.hidden = true;
    untick(row);
    count(row, -1);
    const mine = { row, choice, form, words };
    mine.done = send(() => post(form.action, data)).then((answer) => {
      form.elements.version.value = answer.version;
      if (last === mine) tell(mine, answer.said);
      return answer;
    });
    mine.done.catch((error) => {
      count(row, 1);
      refuse(row, why(error));
      if (last === mine) hush();
      emptied(false);
      if (!current) select(row);
    });
    offer(mine);
    select(next); // last: it lays the page out, once for all that has changed
    more();
  }

  // What the comment says, without the reasons of its marks.
  function wordsOf(row) {
    const text = row.querySelector(".comment-text").cloneNode(true);
    for (const why of text.querySelectorAll(".found-why")) why.remove();
    return text.textContent.trim();
  }

  // --- Undo: ten seconds, by U or the button
  function say(text) {
    const box = document.createElement("div");
    const words = document.createElement("p");
    words.textContent = text;
    box.append(words);
    undoBox.classList.add("is-floating");
    undoBox.replaceChildren(box);
    clearTimeout(undoTimer);
    undoTimer = setTimeout(hush, UNDO_MS);
    return box;
  }

  function hush() {
    clearTimeout(undoTimer);
    last = null;
    undoBox.replaceChildren();
    undoBox.classList.remove("is-floating");
  }

  function offer(mine) {
    const box = say("");
    tell(mine, said[mine.choice]);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = "Отменить";
    button.dataset.hotkey = "U";
    button.addEventListener("click", undo);
    box.append(button);
    window.osmKeys.show();
    last = mine;
  }

  // The server's own words may say more: that the author is banned at once.
  function tell(mine, what) {
    const place = undoBox.querySelector("p");
    const text = `${what}: «${mine.words.length > 60 ? `${mine.words.slice(0, 60)}…` : mine.words}»`;
    if (place && place.textContent !== text) place.textContent = text;
  }

  function undo() {
    const mine = last;
    hush();
    const { row, form } = mine;
    row.hidden = false;
    emptied(false);
    select(row);
    count(row, 1);
    send(async () => {
      const decided = await mine.done;
      const data = new FormData();
      data.set("version", decided.version);
      return post(queue.dataset.undo.replace("/0/", `/${decided.id}/`), data);
    }).then(
      (answer) => {
        form.elements.version.value = answer.version;
        tickOf(row).value = `${answer.id}:${answer.version}`;
        say("Решение отменено, комментарий снова ждёт.");
        renewed(); // nobody holds what was decided
      },
      (error) => {
        row.hidden = true;
        count(row, -1);
        say(why(error));
      },
    );
  }

  // Nothing left here: of this filter, or of all. What decides several at once has nothing to do then.
  function emptied(is) {
    const box = document.getElementById("queue-empty");
    const some = document.querySelector("[data-total]").textContent !== "0";
    box.hidden = !is;
    box.querySelector("[data-some-left]").hidden = !some;
    box.querySelector("[data-none-left]").hidden = some;
    for (const form of document.querySelectorAll(".comment-bulk, .comment-leave")) form.hidden = is;
  }

  // --- The next ones are fetched before they are needed
  async function more() {
    if (asking) return;
    const left = rows().length;
    if (left > 10) return;
    if (all) {
      if (!left) emptied(true);
      return;
    }
    asking = true;
    try {
      const url = `${queue.dataset.more}&key=${encodeURIComponent(queue.dataset.key)}`;
      const response = await fetch(url, { headers: { "HX-Request": "true" } });
      const text = response.ok ? await response.text() : "";
      const box = new DOMParser().parseFromString(`<ol>${text}</ol>`, "text/html").querySelector("ol");
      const fresh = Array.from(box.children).filter((row) => row.id && !again(row.id));
      fresh.forEach(putForm);
      offerShots(fresh);
      queue.append(...fresh);
      window.osmKeys.show();
      all = response.ok && !fresh.length;
      if (!current && fresh.length) select(fresh[0]);
    } catch {
      // Without a connection the rows that are there can still be looked at.
    } finally {
      asking = false;
    }
    if (all && !rows().length) emptied(true);
  }

  // Whether this comment is on the screen. One that was decided here and waits again, by another's word, is not.
  function again(id) {
    const row = document.getElementById(id);
    if (row?.hidden) {
      if (last?.row === row) hush();
      row.remove();
      return false;
    }
    return Boolean(row);
  }

  // Others have these by now or have decided on them, or the text is another. What was typed beside one stays to be read.
  function parted(lost) {
    const all = rows();
    const place = all.indexOf(current);
    const focused = current?.contains(document.activeElement);
    for (const row of all.filter((one) => lost.includes(tickOf(one).value))) {
      if (!row.querySelector("input[name=reason]").value) {
        untick(row);
        row.remove();
      } else if (row.querySelector("[data-refusal]").hidden) {
        refuse(row, "Этот комментарий уже разбирает или решил кто-то другой, либо автор его изменил.");
      }
    }
    const left = rows();
    if (left.length === all.length) return;
    say("Пока страница стояла, часть комментариев взяли или решили другие либо изменил автор: здесь их больше нет.");
    if (current && !current.isConnected) select(left[Math.min(place, left.length - 1)] || null, { focus: focused });
    more();
  }

  // Enter in a field ends the typing and decides nothing: the keys of the queue work again.
  function typed(row) {
    if (window.osmKeys.isOn) {
      select(row);
      say("Пояснение принято. Дальше: D — удалить, B — удалить и в чёрный список, A — оставить.");
    } else row.querySelector('[value="delete"]').focus();
  }

  function ground(row, place) {
    const list = row.querySelector("select[name=ground]");
    list.selectedIndex = place;
    row.querySelector("[data-refusal]").hidden = true;
    say(`Основание: ${list.selectedOptions[0].textContent}`);
  }

  // --- The buttons of a row take the same way
  queue.addEventListener("submit", (event) => {
    const form = event.target.closest(".comment-acts");
    if (!form || !event.submitter) return;
    event.preventDefault();
    event.stopPropagation(); // the guard against sending twice would keep this form for seconds
    if (event.submitter.value) act(form.closest(".comment"), event.submitter.value);
    else typed(form.closest(".comment"));
  });
  queue.addEventListener("focusin", (event) => {
    const row = event.target.closest(".comment");
    if (row && row !== current) {
      current?.classList.remove("is-current");
      current = row;
      row.classList.add("is-current");
    }
  });

  const whose = { current: () => current, say };
  const offerShots = window.osmShots(queue, sending, whose);
  window.osmKeys.of("123456", (digit) => current && ground(current, Number(digit)));
  rows().forEach(putForm);
  window.osmKeys.show();
  offerShots(rows());
  document.querySelector(".comment-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  if (rows().length) select(rows()[0], { focus: false });
  more();
})();
