// One member of a bond: a line with its share of the load, and its details.

import { el, set, sync, text } from "./dom.js";
import { heard } from "./drawing.js";
import { memberKind, reshape, shape } from "./shapes.js";
import { age, bits, link, octets, share } from "./words.js";

const flags = ["Activity", "Timeout", "Aggregation", "Synchronization", "Collecting", "Distributing", "Defaulted", "Expired"];

/** Member shows one member. */
export class Member {
  constructor(name) {
    this.shape = shape("wait");
    this.name = el("strong", {}, name);
    this.words = el("span", { class: "words" });
    this.sent = new Bar("sent");
    this.received = new Bar("received");
    this.advice = el("p", { class: "advice" });
    this.facts = el("dl", { class: "facts" });
    this.ends = el("tbody");
    this.table = el("table", {}, el("caption", {}, `LACP on both ends of ${name}`),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Field"), el("th", { scope: "col" }, "This end"), el("th", { scope: "col" }, "Other end"))), this.ends);
    this.root = el("details", { class: "member" },
      el("summary", {}, this.shape, el("span", { class: "who" }, this.name, " ", this.words), this.sent.root, this.received.root),
      el("div", { class: "inside" }, this.advice, this.facts, this.table));
  }

  update({ member: m, bond: b, rate, total, words, now }) {
    reshape(this, memberKind(m));
    text(this.words, words ?? "");
    this.sent.update(rate.out, total.out);
    this.received.update(rate.into, total.into);
    if (!this.root.open) return; // a browser asks for the rest when it is opened: see main.js
    this.details(m, b, now);
  }

  details(m, b, now) {
    const r = m.reason;
    const values = [r.have && `has ${r.have}`, r.want && `wants ${r.want}`].filter(Boolean).join(", ");
    text(this.advice, r.severity === "ok" ? "" : `${r.code} for ${age(r.since, now)}${values ? ` (${values})` : ""}. ${r.advice}`);
    set(this.advice, "hidden", r.severity === "ok");
    const c = m.counters;
    showFacts(this.facts, [
      ["Interface", m.interface === m.name ? m.name : `${m.interface} (was ${m.name})`],
      ["MAC", m.mac],
      ["Link", link(m.link)],
      ["Last LACPDU", b.mode !== "LACP" ? "" : m.last_rx ? `${age(m.last_rx, now)} ago` : "never"],
      ["Machines", b.mode === "LACP" ? `receive ${m.receive}, mux ${m.mux}, ${m.selected}` : ""],
      ["Sent", `${octets(c.tx_octets)} in ${c.tx_frames.toLocaleString()} frames`],
      ["Received", `${octets(c.rx_octets)} in ${c.rx_frames.toLocaleString()} frames`],
      ["LACPDUs", b.mode === "LACP" ? `${c.lacpdus_tx.toLocaleString()} sent, ${c.lacpdus_rx.toLocaleString()} received` : ""],
      ["Failures", `${c.link_failures} of the link, ${c.timeouts} of the partner`],
      ["Losses", losses(c)],
    ]);
    set(this.table, "hidden", b.mode !== "LACP");
    if (b.mode === "LACP") sync(this.ends, endRows(m), (row) => row[0], (row) => new Row(row[0]), (view, row) => view.update(row));
  }
}

function losses(c) {
  const parts = [["send errors", c.tx_errors], ["dropped by the kernel", c.kernel_drops], ["received while not collecting", c.rx_not_collecting], ["invalid LACPDUs", c.illegal_rx]];
  return parts.filter(([, n]) => n > 0).map(([what, n]) => `${n.toLocaleString()} ${what}`).join(", ") || "none";
}

function endRows(m) {
  const them = heard(m) ? m.partner : null;
  const both = (name, of) => [name, String(of(m.actor)), them ? String(of(them)) : "–"];
  const rows = [
    both("System", (e) => e.system), both("System priority", (e) => e.system_priority), both("Key", (e) => e.key),
    both("Port", (e) => e.port), both("Port priority", (e) => e.port_priority), both("State", (e) => e.state),
  ];
  for (const flag of flags) rows.push(both(flag, (e) => ((e.flags ?? []).includes(flag) ? "● yes" : "○ no")));
  return rows;
}

class Row {
  constructor(name) {
    this.cells = [el("td"), el("td")];
    this.root = el("tr", {}, el("th", { scope: "row" }, name), ...this.cells);
  }

  update([, ours, theirs]) {
    text(this.cells[0], ours);
    text(this.cells[1], theirs);
  }
}

class Bar {
  constructor(what) {
    this.value = el("span", { class: "value" });
    this.part = el("span", { class: "part" });
    this.root = el("span", { class: `bar ${what}` }, el("span", { class: "what" }, `${what} `), this.value, el("span", { class: "track", "aria-hidden": "true" }, this.part));
  }

  update(rate, total) {
    text(this.value, `${share(rate, total)}, ${bits(rate)}`);
    this.part.style.width = total > 0 ? `${(100 * rate) / total}%` : "0";
  }
}

/** showFacts fills a list of names and values. It leaves out those without a value. */
export function showFacts(list, facts) {
  const shown = facts.filter(([, value]) => value !== "" && value != null);
  sync(list, shown, ([name]) => name, ([name]) => new Fact(name), (view, [, value]) => view.update(String(value)));
}

class Fact {
  constructor(name) {
    this.value = el("dd");
    this.root = el("div", {}, el("dt", {}, name), this.value);
  }

  update(value) {
    text(this.value, value);
    set(this.root, "class", value.length > 32 && "wide");
  }
}
