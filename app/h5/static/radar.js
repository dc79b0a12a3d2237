// Says how this page is read: for how long it can be seen, how far down, and nothing else.
// What is said goes to us alone, under a token of this one showing; the server believes what its
// own clock allows.
(() => {
  const place = document.body.dataset.report;
  if (!place) return;
  const EVERY_MS = 10_000;
  let number = 0;
  let seenMs = 0; // until it was hidden last
  let visibleSince = null;
  let deepest = 0;
  let shareTaps = 0;

  const visibleMs = () => seenMs + (visibleSince === null ? 0 : performance.now() - visibleSince);
  const said = () =>
    JSON.stringify({
      number: ++number,
      visible_ms: Math.round(visibleMs()),
      scroll_percent: deepest,
      share_taps: shareTaps,
    });
  const look = () => {
    const { scrollY, innerHeight } = window;
    const whole = document.documentElement.scrollHeight;
    const percent = Math.min(100, Math.round(((scrollY + innerHeight) / whole) * 100));
    if (visibleSince !== null) deepest = Math.max(deepest, percent);
  };
  const report = () => {
    look();
    navigator.sendBeacon(place, said());
  };
  const begin = async () => {
    const answer = await fetch(place, { method: "POST", body: said(), keepalive: true });
    if (answer.status !== 200) return;
    const { onward } = await answer.json();
    const own = new URL(onward);
    if (own.origin === location.origin) history.replaceState(null, "", own.pathname);
    document.dispatchEvent(new CustomEvent("onward", { detail: onward }));
  };
  const come = () => {
    if (visibleSince !== null) return;
    visibleSince = performance.now();
    look();
    if (number === 0) begin().catch(() => {}); // without a network there is nobody to tell
  };
  const go = () => {
    if (visibleSince === null) return;
    seenMs = visibleMs();
    visibleSince = null;
    navigator.sendBeacon(place, said());
  };

  document.addEventListener("shared", () => {
    shareTaps += 1;
    report();
  });
  document.addEventListener("visibilitychange", () =>
    document.visibilityState === "visible" ? come() : go(),
  );
  window.addEventListener("pagehide", go);
  window.addEventListener("pageshow", () => document.visibilityState === "visible" && come());
  window.addEventListener("scroll", look, { passive: true });
  window.setInterval(() => visibleSince !== null && report(), EVERY_MS);
  if (document.visibilityState === "visible") come();
})();
