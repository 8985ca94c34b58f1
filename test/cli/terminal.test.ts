// Colours and columns.
import { describe, expect, it } from 'vitest';
import { describeError } from '../../src/cli/describe-error.js';
import { alignColumns, formatCount, paint, wantsColor } from '../../src/cli/terminal.js';
import { UsageError } from '../../src/cli/usage-error.js';

const sink = { write: () => true };

describe('colours', () => {
  it('are for a terminal, unless NO_COLOR is set to anything', () => {
    expect(wantsColor({ ...sink, isTTY: true }, {})).toBe(true);
    expect(wantsColor({ ...sink, isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColor({ ...sink, isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(wantsColor({ ...sink, isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(wantsColor(sink, {})).toBe(false);
  });

  it('leave text as it is where there are none', () => {
    const terminal = { out: sink, err: sink };
    expect(paint({ ...terminal, color: false }, 'red', 'text')).toBe('text');
    expect(paint({ ...terminal, color: true }, 'red', 'text')).toBe('\x1b[31mtext\x1b[39m');
  });
});

describe('columns', () => {
  it('are as wide as their widest cell', () => {
    expect(
      alignColumns(
        [
          ['a', '1', 'x'],
          ['bbb', '100', ''],
        ],
        [1],
      ),
    ).toEqual(['a      1  x', 'bbb  100']);
    expect(alignColumns([])).toEqual([]);
  });

  it('have separators in long numbers', () => {
    expect(formatCount(55000)).toBe('55,000');
  });
});

describe('an error for the reader', () => {
  it('is its message; what was not foreseen says so, and how to see more', () => {
    expect(describeError(new UsageError('wrong'), false)).toBe('wrong');
    expect(describeError(new TypeError('x is not a function'), false)).toBe(
      'unexpected TypeError: x is not a function (--stack shows where)',
    );
    expect(describeError('text', false)).toBe('unexpected: text');
  });

  it('has its stack, and that of its causes, when asked for', () => {
    const text = describeError(new UsageError('outer', { cause: new RangeError('inner') }), true);
    expect(text).toMatch(/^outer\n.*outer\n +at .*caused by:\n.*inner\n +at /s);
  });
});
