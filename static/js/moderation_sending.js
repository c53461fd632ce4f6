// Decisions on comments travel behind the page, in the order in which they were made.
"use strict";

window.osmSending = function (queue) {
  const meta = document.querySelector('meta[name="csrf-token"]');
  const token = () => meta.content;
  let chain = Promise.resolve();
  let waiting = 0;

  // `keepalive`: goes out though the page is left; browsers take no more than 64 KB so.
  async function post(url, data, { keepalive = true } = {}) {
    const go = () =>
      fetch(url, {
        method: "POST",
        body: data,
        keepalive,
        headers: { Accept: "application/json", "X-CSRFToken": token() },
      });
    let response = await go();
    if (response.status === 400 && (await renewToken())) {
      data.set("csrf_token", token());
      response = await go();
    }
    if (response.status === 204) return {};
    let answer = {};
    try {
      answer = await response.json();
    } catch {
      answer = {};
    }
    if (!response.ok) throw new Error(answer.error || `Сервер ответил ошибкой (${response.status}). Повторите.`);
    return answer;
  }

  // The session has ended meanwhile, and the same person has logged in again in another tab: there is a new token.
  async function renewToken() {
    const response = await fetch(queue.dataset.token, { headers: { Accept: "application/json" } });
    if (!response.ok) return false;
    const fresh = await response.json();
    if (String(fresh.person) !== queue.dataset.person) return false;
    meta.content = fresh.token;
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = fresh.token;
    return true;
  }

  function count(number) {
    waiting = number;
    queue.dataset.sending = number;
  }

  // `work` begins when everything before it has ended, well or not.
  function send(work) {
    count(waiting + 1);
    const done = chain.then(work);
    chain = done.catch(() => {}).finally(() => count(waiting - 1));
    return done;
  }

  // As `send`, for what the page does by itself: nobody is asked to stay for it.
  function quietly(work) {
    chain = chain.then(work).catch(() => {});
  }

  function why(error) {
    return error instanceof TypeError ? "Нет связи с сервером: решение, скорее всего, не записано. Повторите: дважды оно не запишется." : error.message;
  }

  window.addEventListener("beforeunload", (event) => {
    if (waiting) event.preventDefault();
  });
  count(0);
  return { post, send, quietly, why, token };
};
