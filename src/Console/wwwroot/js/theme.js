// Runs before the first paint: light, dark, or what the system says.
(() => {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const read = () => { try { return localStorage.getItem('taskconsole.theme') ?? 'system'; } catch { return 'system'; } };
  const apply = () => {
    const choice = read();
    root.dataset.choice = choice;
    root.dataset.theme = choice === 'system' ? (system.matches ? 'dark' : 'light') : choice;
  };
  window.taskConsoleTheme = {
    choose(choice) {
      try { localStorage.setItem('taskconsole.theme', choice); } catch { /* private mode: for this page only */ }
      root.dataset.choice = choice;
      root.dataset.theme = choice === 'system' ? (system.matches ? 'dark' : 'light') : choice;
    },
    toggle() { this.choose(root.dataset.theme === 'dark' ? 'light' : 'dark'); },
  };
  system.addEventListener('change', apply);
  apply();
})();
