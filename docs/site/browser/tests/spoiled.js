/* The tests of every page, on a page where everything is wrong: that they say
   so.  The site is fixtures/spoiled. */
'use strict';

const { Suite } = require('../suite.js');

const ALWAYS = [/: asks for: https:\/\/example\.org\/x\.png$/, /: console: a complaint$/];
const WANTED = {
  axe: [/1280 wide, light: color-contrast: \.faint:/, /1280 wide, light: html-has-lang: html:/,
    /1280 wide, dark: color-contrast: \.dark:/, /390 wide, dark: html-has-lang: html:/],
  layout: [/360 wide: scrolls sideways: html: 4\d\d of 360$/, /360 wide: sticks out: p\.wide: 4\d\d of 360$/,
    /1280 wide: is cut off: p\.cut: \d+ of 80$/, /360 wide: does not fit: div\.table: /],
  keyboard: [/1280 wide: shows no focus: <a class="blind"/, /390 wide: shows no focus: <a class="blind"/,
    /1280 wide: is not reached: <button id="lost">/],
  plain: [/index\.html: shows no list of chapters$/, /index\.html: shows a dead control: <button id="trap">/,
    /on paper: shows: <header class="bar">/],
  reading: [/360 wide: out of sight after a jump: #lost: at \d+ of 740 pixels$/],
};

module.exports = (suite) => {
  Object.entries(WANTED).forEach(([name, wanted]) => {
    suite.test(name, async (page, fail) => {
      const inner = new Suite(suite.folder);
      require(`./${name}.js`)(inner);
      await inner.run({ browser: page.context().browser() });
      [...ALWAYS, ...wanted]
        .filter((pattern) => !inner.failures.some((line) => pattern.test(line)))
        .forEach((pattern) => fail('was not said', pattern, `but: ${inner.failures.join(' | ')}`));
    });
  });
};
