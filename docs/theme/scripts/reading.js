/* Where the reader is: in the course, and on the page. */

/* Scrolls a list so far that its marked link is seen. */
function showPlace(list) {
  const here = list.querySelector('[aria-current]');
  if (!here) return;
  const link = here.getBoundingClientRect();
  const box = list.getBoundingClientRect();
  if (link.top < box.top || link.bottom > box.bottom) {
    list.scrollTop += (link.top + link.bottom - box.top - box.bottom) / 2;
  }
}

/* The height at which a section has begun: near the top, and, since the last
   ones cannot come up there, lower and lower at the end of the page. */
function startLine() {
  const way = root.scrollHeight - innerHeight;
  const last = Math.min(way, innerHeight * 0.75);
  const done = last > 0 ? Math.max(0, 1 - (way - scrollY) / last) : 0;
  return innerHeight * (0.25 + 0.75 * done);
}

/* Marks, in the list of sections, the last one that has begun. */
function followReading() {
  const list = document.getElementById('site-sections');
  if (!list) return;
  const stops = all('a', list)
    .map((link) => ({ link, heading: document.getElementById(decodeURIComponent(link.hash.slice(1))) }))
    .filter((stop) => stop.heading);
  const mark = () => {
    const line = startLine();
    const begun = stops.filter((stop) => stop.heading.getBoundingClientRect().top < line).pop();
    all('[aria-current]', list).forEach((link) => link.removeAttribute('aria-current'));
    if (begun) begun.link.setAttribute('aria-current', 'true');
    showPlace(list);
  };
  let waiting = 0;
  addEventListener('scroll', () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(mark);
  }, { passive: true });
  mark();
}

/* A list that opens shows the place; one that has led somewhere closes. */
function tendLists() {
  all('nav[popover]').forEach((list) => {
    showPlace(list);
    list.addEventListener('toggle', () => showPlace(list));
    list.addEventListener('click', (event) => {
      if (event.target.closest('a') && list.matches(':popover-open')) list.hidePopover();
    });
  });
}

followReading();
if (root.hidePopover) tendLists();
