// Pictures in DOT, read by Graphviz itself.
import { instance } from '@viz-js/viz';
import { expect, it } from 'vitest';
import { tensor } from '../../src/index.js';
import { toDot } from '../../src/viz/index.js';
import { AWKWARD, awkward, twoApples } from './lesson.js';

const graphviz = await instance();

interface Read {
  readonly objects?: readonly { readonly name: string; readonly label?: string; readonly pos: string }[];
  readonly edges?: readonly { readonly tail: number; readonly head: number }[];
}

/** What Graphviz reads out of the text. @throws Error for what is no DOT */
function parsed(dot: string): Read {
  const result = graphviz.render(dot, { format: 'json' });
  if (result.status === 'failure') throw new Error(`${result.errors.map((e) => e.message).join('; ')}\n${dot}`);
  return JSON.parse(result.output);
}

it('the apples of the lessons', () => {
  const flow = (above: string, below: string): string =>
    '[shape=plain, label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="#5f6b7a">' +
    `<TR><TD><FONT COLOR="#1d4ed8">${above}</FONT></TD></TR><HR/><TR><TD><FONT COLOR="#b93c0a">${below}</FONT></TD></TR>` +
    '</TABLE>>]';
  const variable = 'shape=ellipse, style=filled, fillcolor="#f7f8fa", color="#9aa5b4"]';
  const operation =
    '[label="×", shape=circle, style=filled, width=0.4, fixedsize=true, fillcolor="#e6edfb", color="#6d87c4"]';
  const dot = toDot(twoApples());
  expect(dot.split('\n')).toEqual([
    'digraph {',
    '  graph [rankdir=LR, nodesep=0.25, ranksep=0.3, fontname="Helvetica"]',
    '  node [fontname="Helvetica", fontsize=13, fontcolor="#1f2937", margin="0.12,0.05", height=0.35, width=0.4]',
    '  edge [color="#5f6b7a", arrowsize=0.7]',
    `  n0 [label="apple", ${variable}`,
    `  n1 [label="number", ${variable}`,
    `  n2 ${operation}`,
    `  n3 [label="tax", ${variable}`,
    `  n4 ${operation}`,
    `  n5 [label="price", ${variable}`,
    `  e0 ${flow('100', '2.2')}`,
    '  n0 -> e0:w [arrowhead=none]',
    '  e0:e -> n2',
    `  e1 ${flow('2', '110')}`,
    '  n1 -> e1:w [arrowhead=none]',
    '  e1:e -> n2',
    `  e2 ${flow('apples = 200', '1.1')}`,
    '  n2 -> e2:w [arrowhead=none]',
    '  e2:e -> n4',
    `  e3 ${flow('1.1', '200')}`,
    '  n3 -> e3:w [arrowhead=none]',
    '  e3:e -> n4',
    `  e4 ${flow('220', '1')}`,
    '  n4 -> e4:w [arrowhead=none]',
    '  e4:e -> n5',
    '}',
    '',
  ]);
  const { objects, edges } = parsed(dot);
  expect(objects).toHaveLength(6 + 5);
  expect(edges).toHaveLength(10);
});

it('without the numbers arrows are plain', () => {
  const x = tensor([1, 2], { name: 'x' });
  const dot = toDot(x.add(3), { title: 'x "plus" three' });
  expect(dot).toContain('label="x \\"plus\\" three", labelloc=t');
  expect(dot).toContain('n0 -> n2\n');
  expect(dot).toContain('[label=<x<BR/><FONT POINT-SIZE="10" COLOR="#5f6b7a">float32 [2]</FONT>>, shape=ellipse');
  expect(dot).toContain('n1 [label="3", shape=plain');
  expect(parsed(dot).edges).toHaveLength(3);
});

it('any text comes out as it went in', () => {
  for (const direction of ['LR', 'TB'] as const) {
    const dot = toDot(awkward(), { title: AWKWARD.join(' '), direction });
    const { objects = [], edges } = parsed(dot);
    expect(objects).toHaveLength(AWKWARD.length * 4 - 1);
    expect(edges).toHaveLength(AWKWARD.length * 3 - 1);
    // The labels of numbers are plain strings.
    const labels = objects.filter((_, i) => i < AWKWARD.length * 3 && i % 3 === 2).map(({ label }) => label);
    const shown = AWKWARD.map((text) => text.replace(/[\0\x07\ud800](?![\udc00-\udfff])/g, '\ufffd'));
    expect(labels).toEqual(shown.map((text) => text.replace(/\\/g, '\\\\').replace(/\r\n|\n/g, '\\n')));
  }
});

it('the same graph gives the same text', () => {
  const make = (): string => toDot(tensor([1, 2], { name: 'x' }).mul(2).sum(), { values: true });
  expect(make()).toBe(make());
});
