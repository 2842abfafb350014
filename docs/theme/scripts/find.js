/* What a search finds, and in which order.  Nothing here knows of a page, so
   that it can be tested without one. */

/* How much a kind of place counts: what explains stands before what proves it,
   and what is for learners before what is for authors. */
const KIND = {
  function: 1.1, constant: 1.1, structure: 1.1, glossary: 1.08, lab: 1.04, chapter: 1,
  myth: 0.7, proof: 0.6, page: 0.5, reference: 0.2, project: 0.2,
};
const ASIDE = 0.6;
const PARTLY = 0.8;
const UNTITLED = 0.5;

/* The headings of these are sentences, and no better than text. */
const CLAIMS = new Set(['myth', 'proof']);

/* How sure a match is. */
const WHOLE = 1;
const STEM = 0.8;
const PREFIX = 0.6;
const PART = 0.25;

/* How much it counts that the rest of a page speaks of something.  On other
   pages the places have nothing to do with each other. */
const AROUND = 1;
const CONNECTED = new Set(['chapter', 'lab']);

const OFTEN = new Set(('a about after all am an and are as at be been but by can cannot could did do does for from had has have '
  + 'how i if in into is it its like me my not of on or should so that the their them then there this to was what when '
  + 'where which who why will with would you your').split(' '));
const ARTICLES = new Set(['a', 'an', 'the']);
const WORD = /[\p{L}\p{N}]+(?:[-_.'’][\p{L}\p{N}]+)*/gu;
const JOINT = /[-_.'’]/;
const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
const LONGEST_RUN = 4;

/* What more is worth something: see likeness(). */
const EXACT = 1000;
const BEGUN = 20;
const TOGETHER = 8;

/* Under which forms a word is found: TIME_WAIT is timewait, time and wait.  The
   same word is looked at once, and has the same list each time. */
const knownForms = new Map();
function formsOf(word) {
  let forms = knownForms.get(word);
  if (!forms) {
    const folded = word.normalize('NFKC').toLowerCase().match(WORD) || [word];
    const parts = folded.flatMap((part) => part.split(JOINT));
    forms = parts.length > 1 ? [parts.join(''), ...parts] : parts;
    knownForms.set(word, forms);
  }
  return forms;
}

const wordsOf = (text) => (text.match(WORD) || []).map(formsOf);
const partsIn = (words) => words.flatMap((forms) => (forms.length > 1 ? forms.slice(1) : forms));
const partsOf = (text) => partsIn(wordsOf(text));
const squeeze = (text) => partsOf(text).join('');

function stem(word) {
  const short = word.replace(/(?:ing|ed|es|e|(?<!s)s)$/, '');
  return short.length < 3 ? word : short;
}

/* The words that say something, unless none does. */
function tellingIn(words, textOf) {
  const telling = words.filter((word) => !OFTEN.has(textOf(word)));
  return telling.length ? telling : words;
}

/* The places one by one; they come by page: see packed() in search.py. */
function unpack(pages) {
  return pages.flatMap(([kind, url, page, rows]) => rows.map(([anchor = '', section = '', text = '', names = [], aside = 0]) => (
    { kind, page, section, text, names, aside, url: anchor ? url + '#' + anchor : url })));
}

/* The index: the places, and for each form of a word where it stands, as
   [place, times, place, times, ...]; a title counts once. */
function makeIndex(pages) {
  const places = unpack(pages);
  const index = { places, forms: new Map(), terms: new Map(), rooms: new Map(), long: 0 };
  const told = new Map();
  places.forEach(({ text, url }, number) => { if (text && !told.has(url)) told.set(url, number); });
  places.forEach((place, number) => addPlace(index, place, number, place.text ? number : told.get(place.url) ?? number));
  index.long /= places.length;
  return index;
}

/* A name without words of its own has those of the section that explains it.
   That a structure is one tells it from no other. */
function addPlace(index, place, number, sourceNumber) {
  const titles = [place.section || place.page, ...place.names]
    .map((title) => ({ whole: squeeze(title), isForeign: UNSPACED.test(title),
      words: tellingIn(wordsOf(title.replace(/^struct /, '')), ([form]) => form) }));
  const words = wordsOf([place.section || place.page, ...place.names, place.text].join(' '));
  const source = index.places[sourceNumber];
  const room = CONNECTED.has(source.kind) ? place.url.split('#')[0] : '';
  titles.forEach((title) => addForms(index.forms, number, [title.whole]));
  [...words, ...wordsOf(place.page)].forEach((forms) => addForms(index.forms, number, forms));
  Object.assign(place, { source, sourceNumber, titles, room, long: words.length, flat: ' ' + partsIn(words).join(' ') + ' ' });
  index.long += words.length;
  if (place.text) index.rooms.set(room, (index.rooms.get(room) || 0) + 1);
}

function addForms(forms, number, found) {
  found.forEach((form) => {
    let list = forms.get(form);
    if (!list) forms.set(form, list = []);
    if (list[list.length - 2] !== number) list.push(number, 0);
    list[list.length - 1] += 1;
  });
}

/* What is sought: words; phrases in quotation marks; and terms, which are the
   words one by one and in runs: "get addr info" is getaddrinfo. */
function parseQuery(index, text) {
  const said = partsOf(text);
  const places = tellingIn([...said.keys()], (place) => said[place]);
  const phrases = [...text.matchAll(/["“„”]([^"“„”]+)["“„”]/g)]
    .map((quoted) => partsOf(quoted[1]).join(' ')).filter(Boolean);
  const words = places.map((place) => said[place]);
  const terms = runsOf(places).map(([from, to]) => (
    { from, to, ...findTerm(index, words.slice(from, to).join(''), to - from > 1) }));
  return { words, phrases, terms, pairs: pairsOf(said, places), fits: new Map(), whole: said.join(''), isForeign: UNSPACED.test(text) };
}

/* What was typed side by side, as [words, what they are worth]: "port in use"
   is about what is in use.  It is worth half if one of the two says nothing. */
function pairsOf(said, places) {
  return said.slice(1).map((word, i) => [said[i] + ' ' + word, places.includes(i) + places.includes(i + 1)])
    .filter(([words]) => !words.split(' ').some((word) => ARTICLES.has(word)))
    .map(([words, telling]) => [words, TOGETHER * telling / 2 / (said.length - 1)]);
}

/* All words alone, and those that stand side by side, as [from, to]. */
function runsOf(places) {
  const lengths = [...Array(LONGEST_RUN).keys()];
  return places.flatMap((place, from) => lengths
    .filter((more) => places[from + more] === place + more)
    .map((more) => [from, from + more + 1]));
}

/* How well a form of a word fits what was typed.  A run has to begin it. */
function quality(form, text, isRun, root) {
  if (form === text) return WHOLE;
  if (isRun) return form.startsWith(text) ? PREFIX : 0;
  if (form.startsWith(root) && stem(form) === root) return STEM;
  if (form.startsWith(text)) return PREFIX;
  if (text.length < 3 && !UNSPACED.test(text)) return 0;
  return form.includes(text) ? PART : 0;
}

/* A term with the forms that fit it and what it is worth at each place.  It is
   kept, for the next key changes only the last word. */
function findTerm(index, text, isRun) {
  const key = (isRun ? '+' : '') + text;
  if (!index.terms.has(key)) {
    const root = stem(text);
    const forms = new Map();
    for (const form of index.forms.keys()) {
      const fit = quality(form, text, isRun, root);
      if (fit) forms.set(form, fit * (0.5 + Math.min(1, text.length / form.length) / 2));
    }
    index.terms.set(key, { text, forms, ...weigh(index, forms) });
  }
  return index.terms.get(key);
}

/* Where nothing was found: the word that one wrong letter made of it. */
function guessTerms(index, query) {
  const found = query.terms.filter((term) => term.worth.size);
  query.terms.filter((term) => term.to - term.from === 1 && term.text.length > 4)
    .filter((term) => !found.some(({ from, to }) => from <= term.from && term.from < to))
    .forEach((term) => {
      const [near] = [...index.forms].filter(([form]) => isTypo(form, term.text))
        .sort((a, b) => b[1].length - a[1].length);
      if (near) Object.assign(term, findTerm(index, near[0], false), { guessed: true });
    });
}

/* One letter more, less, other, or two that changed places. */
function isTypo(one, other) {
  if (Math.abs(one.length - other.length) > 1) return false;
  let from = 0;
  while (from < one.length && one[from] === other[from]) from += 1;
  const a = one.slice(from);
  const b = other.slice(from);
  return a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1)
    || (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2));
}

/* What a term is worth in each place, and on the page around it: rarer words,
   shorter texts and better fits count more. */
function weigh(index, forms) {
  const found = new Map();
  const whole = new Set();
  for (const [form, fit] of forms) {
    const list = index.forms.get(form);
    for (let i = 0; i < list.length; i += 2) {
      found.set(list[i], (found.get(list[i]) || 0) + list[i + 1] * fit);
      if (fit > PREFIX) whole.add(list[i]);
    }
  }
  const rare = (isWhole) => Math.log(1 + index.places.length / (isWhole ? whole : found).size);
  const term = { worth: new Map(), around: new Map(), rare: (fit) => rare(fit > PREFIX) };
  for (const [number, times] of found) {
    const { long, room } = index.places[number];
    const value = rare(whole.has(number)) * (times / (times + 0.8 + 0.4 * (long / index.long)));
    term.worth.set(number, value);
    if (room && index.places[number].text) term.around.set(room, (term.around.get(room) || 0) + value / index.rooms.get(room));
  }
  return term;
}

/* What a place is worth: of each word, alone or in the best run, what its text,
   its page and its best title give.  A word that stands elsewhere on the page
   is not missing, but one must stand in the place. */
function score(place, number, query) {
  const worth = query.words.map(() => 0);
  const around = query.words.map(() => 0);
  for (const term of query.terms) {
    raise(worth, term, Math.max(term.worth.get(number) || 0, term.worth.get(place.sourceNumber) || 0));
    raise(around, term, term.around.get(place.room));
  }
  const missing = worth.filter((value, i) => !value && !around[i]).length;
  const sum = total(worth);
  const titled = Math.max(...place.titles.map((title) => titleWorth(title, query)));
  return { missing, score: sum && (sum + AROUND * total(around) + likeness(place, query, titled)) * standing(place, titled, query) };
}

/* How much a place counts.  What is no part of a longer text is about what its
   title says, and a name is about nothing else: read() is not all of "short
   read". */
function standing(place, titled, query) {
  const isName = place.source !== place;
  if (!titled && isName) return 0;
  const isPart = isName && !place.titles.some((title) => tellsAll(title, query));
  return KIND[place.kind] * (place.aside ? ASIDE : 1) * (titled || place.room ? 1 : UNTITLED) * (isPart ? PARTLY : 1);
}

/* Whether a title has something of each word that is sought. */
function tellsAll(title, query) {
  const told = query.words.map(() => 0);
  title.words.forEach((forms) => fitsOf(forms, query).fits.forEach(([term]) => raise(told, term, 1)));
  return told.every(Boolean);
}

function raise(worth, term, value) {
  for (let i = term.from; value && i < term.to; i += 1) worth[i] = Math.max(worth[i], value);
}

function total(numbers) {
  return numbers.reduce((a, b) => a + b, 0);
}

/* A title is worth more the less it says besides.  One in another script is
   sought in that script: "socket" stands in the middle of many. */
function titleWorth(title, query) {
  if (title.isForeign && !query.isForeign) return 0;
  const worth = query.words.map(() => 0);
  let covered = 0;
  for (const forms of title.words) {
    const { best, fits } = fitsOf(forms, query);
    fits.forEach(([term, fit]) => raise(worth, term, fit * term.rare(fit)));
    covered += best;
  }
  return covered && total(worth) * (1 + 2 * covered / title.words.length);
}

/* The terms that a word fits, and how well it fits the best of them; a part of
   it fits the worse the more there is besides. */
function fitsOf(forms, query) {
  let found = query.fits.get(forms);
  if (!found) {
    const fitOf = (term) => Math.max(0, ...forms.map((form) => (term.forms.get(form) || 0) * form.length / forms[0].length));
    const fits = query.terms.map((term) => [term, fitOf(term)])
      .filter(([, fit]) => fit).sort((a, b) => b[1] - a[1]);
    query.fits.set(forms, found = { fits, best: fits.length ? fits[0][1] : 0 });
  }
  return found;
}

/* A title that is what was typed comes first, then one that begins with it or
   has its words; words that stand together count more than the same apart. */
function likeness(place, query, titled) {
  if (place.titles.some((title) => title.whole === query.whole)) return EXACT;
  const together = total(query.pairs.map(([words, value]) => (standsIn(place, words) ? value : 0)));
  const begun = place.titles.map(({ whole }) => (whole.startsWith(query.whole) ? query.whole.length / whole.length : 0));
  return together + (CLAIMS.has(place.kind) ? 0 : titled + BEGUN * Math.max(...begun));
}

const standsIn = (place, words) => [place, place.source].some(({ flat }) => flat.includes(' ' + words + ' '));

/* All that a query finds, best first, each address once.  `whole` says whether
   these have all of the words; if none has, they have as many as can be. */
function find(index, text) {
  const query = parseQuery(index, text);
  guessTerms(index, query);
  const hits = index.places.map((place, number) => ({ place, ...score(place, number, query) }))
    .filter((hit) => hit.score && query.phrases.every((phrase) => standsIn(hit.place, phrase)));
  const missing = Math.min(...hits.map((hit) => hit.missing));
  const ranked = hits.filter((hit) => hit.missing === missing).sort((a, b) => b.score - a.score);
  const urls = new Set();
  return { query, whole: missing === 0,
    places: ranked.map((hit) => hit.place).filter(({ url }) => !urls.has(url) && urls.add(url)) };
}

/* The first of the places, by page: [[place, ...], ...], so that no page fills
   the list. */
function groupByPage(places, perPage, most) {
  const groups = new Map();
  for (const place of places) {
    const page = place.url.split('#')[0];
    if (!groups.has(page)) {
      if (groups.size === most) continue;
      groups.set(page, []);
    }
    if (groups.get(page).length < perPage) groups.get(page).push(place);
  }
  return [...groups.values()];
}

/* Splits a text into [words, whether they were sought]. */
function markText(text, query) {
  const parts = [];
  let end = 0;
  for (const word of soughtIn(text, query)) {
    parts.push([text.slice(end, word.at), false], [text.slice(word.at, word.end), true]);
    end = word.end;
  }
  return [...parts, [text.slice(end), false]].filter(([words]) => words);
}

/* The words of a text that fit a term, with the best term that they fit. */
function soughtIn(text, query) {
  return [...text.matchAll(WORD)].map((found) => {
    const { fits, best } = fitsOf(formsOf(found[0]), query);
    return best && { at: found.index, end: found.index + found[0].length, fit: best, term: fits[0][0] };
  }).filter(Boolean);
}

/* The name that a place was found by, if its heading does not tell. */
function otherName(place, query) {
  const [heading, ...names] = place.titles.map((title) => titleWorth(title, query));
  const best = Math.max(0, ...names);
  return heading || !best ? '' : place.names[names.indexOf(best)];
}

/* What a place says of what is sought: the stretch of its text in which most of
   that stands; of a name, the text of the section that explains it. */
function excerpt(place, query, long) {
  const { text } = place.source;
  const named = place.text ? -1 : text.indexOf(place.section.replace('()', ''));
  return stretch(text, named < 0 ? densest(text, query, long) : named, long);
}

function densest(text, query, long) {
  const words = soughtIn(text, query);
  let best = { value: 0, at: 0 };
  words.forEach((first, i) => {
    const near = new Map();
    for (let j = i; j < words.length && words[j].end < first.at + long * 0.7; j += 1) {
      near.set(words[j].term, Math.max(near.get(words[j].term) || 0, words[j].fit * (words[j].term.to - words[j].term.from)));
    }
    const value = [...near.values()].reduce((a, b) => a + b, 0);
    if (value > best.value) best = { value, at: first.at };
  });
  return best.at;
}

/* About so many letters of a text, beginning a little before a place in it. */
function stretch(text, at, long) {
  const early = at > long / 4 ? text.lastIndexOf(' ', at - long / 5) + 1 : 0;
  const late = early + long < text.length ? text.lastIndexOf(' ', early + long) : text.length;
  return (early ? '… ' : '') + text.slice(early, late) + (late < text.length ? ' …' : '');
}
