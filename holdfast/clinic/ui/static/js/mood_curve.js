// Draws one mood curve with uPlot from the JSON beside it. Only draws: every number was decided on the server.
// Without this script the page shows the same ratings as a table.
"use strict";

(function () {
  const place = document.getElementById("mood-curve");
  const source = document.getElementById("mood-data");
  if (!place || !source || !window.uPlot) return;
  const data = JSON.parse(source.textContent);
  const readout = document.getElementById("mood-readout");
  const byDay = data.basis === "study_day";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // One x for every rating of either series; a null breaks the line where ratings are missing.
  function columns() {
    const rows = [];
    data.points.forEach((p, i) => {
      if (p.after_gap) rows.push({ x: (data.points[i - 1].x + p.x) / 2, a: null, b: undefined });
      rows.push({ x: p.x, a: p.y, b: undefined });
    });
    data.other.forEach((p) => rows.push({ x: p.x, a: undefined, b: p.y }));
    rows.sort((l, r) => l.x - r.x);
    return [rows.map((r) => r.x), rows.map((r) => r.a), rows.map((r) => r.b)];
  }

  function ends() {
    const xs = data.points.concat(data.other, data.sessions).map((p) => p.x);
    const low = Math.min.apply(null, xs);
    const high = Math.max.apply(null, xs);
    const pad = Math.max((high - low) * 0.04, byDay ? 0.5 : 86400);
    return [low - pad, high + pad];
  }

  function behind(u) {
    const ctx = u.ctx;
    const box = u.bbox;
    const y = (value) => u.valToPos(value, "y", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, box.top, box.width, box.height);
    ctx.clip();
    if (data.remission) {
      ctx.fillStyle = colour("--curve-remission");
      const top = y(data.remission.y);
      ctx.fillRect(box.left, top, box.width, y(data.low) - top);
    }
    if (data.response) rule(ctx, box, y(data.response.y), colour("--curve-response"), [7, 5]);
    if (data.baseline !== null) rule(ctx, box, y(data.baseline), colour("--curve"), [2, 5]);
    ctx.restore();
  }

  function rule(ctx, box, at, ink, dash) {
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1.75 * devicePixelRatio;
    ctx.setLineDash(dash.map((d) => d * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(box.left, at);
    ctx.lineTo(box.left + box.width, at);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  // Treatment sessions: a triangle and a thin tick on the time axis.
  function inFront(u) {
    const ctx = u.ctx;
    const box = u.bbox;
    const base = box.top + box.height;
    const half = 4.5 * devicePixelRatio;
    ctx.save();
    ctx.fillStyle = colour("--curve-session");
    data.sessions.forEach((s) => {
      const x = u.valToPos(s.x, "x", true);
      ctx.beginPath();
      ctx.moveTo(x, base - 2.2 * half);
      ctx.lineTo(x + half, base);
      ctx.lineTo(x - half, base);
      ctx.fill();
    });
    ctx.restore();
  }

  function moment(x) {
    if (byDay) return "day " + Math.round(x);
    return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: data.zone }).format(x * 1000);
  }

  function told(u) {
    const i = u.cursor.idx;
    if (!readout) return;
    if (i === null || i === undefined) { readout.textContent = ""; return; }
    const total = u.data[1][i] ?? u.data[2][i];
    readout.textContent = total === null || total === undefined ? "" : moment(u.data[0][i]) + ": " + data.scale + " " + total;
  }

  function axes() {
    const font = "13px " + getComputedStyle(document.body).fontFamily;
    const ink = colour("--ink-soft");
    const line = { stroke: colour("--line"), width: 1 };
    const days = { values: (u, ticks) => ticks.map((t) => (Number.isInteger(t) ? "day " + t : "")), incrs: [1, 2, 5, 7, 14, 28] };
    const dates = { values: (u, ticks) => ticks.map((t) => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: data.zone }).format(t * 1000)), space: 70 };
    return [
      Object.assign({ stroke: ink, font: font, grid: { show: false }, ticks: line, size: 42 }, byDay ? days : dates),
      { stroke: ink, font: font, grid: line, ticks: { show: false }, size: 44, label: data.scale + " total", labelFont: font, labelSize: 22 },
    ];
  }

  function options(width) {
    const ink = colour("--curve");
    return {
      width: width,
      height: Math.max(260, Math.min(380, Math.round(width * 0.5))),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 13 } },
      scales: { x: { time: !byDay, range: ends }, y: { range: [data.low, data.high] } },
      axes: axes(),
      series: [
        {},
        { label: data.scale, stroke: ink, width: 2.5, points: { show: true, size: 8, fill: ink, stroke: ink } },
        { label: data.other_name, stroke: colour("--line-strong"), width: 1.5, dash: [4, 4], points: { show: true, size: 9, fill: colour("--surface"), stroke: ink } },
      ],
      hooks: { drawAxes: [behind], draw: [inFront], setCursor: [told] },
    };
  }

  let chart = null;
  function draw() {
    if (chart) chart.destroy();
    place.hidden = false;
    chart = new window.uPlot(options(place.clientWidth), columns(), place);
  }

  draw();
  let wait = 0;
  window.addEventListener("resize", () => { clearTimeout(wait); wait = setTimeout(draw, 120); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
