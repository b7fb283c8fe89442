// The keys of the console: N, /, Ctrl K, ?, Ctrl Enter, Escape. Keys typed into a field are the field's.
let component = null;

const inField = target => target instanceof HTMLElement
  && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));

function shortcutOf(event) {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') return 'palette';
  if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') return 'start';
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === 'Escape') return 'escape';
  if (inField(event.target)) return null;
  return { n: 'new', N: 'new', '/': 'palette', '?': 'sheet' }[event.key] ?? null;
}

document.addEventListener('keydown', event => {
  const shortcut = shortcutOf(event);
  if (shortcut === 'start') {
    const button = document.querySelector('[data-shortcut="start"]:not(:disabled)');
    if (button) { event.preventDefault(); event.stopPropagation(); button.click(); }
    return;
  }
  if (event.key.startsWith('Arrow') && event.target instanceof HTMLElement && event.target.dataset.arrows === 'list') {
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') event.preventDefault();
    return;
  }
  if (!shortcut || !component) return;
  if (shortcut === 'escape') {
    if (document.querySelector('.curtain')) component.invokeMethodAsync('OnShortcut', shortcut);
    return;
  }
  event.preventDefault();
  component.invokeMethodAsync('OnShortcut', shortcut);
}, true);

export const keyboard = {
  attach: reference => { component = reference; },
  detach: () => { component = null; },
};
