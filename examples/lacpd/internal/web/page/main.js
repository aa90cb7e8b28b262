// The page: it follows lacpd and shows each bond.

import { anchor, Bond } from "./bond.js";
import { follow } from "./contact.js";
import { el, set, sync, text } from "./dom.js";
import { Rates } from "./rates.js";
import { bondKind, bondWord, meanings, reshape, shape } from "./shapes.js";
import { clock, count } from "./words.js";

const $ = (id) => document.getElementById(id);
const fewBonds = 6; // with more, a healthy bond is closed at first
const maxTransitions = 256; // as lacpd keeps
const rates = new Rates();
let timeline = [];
let serial = 0;
let soon = 0;
let host = "";
let last = null; // the last status
let causes = new Map(); // of each bond, as announced

const handlers = {
  hello(d) {
    host = d.host;
    text($("host"), host);
    text($("version"), `lacpd ${d.version}`);
  },
  timeline(list) {
    timeline = list.map((t) => ({ ...t, id: serial++ }));
  },
  transition(t) {
    timeline = [...timeline, { ...t, id: serial++ }].slice(-maxTransitions);
  },
  status(s) {
    last = s;
    rates.add(Date.parse(s.at), s);
    show();
    announce(s);
  },
  beat() {},
};

function lost() {
  rates.forget();
  set(document.body, "data-contact", "lost");
  set($("contact"), "data-contact", "lost");
  text($("contact"), "✕ no contact");
  const at = last ? clock(last.at, new Date()) : "";
  text($("lost"), `Lost contact with lacpd. What you see is how it was at ${at}. This page keeps trying.`);
  set($("lost"), "hidden", false);
  text($("news"), $("lost").textContent);
  title();
}

function found() {
  if (document.body.dataset.contact === "lost") text($("news"), "In contact with lacpd again.");
  set(document.body, "data-contact", "live");
  set($("contact"), "data-contact", "live");
  text($("contact"), "● live");
  set($("lost"), "hidden", true);
  title();
}

function title() {
  const bad = last ? last.bonds.filter((b) => bondKind(b) !== "carry").length : 0;
  const state = document.body.dataset.contact === "lost" ? "✕ no contact" : bad ? `▲ ${bad} of ${count(last.bonds.length, "bond")}` : "●";
  const wanted = `${state} ${host} lacpd`;
  if (document.title !== wanted) document.title = wanted;
}

// announce reads changes of a bond's state to a screen reader.
function announce(s) {
  const next = new Map(s.bonds.map((b) => [b.name, b.cause]));
  const news = s.bonds.filter((b) => causes.size && causes.get(b.name) !== b.cause).map((b) => `${b.name}: ${b.cause}.`);
  causes = next;
  if (news.length) text($("news"), news.slice(0, 3).join(" ") + (news.length > 3 ? ` And ${news.length - 3} more bonds changed.` : ""));
}

function show() {
  const now = new Date(last.at);
  const wanted = decodeURIComponent(location.hash.slice(1));
  const many = last.bonds.length > fewBonds;
  const byBond = Map.groupBy(timeline, (t) => t.bond);
  sync($("bonds"), last.bonds, (b) => b.name, (b) => made(b, !many || bondKind(b) !== "carry" || anchor(b.name) === wanted), (view, b) =>
    view.update({ bond: b, rates, transitions: byBond.get(b.name) ?? [], words: last.words[b.name] ?? {}, now }));
  set($("empty"), "hidden", last.bonds.length > 0);
  set($("overview"), "hidden", last.bonds.length < 2);
  sync(overview(), last.bonds, (b) => b.name, (b) => new Chip(b.name), (view, b) => view.update(b));
  title();
}

function made(b, open) {
  const view = new Bond(b.name, open);
  // toggle does not bubble, so it is caught on its way down. What is closed is not kept up to date.
  view.root.addEventListener("toggle", showSoon, { capture: true });
  return view;
}

// showSoon shows the last status again, once for all that was opened meanwhile.
function showSoon() {
  soon ||= setTimeout(() => {
    soon = 0;
    show();
  });
}

function overview() {
  const nav = $("overview");
  return nav.firstElementChild ?? nav.appendChild(el("ul"));
}

class Chip {
  constructor(name) {
    this.shape = shape("wait");
    this.state = el("span", { class: "state" });
    this.link = el("a", { href: `#${encodeURIComponent(anchor(name))}` }, this.shape, el("strong", {}, name), this.state);
    this.link.addEventListener("click", () => {
      $(anchor(name)).open = true;
    });
    this.root = el("li", {}, this.link);
  }

  update(b) {
    reshape(this, bondKind(b));
    const all = b.members.length + b.missing.length;
    text(this.state, `${bondWord(b)}, ${b.members.filter((m) => m.carries_data).length} of ${count(all, "link")}`);
  }
}

for (const [kind, meaning] of Object.entries(meanings)) $("key").append(el("li", {}, shape(kind), meaning));
follow(handlers, lost, found);
