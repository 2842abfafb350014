/* The system's Chromium, without a word to anybody, in a profile of its own
   that goes with it. */
'use strict';

const fs = require('fs');
const os = require('os');
const path = require('path');
const { chromium } = require('playwright-core');

const SILENT = ['--host-resolver-rules=MAP * ~NOTFOUND', '--no-pings',
  '--disable-background-networking', '--disable-component-update',
  '--disable-domain-reliability', '--disable-gpu'];

function findChromium() {
  return process.env.PATH.split(path.delimiter)
    .map((folder) => path.join(folder, 'chromium'))
    .find((file) => fs.existsSync(file));
}

/* Playwright makes the profile where temporary files are made. */
async function startBrowser() {
  const usual = os.tmpdir();
  const folder = fs.mkdtempSync(path.join(usual, 'browser-'));
  process.env.TMPDIR = folder;
  try {
    return { browser: await chromium.launch({ executablePath: findChromium(), args: SILENT }), folder };
  } finally {
    process.env.TMPDIR = usual;
  }
}

async function finishBrowser({ browser, folder }) {
  await browser.close();
  fs.rmSync(folder, { recursive: true, force: true });
}

module.exports = { finishBrowser, startBrowser };
