/* No page is wider than the window: what is wide scrolls in a box of its own,
   but no table does, and no box cuts off what it holds. */
'use strict';

const { NARROW, WIDE, unfold } = require('../suite.js');

/* What sticks out of the window or is cut off, as [rule, element, by what].
   This runs in the page. */
function findWide() {
  const found = [];
  const name = (e) => e.tagName.toLowerCase() + (e.id && `#${e.id}`)
    + [...e.classList].map((c) => `.${c}`).join('');
  const hides = (e) => getComputedStyle(e).overflowX !== 'visible';
  const isUnseen = (e) => e.closest('.unseen, .skip, svg') || !e.checkVisibility();
  const held = (e) => e && e !== document.body && (hides(e) || held(e.parentElement));
  const limit = document.documentElement.clientWidth;
  const width = document.scrollingElement.scrollWidth;

  if (width > limit) found.push(['scrolls sideways', 'html', `${width} of ${limit}`]);
  const overflows = (e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1 && !hides(e);
  document.querySelectorAll('.table').forEach((e) => {
    if (e.scrollWidth > e.clientWidth + 1) found.push(['does not fit', name(e), e.textContent.trim().slice(0, 60)]);
  });
  document.body.querySelectorAll('*').forEach((e) => {
    if (isUnseen(e)) return;
    const { right } = e.getBoundingClientRect();
    if (right > limit + 1 && !held(e)) {
      found.push(['sticks out', name(e), `${Math.round(right)} of ${limit}`]);
    }
    if (width > limit && overflows(e) && ![...e.children].some(overflows)) {
      found.push(['has too long a word', name(e), e.textContent.slice(0, 60)]);
    }
    if (['hidden', 'clip'].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1) {
      found.push(['is cut off', name(e), `${e.scrollWidth} of ${e.clientWidth}`]);
    }
  });
  return found;
}

/* The least size of the words in a drawing, in pixels.  This runs in the
   page. */
function leastWords() {
  const size = (text) => {
    const { a, b } = text.getScreenCTM();
    return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
  };
  return Math.min(...[...document.querySelectorAll('.drawing text')].map(size));
}

module.exports = (suite) => {
  suite.everyPage(async (page, fail) => {
    await unfold(page);
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      for (const fault of await page.evaluate(findWide)) {
        fail(`${viewport.width} wide`, ...fault);
      }
      const size = await page.evaluate(leastWords);
      if (size < 7.9) fail(`${viewport.width} wide`, 'has a drawing with words of', `${size.toFixed(1)} pixels`);
    }
  });
};
