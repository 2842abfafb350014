/* The search, by keys, by touch and by ear. */
'use strict';

const axe = require('axe-core');
const { PHONE, WIDE } = require('../suite.js');

const START = '01-create.html';
const OPTION = '#found [role=option]';

/* What the box tells a program that reads the page aloud. */
const state = (page) => page.evaluate(() => {
  const box = document.getElementById('query');
  const active = document.getElementById(box.getAttribute('aria-activedescendant'));
  const chosen = [...document.querySelectorAll('#found [aria-selected=true]')];
  return {
    isOpen: box.getAttribute('aria-expanded') === 'true',
    isShown: document.getElementById('found').checkVisibility(),
    isFocused: document.activeElement === box,
    place: active ? [...document.querySelectorAll('#found [role=option]')].indexOf(active) : -1,
    isSure: chosen.length === (active ? 1 : 0) && (!active || chosen[0] === active),
  };
});

/* What sticks out of the window or is cut off at its side.  This runs in the
   page. */
function findWide() {
  const limit = document.documentElement.clientWidth;
  const parts = [...document.querySelectorAll('#found-panel, #found-panel *')].filter((e) => e.checkVisibility());
  return parts.filter((e) => e.getBoundingClientRect().right > limit + 1 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth)
    .map((e) => e.outerHTML.slice(0, 80));
}

module.exports = (suite) => {
  const open = (page) => page.goto(suite.url(START));

  async function ask(page, text) {
    await page.keyboard.type(text);
    await page.waitForFunction((typed) => document.getElementById('query').value === typed
      && !document.getElementById('found').hidden, text);
  }

  async function expect(page, fail, what, wanted) {
    const got = await state(page);
    Object.keys(wanted).filter((key) => got[key] !== wanted[key])
      .forEach((key) => fail(what, `${key} is ${got[key]}`));
  }

  for (const key of ['/', 'Control+k']) {
    suite.test(`${key}, arrows and Enter`, async (page, fail) => {
      await open(page);
      await page.keyboard.press(key);
      await expect(page, fail, 'at first', { isFocused: true, isOpen: false, isShown: false });
      await ask(page, 'time wait');
      await expect(page, fail, 'found', { isFocused: true, isOpen: true, isShown: true, place: -1, isSure: true });
      for (const [arrow, place] of [['ArrowDown', 0], ['ArrowDown', 1], ['ArrowUp', 0], ['ArrowUp', -1]]) {
        await page.keyboard.press(arrow);
        await expect(page, fail, `${arrow} to ${place}`, { isFocused: true, isOpen: true, place, isSure: true });
      }
      await page.keyboard.press('ArrowUp');
      await expect(page, fail, 'round', { place: await page.locator(OPTION).count() - 1, isSure: true });
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/glossary.html#time_wait');
    });
  }

  suite.test('Enter opens the first place', async (page) => {
    await open(page);
    await page.keyboard.press('/');
    await ask(page, 'get addr info');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/${START}#from-a-name-to-addresses`);
  });

  suite.test('Escape leads back', async (page, fail) => {
    await open(page);
    await page.focus('main p a[href]');
    await page.keyboard.press('/');
    await ask(page, 'poll');
    await page.keyboard.press('Escape');
    await expect(page, fail, 'after Escape', { isOpen: false, isShown: false, isFocused: false, place: -1 });
    const isBack = await page.evaluate(() => document.activeElement === document.querySelector('main p a[href]'));
    if (!isBack) fail('the focus is elsewhere');
  });

  suite.test('Escape leaves who came otherwise in the box', async (page, fail) => {
    await open(page);
    await page.focus('#query');
    await ask(page, 'poll');
    await page.keyboard.press('Escape');
    await expect(page, fail, 'after Escape', { isOpen: false, isShown: false, isFocused: true });
    await page.keyboard.press('ArrowDown');
    await page.waitForSelector(OPTION);
  });

  suite.test('who leaves closes the list', async (page, fail) => {
    await open(page);
    for (const leave of [() => page.keyboard.press('Tab'), () => page.mouse.click(5, 400)]) {
      await page.focus('#query');
      await page.keyboard.press('Control+k');
      await ask(page, 'poll');
      await leave();
      await expect(page, fail, 'left', { isOpen: false, isShown: false, isFocused: false, place: -1 });
    }
  });

  suite.test('a slash can be typed', async (page, fail) => {
    await open(page);
    await page.focus('#query');
    await page.keyboard.type('http/1');
    const value = await page.inputValue('#query');
    if (value !== 'http/1') fail(value);
  });

  suite.test('nothing found says what to try', async (page, fail) => {
    await open(page);
    await page.keyboard.press('/');
    await page.keyboard.type('qqqqqqqqqqqq');
    await page.waitForFunction(() => document.getElementById('count').textContent.includes('Try'));
    await expect(page, fail, 'nothing', { isOpen: false, isShown: false });
  });

  suite.test('the count is spoken when typing has stopped', async (page, fail) => {
    await page.clock.install();
    await open(page);
    await page.clock.pauseAt(Date.now() + 3600000);
    await page.keyboard.press('/');
    await ask(page, 'nagle');
    if (await page.textContent('#spoken')) fail('spoken at a key');
    await page.clock.runFor(1000);
    const [seen, spoken] = [await page.textContent('#count'), await page.textContent('#spoken')];
    if (!/^\d+ places$/.test(spoken) || seen !== spoken) fail(`"${spoken}" is spoken, "${seen}" seen`);
  });

  suite.test('by touch', async (page) => {
    await open(page);
    await page.tap('#query');
    await ask(page, 'half close');
    await page.tap(`${OPTION}[href$="07-shutdown.html#half-closed"]`);
    await page.waitForURL('**/07-shutdown.html#half-closed');
  }, { viewport: PHONE, hasTouch: true });

  for (const viewport of [WIDE, PHONE]) {
    for (const colorScheme of ['light', 'dark']) {
      suite.test(`open, ${viewport.width} wide, ${colorScheme}`, async (page, fail) => {
        await open(page);
        await page.focus('#query');
        await ask(page, 'address already in use');
        await page.keyboard.press('ArrowDown');
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() => window.axe.run('.search', { preload: false }));
        violations.forEach((rule) => fail(rule.id, rule.nodes[0].target.join(' ')));
        (await page.evaluate(findWide)).forEach((element) => fail('too wide', element));
      }, { viewport, colorScheme });
    }
  }
};
