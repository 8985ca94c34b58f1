/** Downloads from a server of the test's own: what comes, what is refused, and giving up in time. */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileError } from '../../src/base/errors.js';
import { download, sha256 } from '../../src/data/download.js';

let server: Server;
let base = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/good') response.end('hello');
    else if (request.url === '/stalls') response.write('hel');
    else if (request.url === '/missing') response.writeHead(404).end('not here');
    // Anything else is never answered.
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  base = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('download', () => {
  test('brings the bytes', async () => {
    expect(new TextDecoder().decode(await download(`${base}/good`, { mostBytes: 5 }))).toBe('hello');
  });

  test.each([
    ['an answer that is no success', '/missing', {}, /missing from \S+: the server answered 404/],
    ['more than expected', '/good', { mostBytes: 4 }, /more than the expected 4 bytes/],
    ['no answer', '/silent', { answerWithin: 50 }, /no answer within 0.05 s/],
    ['an answer that stops', '/stalls', { stallAfter: 50 }, /nothing more came within 0.05 s/],
  ])('refuses %s', async (_, path, limits, message) => {
    const attempt = download(base + path, { mostBytes: 100, ...limits });
    await expect(attempt).rejects.toThrow(FileError);
    await expect(attempt).rejects.toThrow(message);
  });

  test('says why there is no connection', async () => {
    await expect(download('http://127.0.0.1:1/x', { mostBytes: 1 })).rejects.toThrow(
      /cannot download .*: (bad port|.*ECONNREFUSED)/,
    );
  });
});

test('sha256', async () => {
  // FIPS 180-4's example.
  expect(await sha256(new TextEncoder().encode('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
