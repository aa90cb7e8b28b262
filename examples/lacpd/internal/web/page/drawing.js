// The drawing of a bond: this machine on the left, its partner on the right, and one line for
// each member.

import { el, set, sync, text } from "./dom.js";
import { memberKind, reshape, shape, wire } from "./shapes.js";
import { link } from "./words.js";

const noSystem = "00:00:00:00:00:00";

/** heard reports whether a member has had a LACPDU of a partner. */
export const heard = (m) => m.partner.system && m.partner.system !== noSystem;

/** Drawing is the picture of one bond. */
export class Drawing {
  constructor() {
    this.ours = new End("this end");
    this.theirs = new End("other end");
    this.cables = el("ol", { class: "cables" });
    this.root = el("div", { class: "drawing" },
      el("div", { class: "panel ours", "aria-hidden": "true" }), el("div", { class: "panel theirs", "aria-hidden": "true" }),
      this.ours.root, this.theirs.root, this.cables);
  }

  update(b, words) {
    const lacp = b.mode === "LACP";
    this.ours.update(b.device.name || b.name, lacp && b.running
      ? [`system ${b.system}`, `priority ${b.system_priority}`, b.aggregator ? `key ${b.aggregator.key}` : ""]
      : [b.running ? `MAC ${b.mac}` : "not open"]);
    if (!lacp) this.theirs.update("other end", ["no protocol: not known"]);
    else if (b.partner) this.theirs.update("partner", [`system ${b.partner.system}`, `priority ${b.partner.system_priority}`, `key ${b.partner.key}`]);
    else this.theirs.update("no partner", [b.running ? (b.active ? "nothing heard yet" : "nothing heard; we are passive and do not begin") : ""]);
    set(this.root, "data-partner", lacp && b.partner ? "known" : "unknown");
    set(this.root, "data-open", b.running ? "yes" : "no");
    const cables = [...b.members.map((m) => ofMember(b, m, words[m.name])), ...b.missing.map(ofMissing)];
    sync(this.cables, cables, (c) => c.name, () => new Cable(), (view, c) => view.update(c));
    set(this.cables, "aria-label", `Members of ${b.name}`);
  }
}

function ofMember(b, m, words) {
  const kind = memberKind(m);
  const far = [];
  let other = false;
  if (kind === "loop") {
    // It does not reach the other end.
  } else if (b.mode === "LACP" && heard(m)) {
    far.push(`port ${m.partner.port}`);
    other = Boolean(b.partner) && m.partner.system !== b.partner.system;
    if (other) far.push(`other system ${m.partner.system}`);
    else if (b.partner && m.partner.key !== b.partner.key) far.push(`other key ${m.partner.key}`);
  } else far.push(b.mode === "LACP" ? "not heard" : "not known");
  return { name: m.name, title: m.name, near: [m.interface !== m.name ? `now ${m.interface}` : "", link(m.link)], far, other, kind, words: words ?? "" };
}

function ofMissing(m) {
  return { name: ` ${m.name}`, title: m.name, near: ["missing"], far: [], other: false, kind: "missing", words: `is missing: ${m.why}` };
}

class End {
  constructor(role) {
    this.name = el("strong");
    this.lines = el("span", { class: "lines" });
    this.root = el("p", { class: `end ${role === "this end" ? "ours" : "theirs"}` }, el("span", { class: "unseen" }, `${role}: `), this.name, this.lines);
  }

  update(name, lines) {
    text(this.name, name);
    text(this.lines, lines.filter(Boolean).join("\n"));
  }
}

class Cable {
  constructor() {
    this.name = el("strong");
    this.near = el("span");
    this.far = el("span");
    this.wire = el("span", { class: "line" });
    this.words = el("span", { class: "words" });
    this.farPort = el("span", { class: "port far" }, this.far);
    this.shape = shape("wait");
    this.root = el("li", {}, el("span", { class: "port near" }, this.name, this.near), this.wire, this.farPort, this.words);
  }

  update(c) {
    text(this.name, c.title);
    text(this.near, c.near.filter(Boolean).join("\n"));
    text(this.far, c.far.join("\n"));
    text(this.words, c.words);
    set(this.farPort, "hidden", c.far.length === 0);
    set(this.farPort, "data-other", c.other);
    if (reshape(this, c.kind)) {
      this.wire.replaceChildren(wire(c.kind), this.shape);
      set(this.root, "data-state", c.kind);
    }
  }
}
