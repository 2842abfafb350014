/* What Doxygen's own Markdown would corrupt arrives as it was written: in text,
   code, headings, tables and captions, in titles, lists and the search.  The
   site is that of fixtures/odd. */
'use strict';

const HEADING = '%d, --flag, \'\\0\', <addr>, #define, a<b>';
const TITLE = `1 ${HEADING}, @x and "quotes"`;
const SECTION = `${HEADING}, a|b, @x, \\n, &amp;, *p and "quotes"`;

/* Of each element that the selector finds, what it says. */
const SAYS = {
  title: [`${TITLE} · Odd characters: %d, <addr> & a|b`],
  h1: [TITLE],
  'h1 code': ['%d', '--flag', "'\\0'", '<addr>', '#define', 'a<b>'],
  h2: [SECTION],
  'article > p:first-of-type': ['Text with %d, --flag, -- and ---, \'\\0\', <addr>, #define, a<b>, a|b, @x, @param, '
    + '\\n, \\n, \\ref, &amp;,\n__attribute__((packed)), *p, **pp, "quotes", \'single\', ::name, std::move, AT&T, '
    + '100%, %MyClass, ... and\nhttps://example.org/a_b_c__d?x=1&y=2. Here is nothing.'],
  'article > p:nth-of-type(2) code': ['%d', '--flag', "'\\0'", '<addr>', '#define X', 'a<b>', 'a|b', '@x', '\\n',
    '\\\\n', '&amp;', '__attribute__((packed))', '*p', '**pp', '"quotes"', '::name', '\\ref foo', '@code', '<!-- -->',
    '$x', '~~x~~'],
  '.listing:not(.session) code': [
    '#define X \'\\0\' /* @x \\n %d --flag "quotes" &amp; */\n'
      + 'int __attribute__((unused)) *p = a<b> | c;\nprintf("%d\\n", *p); // <addr>\n'
      + '/** @code \\endcode @endhtmlonly */\n',
    '%d --flag \'\\0\' <addr> #define a<b> | @x \\n &amp; __attribute__ *p "quotes" https://example.org/a_b_c\n'],
  '.session code': ['$ grep -v -- \'--flag\' <addr> | printf \'%d\\n\' "$x"\na|b  \\n  %d  @x  &amp;  <addr>\n'],
  th: ['a|b', '%d and "quotes"'],
  td: ['x | y, --flag', '\'\\0\', <addr>, @x', '#define X \\', '&amp;, __attribute__, *p, a_b_c'],
  'figure text': ['%d --flag <addr> @x \\n'],
  figcaption: ['%d, --flag, \'\\0\', <addr>, #define, a<b>, a|b, @x, \\n, __attribute__, &amp;'],
  'article li': ['%d --flag \'\\0\' @x', '"quotes" and a|b'],
  blockquote: ['<addr> and @x, --flag, \\n.'],
  '#site-chapters [data-chapter="01-odd"]': [TITLE],
};

const SEARCHES = ['--flag', '"quotes"', '<addr>', 'a|b', '__attribute__', '#define', '%d'];

const textsOf = (page, selector) => page.locator(selector)
  .evaluateAll((found) => found.map((e) => e.textContent.trim().replace(/ +/g, ' ')));

function compare(fail, what, got, wanted) {
  const [is, should] = [got, wanted].map((texts) => JSON.stringify(texts));
  if (is !== should) fail(what, `is ${is}`, `not ${should}`);
}

const spaced = (text) => text.trim().replace(/ +/g, ' ');

module.exports = (suite) => {
  suite.test('a chapter says what was written', async (page, fail) => {
    await page.goto(suite.url('01-odd.html'));
    for (const [selector, wanted] of Object.entries(SAYS)) {
      compare(fail, selector, await textsOf(page, selector), wanted.map(spaced));
    }
    compare(fail, 'drawing', [await page.getAttribute('figure svg', 'aria-label')], ['%d, --flag, <addr> and "quotes"']);
    compare(fail, 'address', await page.locator('article a[href*="example"]').evaluateAll((found) => found.map((a) => a.href)),
      ['https://example.org/a_b_c__d?x=1&y=2']);
  });

  suite.test('titles are whole where others lead to the page', async (page, fail) => {
    await page.goto(suite.url('02-second.html'));
    compare(fail, 'way back', await textsOf(page, '[rel="prev"]'), [`Previous ${TITLE}`]);
    await page.goto(suite.url('index.html'));
    compare(fail, 'first page', await textsOf(page, 'h1'), ['Odd characters: %d, <addr> & a|b']);
  });

  suite.test('the search finds odd words and shows them', async (page, fail) => {
    await page.goto(suite.url('02-second.html'));
    for (const words of SEARCHES) {
      await page.fill('#query', words);
      await page.locator('#found', { hasText: '@x' }).waitFor({ timeout: 5000 })
        .catch(() => fail(words, 'is not found'));
    }
    compare(fail, 'marked up', await textsOf(page, '#found addr'), []);
  });
};
