// Pictures in Mermaid.
import { expect, it } from 'vitest';
import { tensor } from '../../src/index.js';
import { toMermaid } from '../../src/viz/index.js';
import { awkward, drawable, twoApples } from './lesson.js';

it('the apples of the lessons', () => {
  const grad = (text: string): string => `<span style='color: firebrick; background: seashell'>${text}</span>`;
  expect(toMermaid(twoApples()).split('\n')).toEqual([
    'flowchart LR',
    '  n0(["apple"])',
    '  n1(["number"])',
    '  n2(("×"))',
    '  n3(["tax"])',
    '  n4(("×"))',
    '  n5(["price"])',
    `  n0 -->|"100<br/>${grad('2.2')}"| n2`,
    `  n1 -->|"2<br/>${grad('110')}"| n2`,
    `  n2 -->|"apples = 200<br/>${grad('1.1')}"| n4`,
    `  n3 -->|"1.1<br/>${grad('200')}"| n4`,
    `  n4 -->|"220<br/>${grad('1')}"| n5`,
    '',
  ]);
});

it('a tensor, from top to bottom, with a title', () => {
  const x = tensor([[1, 2]], { name: 'x' });
  expect(toMermaid(x.sum(1).mul(3), { direction: 'TB', title: 'a "title"\nof two lines' })).toBe(`---
title: "a \\"title\\" of two lines"
---
flowchart TB
  n0(["x<br/><small>float32 [1, 2]</small>"])
  n1["sum<br/><small>axis 1 → [1]</small>"]
  n2["3"]:::number
  n3(("×"))
  n4(["<small>float32 [1]</small>"])
  n0 --> n1
  n1 --> n3
  n2 --> n3
  n3 --> n4
  classDef number fill:none,stroke:none
`);
});

it('text is no syntax', () => {
  const text = toMermaid(awkward());
  const lines = text.trimEnd().split('\n');
  const label = `"[^"\`\\\\*\\n]*"`;
  const node = new RegExp(`^ {2}(n\\d+|note)(\\(\\[${label}\\]\\)|\\(\\(${label}\\)\\)|\\[${label}\\](:::\\w+)?)$`);
  const arrow = new RegExp(`^ {2}n\\d+ -->(\\|${label}\\|)? n\\d+$`);
  for (const line of lines.slice(1).filter((one) => !one.startsWith('  classDef'))) {
    expect(node.test(line) || arrow.test(line), line).toBe(true);
  }
  // Mermaid would take away the `;` of an entity here.
  expect(text).not.toMatch(/style.*:\S*#.*;/);
  // No tag but our own, nothing that begins an entity of its own, no list of Markdown.
  expect(text.match(/<(?!\/?(?:br|small|span)\b)/g)).toBeNull();
  expect(text.match(/&/g)).toBeNull();
  const one = (name: string): string | undefined =>
    toMermaid(drawable({ nodes: [{ id: 'a', kind: 'variable', label: name }], edges: [] })).split('\n')[1];
  expect(one('1. one\n- two')).toBe('  n0(["#49;. one<br/>#45; two"])');
  expect(one('a "b" #c; <d> `e` x_1')).toBe('  n0(["a #34;b#34; #35;c; #60;d#62; #96;e#96; x#95;1"])');
  expect(one('style a:#f00; b: 1')).toBe('  n0(["style a#58;#35;f00; b: 1"])');
  expect(one('')).toBe('  n0([" "])');
});
