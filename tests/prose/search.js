/* search.js SITE: what learners type, and the places that they must be shown
   then.  Each failure is a line that says what they are shown instead. */
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const SCRIPT = path.join(__dirname, '../../docs/theme/scripts/find.js');

/* What is typed, and the page, or the place on it, that is shown first. */
const FIRST = [
  ['"how large"', '10-datagrams.html#how-large'],
  ['BrokenPipeError', '07-shutdown.html#from-python'],
  ['SO_REUSEADDR', '02-bind-listen.html#starting-again-at-once'],
  ['accept', '03-accept.html#accept'],
  ['address already in use', '02-bind-listen.html'],
  ['address in use', '02-bind-listen.html#when-bind-fails'],
  ['backlog', 'glossary.html#backlog'],
  ['binary data', '08-endianness.html#binary-data'],
  ['broken pipe', '07-shutdown.html#when-the-peer-has-gone'],
  ['byte order', '08-endianness.html'],
  ['chat', 'lab-chat.html'],
  ['connection refused', '01-create.html#connecting'],
  ['connection reset by peer', '07-shutdown.html#when-the-peer-has-gone'],
  ['create_connection', '01-create.html#from-python'],
  ['dead peer', '07-shutdown.html#when-a-peer-dies'],
  ['descriptor passing', '09-ipc.html#passing-a-descriptor'],
  ['eagain', '05-nonblocking.html#eagain'],
  ['eintr', '04-messages.html#eintr'],
  ['end of file', 'glossary.html#end-of-the-stream'],
  ['fetch', 'lab-fetch.html'],
  ['fixed length', '04-messages.html#fixed-length'],
  ['gaierror', '01-create.html#from-python'],
  ['get addr info', '01-create.html#from-a-name-to-addresses'],
  ['getaddrinfo', '01-create.html#from-a-name-to-addresses'],
  ['getaddrinof', '01-create.html#from-a-name-to-addresses'],
  ['gethostbyname', '01-create.html#what-you-may-have-read'],
  ['half open', 'glossary.html#half-open'],
  ['how do I close a socket', '07-shutdown.html#close'],
  ['how to close', '07-shutdown.html#close'],
  ['htons', '08-endianness.html#four-functions'],
  ['nagle', 'glossary.html#nagles-algorithm'],
  ['partial read', 'glossary.html#short-write'],
  ['pass a descriptor', '09-ipc.html#passing-a-descriptor'],
  ['passing descriptor', '09-ipc.html#passing-a-descriptor'],
  ['peer_accept', 'harness_8h.html#peer_accept'],
  ['poll', '05-nonblocking.html#poll'],
  ['port in use', '02-bind-listen.html#when-bind-fails'],
  ['recieve', '04-messages.html#receiving'],
  ['recv returns 0', '01-create.html#sending-and-reading-until-the-end'],
  ['reuse addr', '02-bind-listen.html#starting-again-at-once'],
  ['reuseaddr', '02-bind-listen.html#starting-again-at-once'],
  ['select', '06-select.html#select'],
  ['select.select', '06-select.html#select'],
  ['selectors', '06-select.html#from-python'],
  ['self.request', '10-datagrams.html#from-python'],
  ['sendall', '04-messages.html#from-python'],
  ['setblocking', '05-nonblocking.html#from-python'],
  ['settimeout', '05-nonblocking.html#settimeout'],
  ['sigpipe', '04-messages.html#when-the-peer-has-left'],
  ['socketserver', '03-accept.html#from-python'],
  ['struct.pack', '08-endianness.html#from-python'],
  ['time out', 'glossary.html#deadline'],
  ['time wait', 'glossary.html#time_wait'],
  ['time-wait', 'glossary.html#time_wait'],
  ['timeout', 'glossary.html#deadline'],
  ['timewait', 'glossary.html#time_wait'],
  ['too many open files', '01-create.html#when-it-fails'],
  ['zombie', 'glossary.html#zombie'],
  ['ソケット', 'glossary.html#socket'],
  ['文件描述符', 'glossary.html#descriptor'],
  ['部分写入', 'glossary.html#short-write'],
];

/* The same for places that are among the first three. */
const EARLY = [
  ['asyncio', '06-select.html#from-python'],
  ['backlog', '02-bind-listen.html'],
  ['byte order', '08-endianness.html#the-order-of-the-network'],
  ['bytes-like', '04-messages.html#bytes-are-not-a-string'],
  ['errno', '01-create.html'],
  ['half close', '07-shutdown.html#half-closed'],
  ['hints', '01-create.html#what-you-ask-for'],
  ['makefile', '05-nonblocking.html#from-python'],
  ['nagle', '04-messages.html#small-pieces-wait'],
  ['network byte order', '08-endianness.html#the-order-of-the-network'],
  ['non blocking', '05-nonblocking.html'],
  ['nonblocking', '05-nonblocking.html'],
  ['partial read', '04-messages.html#recv-may-give-less'],
  ['partial send', '04-messages.html#send-may-take-less'],
  ['ready_to_read', '05-nonblocking.html#poll'],
  ['recv returns 0', '01-create.html#close-and-what-happens-at-exit'],
  ['send a file', '04-messages.html#sendfile'],
  ['sendall', 'myths.html#myth-pythons-sendall-is-recursive'],
  ['short write', '04-messages.html#send-may-take-less'],
  ['time wait', '07-shutdown.html#time_wait'],
  ['timeout', '05-nonblocking.html#one-limit-for-all'],
  ['unix socket', '09-ipc.html'],
  ['what if the client is slow', '05-nonblocking.html#a-reader-that-is-slow'],
  ['zombie', '03-accept.html#children-who-have-ended'],
  ['部分写入', '04-messages.html#send-may-take-less'],
];

function openSearch(folder) {
  const site = {};
  new Function('window', fs.readFileSync(path.join(folder, 'search-index.js'), 'utf8'))(site);
  const search = new Function(`${fs.readFileSync(SCRIPT, 'utf8')}\nreturn { find, makeIndex };`)();
  const index = search.makeIndex(site.searchIndex);
  return (text) => search.find(index, text).places.map(({ url }) => url);
}

const isIn = (url, wanted) => url === wanted || url.startsWith(`${wanted}#`);

function main(folder) {
  const ask = openSearch(folder);
  const missed = [[FIRST, 1], [EARLY, 3]].flatMap(([queries, most]) => queries
    .map(([text, wanted]) => [text, wanted, ask(text).slice(0, most)])
    .filter(([, wanted, shown]) => !shown.some((url) => isIn(url, wanted))));
  missed.forEach(([text, wanted, shown]) => console.log(`${text}: ${shown.join(', ') || 'nothing'}; not ${wanted}`));
  console.log(`${FIRST.length + EARLY.length} queries, ${missed.length} failures`);
  process.exitCode = missed.length ? 1 : 0;
}

main(process.argv[2]);
