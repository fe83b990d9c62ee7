// SPDX-License-Identifier: Apache-2.0
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  // ------------------------------------------------------------------------------- sortable tables
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const numeric = head.classList.contains("n");
        const down = head.getAttribute("aria-sort") === "descending" ? false
          : head.getAttribute("aria-sort") === "ascending" ? true : numeric;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => {
          const text = row.cells[column].textContent.trim();
          if (!numeric) return text;
          const value = parseFloat(text.replace(/,/g, "").replace("\u2212", "-"));
          return Number.isNaN(value) ? null : value;
        };
        const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
        rows.sort(([a], [b]) => {
          // Undefined scores stay at the end in either direction.
          if (a === null || b === null) return (a === null) - (b === null);
          const order = numeric ? a - b : a.localeCompare(b, undefined, { numeric: true });
          return down ? -order : order;
        });
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  }

  // ---------------------------------------------------------------------------------------- charts
  const holder = document.getElementById("report-data");
  if (!holder || typeof Chart === "undefined") return;
  const data = JSON.parse(holder.textContent);
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const fade = (hex, alpha) => hex + Math.round(alpha * 255).toString(16).padStart(2, "0");
  const number = (value, digits) => (value < 0 ? "\u2212" : "") + Math.abs(value).toFixed(digits);
  let charts = [];

  function axis(title, extra) {
    return Object.assign({
      type: "linear",
      title: { display: true, text: title, color: color("muted") },
      ticks: { color: color("muted"), maxRotation: 0 },
      grid: { color: color("line"), borderColor: color("muted"), tickColor: color("line") },
    }, extra);
  }
  function line(label, points, stroke, extra) {
    return Object.assign({
      label, data: points, borderColor: stroke, backgroundColor: stroke, borderWidth: 2, pointRadius: 0,
      pointHitRadius: 6, spanGaps: false, tension: 0,
    }, extra);
  }
  function draw(id, config) {
    const canvas = document.getElementById(id);
    if (!canvas) return;
    config.options = Object.assign({
      animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
    }, config.options);
    charts.push(new Chart(canvas, config));
  }
  function tooltip(label, title) {
    return {
      backgroundColor: color("ink"), titleColor: color("surface"), bodyColor: color("surface"),
      callbacks: { label, title }, displayColors: false,
    };
  }
  function legend(filter) {
    return { position: "bottom", labels: { color: color("ink"), boxWidth: 22, boxHeight: 1, filter } };
  }

  // -------------------------------------------------------------------------------------- training
  function curves(id, kinds, yTitle, yExtra, digits) {
    const networks = [...new Set(data.epochs.map((e) => e.network))];
    const sets = [];
    for (const kind of kinds) {
      const stroke = color(kind.color);
      // A network of one target has no curve of the other.
      const curves = networks.map((network) => ({
        network, points: data.epochs.filter((e) => e.network === network).map((e) => ({ x: e.epoch, y: e[kind.key] })),
      })).filter(({ points }) => points.some((p) => p.y !== null));
      const single = curves.length === 1;
      for (const { network, points } of curves) {
        sets.push(line(kind.label + ", " + network, points, single ? stroke : fade(stroke, 0.38), {
          borderWidth: single ? 2.2 : 1.2, borderDash: kind.dash, listed: single, pointRadius: points.length === 1 ? 3 : 0,
        }));
      }
      if (single) continue;
      // The mean ends where the first network stops: a mean over fewer networks would jump.
      const mean = [];
      for (let epoch = 1; curves.length > 0; ++epoch) {
        const values = curves.map(({ points }) => (points.find((p) => p.x === epoch) || {}).y)
          .filter((value) => value !== null && value !== undefined);
        if (values.length < curves.length) break;
        mean.push({ x: epoch, y: values.reduce((a, b) => a + b, 0) / values.length });
      }
      sets.push(line(kind.label + ", mean of " + curves.length + " networks", mean, stroke,
        { borderWidth: 3, borderDash: kind.dash, listed: true, order: -1 }));
    }
    draw(id, {
      type: "line",
      data: { datasets: sets },
      options: {
        interaction: { mode: "nearest", intersect: false },
        scales: { x: axis("epoch", { ticks: { color: color("muted"), precision: 0 } }), y: axis(yTitle, yExtra) },
        plugins: {
          legend: legend((item, chart) => chart.datasets[item.datasetIndex].listed),
          tooltip: tooltip((item) => item.dataset.label + ": " + number(item.parsed.y, digits),
            (items) => "epoch " + items[0].parsed.x),
        },
      },
    });
  }

  // ---------------------------------------------------------------------------------------- tracks
  const select = document.getElementById("clip");
  function timeline(id, track, target) {
    const pair = (values) => track.t.map((t, i) => ({ x: t, y: values[i] }));
    draw(id, {
      type: "line",
      data: {
        datasets: [
          line("annotated " + target, pair(track["a_" + target]), color("annotation"), { borderWidth: 1.6, borderDash: [5, 3] }),
          line("predicted " + target, pair(track["p_" + target]), color(target)),
        ],
      },
      options: {
        interaction: { mode: "index", intersect: false },
        scales: {
          x: axis(track.time, {
            min: track.t[0], max: track.t[track.t.length - 1],
            ticks: { color: color("muted"), maxRotation: 0, includeBounds: false },
          }),
          y: axis(target, { min: -1, max: 1, ticks: { color: color("muted"), stepSize: 0.5 } }),
        },
        plugins: {
          legend: legend(),
          tooltip: tooltip((item) => item.dataset.label + ": " + number(item.parsed.y, 3),
            (items) => items[0].parsed.x.toFixed(2) + " s"),
        },
      },
    });
  }
  function plane(id, track) {
    const points = (v, a) => track.t.map((t, i) => ({ x: v[i], y: a[i], t })).filter((p) => p.x !== null && p.y !== null);
    const zero = (context) => (context.tick.value === 0 ? color("muted") : color("line"));
    const square = (title) => axis(title, {
      min: -1, max: 1, grid: { color: zero, borderColor: color("muted") }, ticks: { color: color("muted"), stepSize: 0.5 },
    });
    draw(id, {
      type: "scatter",
      data: {
        datasets: [
          line("annotated", points(track.a_valence, track.a_arousal), color("annotation"), { showLine: true, borderWidth: 1.2, borderDash: [5, 3] }),
          line("predicted", points(track.p_valence, track.p_arousal), color("weight"), { showLine: true, borderWidth: 1.6 }),
        ],
      },
      options: {
        interaction: { mode: "nearest", intersect: false },
        scales: { x: square("valence"), y: square("arousal") },
        plugins: {
          legend: legend(),
          tooltip: tooltip((item) => item.dataset.label + ": valence " + number(item.parsed.x, 2) + ", arousal " +
            number(item.parsed.y, 2), (items) => items[0].raw.t.toFixed(2) + " s"),
        },
      },
    });
  }

  function drawAll() {
    charts.forEach((chart) => chart.destroy());
    charts = [];
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 12;
    if (data.epochs) {
      curves("chart-ccc", [{ key: "valence", label: "valence", color: "valence" },
        { key: "arousal", label: "arousal", color: "arousal" }], "CCC on the validation videos", { suggestedMin: 0 }, 3);
      curves("chart-loss", [{ key: "train_loss", label: "training", color: "weight", dash: [5, 3] },
        { key: "val_loss", label: "validation", color: "ink" }], "loss", { suggestedMin: 0 }, 4);
    }
    if (data.tracks && select) {
      const track = data.tracks[select.selectedIndex] || data.tracks[0];
      timeline("chart-valence", track, "valence");
      timeline("chart-arousal", track, "arousal");
      plane("chart-plane", track);
    }
  }
  if (select) select.addEventListener("change", drawAll);
  scheme.addEventListener("change", drawAll);
  drawAll();
})();
