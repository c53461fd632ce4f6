// Decisions on comments travel behind the page, in the order in which they were made.
"use strict";

window.osmSending = function (queue) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  let chain = Promise.resolve();
  let waiting = 0;

  // `keepalive`: goes out though the page is left; browsers take no more than 64 KB so.
  async function post(url, data, { keepalive = true } = {}) {
    const response = await fetch(url, {
      method: "POST",
      body: data,
      keepalive,
      headers: { Accept: "application/json", "X-CSRFToken": token },
    });
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

  function why(error) {
    return error instanceof TypeError ? "Нет связи с сервером: решение не записано. Повторите." : error.message;
  }

  window.addEventListener("beforeunload", (event) => {
    if (waiting) event.preventDefault();
  });
  count(0);
  return { post, send, why, token };
};
