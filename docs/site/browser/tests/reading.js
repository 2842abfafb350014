/* Where the reader is: places that are jumped to or that get the focus are in
   sight, below the bar, and lists that have been opened obey the rules, too. */
'use strict';

const axe = require('axe-core');
const { NARROW, PHONE, WIDE, unfold } = require('../suite.js');

const LISTS = [['.menu', '#site-chapters'], ['.narrow', '#site-sections']];

/* Jumps to some twenty places of the page and returns those that are then out
   of sight, as [place, where].  This runs in the page. */
function jumpAround() {
  const ids = [...document.querySelectorAll('main [id]')]
    .filter((e) => e.checkVisibility() && !e.closest('svg, nav')).map((e) => e.id);
  const step = Math.ceil(ids.length / 20);
  const bar = document.querySelector('.bar');
  return ids.filter((id, place) => place % step === 0).flatMap((id) => {
    location.hash = `#${id}`;
    const { top } = document.getElementById(id).getBoundingClientRect();
    const hidden = top < bar.getBoundingClientRect().bottom || top > innerHeight;
    return hidden ? [[`#${id}`, `at ${Math.round(top)} of ${innerHeight} pixels`]] : [];
  });
}

/* Until what has come near is laid out.  This and the next two run in the
   page. */
function untilPainted() {
  const frame = () => new Promise(requestAnimationFrame);
  return frame().then(frame).then(frame);
}

function placeOf(id) {
  return Math.round(document.getElementById(id).getBoundingClientRect().top);
}

function firstInSight() {
  return [...document.querySelectorAll('article :is(h2, h3)[id]')]
    .find((heading) => heading.getBoundingClientRect().top > 60).id;
}

module.exports = (suite) => {
  suite.everyPage(async (page, fail) => {
    await unfold(page);
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      for (const place of await page.evaluate(jumpAround)) {
        fail(`${viewport.width} wide`, 'out of sight after a jump', ...place);
      }
    }
  });

  suite.test('who comes back is where they were', async (page, fail) => {
    await page.goto(suite.url('09-ipc.html#questions'));
    await page.evaluate(untilPainted);
    const before = await page.evaluate(placeOf, 'questions');
    if (before < 0 || before > 200) fail('the way there leads', `${before} pixels from it`);
    await page.evaluate(() => scrollBy(0, -4000));
    await page.evaluate(untilPainted);
    const seen = await page.evaluate(firstInSight);
    await page.reload();
    await page.evaluate(untilPainted);
    const place = await page.evaluate(placeOf, seen);
    if (place < -60 || place > 900) fail(`#${seen} was in sight, and now is`, `${place} pixels from the top`);
  });

  suite.test('the first Tab leads past the frame', async (page, fail) => {
    await page.goto(suite.url('01-create.html'));
    await page.keyboard.press('Tab');
    const { x, y } = await page.locator('.skip').boundingBox();
    if (x < 0 || y < 0) fail('the way past the frame is out of sight');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const inside = await page.evaluate(() => Boolean(document.activeElement.closest('main')));
    if (!inside) fail('the next stop is not in the text');
  });

  suite.test('at 400 % the bar leaves the window to the text', async (page, fail) => {
    await page.goto(suite.url('01-create.html'));
    await page.evaluate(() => scrollTo(0, 1000));
    const { y, height } = await page.locator('.bar').boundingBox();
    if (y + height > 0) fail('the bar stays', `${y + height} pixels`);
  }, { viewport: { width: 320, height: 225 } });

  suite.test('who goes back by keyboard sees where', async (page, fail) => {
    await page.goto(suite.url('01-create.html'));
    await page.evaluate(() => {
      window.hidden = [];
      document.addEventListener('focusin', ({ target }) => requestAnimationFrame(() => {
        const bar = document.querySelector('.bar').getBoundingClientRect().bottom;
        const { bottom } = target.getBoundingClientRect();
        if (target.closest('main') && bottom <= bar) window.hidden.push(target.outerHTML.slice(0, 80));
      }));
      [...document.querySelectorAll('main a[href]')].pop().focus();
    });
    for (let stop = 0; stop < 60; stop++) await page.keyboard.press('Shift+Tab');
    (await page.evaluate(() => window.hidden)).forEach((element) => fail('under the bar', element));
  });

  suite.test('on a phone nothing but the bar lies over the text', async (page, fail) => {
    await page.goto(suite.url('01-create.html'));
    const over = await page.evaluate(() => [...document.querySelectorAll('body *')]
      .filter((e) => ['fixed', 'sticky'].includes(getComputedStyle(e).position) && e.checkVisibility())
      .map((e) => e.className).filter((name) => name !== 'bar'));
    over.forEach((name) => fail(`.${name}`));
  }, { viewport: PHONE });

  suite.test('on a phone whoever types sees what they type', async (page, fail) => {
    await page.goto(suite.url('01-create.html'));
    await page.focus('#query');
    const { width } = await page.locator('#query').boundingBox();
    if (width < 280) fail(`the box is ${width} pixels wide`);
    await page.keyboard.press('Shift+Tab');
    const { width: left } = await page.locator('#query').boundingBox();
    if (left > 280) fail(`the box stays ${left} pixels wide`);
  }, { viewport: NARROW });

  suite.test('a table that is a list of its rows is heard as a table', async (page, fail) => {
    await page.goto(suite.url('09-ipc.html'));
    const protocol = await page.context().newCDPSession(page);
    const { nodes } = await protocol.send('Accessibility.getFullAXTree');
    const plain = (text) => text.replace(/\s+/g, ' ').trim();
    for (const [role, selector] of [['row', 'tr'], ['columnheader', 'th'], ['cell', 'td']]) {
      const heard = nodes.filter((node) => node.role && node.role.value === role);
      const texts = (await page.locator(selector).allTextContents()).map(plain);
      if (heard.length !== texts.length) fail(role, `${heard.length} instead of ${texts.length}`);
      if (role === 'row') continue;
      heard.map((node) => plain(node.name.value)).filter((name) => !texts.includes(name))
        .forEach((name) => fail(`${role} is heard as`, name));
    }
  }, { viewport: PHONE });

  LISTS.forEach(([button, list]) => ['light', 'dark'].forEach((colorScheme) => {
    suite.test(`${list} opened on a phone, ${colorScheme}`, async (page, fail) => {
      await page.goto(suite.url('01-create.html'));
      await page.click(button);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate((within) => window.axe.run(within, { preload: false }), list);
      violations.forEach((rule) => fail(rule.id, rule.nodes[0].target.join(' ')));
    }, { viewport: PHONE, colorScheme });
  }));
};
