// Draws a report's two charts from the data in the page; the tables beside them say the same.
(() => {
  "use strict";

  const read = (id) => JSON.parse(document.getElementById(id)?.textContent || "null");
  const style = getComputedStyle(document.documentElement);
  const colour = (key) =>
    style.getPropertyValue(`--report-${key}`).trim() || style.getPropertyValue("--report-sent").trim();
  const text = () => getComputedStyle(document.body).color;
  const font = (size) => `${size}px ${getComputedStyle(document.body).fontFamily}`;

  const sum = (numbers) => numbers.reduce((one, other) => one + other, 0).toLocaleString();

  // The label and the number stand above each bar, so that neither needs a legend or an axis.
  const beside = {
    id: "beside",
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.save();
      ctx.fillStyle = text();
      ctx.font = font(13);
      ctx.textBaseline = "bottom";
      chart.getDatasetMeta(0).data.forEach((bar, at) => {
        const row = chart.config.options.rows[at];
        ctx.fillText(`${row.label}: ${row.words}`, chart.chartArea.left, bar.y - bar.height / 2 - 3);
      });
      ctx.restore();
    },
  };

  // Each line is named at its last point; names that would overlap are pushed apart.
  const atTheEnd = {
    id: "atTheEnd",
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      const ends = chart.data.datasets
        .map((set, at) => ({ set, point: chart.getDatasetMeta(at).data.at(-1) }))
        .sort((one, other) => other.point.y - one.point.y);
      ctx.save();
      ctx.font = font(13);
      ctx.textBaseline = "middle";
      let limit = chart.chartArea.bottom;
      for (const { set, point } of ends) {
        const y = Math.min(point.y, limit);
        limit = y - 16;
        ctx.fillStyle = set.borderColor;
        ctx.fillText(`${set.label} ${sum(set.data)}`, chart.chartArea.right + 8, y);
      }
      ctx.restore();
    },
  };

  const funnel = (canvas, rows) =>
    new Chart(canvas, {
      type: "bar",
      data: {
        labels: rows.map((row) => row.label),
        datasets: [{
          data: rows.map((row) => row.value),
          backgroundColor: rows.map((row) => colour(row.key)),
          barThickness: 14,
        }],
      },
      options: {
        rows,
        animation: false,
        indexAxis: "y",
        maintainAspectRatio: false,
        layout: { padding: { top: 16 } },
        plugins: { legend: { display: false }, tooltip: { enabled: false } },
        scales: { x: { display: false, beginAtZero: true }, y: { display: false } },
      },
      plugins: [beside],
    });

  const course = (canvas, data) =>
    new Chart(canvas, {
      type: "line",
      data: {
        labels: data.labels,
        datasets: data.series.map((series) => ({
          label: series.label,
          data: series.values,
          borderColor: colour(series.key),
          backgroundColor: colour(series.key),
          borderWidth: 2,
          pointRadius: data.labels.length > 20 ? 0 : 3,
        })),
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        layout: { padding: { right: 112 } },
        plugins: { legend: { display: false } },
        scales: {
          x: { grid: { display: false }, ticks: { color: text(), maxRotation: 0, autoSkipPadding: 16 } },
          y: { beginAtZero: true, ticks: { color: text(), precision: 0, maxTicksLimit: 5 }, grid: { color: "rgba(128, 128, 128, 0.25)" } },
        },
      },
      plugins: [atTheEnd],
    });

  const draw = (id, make) => {
    const canvas = document.getElementById(id);
    const data = read(`${id}-data`);
    if (canvas && data) make(canvas, data);
  };

  draw("funnel", funnel);
  draw("course", course);
})();
