/* Where the reader is on the page. */

/* Marks, in the list of sections, the last one that has begun. */
function followReading() {
  const list = document.getElementById('site-sections');
  if (!list) return;
  const stops = all('a', list)
    .map((link) => ({ link, heading: document.getElementById(decodeURIComponent(link.hash.slice(1))) }))
    .filter((stop) => stop.heading);
  const show = () => {
    const line = innerHeight / 4;
    const begun = stops.filter((stop) => stop.heading.getBoundingClientRect().top < line).pop();
    stops.forEach((stop) => {
      if (stop === begun) stop.link.setAttribute('aria-current', 'true');
      else stop.link.removeAttribute('aria-current');
    });
  };
  let waiting = 0;
  addEventListener('scroll', () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(show);
  }, { passive: true });
  show();
}

/* A list that has led somewhere has done its work. */
function closeLists() {
  all('nav[popover]').forEach((list) => list.addEventListener('click', (event) => {
    if (event.target.closest('a') && list.hidePopover) list.hidePopover();
  }));
}

followReading();
closeLists();
