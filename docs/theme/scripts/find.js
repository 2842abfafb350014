/* What a search finds, and in which order.  Nothing here knows of a page, so
   that it can be tested without one. */

/* How much a kind of place counts, and how sure a match is. */
const KIND = {
  function: 1.1, constant: 1.1, structure: 1.1, glossary: 1.08, lab: 1.04, chapter: 1,
  myth: 0.8, proof: 0.7, page: 0.6, reference: 0.5, project: 0.3,
};
const ASIDE = 0.6;
const WHOLE = 1;
const STEM = 0.8;
const PREFIX = 0.6;
const PART = 0.25;

const OFTEN = new Set(('a about after all am an and are as at be been but by can cannot did do does for from had has have '
  + 'how i if in into is it its me my not of on or so that the their them then there this to was what when where which '
  + 'who why will with you your').split(' '));
const WORD = /[\p{L}\p{N}]+(?:[-_.'’][\p{L}\p{N}]+)*/gu;
const JOINT = /[-_.'’]/;
const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
const LONGEST_RUN = 4;

const fold = (text) => text.normalize('NFKC').toLowerCase();
const partsOf = (text) => (fold(text).match(WORD) || []).flatMap((word) => word.split(JOINT));
const squeeze = (text) => partsOf(text).join('');

/* Words as they stand in a text, and under which forms they are found:
   TIME_WAIT is timewait, time and wait. */
function wordsOf(text) {
  return [...text.matchAll(WORD)].map((found) => {
    const parts = fold(found[0]).split(JOINT);
    const forms = parts.length > 1 ? [parts.join(''), ...parts] : parts;
    return { at: found.index, end: found.index + found[0].length, forms };
  });
}

function stem(word) {
  const short = word.replace(/(?:ing|ed|es|e|(?<!s)s)$/, '');
  return short.length < 3 ? word : short;
}

/* The index: the places, and for each form of a word where it stands, as
   [place, times, place, times, ...]; a title counts once. */
function makeIndex(places) {
  const index = { places: [], forms: new Map(), long: 0 };
  places.forEach((place, number) => {
    const titles = [place.section || place.page, ...place.names]
      .map((title) => ({ whole: squeeze(title), words: wordsOf(title) }));
    titles.forEach((title) => addForms(index.forms, number, [title.whole]));
    const words = wordsOf([place.text, place.page, place.section, ...place.names].join(' '));
    words.forEach((word) => addForms(index.forms, number, word.forms));
    index.places.push({ ...place, titles, long: words.length, flat: '' });
    index.long += words.length / places.length;
  });
  return index;
}

function addForms(forms, number, found) {
  found.forEach((form) => {
    let list = forms.get(form);
    if (!list) forms.set(form, list = []);
    if (list[list.length - 2] !== number) list.push(number, 0);
    list[list.length - 1] += 1;
  });
}

/* What is sought: words, phrases in quotation marks, and terms, which are the
   words one by one and in runs: "get addr info" is getaddrinfo. */
function parseQuery(query) {
  const words = partsOf(query);
  const phrases = [...query.matchAll(/["“„”]([^"“„”]+)["“„”]/g)]
    .map((quoted) => partsOf(quoted[1]).join(' ')).filter(Boolean);
  const rare = words.filter((word) => !OFTEN.has(word));
  const needed = words.map((word) => !rare.length || !OFTEN.has(word));
  const terms = [];
  words.forEach((word, from) => {
    for (let to = from + 1; to <= Math.min(words.length, from + LONGEST_RUN); to += 1) {
      terms.push({ text: words.slice(from, to).join(''), from, to });
    }
  });
  return { words, needed, phrases, terms, whole: words.join('') };
}

/* How well a form of a word fits what was typed. */
function quality(form, term, isRun, root) {
  if (form === term) return WHOLE;
  if (isRun) return form.startsWith(term) ? PREFIX : 0;
  if (form.startsWith(term)) return stem(form) === root ? STEM : PREFIX;
  if (root !== term && stem(form) === root) return STEM;
  if (term.length < 3 && !UNSPACED.test(term)) return 0;
  return form.includes(term) ? PART : 0;
}

/* Finds a term: the forms that fit, and what it is worth at each place. */
function findTerm(index, term) {
  const isRun = term.to - term.from > 1;
  const root = stem(term.text);
  term.forms = new Map();
  for (const form of index.forms.keys()) {
    const fit = quality(form, term.text, isRun, root);
    if (fit) term.forms.set(form, fit * (0.5 + Math.min(1, term.text.length / form.length) / 2));
  }
  weigh(index, term);
}

/* When nothing was found: the word that one wrong letter made of it. */
function guessTerm(index, term) {
  if (term.text.length < 5) return;
  const near = [...index.forms].filter(([form]) => isTypo(form, term.text))
    .sort((a, b) => b[1].length - a[1].length);
  if (!near.length) return;
  [[term.text]] = near;
  term.guessed = true;
  findTerm(index, term);
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

/* Gives a term its worth in each place: rarer words, shorter texts and better
   fits count more. */
function weigh(index, term) {
  const found = new Map();
  const whole = new Set();
  for (const [form, fit] of term.forms) {
    const list = index.forms.get(form);
    for (let i = 0; i < list.length; i += 2) {
      found.set(list[i], (found.get(list[i]) || 0) + list[i + 1] * fit);
      if (fit > PREFIX) whole.add(list[i]);
    }
  }
  const rare = (count) => Math.log(1 + index.places.length / count);
  term.rare = (fit) => rare(fit > PREFIX ? whole.size : found.size);
  term.worth = new Map();
  for (const [number, times] of found) {
    const long = 0.8 + 0.4 * (index.places[number].long / index.long);
    term.worth.set(number, rare(whole.has(number) ? whole.size : found.size) * (times / (times + long)));
  }
}

/* What a place is worth: of each word, alone or in the best run, what its text
   and its best title give. */
function score(place, number, query) {
  const worth = query.words.map(() => 0);
  for (const term of query.terms) {
    raise(worth, term, term.worth.get(number) || 0);
  }
  const missing = worth.filter((value, i) => query.needed[i] && !value).length;
  const sum = total(worth);
  if (!sum) return { missing, score: 0 };
  const titled = Math.max(...place.titles.map((title) => titleWorth(title, query)));
  return { missing, score: (sum + titled + likeness(place, query)) * KIND[place.kind] * (place.aside ? ASIDE : 1) };
}

function raise(worth, term, value) {
  for (let i = term.from; value && i < term.to; i += 1) worth[i] = Math.max(worth[i], value);
}

function total(numbers) {
  return numbers.reduce((a, b) => a + b, 0);
}

/* A title is worth more the less it says besides. */
function titleWorth(title, query) {
  const worth = query.words.map(() => 0);
  let covered = 0;
  for (const word of title.words) {
    const fits = query.terms.map((term) => fitOf(word, term));
    query.terms.forEach((term, i) => raise(worth, term, fits[i] && fits[i] * term.rare(fits[i])));
    covered += Math.max(...fits);
  }
  return total(worth) * (1 + 2 * covered / title.words.length);
}

function fitOf(word, term) {
  return Math.max(0, ...word.forms.map((form) => term.forms.get(form) || 0));
}

/* A title that is what was typed comes first, then one that begins with it;
   words that stand together count more than the same words apart. */
function likeness(place, query) {
  let value = 0;
  for (const title of place.titles) {
    if (title.whole === query.whole) return 1000;
    if (title.whole.startsWith(query.whole)) value = Math.max(value, 20 * (query.whole.length / title.whole.length));
  }
  if (query.words.length > 1 && flat(place).includes(' ' + query.words.join(' ') + ' ')) value += 10;
  return value;
}

/* A place's words in a row, made when they are first wanted. */
function flat(place) {
  if (!place.flat) {
    place.flat = ' ' + partsOf([place.section || place.page, ...place.names, place.text].join(' ')).join(' ') + ' ';
  }
  return place.flat;
}

/* All that a query finds, best first, each address once.  `whole` says whether
   these have all of the words; if none has, they have as many as can be. */
function find(index, text) {
  const query = parseQuery(text);
  query.terms.forEach((term) => findTerm(index, term));
  query.terms.filter((term) => term.to - term.from === 1 && query.needed[term.from])
    .filter((term) => !query.terms.some((t) => t.worth.size && t.from <= term.from && term.from < t.to))
    .forEach((term) => guessTerm(index, term));
  const hits = index.places.map((place, number) => ({ place, ...score(place, number, query) }))
    .filter((hit) => hit.score && query.phrases.every((phrase) => flat(hit.place).includes(' ' + phrase + ' ')));
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
  const terms = query.terms.filter((term) => query.needed[term.from]);
  return wordsOf(text).map((word) => {
    const fits = terms.map((term) => fitOf(word, term));
    const fit = Math.max(...fits);
    return { ...word, fit, term: terms[fits.indexOf(fit)] };
  }).filter((word) => word.fit);
}

/* The name that a place was found by, if its heading does not tell. */
function otherName(place, query) {
  const [heading, ...names] = place.titles.map((title) => titleWorth(title, query));
  const best = Math.max(0, ...names);
  return heading || !best ? '' : place.names[names.indexOf(best)];
}

/* What a place says of what is sought: the stretch of its text in which most of
   that stands; of a name, the text of the section that explains it. */
function excerpt(index, place, query, long) {
  const { text } = textPlace(index, place);
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

/* Where a place's words stand: for a name, in the section that explains it. */
function textPlace(index, place) {
  return place.text ? place : index.places.find(({ url, text }) => text && url === place.url) || place;
}

/* The places, as the generator has packed them. */
async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(opened).text());
}
