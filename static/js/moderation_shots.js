// Screenshots as evidence: from the clipboard to the current comment, dropped on one, or chosen as files. They reach
// the server before the decision that follows them.
"use strict";

window.osmShots = function (queue, { post, send, why }, { current, say }) {
  function attach(row, files) {
    const images = Array.from(files).filter((file) => file.type.startsWith("image/") || /\.hei[cf]$/i.test(file.name));
    if (!row || !images.length) return false;
    const data = new FormData();
    for (const file of images) data.append("files", file);
    say("Снимок прикладывается…");
    send(() => post(queue.dataset.shots.replace("/0/", `/${row.id.slice("comment-".length)}/`), data, { keepalive: false })).then(
      (answer) => {
        const mark = row.querySelector("[data-shots-count]");
        const number = Number(mark.textContent) + answer.added;
        mark.textContent = number;
        mark.parentElement.hidden = !number;
        say(answer.said);
      },
      (error) => say(error instanceof TypeError ? "Нет связи с сервером: снимок не приложен. Повторите." : why(error)),
    );
    return true;
  }

  document.addEventListener("paste", (event) => {
    if (event.clipboardData && attach(current(), event.clipboardData.files)) event.preventDefault();
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    queue.addEventListener(name, (event) => {
      const row = event.target.closest(".comment");
      if (!row || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      row.classList.toggle("is-dropping", name === "dragover");
      if (name === "drop") attach(row, event.dataTransfer.files);
    });
  }
  queue.addEventListener("change", (event) => {
    const input = event.target.closest("[data-shot-files]");
    if (!input) return;
    attach(input.closest(".comment"), input.files);
    input.value = "";
  });

  // The control works by script alone; without it screenshots are attached under «Решённые».
  return (rows) => {
    for (const row of rows) row.querySelector("[data-shot]").hidden = false;
  };
};
