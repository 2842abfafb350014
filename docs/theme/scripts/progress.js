/* What the reader has done.  Ticks of chapters are kept by the browser; which
   labs have passed is said by progress.js beside the page, which the runner writes at
   the learner's desk. */

const passed = new Set((window.workbookProgress || {}).passed);

function readTicks() {
  try { return JSON.parse(memory.get('done')) || {}; } catch (e) { return {}; }
}

/* A chapter's tick is kept by its name, any other by its page and place. */
function keepTicks() {
  const page = location.pathname.split('/').pop() || 'index.html';
  all('.tick').forEach((box, place) => {
    const key = box.dataset.chapter || page + '#' + place;
    box.checked = Boolean(readTicks()[key]);
    box.addEventListener('change', () => {
      const ticks = readTicks();
      if (box.checked) ticks[key] = 1; else delete ticks[key];
      memory.set('done', JSON.stringify(ticks));
      showProgress();
    });
  });
}

/* Puts a sign to a link, or takes it away. */
function sign(link, done, word) {
  all('.done', link).forEach((old) => old.remove());
  if (!done) return;
  const label = make('span', { className: 'done', role: 'img', ariaLabel: word, textContent: '✓' });
  link.append(label);
}

function showProgress() {
  const ticks = readTicks();
  all('a[data-chapter]').forEach((a) => sign(a, ticks[a.dataset.chapter], 'finished'));
  all('[data-lab]').forEach((part) => sign(part, passed.has(part.dataset.lab), 'passed'));
  showTotals(ticks);
  leadOn(ticks);
}

/* The first page counts. */
function showTotals(ticks) {
  const line = document.querySelector('.progress');
  if (!line) return;
  const chapters = all('.map [data-chapter]');
  const labs = all('.map [data-lab]');
  const read = chapters.filter((a) => ticks[a.dataset.chapter]).length;
  const solved = labs.filter((a) => passed.has(a.dataset.lab)).length;
  const bar = make('progress', { max: chapters.length + labs.length, value: read + solved, ariaLabel: 'Done' });
  line.replaceChildren(make('span', {
    textContent: read + ' of ' + chapters.length + ' chapters finished, '
      + solved + ' of ' + labs.length + ' labs passed',
  }), bar);
  line.hidden = !(read + solved);
}

/* Its first link leads to what is not done yet.  A chapter one of whose labs
   has passed needs no tick to be passed over. */
function leadOn(ticks) {
  const link = document.querySelector('.go-on');
  if (!link) return;
  const started = (a) => all('[data-lab]', a.parentElement).some((lab) => passed.has(lab.dataset.lab));
  const isDone = (a) => (a.dataset.lab ? passed.has(a.dataset.lab) : ticks[a.dataset.chapter] || started(a));
  const steps = all('.map :is([data-chapter], [data-lab])');
  const next = steps.find((a) => !isDone(a));
  if (!next || next === steps[0]) return;
  link.href = next.href;
  link.textContent = 'Go on: ' + (next.dataset.lab ? 'the lab ' + next.dataset.lab : next.textContent);
}

keepTicks();
showProgress();
/* Another page may have changed it. */
window.addEventListener('storage', showProgress);
window.addEventListener('pageshow', showProgress);
