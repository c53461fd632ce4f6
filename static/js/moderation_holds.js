// While the page is open and somebody sits before it, its comments are nobody else's; when it is left they are free
// at once. `shown` gives the comments on the screen as «id:version», `lost` takes those that are others' by now.
"use strict";

window.osmHolds = function (list, { post, quietly, token }, shown, lost) {
  const HOLD_MS = 60000;
  const IDLE_MS = 600000; // nobody has touched anything for so long: the comments are others' when the hold runs out
  let stirred = Date.now();

  function form() {
    const data = new FormData();
    data.set("csrf_token", token());
    data.set("key", list.dataset.key);
    return data;
  }

  function renew() {
    if (document.visibilityState !== "visible") return;
    quietly(async () => {
      const asked = shown(); // once all decisions before it have ended
      if (!asked.length) return;
      const data = form();
      for (const one of asked) data.append("row", one);
      // Not kept alive: behind a page that is left it would come after the release, and hold what nobody looks at.
      const { held } = await post(list.dataset.hold, data, { keepalive: false });
      lost(asked.filter((one) => !held.includes(Number.parseInt(one, 10))));
    });
  }

  function stir() {
    const idle = Date.now() - stirred > IDLE_MS;
    stirred = Date.now();
    if (idle) renew();
  }

  for (const name of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    window.addEventListener(name, stir, { capture: true, passive: true });
  }
  setInterval(() => {
    if (Date.now() - stirred <= IDLE_MS) renew();
  }, HOLD_MS);
  document.addEventListener("visibilitychange", renew); // back from the network: others may have been here
  window.addEventListener("pagehide", () => navigator.sendBeacon(list.dataset.release, form()));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // what stands there is no longer held
  });
  return renew;
};
