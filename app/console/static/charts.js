// Draws a page's charts from the JSON that came with it.
document.addEventListener("DOMContentLoaded", () => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const colours = ["#0b7a53", "#3b82c4"];
  const seriesOf = ({ lines = [], bars = [] }) => [
    ...lines.map(({ name, values }) => ({ name, data: values, type: "line", smooth: true, symbolSize: 6, areaStyle: { opacity: 0.08 } })),
    ...bars.map(({ name, values }) => ({ name, data: values, type: "bar", barMaxWidth: 22, itemStyle: { borderRadius: [3, 3, 0, 0] } })),
  ];
  for (const box of document.querySelectorAll("[data-chart]")) {
    const given = charts[box.dataset.chart];
    const drawn = echarts.init(box, null, { renderer: "svg" });
    drawn.setOption({
      aria: { enabled: true },
      animation: false,
      color: colours,
      grid: { left: 40, right: 12, top: 34, bottom: 26 },
      legend: { top: 0, right: 0, icon: "circle" },
      tooltip: { trigger: "axis", renderMode: "richText" }, // HTML tooltips would need inline styles
      xAxis: { type: "category", data: given.days, axisTick: { show: false } },
      yAxis: { type: "value", minInterval: 1 },
      series: seriesOf(given),
    });
    window.addEventListener("resize", () => drawn.resize());
  }
});
