// A picture is enlarged in place; Escape closes it. Without scripts its link opens the picture.
"use strict";

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-photo]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const small = link.querySelector("img");
  const dialog = document.createElement("dialog");
  dialog.className = "photo-dialog";
  dialog.setAttribute("aria-label", small.alt);
  const picture = Object.assign(document.createElement("img"), { src: link.href, alt: small.alt });
  const file = Object.assign(document.createElement("a"), { className: "btn", href: link.dataset.photo, download: "", textContent: "Скачать файл" });
  const close = Object.assign(document.createElement("button"), { className: "btn btn-primary", type: "button", textContent: "Закрыть", autofocus: true });
  const acts = Object.assign(document.createElement("p"), { className: "actions" });
  acts.append(file, close);
  dialog.append(picture, acts);
  // A press beside the picture closes it as well.
  dialog.addEventListener("click", (press) => {
    if (press.target === dialog || press.target === close || press.target === picture) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
});
