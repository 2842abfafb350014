/* run.js SITE NAME: plays tests/NAME.js on the site in the folder SITE, in a
   Chromium of its own.  Each failure is a line that says the page and what is
   wrong there. */
'use strict';

const { finishBrowser, startBrowser } = require('./browser.js');
const { Suite } = require('./suite.js');

async function main(folder, name) {
  const suite = new Suite(folder);
  require(`./tests/${name}.js`)(suite);
  const browser = await startBrowser();
  try {
    await suite.run(browser);
  } finally {
    await finishBrowser(browser);
  }
  suite.failures.sort().forEach((line) => console.log(line));
  console.log(`${name}: ${suite.jobs.length} tests, ${suite.failures.length} failures`);
  process.exitCode = suite.failures.length ? 1 : 0;
}

main(...process.argv.slice(2));
