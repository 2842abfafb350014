/* What a file of tests says, and how it is played: two tests at a time, each
   in a window of its own with a storage of its own.  Whatever a test is about,
   its pages may ask for nothing outside of the site, and may not complain. */
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
    this.root = pathToFileURL(fs.realpathSync(folder)).href;
    this.pages = fs.readdirSync(folder).filter((name) => name.endsWith('.html')).sort();
    this.jobs = [];
    this.failures = [];
  }

  /* A test of its own.  `play` gets a page that nothing is open in, and a
     function that notes a failure. */
  test(title, play, options = {}) {
    this.jobs.push({ title, play, options });
  }

  /* The same test of every page of the site, which is open already. */
  everyPage(play, options = {}) {
    this.pages.forEach((name) => this.test(name, async (page, fail) => {
      await page.goto(this.url(name));
      await play(page, fail, name);
    }, options));
  }

  url(name) {
    return `${this.root}/${name}`;
  }

  async run({ browser }) {
    const waiting = [...this.jobs];
    const work = async () => {
      while (waiting.length) await this.play(browser, waiting.shift());
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }

  async play(browser, { title, play, options }) {
    const fail = (...words) => this.failures.push([title, ...words].join(': '));
    const context = await browser.newContext({ viewport: WIDE, ...options });
    try {
      const page = await context.newPage();
      this.watch(page, fail);
      await play(page, fail);
    } catch (error) {
      fail(error.message);
    } finally {
      await context.close();
    }
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

module.exports = { NARROW, PHONE, Suite, WIDE };
