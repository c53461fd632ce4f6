// The tab says what waits: its title counts, its icon has a mark once something new has come since one looked.
"use strict";

(function () {
  const icon = document.querySelector('link[rel="icon"]');
  if (!icon?.dataset.news || document.querySelector(".print-page")) return; // a print is named by its own title
  const plain = icon.href;
  const title = document.title.replace(/^(🔔\d+\+? )?(\(\d+\+?\) )?/u, "");
  const badge = () => document.getElementById("badge-inbox");
  const shown = () => (badge()?.hidden ? "" : badge()?.firstChild?.textContent.trim() || "");
  const atFirst = parseInt(shown(), 10) || 0;

  function tell() {
    if (!badge()) return;
    const rings = document.querySelector("#bell .count")?.textContent;
    document.title = (rings ? `🔔${rings} ` : "") + (shown() ? `(${shown()}) ` : "") + title;
    const news = rings || document.querySelector(".inbox-news.is-new") || (parseInt(shown(), 10) || 0) > atFirst;
    const href = news ? icon.dataset.news : plain;
    if (icon.href !== new URL(href, location).href) icon.href = href;
  }
  document.addEventListener("htmx:oobAfterSwap", tell);
  document.addEventListener("htmx:afterSettle", tell);
  window.addEventListener("pageshow", tell);
})();
