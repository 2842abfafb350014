/* What a page does beyond being read: the theme switch, search, ticks, copy
   buttons, and where you are in the chapter.  Nothing here fetches anything
   but the search index that lies beside the page. */
(function () {
  'use strict';

  const root = document.documentElement;
  const all = (selector, within) => [...(within || document).querySelectorAll(selector)];
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  /* Storage may be refused; then nothing is remembered. */
  const memory = {
    get(key) { try { return localStorage.getItem(key); } catch (e) { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch (e) { /* refused */ } },
  };

  function switchTheme() {
    const button = document.getElementById('theme');
    const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches);
    const show = () => {
      button.textContent = isDark() ? '☀' : '☾';
      button.setAttribute('aria-label', isDark() ? 'Light theme' : 'Dark theme');
    };
    button.addEventListener('click', () => {
      root.dataset.theme = isDark() ? 'light' : 'dark';
      memory.set('theme', root.dataset.theme);
      show();
    });
    show();
  }

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

  function addCopyButtons() {
    all('.listing').forEach((listing) => {
      const button = make('button', { className: 'copy', type: 'button', textContent: 'Copy' });
      button.addEventListener('click', () => {
        const commands = all('kbd', listing).map((kbd) => kbd.textContent);
        copy(commands.join('\n') || listing.querySelector('code').textContent)
          .then(() => 'Copied', () => 'Not allowed')
          .then((said) => {
            button.textContent = said;
            setTimeout(() => { button.textContent = 'Copy'; }, 1500);
          });
      });
      listing.append(button);
    });
  }

  function copy(text) {
    return navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject();
  }

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

  switchTheme();
  keepTicks();
  addCopyButtons();
  followReading();
  addSearch();
}());
