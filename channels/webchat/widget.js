/* Relais web chat.
   <script src="https://chat.example.org/widget.js" async
     data-account="chat"      which web chat (default: the first one)
     data-language="fr"       fr, ar or en (default: the page's, then the browser's)
     data-color="#a8442a"     accent colour      data-theme="auto"  follow the system's dark mode
     data-open                open at once
     data-user-id data-user-name data-user-signature   a logged-in customer, signed by your server
   ></script>
   window.Relais.open(), .close(), .toggle(); a link or button with `data-relais-open` opens it too.
   Foreign text only ever becomes text nodes. */
(() => {
"use strict";
const script = document.currentScript;
if (!script || window.Relais) return;
const data = script.dataset, base = new URL(".", script.src).href;
const account = data.account || "__DEFAULT_ACCOUNT__";
const lang = [data.language, document.documentElement.lang, navigator.language, "fr"]
  .map((code) => (code || "").slice(0, 2).toLowerCase()).find((code) => ["fr", "ar", "en"].includes(code));
const locale = { fr: "fr", ar: "ar-DZ-u-nu-latn", en: "en-GB" }[lang];
const T = {
  fr: {
    open: "Ouvrir la discussion", close: "Fermer la discussion", attach: "Joindre une photo ou un fichier",
    send: "Envoyer", write: "Votre message…", log: "Messages", you: "Vous", bot: "Assistant",
    hello: "Bonjour\u202f! Comment pouvons-nous vous aider\u202f?", start: "Écrivez-nous : une personne n’est jamais loin.",
    online: "À votre écoute", connecting: "Connexion…",
    offline: "Pas de connexion. Vos messages partiront dès son retour.",
    sending: "Envoi…", sent: "Envoyé", failed: "Non envoyé", retry: "Réessayer", remove: "Retirer",
    long: "Message trop long", big: "Fichier trop volumineux", many: "Trop de fichiers", upload: "Échec de l’envoi",
    drop: "Déposez vos photos ou fichiers ici", fresh: "Nouveaux messages", typing: "écrit…", down: "Enregistrer",
    forbidden: "La discussion n’est pas disponible sur cette page.", choices: "Réponses possibles",
  },
  ar: {
    open: "فتح المحادثة", close: "إغلاق المحادثة", attach: "إرفاق صورة أو ملف",
    send: "إرسال", write: "اكتب رسالتك…", log: "الرسائل", you: "أنت", bot: "المساعد",
    hello: "مرحبًا! كيف يمكننا مساعدتك؟", start: "راسلنا: هناك دائمًا شخص قريب لمساعدتك.",
    online: "في خدمتكم", connecting: "جارٍ الاتصال…",
    offline: "لا يوجد اتصال. ستُرسَل رسائلك فور عودته.",
    sending: "جارٍ الإرسال…", sent: "أُرسلت", failed: "لم تُرسَل", retry: "إعادة المحاولة", remove: "حذف",
    long: "الرسالة طويلة جدًا", big: "الملف كبير جدًا", many: "ملفات كثيرة", upload: "تعذّر الإرسال",
    drop: "أفلِت صورك أو ملفاتك هنا", fresh: "رسائل جديدة", typing: "يكتب…", down: "حفظ",
    forbidden: "المحادثة غير متاحة على هذه الصفحة.", choices: "الإجابات الممكنة",
  },
  en: {
    open: "Open the chat", close: "Close the chat", attach: "Attach a photo or file",
    send: "Send", write: "Your message…", log: "Messages", you: "You", bot: "Assistant",
    hello: "Hello! How can we help?", start: "Write to us: a person is never far away.",
    online: "Here to help", connecting: "Connecting…",
    offline: "No connection. Your messages will leave as soon as it is back.",
    sending: "Sending…", sent: "Sent", failed: "Not sent", retry: "Try again", remove: "Remove",
    long: "Message too long", big: "File too large", many: "Too many files", upload: "Upload failed",
    drop: "Drop your photos or files here", fresh: "New messages", typing: "is writing…", down: "Save",
    forbidden: "The chat is not available on this page.", choices: "Possible answers",
  },
}[lang];

// Storage: one key for each unsent message, so that two tabs never overwrite each other's.
const prefix = `relais:${account}:`, memory = {};
const load = (key) => { try { return localStorage.getItem(prefix + key); } catch { return memory[key] ?? null; } };
const save = (key, value) => {
  memory[key] = value;
  try { value === null ? localStorage.removeItem(prefix + key) : localStorage.setItem(prefix + key, value); } catch { /* private mode */ }
};
const stored = () => {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(`${prefix}out:`))
      .map((key) => JSON.parse(localStorage.getItem(key)));
  } catch { return []; }
};
const uuid = () => crypto.randomUUID ? crypto.randomUUID()
  : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// DOM
const el = (tag, props = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
};
const icon = (path, flip) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", class: flip ? "flip" : "" })) svg.setAttribute(key, value);
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
};
const I = {
  chat: "M12 4c4.7 0 8.5 3.1 8.5 7s-3.8 7-8.5 7c-1 0-2-.1-2.9-.4L4.5 20l1.2-3.7C4.3 15 3.5 13.1 3.5 11c0-3.9 3.8-7 8.5-7z",
  close: "M6 6l12 12M18 6L6 18", send: "M5 12h13M12.5 6l6 6-6 6", check: "M5 12.5l4.5 4.5L19 7.5",
  clip: "M20 11.5l-8 8a5 5 0 01-7-7l8.5-8.5a3.3 3.3 0 014.7 4.7l-8.5 8.4a1.7 1.7 0 01-2.4-2.4l7.6-7.5",
  clock: "M12 7v5l3 2M12 3.5a8.5 8.5 0 110 17 8.5 8.5 0 010-17z", file: "M13.5 3.5H7v17h10.5v-13zm0 0v4h4",
  alert: "M12 7.5v5.5M12 16.5v.01M12 3.5a8.5 8.5 0 110 17 8.5 8.5 0 010-17z", down: "M12 5v13M6 12l6 6 6-6",
};
const button = (name, path, label, onclick, flip) =>
  el("button", { type: "button", class: name, "aria-label": label, title: label, onclick }, icon(path, flip));
const CSS = `
:host{all:initial;--accent:#2f55d4;--on:#fff;--bg:#fff;--soft:#f3f3f1;--ink:#1c1b1a;--dim:#66625d;--line:#e5e3df;--bad:#b3261e;--warn:#fff4dc;--warnink:#5c4300;
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Arabic","Noto Naskh Arabic","Geeza Pro","Dubai",Tahoma,"DejaVu Sans",sans-serif}
.dark{--bg:#1d1d20;--soft:#2b2b2f;--ink:#f1efec;--dim:#aaa6a0;--line:#3a3a3f;--bad:#ff8a80;--warn:#4a3a12;--warnink:#ffe7ae}
*,*::before{box-sizing:border-box}[hidden]{display:none!important}
button,textarea{font:inherit;color:inherit;border:0;background:none;margin:0;padding:0}button{cursor:pointer}
svg{width:22px;height:22px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round;display:block;flex:none}
[dir=rtl] .flip{transform:scaleX(-1)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.launch{position:fixed;z-index:2147483000;inset-block-end:calc(20px + env(safe-area-inset-bottom));inset-inline-end:20px;width:58px;height:58px;border-radius:50%;background:var(--accent);color:var(--on);display:grid;place-items:center;box-shadow:0 2px 6px #0003,0 10px 28px #0003;transition:transform .18s}
.launch:hover{transform:translateY(-2px)}.launch svg{width:28px;height:28px}
.badge{position:absolute;inset-block-start:-3px;inset-inline-end:-3px;min-width:21px;height:21px;padding:0 6px;border-radius:11px;background:var(--bad);color:#fff;font:600 12px/21px system-ui;border:0;box-shadow:0 0 0 2px #fff}
.dark .badge{color:#1d1d20}
.panel{position:fixed;z-index:2147483000;inset-block-end:calc(92px + env(safe-area-inset-bottom));inset-inline-end:20px;width:392px;height:min(660px,calc(100dvh - 116px));display:flex;flex-direction:column;background:var(--bg);color:var(--ink);border-radius:18px;overflow:hidden;box-shadow:0 0 0 1px #00000012,0 4px 12px #0000001a,0 24px 64px #0000002e;animation:rise .22s cubic-bezier(.2,.8,.3,1)}
@keyframes rise{from{opacity:0;transform:translateY(14px) scale(.985)}}
header{display:flex;align-items:center;gap:12px;padding:14px 16px;background:var(--accent);color:var(--on)}
.mark{width:38px;height:38px;border-radius:12px;background:#ffffff2e;display:grid;place-items:center;font-weight:650;font-size:17px;flex:none}
.who{flex:1;min-width:0}.who h2{margin:0;font-size:16px;line-height:1.3;font-weight:650;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.who p{margin:1px 0 0;font-size:13px;line-height:1.35;opacity:.95}
header button{width:40px;height:40px;display:grid;place-items:center;border-radius:10px}header button:hover{background:#ffffff24}
header :focus-visible{outline-color:var(--on);outline-offset:-3px}
.banner{padding:9px 16px;background:var(--warn);color:var(--warnink);font-size:13.5px;line-height:1.4}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:16px 16px 8px;display:flex;flex-direction:column;outline-offset:-3px;scrollbar-width:thin;scrollbar-color:var(--line) transparent}
.empty{margin:auto;padding:20px 12px;text-align:center;max-width:300px}.empty b{display:block;font-size:20px;line-height:1.35;font-weight:650;text-wrap:balance}
.empty p{margin:8px 0 0;color:var(--dim)}
.empty i{display:grid;place-items:center;width:56px;height:56px;margin:0 auto 16px;border-radius:18px;background:var(--soft);color:var(--accent)}.dark .empty i{color:var(--ink)}
.msg{display:flex;flex-direction:column;align-items:flex-start;margin-top:3px}.msg.first{margin-top:14px}.msg.mine{align-items:flex-end}
.day{align-self:center;margin:6px 0 12px;font-size:12.5px;color:var(--dim)}.msg .day::first-letter{text-transform:uppercase}
.name{font-size:12.5px;color:var(--dim);margin:0 4px 3px}
.bubble{max-width:86%;padding:9px 13px;border-radius:16px;background:var(--soft);white-space:pre-wrap;overflow-wrap:anywhere;border-end-start-radius:5px;text-align:start}
.mine .bubble{background:var(--accent);color:var(--on);border-end-start-radius:16px;border-end-end-radius:5px}.msg:not(.last) .bubble{border-radius:16px}
.ref{white-space:nowrap}.bubble a{color:inherit;text-underline-offset:2px}.bubble+.file,.file+.bubble,.file+.file{margin-top:4px}
.failed .bubble{background:none;color:var(--ink);box-shadow:inset 0 0 0 1.5px var(--bad)}.why{display:flex;gap:5px;align-items:flex-start;max-width:86%}.why svg{margin-top:1px}
.file{max-width:86%;display:flex;align-items:center;gap:10px;padding:10px 13px;border:1px solid var(--line);border-radius:14px;color:var(--ink);text-decoration:none;background:var(--bg);overflow-wrap:anywhere;font-size:14px}
.file:hover{background:var(--soft)}.file.pic{padding:0;border:0;overflow:hidden;background:var(--soft)}.file img{display:block;max-width:100%;width:auto;min-height:60px;max-height:260px;object-fit:cover}
.file small{display:block;color:var(--dim);font-size:12px}
.meta{display:flex;align-items:center;gap:4px;margin:4px 4px 0;font-size:12px;line-height:1.4;color:var(--dim);flex-wrap:wrap}.meta svg{width:14px;height:14px;stroke-width:2.2}
.mine .meta{justify-content:flex-end}.failed .meta{color:var(--bad)}.meta button{text-decoration:underline;text-underline-offset:2px;padding:4px 3px;font-weight:600}
.quick{display:flex;flex-wrap:wrap;gap:8px;margin-top:10px}
.quick button{min-height:40px;padding:7px 15px;border:1.5px solid var(--accent);border-radius:20px;color:var(--accent);font-weight:550;background:var(--bg);text-align:start;line-height:1.35}
.dark .quick button{color:var(--ink)}.quick button:hover{background:var(--accent);color:var(--on)}
.typing{align-self:flex-start;display:flex;align-items:center;gap:8px;margin:12px 0 2px;font-size:12.5px;color:var(--dim)}.dots{display:flex;gap:4px;padding:13px 14px;border-radius:16px;border-end-start-radius:5px;background:var(--soft)}
.dots span{width:7px;height:7px;border-radius:50%;background:var(--dim);animation:dot 1.2s infinite}.dots span:nth-child(2){animation-delay:.15s}.dots span:nth-child(3){animation-delay:.3s}
@keyframes dot{0%,60%,100%{opacity:.3}30%{opacity:1}}
.fresh{position:absolute;inset-inline:0;margin:auto;width:max-content;inset-block-end:84px;padding:7px 14px;border-radius:18px;background:var(--ink);color:var(--bg);font-size:13px;font-weight:550;display:flex;gap:6px;align-items:center;box-shadow:0 4px 14px #0003}.fresh svg{width:15px;height:15px}
form{padding:8px 12px calc(12px + env(safe-area-inset-bottom));background:var(--bg)}
.box{display:flex;flex-wrap:wrap;align-items:flex-end;border:1.5px solid var(--line);border-radius:22px;padding:3px;transition:border-color .15s}.box:focus-within{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}.dark .box:focus-within{border-color:var(--dim);box-shadow:0 0 0 1px var(--dim)}
textarea{flex:1;min-width:0;resize:none;font-size:16px;line-height:1.45;padding:8px 4px;height:40px;max-height:132px;overflow-y:auto}textarea:focus-visible{outline:0}
textarea::placeholder{color:var(--dim);opacity:1}
.box>button{width:40px;height:40px;border-radius:50%;display:grid;place-items:center;color:var(--dim);flex:none}.box>button:hover{background:var(--soft)}
.box>.send{background:var(--accent);color:var(--on)}.box>.send:hover{background:var(--accent)}.box>.send[disabled]{background:var(--soft);color:var(--dim);cursor:default}
.note{margin:6px 12px 0;font-size:13px;color:var(--bad)}
.chips{display:flex;flex-wrap:wrap;gap:8px;width:100%;padding:7px 7px 4px}.chips:empty{display:none}
.chip{position:relative;display:flex;align-items:center;gap:8px;max-width:100%;min-height:52px;padding:4px 38px 4px 8px;border-radius:12px;background:var(--soft);font-size:13px;line-height:1.35;overflow:hidden}[dir=rtl] .chip{padding:4px 8px 4px 38px}
.chip img{width:44px;height:44px;border-radius:8px;object-fit:cover}.chip span{max-width:170px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.chip.bad{color:var(--bad)}.chip.bad span{white-space:normal}
.chip button{position:absolute;inset-block-start:10px;inset-inline-end:3px;width:32px;height:32px;display:grid;place-items:center;border-radius:50%}.chip button svg{width:16px;height:16px}
progress{position:absolute;inset:auto 0 0;width:100%;height:3px;appearance:none;border:0;background:none}progress::-webkit-progress-bar{background:none}progress::-webkit-progress-value{background:var(--accent)}progress::-moz-progress-bar{background:var(--accent)}
.drop{position:absolute;inset:8px;display:grid;place-items:center;border:2px dashed var(--accent);border-radius:14px;background:var(--bg);opacity:.96;font-weight:600;text-align:center;padding:20px;pointer-events:none;z-index:2}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:520px){.panel{inset:0;width:auto;height:var(--tall,100dvh);border-radius:0;box-shadow:none}header{padding-top:calc(12px + env(safe-area-inset-top))}.wide.launch{display:none}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}.dots span{opacity:.6}}
@media (forced-colors:active){.bubble,.panel,.launch,.quick button{border:1px solid}}`;

const host = el("div", { "data-relais": account, lang });
const shadow = host.attachShadow({ mode: "open" });
try {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  shadow.adoptedStyleSheets = [sheet]; // allowed where a page's policy forbids style elements
} catch { shadow.append(Object.assign(el("style"), { textContent: CSS })); }
const root = el("div", { dir: lang === "ar" ? "rtl" : "ltr" });
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => root.classList.toggle("dark", data.theme === "dark" || (data.theme === "auto" && dark.matches));
dark.addEventListener("change", paint);
paint();
if (/^#[0-9a-f]{6}$/i.test(data.color || "")) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(data.color.slice(at, at + 2), 16) / 255) ** 2.2);
  root.style.setProperty("--accent", data.color);
  root.style.setProperty("--on", 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.22 ? "#111" : "#fff");
}
const badge = el("span", { class: "badge", hidden: true });
const launch = el("button", { type: "button", class: "launch", "aria-label": T.open, "aria-expanded": "false", onclick: () => toggle() }, icon(I.chat), badge);
const title = el("bdi"), subtitle = el("p", {}, T.online), mark = el("div", { class: "mark", "aria-hidden": "true" });
const banner = el("div", { class: "banner", role: "status", hidden: true });
const greeting = el("bdi", {}, T.hello);
const empty = el("div", { class: "empty" }, el("i", {}, icon(I.chat)), el("b", {}, greeting), el("p", {}, T.start));
const typing = el("div", { class: "typing", hidden: true }, el("div", { class: "dots" }, el("span"), el("span"), el("span")), el("span", { class: "sr" }));
const log = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": T.log, tabindex: "0" }, empty, typing);
const fresh = el("button", { type: "button", class: "fresh", hidden: true, onclick: () => toEnd() }, icon(I.down), T.fresh);
const input = el("textarea", { rows: "1", "aria-label": T.write, placeholder: T.write, enterkeyhint: "send" });
const picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1" });
const chips = el("div", { class: "chips" }), note = el("p", { class: "note", role: "alert", hidden: true });
const sendButton = el("button", { type: "submit", class: "send", "aria-label": T.send, title: T.send, disabled: true }, icon(I.send, true));
const form = el("form", {}, el("div", { class: "box" }, chips, button("clip", I.clip, T.attach, () => picker.click()), input, sendButton), note, picker);
const drop = el("div", { class: "drop", hidden: true }, T.drop);
const panel = el("section", { class: "panel", role: "dialog", "aria-label": T.log, hidden: true },
  el("header", {}, mark, el("div", { class: "who" }, el("h2", {}, title), subtitle), button("x", I.close, T.close, () => toggle(false))),
  banner, log, fresh, form, drop);
root.append(panel, launch);
shadow.append(root);

// Messages: ordered by `seq` once the history tells it, by arrival until then, unsent ones last.
const messages = new Map();
let arrivals = 0, lastSeq = 0, firstSeq = 0, more = false, opened = false, visitor = load("visitor") || "";
const unread = new Set();
const day = (at) => at.toDateString();
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dates = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const dayName = (at) => {
  const ago = Math.round((new Date(day(new Date())) - new Date(day(at))) / 864e5);
  return ago < 2 ? relative.format(-ago, "day") : dates.format(at);
};
const size = (bytes) => new Intl.NumberFormat(locale, { style: "unit", unit: bytes < 1e6 ? "kilobyte" : "megabyte", maximumFractionDigits: bytes < 1e6 ? 0 : 1 })
  .format(bytes < 1e6 ? Math.max(1, bytes / 1e3) : bytes / 1e6);
const nearEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 90;
const toEnd = () => { log.scrollTop = log.scrollHeight; fresh.hidden = true; };

function linked(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"'«»]+|\b[A-Z]{1,4}-\d{4}-\d{3,}\b/gi)) {
    if (!found[0].includes("/")) { // a case's reference stays on one line
      parts.push(text.slice(at, found.index), el("span", { class: "ref" }, found[0]));
      at = found.index + found[0].length;
      continue;
    }
    const url = found[0].replace(/[.,;:!?،؛؟)\]}]+$/, "");
    parts.push(text.slice(at, found.index), el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow ugc", dir: "ltr" }, url));
    at = found.index + url.length;
  }
  return [...parts, text.slice(at)];
}
function fileNode(file) {
  const href = file.url ? base + file.url : null;
  const plain = () => el("a", { class: "file", href, target: "_blank", rel: "noopener", download: file.name || true }, icon(I.file),
    el("span", {}, el("bdi", {}, file.name || T.down), file.size ? el("small", {}, size(file.size)) : null));
  if (file.kind !== "image" || !href || !/jpeg|png|gif|webp/.test(file.mime)) return plain();
  const picture = el("img", { src: href, alt: file.name || "", loading: "lazy" });
  const link = el("a", { class: "file pic", href, target: "_blank", rel: "noopener" }, picture);
  const end = nearEnd();
  picture.addEventListener("load", () => end && toEnd());
  picture.addEventListener("error", () => link.replaceWith(plain()));
  return link;
}
function draw(item) {
  item.day = el("div", { class: "day" });
  item.name = el("div", { class: "name" }, el("bdi", {}, item.author === "bot" ? T.bot : item.author));
  item.meta = el("div", { class: "meta" });
  item.quick = el("div", { class: "quick", role: "group", "aria-label": T.choices });
  for (const choice of item.buttons || []) item.quick.append(el("button", { type: "button", onclick: () => say({ text: choice.label, choice: choice.value }) }, el("bdi", {}, choice.label)));
  item.node = el("div", { class: `msg ${item.mine ? "mine" : ""}` }, item.day,
    item.mine ? el("span", { class: "sr" }, T.you) : item.name,
    item.text ? el("div", { class: "bubble", dir: "auto" }, ...linked(item.text)) : null, ...(item.files || []).map(fileNode), item.meta, item.quick);
}
function put(item) {
  const known = messages.get(item.key), end = nearEnd();
  if (known) {
    if (item.seq) known.rank = known.seq = item.seq;
    else if (item.state !== known.state && known.mine) { known.state = item.state; known.reason = item.reason; if (item.state === "sent") known.rank = lastSeq + ++arrivals * 1e-6; }
    if (item.seq && known.mine) known.state = "sent";
    if (item.at && item.state === "sent") known.at = item.at;
  } else {
    item.rank = item.seq || (item.state === "sent" || !item.mine ? lastSeq : 1e15) + ++arrivals * 1e-6;
    if (item.rank >= 1e15) item.rank = 1e15 + arrivals;
    messages.set(item.key, item);
    draw(item);
  }
  if (item.seq) { lastSeq = Math.max(lastSeq, item.seq); firstSeq = Math.min(firstSeq || item.seq, item.seq); }
  return end || (!known && item.mine && !item.seq);
}
function layout(end) {
  const list = [...messages.values()].sort((a, b) => a.rank - b.rank);
  empty.hidden = list.length > 0;
  list.forEach((item, index) => {
    const before = list[index - 1], after = list[index + 1];
    const joins = (a, b) => a && b && a.mine === b.mine && a.author === b.author && Math.abs(b.at - a.at) < 3e5 && day(a.at) === day(b.at);
    item.day.hidden = before && day(before.at) === day(item.at);
    if (!item.day.hidden) item.day.textContent = dayName(item.at);
    item.node.classList.toggle("first", !joins(before, item));
    item.node.classList.toggle("last", !joins(item, after));
    item.node.classList.toggle("failed", item.state === "failed");
    item.name.hidden = joins(before, item);
    item.quick.hidden = !item.quick.firstChild || list.slice(index + 1).some((later) => later.mine) || !!after?.buttons?.length;
    const show = !joins(item, after) || item.state !== "sent";
    const key = `${show}${item.state}${item.reason}${+item.at}`;
    if (item.shown !== key) { item.shown = key; item.meta.replaceChildren(...(show ? metaOf(item) : [])); }
    if (log.children[index + 1] !== item.node) log.insertBefore(item.node, log.children[index + 1]);
  });
  log.append(typing);
  if (end) toEnd();
}
function metaOf(item) {
  const time = el("time", { datetime: item.at.toISOString() }, clock.format(item.at));
  if (!item.mine) return [time];
  if (item.state === "failed") return [el("div", { class: "why" }, icon(I.alert), item.reason || T.failed),
    el("button", { type: "button", onclick: () => again(item) }, T.retry), el("button", { type: "button", onclick: () => forget(item) }, T.remove)];
  const [path, label] = item.state === "sent" ? [I.check, T.sent] : [I.clock, T.sending];
  return [time, icon(path), el("span", { class: "sr" }, label)];
}
const fromServer = (m) => ({
  key: m.direction === "in" ? `in:${m.cid}` : `out:${m.id}`, id: m.id, mine: m.direction === "in", author: m.author, text: m.text,
  at: new Date(m.at), seq: m.seq, files: m.files, buttons: m.buttons, state: "sent",
});

// Unsent messages stay in the browser's storage until the server has them for certain.
const outbox = new Map();
let inflight = null, inflightTimer = 0, pumpTimer = 0;
function enqueue(message, keep = true) {
  message.visitor ||= visitor;
  outbox.set(message.cid, message);
  if (keep) save(`out:${message.cid}`, JSON.stringify(message));
  return put({ key: `in:${message.cid}`, cid: message.cid, mine: true, author: "contact", text: message.text, at: new Date(message.at),
    files: message.files.map((file) => file.shown), state: message.failed ? "failed" : "sending", reason: message.failed });
}
function say({ text = "", choice = "", files = [] }) {
  text = text.toWellFormed ? text.toWellFormed() : text;
  enqueue({ cid: uuid(), text, choice, files, at: Date.now(), n: ++arrivals });
  layout(true);
  connect();
  pump();
}
function settle(cid) {
  outbox.delete(cid);
  save(`out:${cid}`, null);
  if (inflight === cid) { inflight = null; clearTimeout(inflightTimer); }
}
function fail(cid, reason) {
  const message = outbox.get(cid);
  if (!message) return;
  message.failed = reason;
  save(`out:${cid}`, JSON.stringify(message));
  put({ key: `in:${cid}`, state: "failed", reason });
  layout(true);
}
function again(item) {
  const message = outbox.get(item.cid);
  if (!message) return;
  delete message.failed;
  item.state = "sending";
  save(`out:${item.cid}`, JSON.stringify(message));
  layout();
  connect();
  pump();
}
function forget(item) {
  settle(item.cid);
  messages.delete(item.key);
  item.node.remove();
  layout();
  input.focus();
}
function pump() {
  clearTimeout(pumpTimer);
  if (!ready || inflight) return;
  const next = [...outbox.values()].filter((message) => !message.failed && (!message.visitor || message.visitor === visitor))
    .sort((a, b) => a.at - b.at || a.n - b.n)[0];
  if (!next) return;
  inflight = next.cid;
  inflightTimer = setTimeout(() => socket && socket.close(), 15000);
  transmit({ type: "say", cid: next.cid, text: next.text, choice: next.choice, files: next.files.map((file) => file.ticket) });
}

// Connection
let socket = null, ready = false, session = null, tries = 0, retryTimer = 0, forbidden = "", parked = false, heard = 0, connecting = false;
const transmit = (frame) => socket && socket.readyState === 1 && socket.send(JSON.stringify(frame));
async function post(path, body) {
  const response = await fetch(base + path, { method: "POST", credentials: "omit", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout?.(15000) });
  const value = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(value.code), { status: response.status, text: value.text });
  return value;
}
async function open_session() {
  const identity = data.userId ? { id: data.userId, signature: data.userSignature || "", name: data.userName || "" } : undefined;
  session = await post(`webchat/${encodeURIComponent(account)}/session`, { token: load("token") || "", language: lang, identity });
  save("token", session.token);
  save("visitor", session.visitor);
  if (visitor && visitor !== session.visitor) { // somebody else is logged in now
    for (const item of messages.values()) item.node.remove();
    messages.clear();
    lastSeq = firstSeq = 0;
  }
  visitor = session.visitor;
  brand(session);
}
function brand(from) {
  title.textContent = from.title;
  mark.textContent = [...from.title.trim()][0] || "";
  panel.setAttribute("aria-label", from.title);
  if (from.greeting) greeting.textContent = from.greeting;
  save("brand", JSON.stringify({ title: from.title, greeting: from.greeting }));
}
async function connect() {
  if (socket || connecting || forbidden || parked) return;
  connecting = true;
  clearTimeout(retryTimer);
  status();
  try {
    if (!session) await open_session();
    const url = new URL(`webchat/${encodeURIComponent(account)}/socket`, base);
    url.protocol = url.protocol.replace("http", "ws");
    const mine = socket = new WebSocket(url);
    const limit = setTimeout(() => mine.close(), 12000);
    mine.onopen = () => transmit({ type: "hello", v: 1, token: session.token, after_seq: lastSeq, language: navigator.language.startsWith(lang) ? navigator.language.slice(0, 35) : lang });
    mine.onmessage = (event) => {
      if (mine !== socket) return;
      clearTimeout(limit);
      heard = Date.now();
      const frame = JSON.parse(event.data);
      on[frame.type]?.(frame);
    };
    mine.onclose = () => { clearTimeout(limit); if (mine === socket) lost(); };
  } catch (error) {
    if (error.status === 403) {
      forbidden = error.text || T.forbidden;
      console.warn(`Relais: the chat "${account}" does not accept this page (${location.origin}).`);
    } else later();
  }
  connecting = false;
  status();
}
function lost(wait_s) {
  const old = socket;
  socket = null;
  ready = false;
  inflight = null;
  clearTimeout(inflightTimer);
  if (old && old.readyState < 2) old.close();
  later(wait_s);
  status();
}
function later(wait_s) {
  clearTimeout(retryTimer);
  if (parked) return;
  const wait = Math.max(wait_s || 0, Math.min(30, 0.5 * 2 ** tries++) * (0.5 + Math.random() / 2));
  retryTimer = setTimeout(connect, wait * 1000);
}
function status() {
  const off = !ready && (navigator.onLine === false || tries > 1);
  banner.hidden = !(forbidden || off);
  const words = forbidden || T.offline;
  if (banner.textContent !== words) banner.textContent = words;
  subtitle.textContent = ready || forbidden || (!socket && !connecting && !tries) ? T.online : T.connecting;
  input.disabled = !!forbidden;
}
const on = {
  ready() { ready = true; tries = 0; status(); },
  history(frame) {
    const end = nearEnd() || !messages.size, top = log.scrollHeight - log.scrollTop;
    log.setAttribute("aria-live", frame.messages.length > 5 ? "off" : "polite");
    for (const message of frame.messages) {
      const item = fromServer(message), isNew = !messages.has(item.key);
      if (item.mine) settle(message.cid);
      put(item);
      if (isNew && !item.mine && item.at.toISOString() > (load("read") || "")) unread.add(item);
    }
    if (frame.earlier || !more) more = frame.more;
    layout(end && !frame.earlier);
    if (frame.earlier) log.scrollTop = log.scrollHeight - top;
    setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
    acknowledge("got");
    pump();
  },
  message(frame) {
    const item = fromServer(frame.message), isNew = !messages.has(item.key);
    if (item.mine) settle(frame.message.cid);
    else typing.hidden = true;
    const end = put(item);
    if (isNew && !item.mine) { unread.add(item); if (!end) fresh.hidden = false; }
    layout(end);
    acknowledge("got");
    pump();
  },
  accepted(frame) {
    settle(frame.cid);
    put({ key: `in:${frame.cid}`, state: "sent", at: new Date(frame.at) });
    layout(nearEnd());
    pump();
  },
  refused(frame) {
    const cid = frame.cid || inflight;
    if (!cid) return;
    if (inflight === cid) { inflight = null; clearTimeout(inflightTimer); }
    if (frame.retry_after_s != null) pumpTimer = setTimeout(pump, frame.retry_after_s * 1000);
    else { fail(cid, frame.text); pump(); }
  },
  typing(frame) {
    const end = nearEnd();
    typing.hidden = !frame.on;
    typing.lastChild.textContent = `${frame.author === "bot" ? T.bot : frame.author} ${T.typing}`;
    clearTimeout(typing.timer);
    typing.timer = setTimeout(() => { typing.hidden = true; }, 7000);
    if (end) toEnd();
  },
  bye(frame) {
    if (frame.code === "unauthorised") { session = null; save("token", null); }
    if (frame.code === "replaced") parked = true;
    lost(frame.retry_after_s);
  },
};
function acknowledge(kind) {
  const looking = opened && document.visibilityState === "visible";
  const fresh_ones = [...unread].filter((item) => kind === "seen" || !item.got);
  if (kind === "got" && ready && fresh_ones.length) {
    transmit({ type: "got", ids: fresh_ones.map((item) => item.id).slice(-500) });
    for (const item of fresh_ones) item.got = true;
  }
  if (looking && unread.size && ready) {
    transmit({ type: "seen", ids: [...unread].map((item) => item.id).slice(-500) });
    const newest = [...unread].map((item) => item.at.toISOString()).sort().pop();
    if (newest > (load("read") || "")) save("read", newest);
    unread.clear();
  }
  badge.hidden = !unread.size;
  badge.textContent = unread.size > 9 ? "9+" : unread.size;
  launch.setAttribute("aria-label", unread.size && !opened ? `${T.open} (${unread.size})` : opened ? T.close : T.open);
}
setInterval(() => {
  if (!ready) return;
  const asked = Date.now();
  transmit({ type: "ping" });
  setTimeout(() => { if (ready && heard < asked) lost(); }, 10000);
}, 25000);

// Files
let uploads = [], sendWhenDone = false;
function attach(files) {
  for (const file of files) {
    if (uploads.length >= (session?.limits.files || 5)) { complain(T.many); break; }
    if (file.size > (session?.limits.upload_bytes || 10485760)) complain(`${T.big} (${size(session?.limits.upload_bytes || 10485760)} max)`);
    else uploads.push(chip(file));
  }
  refresh();
}
function chip(file) {
  const item = { file }, bar = el("progress", { max: "1", value: "0" }), name = el("span", {}, el("bdi", {}, file.name));
  const preview = /^image\/(jpeg|png|gif|webp)$/.test(file.type) ? el("img", { src: URL.createObjectURL(file), alt: "", onerror: (event) => event.target.replaceWith(icon(I.file)) }) : icon(I.file);
  item.node = el("div", { class: "chip" }, preview, name, bar, button("x", I.close, `${T.remove} ${file.name}`, () => {
    item.request?.abort();
    uploads = uploads.filter((other) => other !== item);
    item.node.remove();
    refresh();
    input.focus();
  }));
  const bad = (text) => { item.bad = true; bar.hidden = true; item.node.classList.add("bad"); name.textContent = text || T.upload; sendWhenDone = false; refresh(); };
  const start = async () => {
    try { if (!session) await open_session(); } catch { return bad(); }
    const request = item.request = new XMLHttpRequest();
    request.open("POST", `${base}webchat/${encodeURIComponent(account)}/media`);
    request.timeout = 180000;
    request.setRequestHeader("authorization", `Bearer ${session.token}`);
    request.setRequestHeader("content-type", file.type || "application/octet-stream");
    request.setRequestHeader("x-file-name", encodeURIComponent(file.name || ""));
    request.setRequestHeader("accept-language", lang);
    request.upload.onprogress = (event) => { bar.value = event.loaded / (event.total || 1); };
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page */ }
      if (request.status !== 201) return bad(answer.text);
      const { ticket, ...shown } = answer;
      Object.assign(item, { ticket, shown });
      bar.hidden = true;
      refresh();
      if (sendWhenDone) submit();
    };
    request.onerror = request.ontimeout = () => bad();
    request.send(file);
  };
  chips.append(item.node);
  start();
  return item;
}
function complain(text) { note.textContent = text; note.hidden = !text; }
const longest = () => session?.limits.text || 4000;
const good = () => uploads.filter((item) => !item.bad);
function refresh() {
  const length = input.value.trim().length, over = length > longest();
  if (over) complain(`${T.long} (${new Intl.NumberFormat(locale).format(length)} / ${new Intl.NumberFormat(locale).format(longest())})`);
  else if (note.textContent.startsWith(T.long)) complain("");
  sendButton.disabled = over || !!forbidden || !(length || good().length);
  input.dir = input.value ? "auto" : root.dir; // an empty field shows its hint in our direction
  input.style.height = "40px";
  input.style.height = `${Math.min(132, Math.max(40, input.scrollHeight))}px`;
  save("draft", input.value || null);
}
function submit() {
  if (sendButton.disabled) return;
  if (good().some((item) => !item.ticket)) { sendWhenDone = true; return; }
  sendWhenDone = false;
  say({ text: input.value.trim(), files: good().map(({ ticket, shown }) => ({ ticket, shown })) });
  input.value = "";
  uploads = [];
  chips.replaceChildren();
  complain("");
  refresh();
}

// Events
form.addEventListener("submit", (event) => { event.preventDefault(); submit(); input.focus(); });
let typedAt = 0;
input.addEventListener("input", () => {
  if (uploads.length < 5) complain("");
  refresh();
  if (Date.now() - typedAt > 4000 && ready) { typedAt = Date.now(); transmit({ type: "typing", on: true }); }
});
input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
});
input.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files || [])];
  if (files.length) { event.preventDefault(); attach(files); }
});
picker.addEventListener("change", () => { attach([...picker.files]); picker.value = ""; input.focus(); });
let dragged = 0;
panel.addEventListener("dragenter", (event) => { event.preventDefault(); dragged++; drop.hidden = false; });
panel.addEventListener("dragleave", () => { if (--dragged <= 0) drop.hidden = true; });
panel.addEventListener("dragover", (event) => event.preventDefault());
panel.addEventListener("drop", (event) => { event.preventDefault(); dragged = 0; drop.hidden = true; attach([...event.dataTransfer.files]); });
let pinned = true; // stays at the end when the writing box grows or the keyboard comes up
new ResizeObserver(() => { if (pinned) toEnd(); }).observe(log);
log.addEventListener("scroll", () => {
  pinned = nearEnd();
  if (pinned) fresh.hidden = true;
  if (log.scrollTop < 60 && more && ready && firstSeq) { more = false; transmit({ type: "earlier", before_seq: firstSeq }); }
});
root.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opened) { event.stopPropagation(); toggle(false); launch.focus(); }
  if (panel.contains(event.target)) event.stopPropagation(); // the page's own shortcuts don't fire while writing
});
addEventListener("online", () => { tries = 0; if (!socket && (opened || outbox.size || load("token"))) connect(); });
addEventListener("offline", () => { if (socket) lost(); else status(); });
addEventListener("focus", () => { if (parked) { parked = false; connect(); } });
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  parked = false;
  if (!socket && (opened || outbox.size)) connect();
  acknowledge();
});
addEventListener("storage", (event) => {
  if (event.key !== `${prefix}read`) return;
  for (const item of unread) if (item.at.toISOString() <= event.newValue) unread.delete(item);
  acknowledge();
});
window.visualViewport?.addEventListener("resize", () => { // the keyboard of a phone
  panel.style.setProperty("--tall", `${visualViewport.height}px`);
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-relais-open]")) { event.preventDefault(); toggle(true); }
});
function toggle(to = !opened, focus = true) {
  opened = to;
  panel.hidden = !to;
  launch.classList.toggle("wide", to);
  launch.setAttribute("aria-expanded", String(to));
  launch.querySelector("path").setAttribute("d", to ? I.close : I.chat);
  acknowledge();
  if (!to) return;
  connect();
  toEnd();
  if (focus && matchMedia("(hover: hover)").matches) input.focus();
}
window.Relais = { open: () => toggle(true), close: () => toggle(false), toggle: () => toggle() };

function start() {
  document.body.append(host);
  brand(JSON.parse(load("brand") || "null") || { title: location.hostname, greeting: "" });
  input.value = load("draft") || "";
  for (const message of stored().sort((a, b) => a.at - b.at || a.n - b.n)) if (!message.visitor || message.visitor === visitor) enqueue(message, false);
  layout(true);
  refresh();
  if ("open" in data) toggle(true, false);
  else if (load("token")) connect();
}
if (document.body) start(); else addEventListener("DOMContentLoaded", start);
})();
