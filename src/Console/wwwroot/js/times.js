// Times are told in the reader's own zone and language, and tick without asking the server:
// <tc-time at="ms"> (with precise: to the millisecond), <tc-ago at="ms">, <tc-duration ms="n"> or <tc-duration since="ms">.
const language = document.documentElement.lang || 'en';
const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const dayClock = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const millisecondClock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });
const millisecondDayClock = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });
const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
const unit = (name, digits) => new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: language.startsWith('zh') ? 'short' : 'narrow', minimumFractionDigits: digits, maximumFractionDigits: digits });
const units = { ms: unit('millisecond', 0), s2: unit('second', 2), s1: unit('second', 1), s: unit('second', 0), m: unit('minute', 0), h: unit('hour', 0), d: unit('day', 0) };

export function duration(ms, live) {
  if (ms < 1000 && !live) return units.ms.format(Math.round(ms));
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 60) return live ? units.s.format(Math.floor(seconds)) : seconds < 10 ? units.s2.format(seconds) : units.s1.format(seconds);
  const whole = Math.floor(seconds);
  if (whole < 3600) return `${units.m.format(Math.floor(whole / 60))} ${units.s.format(whole % 60)}`;
  if (whole < 86400) return `${units.h.format(Math.floor(whole / 3600))} ${units.m.format(Math.floor(whole / 60) % 60)}`;
  return `${units.d.format(Math.floor(whole / 86400))} ${units.h.format(Math.floor(whole / 3600) % 24)}`;
}

function ago(at) {
  const seconds = (at - Date.now()) / 1000;
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(Math.min(0, Math.round(seconds)), 'second');
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 86400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86400), 'day');
}

const ticking = new Set();
setInterval(() => { for (const element of ticking) element.show(); }, 1000);

class TimeElement extends HTMLElement {
  static observedAttributes = ['at', 'ms', 'since'];
  connectedCallback() { this.show(); }
  disconnectedCallback() { ticking.delete(this); }
  attributeChangedCallback() { if (this.isConnected) this.show(); }
  number(name) { const text = this.getAttribute(name); return text === null || text === '' ? null : Number(text); }
  put(text, tip) {
    if (this.textContent !== text) this.textContent = text;
    if (tip && this.title !== tip) this.title = tip;
  }
}

customElements.define('tc-time', class extends TimeElement {
  show() {
    const at = this.number('at');
    if (at === null) return this.put('');
    const date = new Date(at);
    const [today, otherDay] = this.hasAttribute('precise') ? [millisecondClock, millisecondDayClock] : [clock, dayClock];
    this.put((date.toDateString() === new Date().toDateString() ? today : otherDay).format(date), full.format(date));
  }
});

customElements.define('tc-ago', class extends TimeElement {
  show() {
    const at = this.number('at');
    if (at === null) { ticking.delete(this); return this.put(''); }
    ticking.add(this);
    this.put(ago(at), full.format(new Date(at)));
  }
});

customElements.define('tc-duration', class extends TimeElement {
  show() {
    const ms = this.number('ms');
    const since = this.number('since');
    if (ms !== null) { ticking.delete(this); return this.put(duration(ms, false)); }
    if (since === null) { ticking.delete(this); return this.put(''); }
    ticking.add(this);
    this.put(duration(Date.now() - since, true));
  }
});
