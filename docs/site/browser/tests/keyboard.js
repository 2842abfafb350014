/* With Tab alone everything that can be used is reached, and where the reader
   is can be seen. */
'use strict';

const { PHONE, WIDE } = require('../suite.js');

/* Notes every element that gets the focus, and whether it shows that.  These
   functions run in the page. */
function followFocus() {
  const isDrawn = (style, name) => style[`${name}Style`] !== 'none' && parseFloat(style[`${name}Width`]) > 0;
  window.reached = new Map();
  document.addEventListener('focusin', ({ target }) => {
    window.reached.set(target, isDrawn(getComputedStyle(target), 'outline'));
  });
}

function countStops() {
  const selector = 'a[href], button, input, select, textarea, summary, [tabindex]';
  window.wanted = [...document.querySelectorAll(selector)]
    .filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({ visibilityProperty: true }));
  const boxes = [...document.querySelectorAll('*')]
    .filter((e) => /auto|scroll/.test(getComputedStyle(e).overflow));
  return window.wanted.length + boxes.length;
}

/* What was not reached or does not show its focus, as [rule, element]. */
function findLost() {
  const name = (e) => `${e.outerHTML.slice(0, 80)}…`;
  const lost = window.wanted.filter((e) => !window.reached.has(e));
  const unseen = window.wanted.filter((e) => window.reached.get(e) === false);
  return [...lost.map((e) => ['is not reached', name(e)]),
    ...unseen.map((e) => ['shows no focus', name(e)])];
}

/* Tab held down until it has come so many times. */
async function holdTab(page, times) {
  const protocol = await page.context().newCDPSession(page);
  const key = { type: 'rawKeyDown', key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 };
  await Promise.all(Array.from({ length: times },
    () => protocol.send('Input.dispatchKeyEvent', key)));
}

module.exports = (suite) => {
  suite.everyPage(async (page, fail) => {
    for (const viewport of [WIDE, PHONE]) {
      await page.setViewportSize(viewport);
      await page.reload();
      await page.evaluate(followFocus);
      await holdTab(page, await page.evaluate(countStops) + 1);
      for (const fault of await page.evaluate(findLost)) {
        fail(`${viewport.width} wide`, ...fault);
      }
    }
  });
};
