// The frame's own keys and menu. "g" and a letter opens a page; "/" goes to the search field of a page.
(() => {
  "use strict";
  let waiting = 0;
  const typing = (target) => target instanceof Element &&
    (target.closest("input, textarea, select, [contenteditable='true']") !== null);

  const closeMenu = () => document.body.classList.remove("menu-open");

  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.id === "keys") event.target.close();
    const button = event.target instanceof Element ? event.target.closest(".menu-button") : null;
    if (button) {
      const open = document.body.classList.toggle("menu-open");
      button.setAttribute("aria-expanded", String(open));
    } else if (!(event.target instanceof Element && event.target.closest(".side")) ||
               event.target.closest(".side a")) {
      closeMenu();
    }
  });

  // A page that lost its socket: is it the network, or is nobody signed in any more?
  setInterval(async () => {
    const lost = document.getElementById("popup");
    if (!lost || lost.getAttribute("aria-hidden") !== "false") return;
    try {
      const answer = await fetch("/console/alive", { cache: "no-store" });
      if (answer.status === 401) location.reload();
    } catch { /* the network: NiceGUI goes on trying */ }
  }, 3000);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenu();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search] input, input[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    if (event.key === "?") {
      const help = document.getElementById("keys");
      if (help) { event.preventDefault(); help.open ? help.close() : help.showModal(); }
      return;
    }
    if (event.key === "g") { waiting = event.timeStamp; return; }
    if (waiting && event.timeStamp - waiting < 1200) {
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
    }
    waiting = 0;
  });
})();
