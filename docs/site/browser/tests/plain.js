/* Without scripts, and on paper: every page can be read whole, the way to the
   others is there, and nothing is shown that does nothing. */
'use strict';

const { PHONE, WIDE, unfold } = require('../suite.js');

const CONTROLS = 'button, input, select, textarea';
const FRAME = '.bar, #site-chapters, #site-sections, .narrow, .pager, .finish, .copy';

/* What a reader sees of the page's own text. */
const textOf = (page) => page.evaluate(() => document.querySelector('main').innerText
  .replace(/\s+/g, ' ').trim());

/* Elements that are in sight, each by how it begins. */
const seen = (page, selector) => page.evaluate((wanted) => [...document.querySelectorAll(wanted)]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }))
  .map((e) => e.outerHTML.slice(0, 80)), selector);

async function expectAllText(page, fail) {
  await unfold(page);
  const hidden = await page.evaluate(() => [...document.querySelectorAll('article *')]
    .filter((e) => e.textContent.trim() && !e.checkVisibility() && !e.closest('[hidden], svg, nav, .finish'))
    .map((e) => e.outerHTML.slice(0, 80)));
  hidden.forEach((element) => fail('hides', element));
  if (!await textOf(page)) fail('says nothing');
}

async function expectWays(page, fail) {
  await page.setViewportSize(WIDE);
  if (!(await seen(page, '#site-chapters a')).length) fail('shows no list of chapters');
  await page.setViewportSize(PHONE);
  const dead = (await seen(page, CONTROLS)).filter((control) => !control.includes('popovertarget='));
  dead.forEach((control) => fail('shows a dead control', control));
  await page.click('.menu');
  if (!(await seen(page, '#site-chapters a')).length) fail('opens no list of chapters on a phone');
}

module.exports = (suite) => {
  suite.test('without scripts', async (page, failed) => {
    for (const name of suite.pages) {
      const fail = (...words) => failed(name, ...words);
      await page.goto(suite.url(name));
      await expectAllText(page, fail);
      await expectWays(page, fail);
    }
  }, { javaScriptEnabled: false });

  suite.test('forced colours leave the way in its edge', async (page, fail) => {
    await page.goto(suite.url('index.html'));
    const width = await page.locator('.go-on').evaluate((e) => getComputedStyle(e).borderTopWidth);
    if (width === '0px') fail('it has none');
  }, { forcedColors: 'active' });

  suite.everyPage(async (page, fail) => {
    const text = await textOf(page);
    await page.emulateMedia({ media: 'print' });
    (await seen(page, FRAME)).forEach((element) => fail('on paper', 'shows', element));
    if (!text) fail('says nothing');
    await page.emulateMedia({ media: 'screen' });
  });
};
