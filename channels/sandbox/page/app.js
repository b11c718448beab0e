// The sandbox page: one conversation at a time between a chosen customer and a chosen account.
// Nothing foreign ever becomes markup: every text goes through textContent.

import { LANGUAGES, PEOPLE, READY, SPEECH, WORDS } from './words.js';

const STEPS = { min10: 600, h1: 3600, d1: 86400, w1: 604800 };
const KEPT = 'relais-sandbox';
const $ = (id) => document.getElementById(id);

const kept = JSON.parse(localStorage.getItem(KEPT) || '{}');
const state = {
  language: kept.language || (navigator.language || 'fr').slice(0, 2),
  account: kept.account || '',
  person: kept.person || PEOPLE[0].key,
  strangers: kept.strangers || [],
  company: '', timezone: 'UTC', colleagues: {}, accounts: [], shift: 0, files: [],
  socket: null, tries: 0, seen: new Map(),
};
if (!(state.language in LANGUAGES)) state.language = 'fr';

function keep() {
  const { language, account, person, strangers } = state;
  localStorage.setItem(KEPT, JSON.stringify({ language, account, person, strangers }));
}

function t(key, values = {}) {
  return (WORDS[state.language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'text') node.textContent = value;
    else if (value !== false && value != null) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

// Who and where

const account = () => state.accounts.find((each) => each.id === state.account) || state.accounts[0];

function people() {
  const team = Object.entries(state.colleagues).map(([at, name]) => ({
    key: `desk-${at}`, name, speech: 'fr', language: 'fr', readOnly: true, address: { email: at } }));
  return [...PEOPLE, ...state.strangers.map(stranger), ...team];
}

function stranger(number) {
  return { key: `new-${number}`, name: `+213 555 000 ${number}`, speech: state.language, language: state.language, unnamed: true,
    address: { email: `new-${number}@client.example`, sms: `+213555000${number}`, whatsapp: `+213555000${number}`,
      telegram: `71${number}`, webchat: `visitor-new-${number}` } };
}

function me() {
  return people().find((each) => each.key === state.person && each.address[account()?.via]) || PEOPLE[0];
}

const address = () => me().address[account().via];

// Drawing

function drawWords() {
  document.documentElement.lang = state.language;
  document.documentElement.dir = state.language === 'ar' ? 'rtl' : 'ltr';
  document.title = `${state.company || 'Relais'} · ${t('sandbox')}`;
  document.querySelectorAll('[data-t]').forEach((node) => { node.textContent = t(node.dataset.t); });
  document.querySelectorAll('[data-label]').forEach((node) => node.setAttribute('aria-label', t(node.dataset.label)));
  $('stranger').textContent = t('stranger');
  $('company').textContent = state.company || 'Relais';
  $('languages').replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => el('button', {
    type: 'button', text: name, lang: code, 'aria-pressed': String(code === state.language),
    onclick: () => { state.language = code; keep(); drawAll(); },
  })));
  $('steps').replaceChildren(...Object.entries(STEPS).map(([key, seconds]) => el('button', {
    type: 'button', text: `+${t(key)}`, title: t('advance', { step: t(key) }), onclick: () => advance(seconds),
  })));
}

function option(chosen, onclick, ...children) {
  return el('button', { type: 'button', role: 'radio', 'aria-checked': String(chosen), onclick }, ...children);
}

const twin = (one) => state.accounts.filter((each) => each.via === one.via).length > 1;

function drawChoices() {
  $('channels').replaceChildren(...state.accounts.map((each) => option(
    each.id === account().id, () => choose({ account: each.id }),
    el('span', { class: `dot ${each.via}`, 'aria-hidden': 'true' }),
    el('span', {}, el('b', { text: t(each.via) }), el('small', { class: twin(each) ? 'twin' : null, text: each.id })),
  )));
  $('people').replaceChildren(...people().filter((each) => each.address[account().via]).map((each) => option(
    each.key === me().key, () => choose({ person: each.key }),
    el('span', { class: 'face', 'aria-hidden': 'true', text: each.unnamed ? '?' : [...each.name][0] }),
    el('span', {}, el('b', { text: each.name, dir: 'auto' }),
      el('small', { text: each.readOnly ? t('desk') : SPEECH[each.speech] })),
  )));
  document.querySelectorAll('.who [aria-checked="true"]').forEach((node) => node.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
  const ready = me().readOnly ? [] : READY[me().speech];
  $('ready').replaceChildren(...ready.map((text) => el('button', {
    type: 'button', text, dir: 'auto', onclick: () => say({ text }),
  })));
}

function drawDevice() {
  const { via, shown_here: shownHere } = account();
  $('device').dataset.via = via;
  $('title').textContent = state.company || 'Relais';
  $('subtitle').textContent = via === 'email' ? `${t(me().readOnly ? 'to' : 'from')} ${address()}` : `${t(via)} · ${address()}`;
  $('face').textContent = [...(state.company || 'R')][0];
  $('composer').hidden = Boolean(me().readOnly);
  document.querySelector('.say').hidden = Boolean(me().readOnly);
  $('attach').hidden = !account().media;
  $('text').placeholder = t('write', { name: me().name });
  $('text').setAttribute('aria-label', t('write', { name: me().name }));
  notice(me().readOnly ? t('deskNote') : shownHere ? '' : t('elsewhere', { via: t(via) }));
  drawCount();
}

function drawAll() {
  drawWords();
  if (!account()) { notice(t('none')); return; }
  drawChoices();
  drawDevice();
  redrawThread();
  tick();
}

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

function drawCount() {
  const text = $('text').value;
  const { via, text_limit: limit } = account();
  const plain = /^[\x00-\x7f€£¥èéùìòÇØøÅåÆæßÉÄÖÑÜ§¿äöñüà¡¤Δ_ΦΓΛΩΠΨΣΘΞ]*$/.test(text);
  const [one, more] = plain ? [160, 153] : [70, 67];
  const sms = text.length <= one ? 1 : Math.ceil(text.length / more);
  const tooLong = text.length > limit;
  $('count').textContent = tooLong ? t('long', { n: text.length, limit })
    : via === 'sms' && text ? t('parts', { n: text.length, limit: one * sms, sms }) : '';
  $('count').classList.toggle('bad', tooLong);
  $('text').style.height = 'auto';
  $('text').style.height = `${Math.min($('text').scrollHeight, 140)}px`;
}

// The thread

const clockTime = (iso) => new Intl.DateTimeFormat(`${state.language}-u-nu-latn`, {
  hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: state.timezone }).format(new Date(iso));
const clockDay = (iso) => new Intl.DateTimeFormat(`${state.language}-u-nu-latn`, {
  weekday: 'long', day: 'numeric', month: 'long', timeZone: state.timezone }).format(new Date(iso));

// A reference stays on one line; what is copied is unchanged.
const unbroken = (text) => text.split(/\b([A-Z]{2,5}-\d{4}-\d{2,8})\b/)
  .map((part, at) => (at % 2 ? el('span', { class: 'ref', text: part }) : part));

function drawMessage(message) {
  const own = message.direction === 'in';
  const bubble = el('div', { class: 'bubble' });
  if (account().via === 'email') bubble.append(mailHead(message, own));
  if (message.text) bubble.append(el('p', { dir: 'auto', lang: message.language || null }, ...unbroken(message.text)));
  bubble.append(...(message.attachments || []).map(drawFile));
  const author = !own && message.author !== 'bot' ? `${message.author} · ` : '';
  bubble.append(el('footer', {}, el('time', { text: `${author}${clockTime(message.at)}` }), ...(own ? [tickMark(message)] : [])));
  const row = el('article', { class: own ? 'own' : 'theirs', 'data-id': message.id }, bubble);
  if (!own && message.buttons?.length) row.append(drawButtons(message));
  return row;
}

function mailHead(message, own) {
  const [from, to] = own ? [address(), account().id] : [account().id, address()];
  return el('header', {}, el('span', { text: `${t('from')} ` }), el('b', { text: from }),
    el('span', { text: ` ${t('to')} ` }), el('b', { text: to }));
}

function tickMark(message) {
  if (message.state === 'failed') {
    return el('button', { type: 'button', class: 'retry', text: t('failed'), onclick: () => post(message) });
  }
  const sending = message.state === 'sending';
  return el('span', { class: sending ? 'tick waiting' : 'tick', title: t(sending ? 'sending' : 'taken'), text: sending ? '◷' : '✓' });
}

function drawFile(file) {
  const [scheme, sha] = file.ref.split(':');
  const url = scheme === 'media' ? `/sandbox/media/${sha}` : '';
  if (url && /^image\/(jpeg|png|gif|webp)$/.test(file.mime)) {
    return el('a', { href: url, target: '_blank', rel: 'noopener' }, el('img', { src: url, alt: file.name || t('file'), loading: 'lazy' }));
  }
  return el('a', { class: 'paper', href: url || null, target: '_blank', rel: 'noopener', text: file.name || t('file') });
}

function drawButtons(message) {
  return el('div', { class: 'buttons' }, ...message.buttons.map((button) => el('button', {
    type: 'button', dir: 'auto', text: button.label, disabled: message.pressed === true,
    onclick: () => { message.pressed = true; say({ text: button.label, choice: button.value }); },
  })));
}

function redrawThread() {
  const messages = [...state.seen.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const rows = [];
  let day = '';
  for (const message of messages) {
    const today = clockDay(message.at);
    if (today !== day) rows.push(el('div', { class: 'day', text: today }));
    day = today;
    rows.push(drawMessage(message));
  }
  if (!rows.length && !me().readOnly) rows.push(el('p', { class: 'empty', text: t('empty') }));
  $('thread').replaceChildren(...rows);
  $('thread').scrollTop = $('thread').scrollHeight;
}

function take(message) {
  // Our own words come back from the server under its id: the client's id tells that they are the same.
  const key = message.provider_id && state.seen.has(message.provider_id) ? message.provider_id : message.id;
  const known = state.seen.get(key);
  state.seen.set(key, { ...message, at: known?.at ?? message.at, pressed: known?.pressed, state: 'taken' });
}

function typing(event) {
  document.querySelectorAll('.typing').forEach((node) => node.remove());
  if (!event.on || event.author === 'contact') return;
  const bubble = el('div', { class: 'typing', 'aria-label': t('typing') }, el('i'), el('i'), el('i'));
  $('thread').append(bubble);
  $('thread').scrollTop = $('thread').scrollHeight;
  setTimeout(() => bubble.remove(), 6000);
}

// The line to the server

function choose(change) {
  Object.assign(state, change);
  state.person = me().key;
  state.files = [];
  keep();
  drawFiles();
  connect();
  drawAll();
}

function connect() {
  state.socket?.close();
  state.seen = new Map();
  state.tries = 0;
  open();
}

function open() {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const path = `/sandbox/${encodeURIComponent(account().id)}/events?thread=${encodeURIComponent(address())}`;
  const socket = new WebSocket(`${scheme}://${location.host}${path}`);
  state.socket = socket;
  socket.onmessage = ({ data }) => { if (socket === state.socket) receive(JSON.parse(data)); };
  socket.onclose = () => {
    if (socket !== state.socket) return;
    notice(t('offline'));
    setTimeout(() => { if (socket === state.socket) open(); }, Math.min(500 * 2 ** state.tries++, 10000) * (0.7 + Math.random() * 0.6));
  };
}

function receive(frame) {
  state.tries = 0;
  if (frame.type === 'typing') { typing(frame); return; }
  if (frame.type === 'history') { frame.messages.forEach(take); drawDevice(); }
  if (frame.type === 'message') { take(frame); reportRead(frame); }
  redrawThread();
}

function reportRead(message) {
  if (message.direction !== 'out' || document.hidden || !account().receipts.includes('read')) return;
  const report = { status_of: message.id, status: 'read', at: now().toISOString() };
  fetch(`/sandbox/${encodeURIComponent(account().id)}/say`, { method: 'POST', body: JSON.stringify(report) }).catch(() => {});
}

function say({ text, choice }) {
  if (text.length > account().text_limit) return;
  const message = {
    id: crypto.randomUUID(), direction: 'in', text, choice, at: afterAll(),
    attachments: state.files, state: 'sending', account: account().id, person: me(), from: address(),
  };
  state.files = [];
  drawFiles();
  state.seen.set(message.id, message);
  post(message);
}

async function post(message) {
  message.state = 'sending';
  redrawThread();
  const body = { id: message.id, from: message.from, text: message.text, sent_at: message.at, language: message.person.language };
  if (!message.person.unnamed) body.name = message.person.name;
  if (message.choice) body.choice = message.choice;
  if (message.attachments.length) body.attachments = message.attachments;
  try {
    const answer = await fetch(`/sandbox/${encodeURIComponent(message.account)}/say`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    message.state = answer.ok ? 'taken' : 'failed';
    if (!answer.ok) notice(t('refused', { why: (await answer.json()).error }));
  } catch {
    message.state = 'failed';
  }
  const known = state.seen.get(message.id);
  if (known) known.state = message.state;
  redrawThread();
}

// Files, the clock, the form

async function addFiles(files) {
  for (const file of files) {
    const query = `name=${encodeURIComponent(file.name)}`;
    const answer = await fetch(`/sandbox/${encodeURIComponent(account().id)}/media?${query}`, {
      method: 'POST', headers: { 'content-type': file.type || 'application/octet-stream' }, body: file });
    const body = await answer.json();
    if (answer.ok) state.files.push(body);
    else notice(t('refused', { why: body.error }));
  }
  drawFiles();
}

function drawFiles() {
  $('files').hidden = !state.files.length;
  $('files').replaceChildren(...state.files.map((file) => el('span', {}, drawFile(file), el('button', {
    type: 'button', text: '×', 'aria-label': t('remove'),
    onclick: () => { state.files = state.files.filter((each) => each !== file); drawFiles(); },
  }))));
}

// Never before a message that is shown already, also when another page moved the clock meanwhile.
function afterAll() {
  const last = Math.max(0, ...[...state.seen.values()].map((message) => Date.parse(message.at)));
  if (last > now()) state.shift = last - Date.now();
  return new Date(Math.max(now(), last + 1)).toISOString();
}

const now = () => new Date(Date.now() + state.shift);

function tick() {
  $('now').textContent = new Intl.DateTimeFormat(`${state.language}-u-nu-latn`, {
    weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: state.timezone }).format(now());
}

async function advance(seconds) {
  const answer = await fetch('/sandbox/clock', { method: 'POST', body: JSON.stringify({ advance_s: seconds }) });
  if (!answer.ok) return;
  state.shift = new Date((await answer.json()).now) - Date.now();
  tick();
  notice(t('moved'));
  setTimeout(drawDevice, 6000);
}

async function start() {
  const body = await (await fetch('/sandbox/state')).json();
  state.accounts = body.accounts;
  state.company = body.company;
  state.timezone = body.timezone;
  state.colleagues = body.colleagues;
  state.shift = new Date(body.now) - Date.now();
  const wanted = new URLSearchParams(location.search);
  if (wanted.get('lang') in LANGUAGES) state.language = wanted.get('lang');
  if (state.accounts.some((each) => each.id === wanted.get('account'))) state.account = wanted.get('account');
  if (wanted.get('person')) state.person = wanted.get('person');
  if (!account()) { drawAll(); return; }
  choose({ account: account().id });
}

$('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('text').value.trim();
  if (!text && !state.files.length) return;
  $('text').value = '';
  say({ text });
  drawCount();
});
$('text').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('composer').requestSubmit();
});
$('text').addEventListener('input', drawCount);
$('text').addEventListener('paste', (event) => {
  if (event.clipboardData.files.length && account().media) addFiles(event.clipboardData.files);
});
$('file').addEventListener('change', () => { addFiles([...$('file').files]); $('file').value = ''; });
$('stranger').addEventListener('click', () => {
  const number = 200 + Math.floor(Math.random() * 800);
  state.strangers = [...state.strangers.slice(-4), number];
  choose({ person: `new-${number}` });
});
setInterval(tick, 5000);
start();
