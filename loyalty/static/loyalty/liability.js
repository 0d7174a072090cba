// Draws the liability's two charts from the data in the page; the tables below them say the same.
(() => {
  "use strict";

  const data = JSON.parse(document.getElementById("liability-data")?.textContent || "null");
  if (!data) return;
  const colour = () =>
    getComputedStyle(document.documentElement).getPropertyValue("--w-color-secondary").trim();
  const text = () => getComputedStyle(document.body).color;
  const font = (size) => `${size}px ${getComputedStyle(document.body).fontFamily}`;

  // The number stands above each bar while there is room, so that few bars need no axis.
  const above = {
    id: "above",
    afterDatasetsDraw(chart) {
      const bars = chart.getDatasetMeta(0).data;
      if (bars.length > 8 || (bars.length > 4 && chart.width < 480)) return;
      const { ctx } = chart;
      ctx.save();
      ctx.fillStyle = text();
      ctx.font = font(12);
      ctx.textAlign = "center";
      ctx.textBaseline = "bottom";
      bars.forEach((bar, at) => {
        ctx.fillText(chart.data.datasets[0].data[at].toLocaleString(), bar.x, bar.y - 3);
      });
      ctx.restore();
    },
  };

  // Few labels all stand, in two lines; of many, some are left out.
  const inTwo = (label) => {
    const words = label.split(" ");
    const half = Math.ceil(words.length / 2);
    return [words.slice(0, half).join(" "), words.slice(half).join(" ")];
  };

  const draw = (id, rows) => {
    const canvas = document.getElementById(id);
    if (!canvas) return;
    new Chart(canvas, {
      type: "bar",
      data: {
        labels: rows.map(([label]) => (rows.length > 4 ? label : inTwo(label))),
        datasets: [{ data: rows.map(([, points]) => points), backgroundColor: colour(), maxBarThickness: 56 }],
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        layout: { padding: { top: 20 } },
        plugins: { legend: { display: false } },
        scales: {
          x: { grid: { display: false }, ticks: { color: text(), maxRotation: rows.length > 4 ? 60 : 0, autoSkip: rows.length > 4, autoSkipPadding: 8 } },
          y: { beginAtZero: true, ticks: { color: text(), precision: 0, maxTicksLimit: 5 }, grid: { color: "rgba(128, 128, 128, 0.25)" } },
        },
      },
      plugins: [above],
    });
  };

  draw("ends", data.ends);
  draw("ages", data.ages);
})();
