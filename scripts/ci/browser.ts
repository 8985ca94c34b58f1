/**
 * Trains in headless Chromium: on the page's thread and in a worker, each with and without cross-origin isolation.
 * All four runs must see the same losses to the last bit, and nearly those of Node.
 *
 * `tsx scripts/ci/browser.ts FOLDER`, after `scripts/ci/consumer.ts FOLDER`. The browser is `$CHROMIUM` or Debian's.
 */
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import type { Outcome } from '../../test/browser/page.js';
import { bundleFiles } from './bundle.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = resolve(process.argv[2] ?? '');
assert(process.argv[2], 'usage: tsx scripts/ci/browser.ts FOLDER');

/** What makes a page cross-origin isolated, and with it able to share memory. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const PAGE = `<!doctype html><meta charset="utf-8"><title>training</title><link rel="icon" href="data:,">
<script type="module" src="page.js"></script>`;

async function serve(headers: Record<string, string>): Promise<Server> {
  const server = createServer(({ url = '/' }, response) => {
    const script = /^\/(page|worker)\.js$/.exec(url)?.[1];
    const known = script !== undefined || /^\/(\?.*)?$/.test(url);
    const type = script ? 'text/javascript' : 'text/html';
    response.writeHead(known ? 200 : 404, { ...headers, 'content-type': `${type}; charset=utf-8` });
    response.end(script ? readFileSync(join(folder, 'browser', `${script}.js`)) : known ? PAGE : '');
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return server;
}

/** Opens the page once and waits for its outcome. @throws Error when the page fails or says nothing for a minute. */
async function outcomeOf(browser: Browser, address: string): Promise<Outcome> {
  const page = await browser.newPage();
  try {
    // A module that does not parse is told of here only.
    const failed = new Promise<never>((_, reject) => page.on('pageerror', reject));
    page.on('console', (message) => console.log(`  [page] ${message.text()}`));
    await page.goto(address);
    const handle = await Promise.race([
      failed,
      page.waitForFunction(() => globalThis.outcome, null, { timeout: 60_000 }),
    ]);
    const outcome = await handle.jsonValue();
    assert(outcome);
    return outcome;
  } finally {
    await page.close();
  }
}

// Bundled inside the project that has the package installed: here its name would lead to our own sources.
const project = join(folder, 'without-optional');
for (const part of ['test/browser', 'test/project/consumer']) {
  cpSync(join(root, part), join(project, part), { recursive: true });
}
await bundleFiles(
  { page: join(project, 'test/browser/page.ts'), worker: join(project, 'test/browser/worker.ts') },
  join(folder, 'browser'),
);

const expected: number[] = JSON.parse(readFileSync(join(folder, 'losses.json'), 'utf8'));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-first-run', '--disable-background-networking', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
});
try {
  console.log(`Chromium ${browser.version()}`);
  const runs: (readonly number[])[] = [];
  for (const isolated of [false, true]) {
    const server = await serve(isolated ? ISOLATION : {});
    const { port } = server.address() as AddressInfo;
    for (const place of ['page', 'worker']) {
      const { losses, error, isolated: was } = await outcomeOf(browser, `http://127.0.0.1:${port}/?${place}`);
      const where = `${place}, ${isolated ? 'isolated' : 'not isolated'}`;
      assert.equal(error, undefined, `${where}: ${error}`);
      assert.equal(was, isolated, `${where}: crossOriginIsolated is ${was}`);
      assert(losses && losses.length === expected.length, `${where}: ${losses?.length} losses`);
      const [first = 0] = losses;
      const last = losses.at(-1) ?? Number.NaN;
      console.log(`  ${where}: loss ${first.toFixed(4)} → ${last.toFixed(4)}`);
      assert(last < first / 2, `${where}: the loss did not fall to half`);
      runs.push(losses);
    }
    server.close();
  }
  for (const losses of runs) {
    assert.deepEqual(losses, runs[0], 'the four runs differ');
    losses.forEach((loss, i) => {
      const node = expected[i]!;
      assert(Math.abs(loss - node) <= 1e-3 * Math.abs(node), `step ${i}: ${loss} here, ${node} in Node`);
    });
  }
  console.log('  the four runs agree to the last bit, and with Node to 1e-3');
} finally {
  await browser.close();
}
