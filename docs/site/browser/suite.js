/* What a file of tests says, and how it is played: two tests at a time.
   Whatever a test is about, its pages may ask for nothing outside of the site,
   and may not complain. */
'use strict';

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');

const AT_A_TIME = 2;
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const NARROW = { width: 360, height: 740 };

class Suite {
  constructor(folder) {
    this.folder = folder;
    this.root = pathToFileURL(fs.realpathSync(folder)).href;
    this.pages = fs.readdirSync(folder).filter((name) => name.endsWith('.html')).sort();
    this.jobs = [];
    this.failures = [];
  }

  /* A test of its own, in a window and with a storage of its own.  `play` gets
     a page that nothing is open in, and a function that notes a failure. */
  test(title, play, options = {}) {
    this.jobs.push({ title, play, options });
  }

  /* The same test of every page of the site, which is open already.  All are
     opened in the same window, for making one takes longer than most tests. */
  everyPage(play) {
    this.pages.forEach((name) => this.jobs.push({
      title: name,
      play: async (page, fail) => {
        await page.setViewportSize(WIDE);
        await page.emulateMedia({ colorScheme: 'light' });
        await page.goto(this.url(name));
        await play(page, fail, name);
      },
    }));
  }

  url(name) {
    return `${this.root}/${name}`;
  }

  async run({ browser }) {
    const waiting = [...this.jobs];
    const work = async () => {
      const page = await browser.newPage();
      while (waiting.length) await this.play(browser, page, waiting.shift());
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }

  async play(browser, shared, { title, play, options }) {
    const page = options ? await browser.newPage({ viewport: WIDE, ...options }) : shared;
    const fail = (...words) => this.failures.push([title, ...words].join(': '));
    this.watch(page, fail);
    try {
      await play(page, fail);
    } catch (error) {
      fail(error.message.split('\n')[0]);
    }
    page.removeAllListeners();
    if (options) await page.context().close();
  }

  watch(page, fail) {
    page.on('pageerror', (error) => fail('script', error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) fail('console', message.text());
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${this.root}/`) && !url.startsWith('data:')) fail('asks for', url);
    });
  }
}

/* Opens all folds of a page. */
function unfold(page) {
  return page.evaluate(() => document.querySelectorAll('details')
    .forEach((fold) => { fold.open = true; }));
}

module.exports = { NARROW, PHONE, Suite, WIDE, unfold };
