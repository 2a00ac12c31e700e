// Draws a chart from the table beside it: the table is the figure, so the two can never differ.
"use strict";

(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function rowsOf(box) {
    return [...document.getElementById(box.dataset.of).tBodies[0].rows].map((row) => {
      const cell = row.querySelector("[data-value]");
      return {
        name: row.cells[0].textContent.trim(),
        value: cell.dataset.value === "" ? null : Number(cell.dataset.value),
        few: "few" in cell.dataset,
        even: row.querySelector("[data-even]")?.dataset.even,
        said: [...row.cells].slice(1).map((one) => one.textContent.trim()).join("  "),
      };
    });
  }

  function options(box) {
    const rows = rowsOf(box);
    const ink = style("--ink"), soft = style("--soft"), accent = style("--accent");
    const across = box.dataset.chart === "bar", counts = "counts" in box.dataset;
    const names = { type: "category", data: rows.map((row) => row.name), inverse: across,
      axisLabel: { color: soft, width: 120, overflow: "truncate" }, axisTick: { show: false },
      axisLine: { lineStyle: { color: style("--line") } } };
    const shares = { type: "value", min: 0, max: counts ? null : 100,
      axisLabel: { color: soft, formatter: counts ? "{value}" : "{value} %" },
      splitLine: { lineStyle: { color: style("--line") } } };
    // The small build of the library has no lines of marks: each is a series of one value.
    const lines = (box.dataset.line || "").split(",").filter(Boolean).map((value) => ({
      type: "line", data: rows.map(() => Number(value)), silent: true, symbol: "none", z: 3,
      lineStyle: { color: style("--alarm"), type: "dashed", width: 1.5 } }));
    if (rows.some((row) => row.even)) {
      lines.push({ type: "line", data: rows.map((row) => Number(row.even)), silent: true, symbol: "none",
        lineStyle: { color: soft, type: "dashed", width: 1.5 } });
    }
    const series = {
      type: across ? "bar" : "line",
      data: rows.map((row) => ({
        value: row.value,
        // What was counted from few is drawn hollow, so that no peak of two cases is believed.
        itemStyle: row.few ? { color: "transparent", borderColor: accent, borderWidth: 1 } : { color: accent },
      })),
      lineStyle: { color: accent, width: 2 }, symbol: "circle", symbolSize: 8, barMaxWidth: 24,
      connectNulls: false,
    };
    return {
      animation: false, textStyle: { color: ink, fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 40, top: 16, bottom: 8, containLabel: true },
      xAxis: across ? shares : names, yAxis: across ? names : shares, series: [series, ...lines],
      // Drawn on the canvas: the page's policy forbids styles written into markup.
      tooltip: { trigger: "axis", renderMode: "richText", confine: true,
        formatter: ([hit]) => `${rows[hit.dataIndex].name}\n${rows[hit.dataIndex].said}` },
    };
  }

  function draw() {
    for (const box of document.querySelectorAll(".chart[data-chart]")) {
      const rows = document.getElementById(box.dataset.of)?.tBodies[0].rows.length;
      if (!rows) continue;
      if (box.dataset.chart === "bar") box.style.height = `${Math.max(160, 32 * rows + 40)}px`;
      const chart = echarts.getInstanceByDom(box) || echarts.init(box, null, { renderer: "canvas" });
      chart.resize();
      chart.setOption(options(box), true);
    }
  }

  document.addEventListener("DOMContentLoaded", draw);
  document.addEventListener("gridsvc:replaced", draw);
  addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
