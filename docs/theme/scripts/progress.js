/* What the reader has done. */

/* Ticks: a chapter's by its name, any other by its page and place. */
function keepTicks() {
  let done = {};
  try { done = JSON.parse(memory.get('done')) || {}; } catch (e) { /* start anew */ }
  const page = location.pathname.split('/').pop() || 'index.html';
  all('.tick').forEach((box, place) => {
    const key = box.dataset.chapter || page + '#' + place;
    box.checked = Boolean(done[key]);
    box.addEventListener('change', () => {
      if (box.checked) done[key] = 1; else delete done[key];
      memory.set('done', JSON.stringify(done));
      showProgress(done);
    });
  });
  addProgressBar();
  showProgress(done);
}

/* The first page shows how much of the course is done. */
function addProgressBar() {
  const first = document.querySelector('article .table');
  if (!first || !document.querySelector('#site-chapters [aria-current][href="index.html"]')) return;
  const line = make('p', { className: 'progress' });
  line.append(make('span', {}), make('progress', { ariaLabel: 'Chapters finished' }));
  first.before(line);
}

function showProgress(done) {
  const chapters = all('#site-chapters [data-chapter]');
  chapters.forEach((a) => {
    const finished = Boolean(done[a.dataset.chapter]);
    all('a[href="' + a.getAttribute('href') + '"]:is(#site-chapters a, td a)')
      .forEach((link) => link.classList.toggle('done', finished));
  });
  const line = document.querySelector('.progress');
  if (!line) return;
  const count = chapters.filter((a) => done[a.dataset.chapter]).length;
  line.firstChild.textContent = count + ' of ' + chapters.length + ' finished';
  Object.assign(line.lastChild, { max: chapters.length, value: count });
}

keepTicks();
