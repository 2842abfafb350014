/* Where the reader is on the page. */

/* Marks, in the list of sections, the one being read. */
function followReading() {
  const links = new Map(all('#site-sections a').map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const watcher = new IntersectionObserver((entries) => {
    const seen = entries.find((entry) => entry.isIntersecting);
    if (!seen) return;
    links.forEach((a, id) => a.classList.toggle('here', id === seen.target.id));
  }, { rootMargin: '-60px 0px -70% 0px' });
  links.forEach((a, id) => {
    watcher.observe(document.getElementById(id));
    a.addEventListener('click', () => document.getElementById('site-sections').hidePopover());
  });
}

followReading();
