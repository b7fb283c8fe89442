// Reconnects quickly and quietly. When the server has forgotten the page, the page is loaded again at the same
// address, which holds all of its state; where it was scrolled to is put back.
const element = () => document.getElementById('connection-bar');
let reloading = false;

function show(state) {
  const bar = element();
  if (!bar) return;
  bar.dataset.state = state ?? '';
  bar.classList.toggle('shown', Boolean(state));
}

async function reloadWhenBack() {
  if (reloading) return;
  reloading = true;
  show('lost');
  try { sessionStorage.setItem('taskconsole.scroll', JSON.stringify({ at: location.href, y: scrollY })); } catch { /* not kept */ }
  for (;;) {
    try {
      const answer = await fetch('healthz/live', { cache: 'no-store' });
      if (answer.status < 500) break;
    } catch { /* still away */ }
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
  location.reload();
}

export function restoreScroll() {
  try {
    const kept = JSON.parse(sessionStorage.getItem('taskconsole.scroll') ?? 'null');
    sessionStorage.removeItem('taskconsole.scroll');
    if (kept?.at === location.href && kept.y > 0) {
      const until = Date.now() + 3000;
      const put = () => { scrollTo(0, kept.y); if (scrollY < kept.y && Date.now() < until) requestAnimationFrame(put); };
      put();
    }
  } catch { /* nothing kept */ }
}

export const reconnection = {
  reconnectionOptions: { maxRetries: 40, retryIntervalMilliseconds: attempt => attempt < 1 ? 0 : Math.min(250 * 2 ** Math.min(attempt, 4), 3000) },
  reconnectionHandler: {
    onConnectionDown: (_options, error) => { show('trying'); void retry(error); },
    onConnectionUp: () => show(null),
  },
};

async function retry() {
  for (let attempt = 0; attempt < 40; attempt++) {
    await new Promise(resolve => setTimeout(resolve, Math.min(attempt === 0 ? 50 : 250 * 2 ** Math.min(attempt, 4), 3000)));
    try {
      if (await Blazor.reconnect()) { show(null); return; }
      // The server answered and does not know the page any more.
      break;
    } catch { /* the server is away */ }
  }
  await reloadWhenBack();
}

document.addEventListener('click', event => {
  if (event.target instanceof HTMLElement && event.target.closest('[data-reload]')) location.reload();
});
