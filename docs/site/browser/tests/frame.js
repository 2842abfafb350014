/* What stands around every page: the lists, the switch, copies, progress. */
'use strict';

const { PHONE } = require('../suite.js');

const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };
const TOUCH = { viewport: PHONE, hasTouch: true };

/* Notes a failure unless two values are the same. */
function same(fail, what, got, wanted) {
  if (got !== wanted) fail(what, `${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
}

const theme = (page) => page.evaluate(() => document.documentElement.dataset.theme);
const focused = (page) => page.evaluate(() => document.activeElement.textContent);

/* As the runner would have written it. */
const passing = (page, labs) => page.addInitScript((passed) => {
  Object.defineProperty(window, 'workbookProgress', { get: () => ({ passed }), set: () => {} });
}, labs);

module.exports = (suite) => {
  const open = (page, name) => page.goto(suite.url(name));

  suite.test('the switch is kept from page to page', async (page, fail) => {
    await open(page, 'index.html');
    await page.click('#theme');
    same(fail, 'after the switch', await theme(page), 'dark');
    await page.route('**/site.js', (route) => route.abort());
    page.removeAllListeners('console');
    await open(page, '01-create.html');
    same(fail, 'before any other script', await theme(page), 'dark');
  });

  suite.test('who switches back follows the system again', async (page, fail) => {
    await open(page, 'index.html');
    await page.click('#theme');
    await page.click('#theme');
    await page.emulateMedia({ colorScheme: 'dark' });
    same(fail, 'kept', await theme(page), '');
    await page.waitForSelector('#theme[aria-label="Light theme"]');
  });

  suite.test('a list opens and closes by keyboard', async (page, fail) => {
    await open(page, '01-create.html');
    for (const [button, list] of [['.menu', '#site-chapters'], ['.narrow', '#site-sections']]) {
      await page.focus(button);
      await page.keyboard.press('Enter');
      await page.waitForSelector(`${list}:popover-open`);
      await page.keyboard.press('Tab');
      same(fail, `${list} after Tab`,
        await page.evaluate((id) => Boolean(document.activeElement.closest(id)), list), true);
      await page.keyboard.press('Escape');
      await page.waitForSelector(list, { state: 'hidden' });
      same(fail, 'focus after Escape', await focused(page), await page.textContent(button));
    }
  }, TOUCH);

  suite.test('a section that was chosen is shown and marked', async (page, fail) => {
    await open(page, '01-create.html');
    await page.click('.narrow');
    await page.click('#site-sections a[href="#connecting"]');
    await page.waitForSelector('#site-sections', { state: 'hidden' });
    await page.waitForSelector('#site-sections a[href="#connecting"][aria-current]', { state: 'attached' });
    same(fail, 'marked links', await page.locator('#site-sections [aria-current]').count(), 1);
  }, TOUCH);

  suite.test('at the end of a page its last section is marked', async (page, fail) => {
    await open(page, 'lab-kinds.html');
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForSelector('#site-sections li:last-child [aria-current]');
    same(fail, 'marked links', await page.locator('#site-sections [aria-current]').count(), 1);
  });

  suite.test('without scripts the lists open, and no control is dead', async (page, fail) => {
    await open(page, 'lab-kinds.html');
    await page.click('.menu');
    await page.click('#site-chapters a[href="02-bind-listen.html"]');
    await page.waitForURL('**/02-bind-listen.html');
    for (const dead of ['#theme', '.search', '.finish', '.copy']) {
      same(fail, dead, await page.locator(`${dead}:visible`).count(), 0);
    }
  }, { ...TOUCH, javaScriptEnabled: false });

  suite.test('the chapter of a lab is unfolded, and the place marked', async (page, fail) => {
    await open(page, 'lab-lossy-ask.html');
    const here = page.locator('#site-chapters [aria-current="page"]');
    same(fail, 'marked', await here.textContent(), 'lossy-ask');
    same(fail, 'its chapter', await page.locator('#site-chapters .within').count(), 1);
  });

  suite.test('the marked place is in sight', async (page, fail) => {
    await open(page, 'lab-lossy-ask.html');
    const below = await page.evaluate(() => document.querySelector('#site-chapters [aria-current]')
      .getBoundingClientRect().bottom - innerHeight);
    if (below > 0) fail(`the list of chapters ends ${below} pixels above it`);
  }, { viewport: { width: 1280, height: 500 } });

  copying(suite, open);
  progress(suite, open);

  suite.test('forced colours leave the place to be seen', async (page, fail) => {
    await open(page, '01-create.html');
    await page.emulateMedia({ forcedColors: 'active' });
    same(fail, 'outline', await page.evaluate(() => getComputedStyle(
      document.querySelector('#site-chapters [aria-current]')).outlineStyle), 'solid');
  });

  suite.test('nothing moves by itself', async (page, fail) => {
    await open(page, 'index.html');
    const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => {
      const style = getComputedStyle(element);
      return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0
        || style.scrollBehavior === 'smooth';
    }).length);
    same(fail, 'elements that move', moving, 0);
  });
};

/* One test of all copies: the windows of a browser share one clipboard. */
function copying(suite, open) {
  const copied = async (page, listing) => {
    await listing.locator('.copy').focus();
    await page.keyboard.press('Enter');
    await listing.locator('.copy:text("Copied")').waitFor();
    return page.evaluate(() => window.readClipboard());
  };
  const hideClipboard = () => {
    const { clipboard } = navigator;
    window.readClipboard = () => clipboard.readText();
    if (location.hash === '#kept-back') Object.defineProperty(navigator, 'clipboard', { value: undefined });
  };
  const sessions = [
    ['lab-kinds.html', 'hint kinds', './workbook check kinds\n./workbook hint kinds'],
    ['index.html', 'sets up', './workbook'],
    ['09-ipc.html#kept-back', 'trace=socketpair', "printf 'one\\ntwo\\nthree' | \\\n"
      + '  strace -o calls -e trace=socketpair,close,sendto,shutdown,wait4 worker\n'
      + "sed -n 's/, 13, .*)/, 13, its flags)/; /SIGCHLD/d; /socketpair/,$p' calls"],
  ];

  suite.test('a copy has commands without prompts, remarks and output', async (page, fail) => {
    await page.addInitScript(hideClipboard);
    for (const [name, words, wanted] of sessions) {
      await open(page, name);
      const listing = page.locator('.session', { hasText: words }).first();
      same(fail, name, await copied(page, listing), wanted);
      same(fail, `${name}, focus`, await focused(page), 'Copied');
    }
    await open(page, '01-create.html#kept-back');
    const code = page.locator('.listing:not(.session)').first();
    same(fail, 'code', await copied(page, code), await code.locator('code').textContent());
  }, CLIPBOARD);
}

function progress(suite, open) {
  const signs = (page, link) => page.locator(`${link} .done`).count();

  suite.test('a tick is kept, and shown in the lists', async (page, fail) => {
    await open(page, '01-create.html');
    await page.check('.finish .tick');
    await open(page, 'index.html');
    same(fail, 'in the list', await signs(page, '#site-chapters [data-chapter="01-create"]'), 1);
    same(fail, 'on the map', await signs(page, '.map [data-chapter="01-create"]'), 1);
    same(fail, 'the way on', await page.textContent('.go-on'), 'Go on: the lab kinds');
    await open(page, '01-create.html');
    await page.uncheck('.finish .tick');
    same(fail, 'after it was taken back', await signs(page, '#site-chapters [data-chapter]'), 0);
  });

  suite.test('labs that have passed are shown', async (page, fail) => {
    await passing(page, ['kinds', 'announce']);
    await open(page, 'index.html');
    same(fail, 'on the map', await signs(page, '.map [data-lab]'), 2);
    same(fail, 'the way on', await page.textContent('.go-on'), 'Go on: the lab resolve');
    await page.click('.go-on');
    await page.waitForURL('**/lab-resolve.html');
    same(fail, 'in the list', await signs(page, '#site-chapters [data-lab="kinds"]'), 1);
    same(fail, 'on the page of another', await signs(page, 'h1'), 0);
    await open(page, 'lab-kinds.html');
    same(fail, "on the lab's page", await signs(page, 'h1'), 1);
  });

  suite.test('of a reader who begins nothing is counted', async (page, fail) => {
    await open(page, 'index.html');
    same(fail, 'signs', await page.locator('.done').count(), 0);
    same(fail, 'progress', await page.locator('.progress:visible').count(), 0);
  });
}
