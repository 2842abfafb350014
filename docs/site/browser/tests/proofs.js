/* From a chapter to a proof, from there to the program, and back; and what
   others say, in its chapter and among all. */
'use strict';

const { PHONE } = require('../suite.js');

const PROOF = '#lowest_descriptor';

module.exports = (suite) => {
  const open = (page, name) => page.goto(suite.url(name));

  /* Notes a failure unless the place that the address names is below the bar
     and in sight. */
  async function seesTarget(page, fail) {
    const place = await page.evaluate(() => {
      const { top } = document.querySelector(':target').getBoundingClientRect();
      return { top, bar: document.querySelector('.bar').getBoundingClientRect().bottom, height: innerHeight };
    });
    if (place.top < place.bar || place.top > place.height) fail(page.url(), JSON.stringify(place));
  }

  for (const viewport of [undefined, PHONE]) {
    suite.test(`a proof leads to its program and its line${viewport ? ' on a phone' : ''}`, async (page, fail) => {
      await open(page, '01-create.html');
      await page.click(`a.proof[href$="${PROOF}"] >> nth=0`);
      await page.waitForURL(`**/proofs-01-create.html${PROOF}`);
      await seesTarget(page, fail);
      await page.click(`${PROOF} summary`);
      await page.waitForSelector(`${PROOF} pre:visible`);
      await page.click(`${PROOF} details a`);
      await page.waitForURL('**/*facts_8c_source*.html#l00*');
      await seesTarget(page, fail);
    }, viewport && { viewport });
  }

  suite.test('a part of the proofs leads to that of the chapter', async (page, fail) => {
    await open(page, 'proofs-01-create.html');
    await page.click('#connecting + .taught a');
    await page.waitForURL('**/01-create.html#connecting');
    await seesTarget(page, fail);
  });

  suite.test('a statement leads to its chapter', async (page, fail) => {
    await open(page, 'myths.html');
    await page.click('.taught a >> nth=0');
    await page.waitForURL('**/01-create.html#myth-*');
    await seesTarget(page, fail);
  });
};
