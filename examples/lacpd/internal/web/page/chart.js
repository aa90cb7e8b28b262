// The moving chart of a bond's rates.

import { el, set, svg, text } from "./dom.js";
import { shown } from "./rates.js";
import { bits } from "./words.js";

const width = 600;
const height = 120;

/** Chart draws what a bond sends (a solid line over an area) and receives (a dashed line). */
export class Chart {
  constructor(bond) {
    this.area = svg("path", { class: "area" });
    this.out = svg("path", { class: "out" });
    this.into = svg("path", { class: "into" });
    this.top = el("span", { class: "most" });
    this.sent = el("b");
    this.received = el("b");
    const sample = (kind) => svg("svg", { class: "sample", width: 28, height: 10, "aria-hidden": "true" }, svg("line", { x1: 1, x2: 27, y1: 5, y2: 5, class: kind }));
    const grid = [0.25, 0.5, 0.75].map((f) => svg("line", { x1: 0, x2: width, y1: height * f, y2: height * f, class: "grid" }));
    this.picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": `Rates of ${bond} over the last two minutes` },
      ...grid, this.area, this.out, this.into);
    this.root = el("div", { class: "chart" },
      el("p", { class: "legend" }, el("span", {}, sample("out"), "sent ", this.sent), el("span", {}, sample("into"), "received ", this.received)),
      el("div", { class: "plot" }, this.picture, this.top),
      el("p", { class: "axis", "aria-hidden": "true" }, el("span", {}, "2 min ago"), el("span", {}, "now")));
  }

  update(points, now) {
    const most = scale(Math.max(1000, ...points.map((p) => Math.max(p.out, p.into))));
    const x = (p) => (width * (1 - p.age / shown)).toFixed(1);
    const y = (v) => (height - 1 - (v / most) * (height - 8)).toFixed(1);
    const path = (of) => points.map((p, i) => `${i ? "L" : "M"}${x(p)} ${y(of(p))}`).join("");
    const out = path((p) => p.out);
    set(this.out, "d", out);
    set(this.into, "d", path((p) => p.into));
    set(this.area, "d", out && `${out}L${x(points.at(-1))} ${height}L${x(points[0])} ${height}Z`);
    text(this.top, bits(most));
    text(this.sent, bits(now.out));
    text(this.received, bits(now.into));
  }
}

// scale returns a round number that is not below a value.
function scale(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((f) => f * power).find((v) => v >= value);
}
