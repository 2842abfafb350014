/* Search in the whole course. */

/* Search: every word must occur; headings count most. */
function rank(entry, words) {
  const heading = (entry.page + ' ' + entry.section).toLowerCase();
  const text = entry.text.toLowerCase();
  let score = 0;
  for (const word of words) {
    const times = text.split(word).length - 1;
    if (!times && !heading.includes(word)) return 0;
    score += Math.min(times, 9) + (heading.includes(word) ? 20 : 0);
  }
  return score;
}

function best(words) {
  return window.searchIndex
    .map((entry) => ({ entry, score: rank(entry, words) }))
    .filter((hit) => hit.score)
    .sort((a, b) => b.score - a.score)
    .slice(0, 20)
    .map((hit) => hit.entry);
}

function excerpt(text, words) {
  const place = Math.max(0, text.toLowerCase().indexOf(words[0]) - 40);
  return (place ? '…' : '') + text.slice(place, place + 130);
}

/* Puts text into an element with the words marked, without any HTML. */
function mark(element, text, words) {
  const pattern = words.map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  text.split(new RegExp('(' + pattern + ')', 'i')).forEach((part) => {
    element.append(words.includes(part.toLowerCase()) ? make('mark', { textContent: part }) : part);
  });
  return element;
}

function showHits(words, list, count) {
  const hits = words.length ? best(words) : [];
  list.replaceChildren(...hits.map((entry) => {
    const link = make('a', { href: entry.url });
    link.append(make('b', { textContent: entry.section || entry.page }),
      mark(make('small', {}), (entry.section ? entry.page + ' · ' : '') + excerpt(entry.text, words), words));
    const item = make('li', {});
    item.append(link);
    return item;
  }));
  list.hidden = !hits.length;
  count.textContent = words.length ? hits.length + ' found' : '';
}

function withIndex(then) {
  if (window.searchIndex) { then(); return; }
  const script = make('script', { src: 'search-index.js' });
  script.addEventListener('load', then);
  document.head.append(script);
}

function addSearch() {
  const query = document.getElementById('query');
  const list = document.getElementById('found');
  const count = document.getElementById('count');
  const find = () => withIndex(() => showHits(
    query.value.toLowerCase().split(/\s+/).filter(Boolean), list, count));
  query.addEventListener('input', find);
  query.addEventListener('focus', find);
  document.querySelector('.search').addEventListener('keydown', (event) => moveInHits(event, query, list));
  document.addEventListener('click', (event) => {
    if (!event.target.closest('.search')) list.hidden = true;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target.closest('input, textarea')) return;
    query.focus();
    event.preventDefault();
  });
}

function moveInHits(event, query, list) {
  const stops = [query, ...all('a', list)];
  const place = stops.indexOf(document.activeElement);
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key === 'Escape') {
    list.hidden = true;
  } else if (event.key === 'Enter' && place === 0 && stops.length > 1) {
    location.href = stops[1].href;
  } else if (event.key in steps) {
    (stops[place + steps[event.key]] || stops[place]).focus();
    event.preventDefault();
  }
}

addSearch();
