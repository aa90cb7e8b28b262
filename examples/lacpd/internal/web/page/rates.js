// Rates from the counters of successive statuses.

const keep = 120; // seconds that the chart shows
const smooth = 5; // seconds that a rate is the mean of

/** Rates remembers the counters of the last two minutes. */
export class Rates {
  #bonds = new Map(); // name -> list of {at, members: Map(name -> {out, into})}

  /** add takes the counters of a status. */
  add(at, status) {
    const names = new Set(status.bonds.map((b) => b.name));
    for (const name of this.#bonds.keys()) if (!names.has(name)) this.#bonds.delete(name);
    for (const b of status.bonds) {
      const list = this.#bonds.get(b.name) ?? [];
      const members = new Map(b.members.map((m) => [m.name, { out: m.counters.tx_octets, into: m.counters.rx_octets }]));
      if (list.length && at <= list.at(-1).at) list.length = 0; // the clock was set back
      list.push({ at, members });
      while (list[0].at < at - (keep + smooth + 5) * 1000) list.shift();
      this.#bonds.set(b.name, list);
    }
  }

  /** forget drops everything: after a gap in the statuses the chart begins again. */
  forget() {
    this.#bonds.clear();
  }

  /** members returns the present rates of a bond's members in bit/s, by name. */
  members(bond) {
    const list = this.#bonds.get(bond) ?? [];
    const rates = new Map();
    if (list.length < 2) return rates;
    const last = list.at(-1);
    const first = list.find((s) => s.at >= last.at - smooth * 1000) ?? list.at(-2);
    const from = first === last ? list.at(-2) : first;
    for (const [name, c] of last.members) rates.set(name, rate(from.members.get(name), c, last.at - from.at));
    return rates;
  }

  /** series returns the rates of a bond over time: {age in seconds, out, into}. */
  series(bond) {
    const list = this.#bonds.get(bond) ?? [];
    const points = [];
    for (let i = 1; i < list.length; i++) {
      // A status after a change comes soon after another; a rate over so short a time jumps.
      let j = i - 1;
      while (j > 0 && list[i].at - list[j].at < 900) j--;
      let out = 0;
      let into = 0;
      for (const [name, c] of list[i].members) {
        const r = rate(list[j].members.get(name), c, list[i].at - list[j].at);
        out += r.out;
        into += r.into;
      }
      points.push({ age: (list.at(-1).at - list[i].at) / 1000, out, into });
    }
    return points.filter((p) => p.age <= keep);
  }
}

// rate returns the mean rate between two counters. They begin again if lacpd was started again.
function rate(from, to, milliseconds) {
  if (!from || to.out < from.out || to.into < from.into || milliseconds <= 0) return { out: 0, into: 0 };
  const each = 8000 / milliseconds;
  return { out: (to.out - from.out) * each, into: (to.into - from.into) * each };
}

/** Seconds that the chart shows. */
export const shown = keep;
