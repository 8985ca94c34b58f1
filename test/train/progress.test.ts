// The progress line, on a terminal and elsewhere, under a clock of the test's own.
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatPercent,
  type Progress,
  ProgressLine,
  type ProgressOptions,
} from '../../src/train/progress.js';

const ESCAPE = '\x1b';
const step = (number: number, epoch = 1): Progress => ({
  epoch,
  epochs: 4,
  step: number,
  stepsPerEpoch: 100,
  loss: 0.25,
  accuracy: 0.9125,
});

function record(sink: { isTTY?: boolean; columns?: number }, options: ProgressOptions = {}) {
  const written: string[] = [];
  let time = 1000;
  const line = new ProgressLine({ ...sink, write: (text) => written.push(text) }, { ...options, now: () => time });
  return {
    written,
    line,
    wait: (ms: number) => {
      time += ms;
    },
  };
}

describe('ProgressLine', () => {
  it('writes plain lines elsewhere, only now and then', () => {
    const { written, line, wait } = record({});
    for (let i = 1; i <= 50; i++) {
      wait(500);
      line.update(step(i));
    }
    expect(written).toEqual([
      'epoch 1/4 · step  20/100 · loss 0.2500 · accuracy 91.25 % · 2.0 steps/s · 3 min 10 s left\n',
      'epoch 1/4 · step  40/100 · loss 0.2500 · accuracy 91.25 % · 2.0 steps/s · 3 min 00 s left\n',
    ]);
    line.clear();
    expect(written).toHaveLength(2);
  });

  it('rewrites one line on a terminal, and takes it away', () => {
    const { written, line, wait } = record({ isTTY: true, columns: 200 });
    line.update(step(1));
    wait(10);
    line.update(step(2));
    wait(200);
    line.update(step(3));
    expect(written).toHaveLength(2);
    expect(written[1]).toMatch(/^\r\x1b\[2K.*step {3}3\/100/);
    expect(written[1]).not.toContain('\n');
    line.clear();
    expect(written.at(-1)).toBe(`\r${ESCAPE}[2K`);
  });

  it('has no colours when told so', () => {
    const colored = record({ isTTY: true, columns: 200 });
    const plain = record({ isTTY: true, columns: 200 }, { color: false });
    for (const { line } of [colored, plain]) line.update(step(10));
    expect(colored.written[0]).toContain(`${ESCAPE}[36m`);
    expect(plain.written[0]?.replace(`\r${ESCAPE}[2K`, '')).not.toContain(ESCAPE);
  });

  it.each([20, 45, 80])('fits into %i columns', (columns) => {
    const { written, line } = record({ isTTY: true, columns });
    line.update(step(10));
    const visible = written[0]?.replace(/\x1b\[[0-9;]*[mK]|\r/g, '') ?? '';
    expect(visible.length).toBeLessThan(columns);
    expect(visible.startsWith('epoch 1/4')).toBe(true);
  });

  it('counts the time left from the pace since it began, not from the start of a resumed training', () => {
    const { written, line, wait } = record({}, { interval: 1 });
    line.update(step(50, 3));
    wait(1000);
    line.update(step(60, 3));
    expect(written).toEqual(['epoch 3/4 · step  60/100 · loss 0.2500 · accuracy 91.25 % · 10 steps/s · 14 s left\n']);
  });
});

describe('spelling', () => {
  it.each([
    [0.2, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [125, '2 min 05 s'],
    [3725, '1 h 02 min'],
    [-1, '0 s'],
  ] as const)('%d seconds is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('spells fractions as percentages', () => {
    expect(formatPercent(0.97345)).toBe('97.34 %');
    expect(formatPercent(1, 0)).toBe('100 %');
  });
});
