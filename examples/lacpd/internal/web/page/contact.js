// The connection to lacpd. It reports when it is lost, and keeps trying.

const silence = 4000; // milliseconds without an event: lacpd sends one each second
const longest = 10000; // between two tries

/** follow calls handlers[event](data) for the events of lacpd, and lost() and found(). */
export function follow(handlers, lost, found) {
  let source = null;
  let heardAt = 0;
  let pause = 500;
  let retry = 0;
  let contact = false;

  function drop() {
    source?.close();
    source = null;
    if (contact) {
      contact = false;
      lost();
    }
    clearTimeout(retry);
    retry = setTimeout(open, pause);
    pause = Math.min(2 * pause, longest);
  }

  function open() {
    clearTimeout(retry);
    source = new EventSource("events");
    heardAt = performance.now();
    source.onerror = drop;
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (e) => {
        heardAt = performance.now();
        pause = 500;
        handle(JSON.parse(e.data));
        if (!contact && name === "status") {
          contact = true;
          found();
        }
      });
    }
  }

  setInterval(() => {
    if (source && performance.now() - heardAt > silence) drop();
  }, 500);
  addEventListener("online", () => source ?? open());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !source) open();
  });
  open();
}
