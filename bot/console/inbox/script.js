// The inbox's own keys: j and k move in the list, Enter opens, r answers, a assigns, s snoozes, e is done, ? helps.
(() => {
  "use strict";
  const typing = (target) => target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable='true']") !== null;
  const inbox = () => document.querySelector("[data-inbox]");
  const cards = () => Array.from(document.querySelectorAll("[data-conversation]"));

  const move = (by) => {
    const all = cards();
    if (!all.length) return;
    const at = all.findIndex((card) => card.classList.contains("at"));
    const chosen = all.findIndex((card) => card.getAttribute("aria-selected") === "true");
    const from = at >= 0 ? at : chosen;
    const next = Math.min(all.length - 1, Math.max(0, from + by));
    all.forEach((card) => card.classList.remove("at"));
    all[next].classList.add("at");
    all[next].scrollIntoView({ block: "nearest" });
  };
  const act = (name) => {
    const button = document.querySelector(`[data-act="${name}"]`);
    if (button) button.click();
  };
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    Enter: () => { const card = document.querySelector(".convo.at"); if (card) card.click(); },
    r: () => { const box = document.querySelector("[data-write] textarea"); if (box) box.focus(); },
    a: () => act("assign"),
    s: () => act("snooze"),
    e: () => act("done"),
  };

  document.addEventListener("keydown", (event) => {
    if (!inbox()) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target instanceof Element &&
        event.target.closest("[data-write]")) {
      const send = document.querySelector("[data-send]");
      if (send) { event.preventDefault(); send.click(); }
      return;
    }
    if (event.key === "Escape" && event.target instanceof Element && event.target.closest("[data-write]")) {
      event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector(".q-dialog")) return;
    const work = keys[event.key];
    if (work) { event.preventDefault(); work(); }
  });

  window.relaisInbox = {
    // To the newest line; `gently` only where the reader is near the end already.
    toEnd(gently) {
      const box = document.querySelector("[data-lines]");
      if (!box) return;
      const near = box.scrollHeight - box.scrollTop - box.clientHeight < 320;
      if (!gently || near) requestAnimationFrame(() => { box.scrollTop = box.scrollHeight; });
    },
  };
})();
