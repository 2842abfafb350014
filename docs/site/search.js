/* Asks a site's search without a browser.  Takes the folder of the site, and
   from stdin a list of queries; gives for each the places that are shown. */
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const read = (...names) => fs.readFileSync(path.join(...names), 'utf8');
const scripts = path.join(__dirname, '..', 'theme', 'scripts');
const site = {};
new Function('window', read(process.argv[2], 'search-index.js'))(site);
const search = new Function(read(scripts, 'find.js')
  + '\nreturn { unpack, makeIndex, find, groupByPage, excerpt };')();

async function main() {
  const index = search.makeIndex(await search.unpack(site.searchIndex));
  const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
  const found = asked.map((query) => search.find(index, query));
  process.stdout.write(JSON.stringify(found.map(({ places, whole, query }) => ({
    whole, count: places.length, places: search.groupByPage(places, 3, 8).flat()
      .map((place) => ({ url: place.url, kind: place.kind, title: place.section || place.page,
        excerpt: search.excerpt(index, place, query, 150) })),
  }))));
}

main();
