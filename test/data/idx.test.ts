/** IDX files: read exactly, or refused with the reason. */
import { describe, expect, test } from 'vitest';
import { FileError } from '../../src/base/errors.js';
import { decodeIdx } from '../../src/data/idx.js';
import { gzip, idx } from './idx-files.js';

const changed = (bytes: Uint8Array<ArrayBuffer>, at: number, value: number): Uint8Array<ArrayBuffer> => {
  bytes[at] = value;
  return bytes;
};
const longer = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array([...bytes, 0]);
const huge = (): Uint8Array<ArrayBuffer> => changed(idx([1, 28, 28]), 5, 0x10); // claims 2^20 + 1 images

describe('decodeIdx', () => {
  test.each([
    ['plain', idx([2, 3, 4])],
    ['gzip', gzip(idx([2, 3, 4]))],
  ])('reads %s', async (_, bytes) => {
    const { shape, data } = await decodeIdx(bytes, 'x');
    expect(shape).toEqual([2, 3, 4]);
    expect([...data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  test('reads what comes out of gzip in many pieces', async () => {
    const bytes = idx([100, 28, 28]);
    const { data } = await decodeIdx(gzip(bytes), 'x');
    expect(data).toEqual(bytes.subarray(16));
  });

  test.each([
    ['nothing', new Uint8Array(0), /not an IDX file/],
    ['other bytes', new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 0]), /not an IDX file/],
    ['another element type', changed(idx([4]), 2, 0x0d), /unsigned bytes/],
    ['no axes', new Uint8Array([0, 0, 8, 0]), /1 to 4 axes/],
    ['200 axes', changed(idx([4]), 3, 200), /1 to 4 axes/],
    ['half a header', idx([2, 3]).slice(0, 9), /within its header/],
    ['one byte too few', idx([2, 3]).slice(0, -1), /cut off: shape \[2, 3\] takes 18 bytes, found 17/],
    ['one byte too many', longer(idx([2, 3])), /longer than it says/],
    ['a claim of a million images', huge(), /cut off: shape \[1048577, 28, 28\]/],
    ['a claim past any tensor', changed(idx([1, 28, 28]), 4, 0xff), /more than a tensor may have/],
    ['a claim in gzip', gzip(huge()), /cut off/],
    ['more in gzip than claimed', gzip(longer(idx([40, 40]))), /longer than it says/],
    ['a short one in gzip with more than claimed', gzip(longer(idx([2]))), /longer than it says/],
    ['gzip that ends early', gzip(idx([50, 28, 28])).slice(0, -40), /damaged or cut off/],
    ['gzip with a wrong bit', changed(gzip(idx([50, 28, 28])), 300, 0xff), /damaged or cut off|cut off|longer/],
    ['gzip of nothing', gzip(new Uint8Array(0)), /not an IDX file/],
  ])('refuses %s', async (_, bytes, message) => {
    const attempt = decodeIdx(bytes, 'the file');
    await expect(attempt).rejects.toThrow(FileError);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toThrow(/^the file/);
  });
});
