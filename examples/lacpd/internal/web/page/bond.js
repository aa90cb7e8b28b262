// One bond: its state and cause, findings, drawing, rates, members, timeline and settings.

import { Chart } from "./chart.js";
import { el, set, sync, text } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Member, showFacts } from "./member.js";
import { bondKind, bondWord, kindOf, memberKind, reshape, shape } from "./shapes.js";
import { Timeline } from "./timeline.js";
import { age, alone, clock, mode, role, speed } from "./words.js";

/** anchor returns the id of a bond's section. */
export const anchor = (name) => `bond-${name}`;

/** Bond shows one bond. */
export class Bond {
  constructor(name, open) {
    this.shape = shape("wait");
    this.word = el("span", { class: "word" });
    this.cause = el("span", { class: "cause" });
    this.description = el("p", { class: "description" });
    this.findings = el("ul", { class: "findings" });
    this.drawing = new Drawing();
    this.chart = new Chart(name);
    this.members = el("div", { class: "members" });
    this.membersPart = el("section", {}, el("h3", {}, "Members and their share of the load"), this.members);
    this.timeline = new Timeline();
    this.facts = el("dl", { class: "facts" });
    this.root = el("details", { class: "bond", id: anchor(name), open },
      el("summary", {}, this.shape, el("h2", {}, name), this.word, this.cause),
      el("div", { class: "inside" }, this.description, this.findings, this.drawing.root,
        el("div", { class: "columns" },
          el("div", {}, el("section", {}, el("h3", {}, "Rates"), this.chart.root), this.membersPart),
          el("div", {}, this.timeline.root, el("section", {}, el("h3", {}, "Settings"), this.facts)))));
  }

  update({ bond: b, rates, transitions, words, now }) {
    const kind = bondKind(b);
    reshape(this, kind);
    set(this.root, "data-state", kind);
    text(this.word, b.running ? `${bondWord(b)} for ${age(b.since, now)}` : bondWord(b));
    text(this.cause, sentence(b));
    if (!this.root.open) return; // main.js updates it when it is opened
    text(this.description, b.settings.description);
    set(this.description, "hidden", !b.settings.description);
    sync(this.findings, findings(b, words, now), (f) => f.key, (f) => new Finding(f), (view, f) => view.update(f));
    set(this.findings, "hidden", this.findings.childElementCount === 0);
    this.drawing.update(b, words);
    const each = rates.members(b.name);
    const total = { out: 0, into: 0 };
    for (const r of each.values()) {
      total.out += r.out;
      total.into += r.into;
    }
    this.chart.update(rates.series(b.name), total);
    sync(this.members, b.members, (m) => m.name, (m) => new Member(m.name), (view, m) =>
      view.update({ member: m, bond: b, rate: each.get(m.name) ?? { out: 0, into: 0 }, total, words: words[m.name], now }));
    set(this.membersPart, "hidden", b.members.length === 0);
    this.timeline.update(transitions, now);
    showFacts(this.facts, facts(b, now));
  }
}

// sentence returns the cause without the word that stands before it already.
function sentence(b) {
  const word = bondWord(b);
  const rest = b.cause.startsWith(word) ? b.cause.slice(word.length).replace(/^[:\s]+/, "") : b.cause;
  return rest;
}

function facts(b, now) {
  const s = b.settings;
  const device = b.running && b.device.state !== "none" ? `${b.device.name} is ${b.device.state}` : "";
  return [
    ["Mode", mode(b)],
    ["Boxes", b.lag ? role(b.lag, now) : ""],
    ["Watchdog", s.watchdog === "on" ? "takes the links down if lacpd dies" : ""],
    ["Hash", b.hash],
    ["MTU", b.mtu],
    ["Speed", b.speed_mbps ? speed(b.speed_mbps) : ""],
    ["MAC", b.running ? b.mac : ""],
    ["Least links", b.min_links || ""],
    ["Most links", s.max_links || ""],
    ["Fallback", b.mode === "LACP" && b.running ? s.lacp_fallback : ""],
    ["LAG ID", b.aggregator ? b.aggregator.lag_id : ""],
    ["Device", device],
    ["Data plane", b.data_plane.name && (b.data_plane.why ? `${b.data_plane.name}: ${b.data_plane.why}` : b.data_plane.name)],
    ["Balancing", b.balance ? `every ${b.balance.interval} s, ${b.balance.moved} buckets moved${b.balance.last ? `, the last ${age(b.balance.last, now)} ago` : ""}` : ""],
    ["Removed", (b.removed ?? []).map((r) => `${r.name} ${age(r.since, now)} ago`).join(", ")],
  ];
}

// findings returns what needs help, with advice.
function findings(b, words, now) {
  const list = [];
  const from = (at) => `since ${clock(at, now)} (${age(at, now)})`;
  const add = (key, kind, who, what) => list.push({ key, kind, who, what });
  if (b.fault) add("fault", "down", b.name, `does not match its file, ${from(b.fault.since)}: ${b.fault.error}. The next try is in ${age(now, new Date(b.fault.next_try))}.`);
  if (b.device.reason) add("device", "down", b.device.name, `is ${b.device.state}, ${from(b.device.since)}: ${b.device.reason}`);
  const l = b.lag;
  if (l && l.role === "none" && l.reason) {
    const { code, severity, have, want, advice } = l.reason;
    const values = have && want ? ` (${have}, want ${want})` : have ? ` (${have})` : "";
    add("lag", kindOf(severity), l.name, `this box could not carry it: ${code}${values}. ${advice}`);
  }
  if (l && l.mode === "STANDBY" && alone(l)) add("alone", "warn", l.name, "no other box could take it over. lacpd chassis status shows why.");
  for (const d of l?.differences ?? []) add(`differs ${d.box} ${d.what}`, "wrong", l.name, `${d.what} is ${d.ours} here and ${d.theirs} on ${d.box}`);
  if (b.settings.watchdog === "failed") add("watchdog", "down", b.name, "is not guarded: if lacpd dies, its links stay up. Start lacpd again.");
  for (const m of b.members) {
    const { severity, since, have, want, advice } = m.reason;
    if (severity === "ok" || severity === "info") continue;
    const values = have && want ? ` (${have}, want ${want})` : have ? ` (${have})` : "";
    const kind = memberKind(m) === "loop" ? "loop" : kindOf(severity);
    add(`member ${m.name}`, kind, m.name, `${words[m.name] ?? m.reason.code}, ${from(since)}${values}. ${advice}`);
  }
  for (const m of b.missing) add(`missing ${m.name}`, "missing", m.name, `is missing, ${from(m.since)}: ${m.why}`);
  return list;
}

class Finding {
  constructor(f) {
    this.shape = shape(f.kind);
    this.kind = f.kind;
    this.what = el("span");
    this.root = el("li", {}, this.shape, el("span", {}, el("strong", {}, f.who), " ", this.what));
  }

  update(f) {
    reshape(this, f.kind);
    text(this.what, f.what);
    set(this.root, "data-state", f.kind);
  }
}
