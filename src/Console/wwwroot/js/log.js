// The scroller of the output view: tells the component which lines are in sight, and keeps to the end while it follows.
const views = new WeakMap();

export const log = {
  attach(scroller, component, lineHeight) {
    const view = { following: true, told: -1, timer: 0, programmatic: 0 };
    const content = scroller.firstElementChild;
    const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < lineHeight * 1.5;
    const toEnd = () => { view.programmatic = performance.now(); scroller.scrollTop = scroller.scrollHeight; };
    const report = () => {
      view.timer = 0;
      const first = Math.floor(scroller.scrollTop / lineHeight);
      component.invokeMethodAsync('OnScrolled', first, Math.ceil(scroller.clientHeight / lineHeight), view.following);
    };
    const later = () => { view.timer ||= setTimeout(report, 60); };
    view.scroll = () => {
      if (performance.now() - view.programmatic < 80) return;
      const end = atEnd();
      if (end !== view.following) view.following = end;
      later();
    };
    view.observer = new ResizeObserver(() => { if (view.following) toEnd(); });
    view.observer.observe(content);
    view.observer.observe(scroller);
    view.toEnd = toEnd;
    scroller.addEventListener('scroll', view.scroll, { passive: true });
    views.set(scroller, view);
    report();
  },
  follow(scroller, on) {
    const view = views.get(scroller);
    if (!view) return;
    view.following = on;
    if (on) view.toEnd();
  },
  toLine(scroller, line, lineHeight) {
    const view = views.get(scroller);
    if (view) view.following = false;
    scroller.scrollTop = Math.max(0, line * lineHeight - scroller.clientHeight / 2);
  },
  detach(scroller) {
    const view = views.get(scroller);
    if (!view) return;
    clearTimeout(view.timer);
    view.observer.disconnect();
    scroller.removeEventListener('scroll', view.scroll);
    views.delete(scroller);
  },
};
