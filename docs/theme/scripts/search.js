/* The search box: a combobox whose list are the places that were found.  The
   focus stays in the box; aria-activedescendant says which place is next. */

const PER_PAGE = 3;
const MOST_PAGES = 7;
const EXCERPT = 150;
const PAUSE = 800;

const searchBox = document.getElementById('query');
const searchPanel = document.getElementById('found-panel');
const searchList = document.getElementById('found');
const searchSaid = document.getElementById('count');
const searchSpoken = document.getElementById('spoken');

/* The index is loaded when a reader turns to the search, and once. */
let searchIndex;
function openIndex() {
  searchIndex = searchIndex || new Promise((done, failed) => {
    const script = make('script', { src: 'search-index.js', onload: done, onerror: failed });
    document.head.append(script);
  }).then(() => makeIndex(window.searchIndex));
  return searchIndex;
}

function search() {
  openIndex().then(showFound, () => { searchIndex = null; say('The search cannot be loaded.'); });
}

function showFound(index) {
  const text = searchBox.value.trim();
  if (!text || document.activeElement !== searchBox) { closeFound(); return; }
  const found = find(index, text);
  const groups = groupByPage(found.places, PER_PAGE, MOST_PAGES);
  searchList.replaceChildren(...groups.map((group, i) => groupItem(found.query, group, i)));
  all('[role=option]', searchList).forEach((option, i) => { option.id = 'found-' + i; });
  searchList.hidden = !groups.length;
  searchList.scrollTop = 0;
  searchBox.setAttribute('aria-expanded', String(groups.length > 0));
  choose(null);
  say(outcome(found, text));
}

/* What a search came to, in words. */
function outcome({ query, places, whole }, text) {
  const count = places.length === 1 ? '1 place' : places.length + ' places';
  const guessed = query.terms.filter((term) => term.guessed);
  if (!places.length) {
    return 'Nothing has “' + text + '”. Try fewer words, the beginning of one, or the name of a call, such as bind.';
  }
  if (!whole) return 'No place has all of these words; ' + count + ' with some of them.';
  return guessed.map((term) => 'Nothing has “' + query.words[term.from] + '”; this is “' + term.text + '”. ').join('') + count;
}

/* What is seen at once is spoken when no more letters come. */
let speaking;
function say(words) {
  searchSaid.textContent = words;
  searchPanel.classList.toggle('unseen', !words);
  clearTimeout(speaking);
  speaking = setTimeout(() => { searchSpoken.textContent = words; }, PAUSE);
}

function closeFound() {
  searchList.hidden = true;
  searchBox.setAttribute('aria-expanded', 'false');
  choose(null);
  say('');
}

/* The places on one page, below its title. */
function groupItem(query, places, number) {
  const item = make('div', { role: 'group' });
  const title = make('p', { id: 'found-page-' + number, role: 'presentation', textContent: places[0].page });
  item.setAttribute('aria-labelledby', title.id);
  item.append(title, ...places.map((place) => option(query, place)));
  return item;
}

/* One place: its heading, its kind, and what it says of the words. */
function option(query, place) {
  const { source } = place;
  const link = make('a', { role: 'option', href: place.url, tabIndex: -1, ariaSelected: 'false' });
  const heading = make('b', {});
  const words = make('small', {});
  mark(heading, place.section || place.page, query);
  const names = [otherName(place, query), source.section !== place.section && source.section];
  mark(words, [...names, excerpt(place, query, EXCERPT)].filter(Boolean).join(' · '), query);
  link.append(heading, ' ', make('span', { className: 'kind', textContent: place.kind }), ' ', words);
  return link;
}

/* Puts a text into an element with the words marked, without any HTML. */
function mark(element, text, query) {
  element.append(...markText(text, query)
    .map(([words, sought]) => (sought ? make('mark', { textContent: words }) : words)));
}

/* Makes a place the one that Enter opens, or none of them. */
function choose(next) {
  all('[aria-selected=true]', searchList).forEach((was) => { was.ariaSelected = 'false'; });
  if (!next) { searchBox.removeAttribute('aria-activedescendant'); return; }
  next.ariaSelected = 'true';
  searchBox.setAttribute('aria-activedescendant', next.id);
  (next.previousElementSibling.role === 'presentation' ? next.parentNode : next).scrollIntoView({ block: 'nearest' });
}

/* The arrows go round: from the last place to the box, and on to the first. */
function stepInFound(step) {
  const stops = [null, ...all('[role=option]', searchList)];
  const place = stops.findIndex((stop) => stop && stop.ariaSelected === 'true');
  choose(stops[(Math.max(place, 0) + step + stops.length) % stops.length]);
}

function keyInSearch(event) {
  const open = !searchList.hidden;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && open) stepInFound(step);
  else if (step) search();
  else if (event.key === 'Escape' && (searchSaid.textContent || cameFrom)) goBack();
  else if (event.key === 'Enter' && open) {
    (searchList.querySelector('[aria-selected=true]') || searchList.querySelector('[role=option]')).click();
  } else return;
  event.preventDefault();
}

/* Who came by "/" or Ctrl-K is led back to where the focus was. */
let cameFrom = null;
function goBack() {
  const back = cameFrom;
  closeFound();
  if (!back) return;
  searchBox.blur();
  back.focus({ preventScroll: true });
}

/* "/" and Ctrl-K lead to the search from everywhere. */
function keyOnPage(event) {
  const isSlash = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey
    && !event.target.closest('input:not([type=checkbox]), textarea, select');
  const isCtrlK = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!isSlash && !isCtrlK) return;
  if (document.activeElement !== searchBox) cameFrom = document.activeElement;
  searchBox.focus();
  searchBox.select();
  event.preventDefault();
}

searchBox.addEventListener('focus', search);
searchBox.addEventListener('blur', () => { cameFrom = null; });
searchBox.addEventListener('input', search);
searchBox.addEventListener('keydown', keyInSearch);
searchList.addEventListener('click', () => { closeFound(); searchBox.blur(); });
document.addEventListener('keydown', keyOnPage);
for (const left of ['pointerdown', 'focusin']) {
  document.addEventListener(left, (event) => { if (!event.target.closest('.search')) closeFound(); });
}
