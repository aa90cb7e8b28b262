// Values in words.

/** age returns how long ago something was: "12 s", "4 min", "3 h", "9 d". */
export function age(since, now) {
  const seconds = Math.max(0, (now - new Date(since)) / 1000);
  if (seconds < 100) return `${Math.floor(seconds)} s`;
  if (seconds < 100 * 60) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** clock returns a time of day, with the date if it is not of today. */
export function clock(at, now) {
  const t = new Date(at);
  const time = t.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return t.toDateString() === now.toDateString() ? time : `${t.toLocaleDateString()} ${time}`;
}

function scaled(value, units, step) {
  let i = 0;
  while (value >= step && i < units.length - 1) {
    value /= step;
    i++;
  }
  return `${i === 0 || value >= 100 ? Math.round(value) : value.toFixed(value < 10 ? 2 : 1)} ${units[i]}`;
}

/** bits returns a rate in bits per second. */
export const bits = (perSecond) => scaled(perSecond, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"], 1000);

/** octets returns an amount of data. */
export const octets = (n) => scaled(n, ["B", "kB", "MB", "GB", "TB", "PB"], 1000);

/** speed returns the speed of a link. */
export function speed(mbps) {
  if (!mbps) return "speed unknown";
  return mbps >= 1000 && mbps % 100 === 0 ? `${mbps / 1000} Gbit/s` : `${mbps} Mbit/s`;
}

/** link returns the state of a link. */
export function link(l) {
  return l.up ? `${speed(l.speed_mbps)}${l.duplex === "half" ? ", half duplex" : ""}` : "no link";
}

/** mode returns how a bond works. */
export function mode(b) {
  if (b.mode !== "LACP") return b.active_member ? `${b.mode}, on ${b.active_member}` : b.mode;
  return `LACP ${b.active ? "active" : "passive"}, rate ${b.rate}`;
}

/** role returns what this box does for a LAG of several boxes. */
export function role(l, now) {
  if (l.mode !== "STANDBY") return `LAG ${l.name}: all boxes carry it`;
  const epoch = l.epoch ? `, epoch ${l.epoch}` : "";
  const since = l.since ? ` for ${age(l.since, now)}` : "";
  if (l.role === "active") return `LAG ${l.name}: this box carries it${since}${epoch}, permission for ${l.permission_ms} ms`;
  if (!l.active) return `LAG ${l.name}: no box is known to carry it`;
  const able = l.role === "standby" ? "this box stands by" : "this box could not take it over";
  return `LAG ${l.name}: ${l.active} carries it${since}${epoch}, ${able}`;
}

/** alone reports whether this box carries a LAG that no other one could take over. */
export const alone = (l) => l.role === "active" && l.source !== "external" && !l.boxes.some((b) => !b.self && b.able);

export const count = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

export const share = (part, whole) => (whole > 0 ? `${Math.round((100 * part) / whole)} %` : "–");
