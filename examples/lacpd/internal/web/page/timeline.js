// The timeline of a bond's transitions, newest first.

import { el, set, sync, text } from "./dom.js";
import { kindOf, shape } from "./shapes.js";
import { clock } from "./words.js";

const first = 6; // transitions that are shown at once

/** Timeline shows the transitions of one bond. */
export class Timeline {
  constructor() {
    this.recent = el("ol", { class: "transitions" });
    this.older = el("ol", { class: "transitions" });
    this.summary = el("summary");
    this.more = el("details", {}, this.summary, this.older);
    this.none = el("p", { class: "quiet" }, "Nothing has changed since lacpd started.");
    this.root = el("section", { class: "timeline" }, el("h3", {}, "Timeline"), this.none, this.recent, this.more);
  }

  update(list, now) {
    const newest = list.toReversed();
    const show = (parent, part) => sync(parent, part, (t) => t.id, (t) => new Entry(t), (view, t) => text(view.time, clock(t.at, now)));
    show(this.recent, newest.slice(0, first));
    show(this.older, newest.slice(first));
    set(this.none, "hidden", list.length > 0);
    set(this.more, "hidden", newest.length <= first);
    text(this.summary, `Earlier (${Math.max(0, newest.length - first)})`);
  }
}

class Entry {
  constructor(t) {
    this.time = el("time", { datetime: t.at });
    this.root = el("li", {}, shape(kindOf(t.severity)), this.time, el("span", {}, el("strong", {}, t.member || t.bond), ` ${t.text}`));
  }
}
