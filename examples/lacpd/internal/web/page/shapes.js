// Each state has a shape, a line and a word of its own, so the page can be read without colours.

import { svg } from "./dom.js";

const ring = (fill) => svg("circle", { cx: 10, cy: 10, r: 8.5, class: fill ? "solid" : "hollow" });
const mark = (d) => svg("path", { d, class: "mark" });

const shapes = {
  carry: () => [ring(true), mark("M6 10.5l3 3 5.5-6.5")],
  wait: () => [ring(false), mark("M10 5.5V10l3 2.5")],
  standby: () => [ring(false), mark("M7.8 6.5v7M12.2 6.5v7")],
  down: () => [svg("path", { d: "M6.3 1.5h7.4l4.8 4.8v7.4l-4.8 4.8H6.3l-4.8-4.8V6.3z", class: "solid" }), mark("M6.8 6.8l6.4 6.4M13.2 6.8l-6.4 6.4")],
  warn: () => [svg("path", { d: "M10 1.5L19 18H1z", class: "solid" }), mark("M10 7.5v5M10 15.2v.1")],
  wrong: () => [svg("path", { d: "M10 1l9 9-9 9-9-9z", class: "solid" }), mark("M6.5 8.3h7M6.5 11.7h7M12 6l-4 8")],
  loop: () => [svg("rect", { x: 1.5, y: 1.5, width: 17, height: 17, rx: 3, class: "solid" }), mark("M5 7h6.5a3 3 0 010 6H6m2.2-2.4L5.8 13l2.4 2.4")],
  missing: () => [svg("rect", { x: 2, y: 2, width: 16, height: 16, rx: 2, class: "hollow broken" }), mark("M7.5 7.5a2.5 2.5 0 113.5 2.3c-.7.3-1 .8-1 1.7M10 14.3v.1")],
};

/** meanings are the states in the order of the key. */
export const meanings = {
  carry: "up: carries data",
  wait: "waits, and needs no help",
  standby: "standby or drained: ready, but not in use",
  warn: "warning: look at it",
  wrong: "set up or cabled wrongly",
  down: "down or failed",
  loop: "loop: the cable leads back to this machine",
  missing: "missing: there is no such interface, or it can't be used",
};

/** shape returns the sign of a state. The word for it stands next to it. */
export function shape(kind) {
  return svg("svg", { class: `shape ${kind}`, viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" }, ...shapes[kind]());
}

/** reshape replaces the sign in a view if the state has changed. */
export function reshape(view, kind) {
  if (view.kind === kind) return false;
  const fresh = shape(kind);
  view.shape.replaceWith(fresh);
  view.shape = fresh;
  view.kind = kind;
  return true;
}

const ofSeverity = { ok: "carry", info: "wait", warning: "warn", misconfiguration: "wrong", error: "down" };

/** kindOf returns the state of a severity. */
export const kindOf = (severity) => ofSeverity[severity] ?? "warn";

/** memberKind returns the state of a member. */
export function memberKind(m) {
  const code = m.reason.code;
  if (code === "LoopbackSelf" || code === "LoopbackSystem") return "loop";
  if (!m.carries_data && (code === "Standby" || code === "StandbyChassis" || code === "Draining" || m.hold === "Drained")) return "standby";
  if (m.reason.severity !== "ok") return kindOf(m.reason.severity);
  return m.carries_data ? "carry" : "wait";
}

/** bondKind returns the state of a bond: that of a member that needs help, if it is up. */
export function bondKind(b) {
  if (!b.running) return "missing";
  if (standsBy(b)) return "standby";
  if (!b.up) return "down";
  const kinds = b.members.map(memberKind);
  const helpless = (k) => !["carry", "wait", "standby"].includes(k);
  return b.missing.length || b.fault || kinds.some(helpless) ? "warn" : "carry";
}

/** bondWord returns the word for the state of a bond. */
export const bondWord = (b) => (!b.running ? "not open" : b.up ? "up" : standsBy(b) ? "standby" : "down");

/** standsBy reports whether another box carries the bond's LAG, and this one could. */
const standsBy = (b) => b.running && !b.up && b.lag?.role === "standby";

/** wire returns the line between the two ends of a cable. */
export function wire(kind) {
  const line = (x1, x2, y = 14, more) => svg("line", { x1, x2, y1: y, y2: y, ...more });
  const at = (x, ...children) => svg("svg", { x, y: 0, width: 1, height: 28, overflow: "visible" }, ...children);
  const tip = (x, d) => at(x, svg("path", { d, class: "tip" }));
  let parts;
  switch (kind) {
    case "carry":
      parts = [line("6", "100%"), tip("0%", "M9 8.5L1 14l8 5.5z"), tip("100%", "M-9 8.5l8 5.5-8 5.5z")];
      break;
    case "down":
      parts = [line("0%", "34%"), line("66%", "100%")];
      break;
    case "loop":
      parts = [line("6", "70%", 6), line("0%", "70%", 22), at("70%", svg("path", { d: "M0 6a8 8 0 010 16", class: "bend" })), tip("0%", "M9 .5L1 6l8 5.5z")];
      break;
    default:
      parts = [line("0%", "100%", 14, { class: `pattern-${kind}` })];
  }
  return svg("svg", { class: `wire ${kind}`, width: "100%", height: 28, "aria-hidden": "true", focusable: "false" }, ...parts);
}
