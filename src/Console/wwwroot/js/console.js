// Everything that runs in the browser for the pages; starts Blazor.
import './times.js';
import { keyboard } from './keyboard.js';
import { log } from './log.js';
import { reconnection, restoreScroll } from './reconnect.js';

const storage = {
  read: key => { try { return localStorage.getItem(key); } catch { return null; } },
  write: (key, value) => { try { localStorage.setItem(key, value); return true; } catch { return false; } },
  remove: key => { try { localStorage.removeItem(key); } catch { /* not kept */ } },
};

window.taskConsole = {
  keyboard,
  log,
  storage,
  theme: window.taskConsoleTheme,
  language(culture) {
    document.cookie = `.AspNetCore.Culture=${encodeURIComponent(`c=${culture}|uic=${culture}`)}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
  },
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = Object.assign(document.createElement('textarea'), { value: text });
      area.style.position = 'fixed';
      document.body.append(area);
      area.select();
      const done = document.execCommand('copy');
      area.remove();
      return done;
    }
  },
  focus: selector => document.querySelector(selector)?.focus(),
  reveal: selector => document.querySelector(selector)?.scrollIntoView({ block: 'center', behavior: 'smooth' }),
  async editor(element, component, options) {
    const module = await import('./editor.bundle.js');
    return module.mount(element, component, options);
  },
};

// Sheets that the first paint does not need are read a second after the start, or with the first touch, which may open a dialog.
const readLater = () => document.querySelectorAll('link[data-later]:not([rel])').forEach(link => { link.rel = link.dataset.later; });
for (const touch of ['pointerdown', 'keydown']) addEventListener(touch, readLater, { capture: true, once: true });

Blazor.start({ circuit: reconnection }).then(restoreScroll).finally(() => setTimeout(readLater, 1000));
