// The scroller of the output view: tells the component which lines are in sight, and keeps to the end while it follows.
const views = new WeakMap();

export const log = {
  attach(scroller, component, lineHeight) {
    const view = { following: true, last: 0, timer: 0 };
    const content = scroller.firstElementChild;
    const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < lineHeight * 1.5;
    view.toEnd = () => {
      scroller.scrollTop = scroller.scrollHeight;
      view.last = scroller.scrollTop;
    };
    view.report = () => {
      view.timer = 0;
      component.invokeMethodAsync('OnScrolled', Math.floor(scroller.scrollTop / lineHeight), Math.ceil(scroller.clientHeight / lineHeight), view.following);
    };
    view.later = () => { view.timer ||= setTimeout(view.report, 50); };
    view.scroll = () => {
      // At the end one follows; whoever scrolls up stops following.
      const following = atEnd() ? true : scroller.scrollTop < view.last - 1 ? false : view.following;
      view.last = scroller.scrollTop;
      if (following && view.following) return;
      view.following = following;
      view.later();
    };
    view.observer = new ResizeObserver(entries => {
      if (view.following) view.toEnd();
      if (entries.some(entry => entry.target === scroller)) view.later();
    });
    view.observer.observe(content);
    view.observer.observe(scroller);
    scroller.addEventListener('scroll', view.scroll, { passive: true });
    views.set(scroller, view);
  },
  follow(scroller, on) {
    const view = views.get(scroller);
    if (!view) return;
    view.following = on;
    if (on) view.toEnd();
  },
  toLine(scroller, line, lineHeight) {
    const view = views.get(scroller);
    if (!view) return;
    view.following = false;
    scroller.scrollTop = Math.max(0, line * lineHeight - scroller.clientHeight / 2);
    view.last = scroller.scrollTop;
    view.later();
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
