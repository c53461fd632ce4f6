/* Charts beside tables: each draws the numbers of its table, its columns told apart by hatching, not by colour alone.
   <div data-chart="id of the table" data-columns="2 3" [data-stacked]>; a cell says its number in data-number. */
"use strict";

(() => {
  const SIZE = 8;
  function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    return { accent: of("--osm-accent"), late: of("--osm-late"), ink: of("--osm-ink"), muted: of("--osm-muted"), line: of("--osm-line"), paper: of("--osm-paper") };
  }

  /* The first column is plain, the second has slanting lines. */
  function hatched(context, number, colour, ground) {
    if (!number) return colour;
    const tile = document.createElement("canvas");
    tile.width = tile.height = SIZE;
    const pen = tile.getContext("2d");
    pen.fillStyle = ground;
    pen.fillRect(0, 0, SIZE, SIZE);
    pen.strokeStyle = colour;
    pen.lineWidth = 2.5;
    for (const shift of [-SIZE, 0, SIZE]) {
      pen.beginPath();
      pen.moveTo(shift, SIZE);
      pen.lineTo(shift + SIZE, 0);
      pen.stroke();
    }
    return context.createPattern(tile, "repeat");
  }

  function draw(place) {
    const table = document.getElementById(place.dataset.chart);
    const rows = table ? [...table.tBodies[0].rows] : [];
    if (!rows.length) return;
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    const columns = place.dataset.columns.split(" ").map(Number);
    const stacked = "stacked" in place.dataset;
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Диаграмма «${table.caption.textContent.trim()}»: числа стоят в таблице рядом`);
    place.replaceChildren(canvas);
    place.hidden = false;
    const look = colours();
    const bars = [look.accent, stacked ? look.late : look.muted]; // red is for what is late alone
    const context = canvas.getContext("2d");
    const room = place.clientWidth < 480 ? 18 : 26;
    const short = (text) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
    const scale = { stacked, grid: { color: look.line }, ticks: { color: look.ink, precision: 0 } };
    return new Chart(context, {
      type: "bar",
      data: {
        labels: rows.map((row) => short(row.cells[0].dataset.label || row.cells[0].textContent.trim())),
        datasets: columns.map((column, number) => ({
          label: heads[column],
          data: rows.map((row) => Number(row.cells[column].dataset.number || 0)),
          backgroundColor: hatched(context, number, bars[number], look.paper),
          borderColor: bars[number],
          borderWidth: 1,
          maxBarThickness: 22,
        })),
      },
      options: {
        indexAxis: "y",
        animation: false,
        maintainAspectRatio: false,
        scales: { x: { ...scale, beginAtZero: true }, y: { ...scale, ticks: { color: look.ink, autoSkip: false } } },
        plugins: { legend: { position: "bottom", labels: { color: look.ink } } },
      },
    });
  }

  const places = [...document.querySelectorAll("[data-chart]")];
  let drawn = [];
  const redraw = () => {
    drawn.forEach((chart) => chart && chart.destroy());
    drawn = places.map(draw);
  };
  redraw();
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  window.addEventListener("beforeprint", () => drawn.forEach((chart) => chart && chart.resize()));
  window.addEventListener("afterprint", () => drawn.forEach((chart) => chart && chart.resize()));
})();
