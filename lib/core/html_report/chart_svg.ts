/** Draws charts as SVG. The charting library is loaded with this file, so import it late. */

import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Chart, Tone } from "./html_report.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, SVGRenderer]);

/** Colours that differ in lightness too, and stand out on white as on black. */
const toneColors: Record<Tone, string> = {
  good: "#2f9e6e",
  bad: "#d6493f",
  warning: "#c98a12",
  neutral: "#4c7fd0",
};
const plainColors = ["#4c7fd0", "#c98a12", "#8a63c9", "#2f9e6e", "#d6493f", "#5f6b7a"];

/** The page sets the text's colour, light or dark; the drawing takes it over. */
const ink = "currentColor";
const gridLine = "#8886";

/** Draws a chart, 760 by 260 points, that scales with the page. */
export function chartSvg(chart: Chart): string {
  const drawing = init(null, null, { renderer: "svg", ssr: true, width: 760, height: 260 });
  try {
    drawing.setOption({
      animation: false,
      backgroundColor: "transparent",
      textStyle: { fontFamily: "system-ui, sans-serif" },
      grid: { left: 8, right: 16, top: 32, bottom: 8, outerBoundsMode: "same" },
      legend: { top: 0, left: 0, itemGap: 24, textStyle: { color: ink } },
      xAxis: {
        type: "category",
        data: [...chart.labels],
        axisLabel: { color: ink },
        axisLine: { lineStyle: { color: gridLine } },
        axisTick: { show: false },
      },
      yAxis: {
        type: "value",
        axisLabel: { color: ink },
        splitLine: { lineStyle: { color: gridLine } },
      },
      series: chart.series.map(({ name, values, tone }, index) => ({
        name,
        type: chart.shape,
        data: [...values],
        color: tone === undefined ? plainColors[index % plainColors.length] : toneColors[tone],
        ...(chart.shape === "bar" && { stack: "all", barMaxWidth: 48 }),
        ...(chart.shape === "line" && { symbolSize: 5 }),
      })),
    });
    return drawing.renderToSVGString()
      .replace(/^<svg width="\d+" height="\d+"/, '<svg role="img" aria-hidden="true"');
  } finally {
    drawing.dispose();
  }
}
