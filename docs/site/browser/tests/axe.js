/* Every page by the rules of axe: WCAG 2.2 up to AA and good practice, at the
   width of a desk and of a phone; the contrast at both in both themes.  Folds
   are opened first, since axe looks at nothing that is hidden. */
'use strict';

const axe = require('axe-core');
const { PHONE, WIDE, unfold } = require('../suite.js');

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const RULES = { runOnly: { type: 'tag', values: TAGS } };
const COLOURS = { runOnly: { type: 'rule', values: ['color-contrast'] } };
const LOOKS = [[WIDE, 'light', RULES], [WIDE, 'dark', COLOURS], [PHONE, 'light', COLOURS],
  [PHONE, 'dark', RULES]];

/* What is wrong, as [rule, element, what to do about it]. */
async function violations(page, options) {
  const found = await page.evaluate((given) => window.axe.run(document,
    { ...given, resultTypes: ['violations'], preload: false }), options);
  return found.violations.flatMap((rule) => rule.nodes.map((node) => [
    rule.id, node.target.join(' '), node.failureSummary.split('\n')[1].trim()]));
}

module.exports = (suite) => {
  suite.everyPage(async (page, fail) => {
    await page.evaluate(axe.source);
    await unfold(page);
    for (const [viewport, colorScheme, options] of LOOKS) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      for (const violation of await violations(page, options)) {
        fail(`${viewport.width} wide, ${colorScheme}`, ...violation);
      }
    }
  });
};
