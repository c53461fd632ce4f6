// While the page is open its comments are nobody else's; when it is left they are free at once.
"use strict";

window.osmHolds = function (queue, { post, token }, hasRows) {
  const HOLD_MS = 60000;

  function form() {
    const data = new FormData();
    data.set("csrf_token", token);
    data.set("key", queue.dataset.key);
    return data;
  }

  setInterval(() => {
    if (document.visibilityState === "visible" && hasRows()) post(queue.dataset.hold, form()).catch(() => {});
  }, HOLD_MS);
  window.addEventListener("pagehide", () => navigator.sendBeacon(queue.dataset.release, form()));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // what stands there is no longer held
  });
};
