// Draws the tables of charts: each <figure class="chart" data-chart="line|bar|share"> has its figures in a table, whose
// first column names the places on the axis and whose other columns are the series. Without a script the table stays.
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const PALETTE = ["--art-indigo", "--art-millet", "--art-tea", "--art-persimmon", "--art-indigo-soft", "--art-ink"];

function read(table) {
  const heads = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
  const lines = [...table.tBodies[0].rows].map((row) => [...row.cells]);
  return {
    names: lines.map((cells) => cells[0].textContent.trim()),
    series: heads.map((name, at) => ({ name, data: lines.map((cells) => Number(cells[at + 1].dataset.value ?? cells[at + 1].textContent.replace(/[^\d.-]/g, ""))) })),
  };
}

function options(kind, { names, series }, style) {
  const colour = (name) => style.getPropertyValue(name).trim();
  const font = parseFloat(style.fontSize);
  const words = { color: colour("--color-base-content"), fontSize: font, fontFamily: style.fontFamily };
  const shared = {
    color: PALETTE.map(colour), textStyle: words, animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    tooltip: { trigger: kind === "share" ? "item" : "axis", renderMode: "richText", confine: true, textStyle: words, backgroundColor: colour("--color-base-100"), borderColor: colour("--line") },
    legend: { show: kind === "share" || series.length > 1, bottom: 0, textStyle: words, icon: "roundRect", itemWidth: font, itemHeight: font * 0.75 },
  };
  if (kind === "share") {
    return { ...shared, series: [{ type: "pie", radius: ["48%", "72%"], center: ["50%", "44%"], itemStyle: { borderColor: colour("--color-base-100"), borderWidth: 3, borderRadius: 6 }, label: { ...words, formatter: ({ percent }) => `${Math.round(percent)}%` }, data: names.map((name, at) => ({ name, value: series[0].data[at] })) }] };
  }
  const axis = { axisLabel: { color: colour("--muted"), fontSize: font, hideOverlap: true }, axisLine: { lineStyle: { color: colour("--edge") } }, axisTick: { show: false }, splitLine: { lineStyle: { color: colour("--line"), type: [5, 4] } } };
  const category = { ...axis, type: "category", data: names, splitLine: { show: false } };
  const value = { ...axis, type: "value", axisLine: { show: false } };
  return {
    ...shared,
    grid: { left: 8, right: 16, top: 16, bottom: shared.legend.show ? font * 2.5 : 8, containLabel: true },
    xAxis: kind === "rank" ? value : category, yAxis: kind === "rank" ? { ...category, inverse: true } : value,
    series: series.map((one) => kind === "line"
      ? { ...one, type: "line", smooth: 0.25, symbol: "circle", symbolSize: 7, lineStyle: { width: 3 } }
      : { ...one, type: "bar", barMaxWidth: 32, itemStyle: { borderRadius: kind === "rank" ? [0, 8, 0, 0] : [8, 2, 0, 0] } }),
  };
}

function draw(figure) {
  const place = figure.querySelector(".chart-canvas");
  place.hidden = false;
  const figures = figure.querySelector("details");
  if (figures) figures.open = false;
  const chart = init(place, null, { renderer: "canvas" });
  const show = () => chart.setOption(options(figure.dataset.chart, read(figure.querySelector("table")), getComputedStyle(document.documentElement)), true);
  show();
  new ResizeObserver(() => chart.resize()).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
}

function drawAll(within) {
  for (const figure of within.querySelectorAll(".chart[data-chart]:not([data-drawn])")) {
    figure.dataset.drawn = "yes";
    draw(figure);
  }
}
drawAll(document);
document.addEventListener("htmx:after:swap", () => drawAll(document));
