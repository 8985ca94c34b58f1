// Pages of graphs, without a browser: what is written into them.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SCRIPT_FILE, pageScriptFile } from '../../scripts/page-script.js';
import { ones, type Tensor, tensor } from '../../src/index.js';
import { Linear, ReLU, Sequential } from '../../src/nn/index.js';
import { drawingOf, type HtmlOptions, recordModules, toHtml } from '../../src/viz/index.js';
import type { Card, CardPart, PageData, PageNode } from '../../src/viz/page/model.js';
import { DARK, LIGHT } from '../../src/viz/palette.js';
import { contrast } from './contrast.js';
import { awkward, drawable, twoApples } from './lesson.js';

const dataOf = (page: string): PageData =>
  JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '');

function nodeOf(page: string, title: string): PageNode {
  const found = dataOf(page).nodes.find(({ card }) => card.title === title);
  if (!found) throw new Error(`no node ${title}`);
  return found;
}

const rowsOf = (of: Pick<Card, 'rows'> | CardPart | undefined): Record<string, string> =>
  Object.fromEntries(of?.rows ?? []);
const partOf = ({ card }: PageNode, kind: CardPart['kind']): CardPart | undefined =>
  card.parts.find((part) => part.kind === kind);

describe('the page', () => {
  const title = '<b> & "c" </title><script>alert(1)</script>';
  let page = '';
  beforeAll(() => {
    page = toHtml(awkward(), { title });
  });

  it('needs nothing else and asks nothing of the network', () => {
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:|\/\/[a-z]|url\(|@import|<link|<img| src=/i,
    );
    expect(page).toContain(`content="default-src 'none';`);
  });

  it('has the form of a page', () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/);
    expect(page).toMatch(/<\/body>\n<\/html>\n$/);
    expect(toHtml(twoApples())).toContain('<title>Computational graph</title>');
  });

  it('shows any text and runs none of it', () => {
    expect(page).toContain(
      '<h1>&lt;b&gt; &amp; &quot;c&quot; &lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</h1>',
    );
    // The data, and the page's own.
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(page).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f]|\p{Cs}/u);
    const { nodes } = dataOf(page);
    expect(nodes.map(({ card }) => card.title)).toContain("</text><script>alert('x')</script>");
    expect(nodes.flatMap(({ face }) => face.lines.map(({ text }) => text))).toContain('사과 값');
    expect(JSON.stringify(nodes)).not.toMatch(/\\u0000|\\ud800/);
  });

  it('is the same for the same graph', () => {
    expect(toHtml(twoApples())).toBe(toHtml(twoApples()));
    const make = () => tensor([1, 2], { requiresGrad: true, name: 'x' }).square().sum();
    expect(toHtml(make(), { values: true, gradients: true })).toBe(toHtml(make(), { values: true, gradients: true }));
  });

  it('carries the script that src/viz/page has: if not, npm run build', async () => {
    expect(readFileSync(PAGE_SCRIPT_FILE, 'utf8')).toBe(await pageScriptFile());
  });

  it.each([LIGHT, DARK])('can be read', (palette) => {
    for (const ground of [palette.paper, palette.module, palette.variable, palette.operation]) {
      expect(contrast(palette.ink, ground)).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(palette.muted, palette.module)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(palette.alarm, palette.paper)).toBeGreaterThanOrEqual(4.5);
    // Frames, signs and marks.
    expect(contrast(palette.moduleFrame, palette.module)).toBeGreaterThanOrEqual(2.8);
  });

  it.each<[object, string]>([
    [{ direction: 'up' }, "direction is 'LR' or 'TB'"],
    [{ folded: 'all' }, 'folded is true or false, got the string "all"'],
    [{ modules: [] }, 'modules is what recordModules returned under that name'],
    [{ maxNodes: 0 }, 'maxNodes must be a whole number from 1 up'],
  ])('refuses the options %o', (options, message) => {
    expect(() => toHtml(tensor(1), options)).toThrow(message);
  });
});

describe('of a tensor', () => {
  const x = tensor([[1, 2, 3]], { name: 'x' });
  const w = (): Tensor => tensor([[1], [0.5], [-1]], { name: 'w', requiresGrad: true });

  it('has the nodes and arrows of its drawing', () => {
    const y = x.matmul(w()).relu().sum();
    const { nodes, edges } = dataOf(toHtml(y));
    const drawing = drawingOf(y);
    expect(nodes).toHaveLength(drawing.nodes.length);
    const place = (id: string): number => drawing.nodes.findIndex((node) => node.id === id);
    expect(edges).toEqual(drawing.edges.map(({ from, to }) => [place(from), place(to)]));
  });

  it('tells of shapes, dtypes, values and gradients', () => {
    const page = toHtml(x.mul(2).matmul(w()).sum(), { values: true, gradients: true });
    const product = nodeOf(page, '×');
    expect(rowsOf(product.card)).toEqual({ shape: '[1, 3] = 3', dtype: 'float32' });
    expect(rowsOf(partOf(product, 'value'))).toEqual({
      min: '2',
      max: '6',
      mean: '4',
      std: '2',
      elements: '[[2, 4, 6]]',
    });
    expect(partOf(product, 'grad')).toBeUndefined();
    const weight = nodeOf(page, 'w');
    expect(rowsOf(partOf(weight, 'grad'))).toMatchObject({ mean: '4', elements: '[[2], [4], [6]]' });
    expect(rowsOf(partOf(nodeOf(page, 'sum'), 'value'))).toEqual({ '': '-2' });
    expect(rowsOf(nodeOf(page, 'sum').card).shape).toBe('[] (scalar)');
  });

  it('computes nothing unless told, and shows what is there', () => {
    const weight = w();
    const h = x.matmul(weight);
    const y = h.square().sum();
    const page = toHtml(y);
    expect([h.node.storage, y.node.storage]).toEqual([null, null]);
    expect(partOf(nodeOf(page, 'matmul'), 'value')).toBeUndefined();
    expect(partOf(nodeOf(page, 'w'), 'value')).toBeDefined();
    expect(partOf(nodeOf(page, 'w'), 'grad')).toBeUndefined();
    expect(partOf(nodeOf(toHtml(y, { values: false }), 'w'), 'value')).toBeUndefined();
    // What is computed for the page leaves the history and the gradients as they were.
    toHtml(y, { values: true, gradients: true });
    expect(weight.grad).toBeNull();
    y.backward();
    expect(weight.grad?.toArray()).toEqual([[-2], [-4], [-6]]);
    expect(rowsOf(partOf(nodeOf(toHtml(y), 'w'), 'grad'))).toMatchObject({ mean: '-4' });
    expect(partOf(nodeOf(toHtml(y, { gradients: false }), 'w'), 'grad')).toBeUndefined();
    expect(rowsOf(partOf(nodeOf(toHtml(y, { values: true }), 'matmul'), 'value'))[''], 'released').toBeDefined();
  });

  it('sums up many elements, and says where they are not finite', () => {
    const many = tensor(
      Array.from({ length: 100 }, (_, i) => i),
      { name: 'many' },
    );
    const part = partOf(nodeOf(toHtml(many.sum()), 'many'), 'value');
    expect(rowsOf(part)).toEqual({ min: '0', max: '99', mean: '49.5', std: '29.0115', first: '[0, 1, 2, 3, …]' });
    expect(part?.bars?.reduce((a, b) => a + b)).toBe(100);
    const broken = tensor([1, NaN, -Infinity, 3], { name: 'broken' });
    const page = toHtml(broken.sum(), { values: true });
    expect(rowsOf(partOf(nodeOf(page, 'broken'), 'value'))).toMatchObject({
      NaN: '1 of 4',
      '±Inf': '1 of 4',
      mean: '2',
    });
    expect(dataOf(page).nodes.map(({ alarm }) => alarm)).toEqual([true, true, true]);
    expect(nodeOf(toHtml(many.sum()), 'many').alarm).toBeUndefined();
    const mask = tensor([true, false, true], { name: 'mask' });
    expect(rowsOf(partOf(nodeOf(toHtml(mask.sum()), 'mask'), 'value'))).toEqual({
      true: '2 of 3',
      elements: '[T, F, T]',
    });
    const none = tensor([], { name: 'none' });
    expect(rowsOf(partOf(nodeOf(toHtml(none.sum()), 'none'), 'value'))).toEqual({ elements: 'none' });
  });

  it('says what a large graph leaves out', () => {
    let y = tensor(0, { requiresGrad: true });
    for (let i = 0; i < 300; i++) y = y.add(1);
    const page = toHtml(y);
    expect(page).toContain('<p>Drawn are the nodes nearest to the result: 400. Left out behind them: 201.</p>');
    expect(nodeOf(page, '⋯ 201 more').card.subtitle).toBe('left out');
  });
});

describe('of modules', () => {
  const net = new Sequential(new Linear(3, 4), new ReLU(), new Sequential(new Linear(4, 4), new Linear(4, 2)));
  const { result, modules } = recordModules(net, () => net.forward(ones([5, 3])).mean());
  const page = (options: HtmlOptions = {}): PageData => dataOf(toHtml(result, { modules, ...options }));

  it('has a group for each that holds more than one thing, nested as they are', () => {
    const { groups } = page();
    expect(groups.map(({ title, parent }) => [title.text, parent])).toEqual([
      ['Sequential', -1],
      ['0: Linear(3, 4)', 0],
      ['2: Sequential', 0],
      ['0: Linear(4, 4)', 2],
      ['1: Linear(4, 2)', 2],
    ]);
    expect(groups[2]!.face.lines.map(({ text }) => text)).toEqual(['2: Sequential', '30 parameters → [5, 2]']);
    expect(rowsOf(groups[4]!.card)).toEqual({ path: '2.1', parameters: '10', output: '[5, 2] = 10', dtype: 'float32' });
  });

  it('puts nodes where they were made, and parameters where they are used', () => {
    const { nodes } = page();
    const groupsOf = (title: string): number[] =>
      nodes.filter(({ card }) => card.title === title).map(({ group }) => group);
    expect(groupsOf('matmul')).toEqual([1, 3, 4]);
    expect(groupsOf('weight')).toEqual([1, 3, 4]);
    expect(groupsOf('relu')).toEqual([0]);
    expect(groupsOf('mean')).toEqual([-1]);
    expect(nodes.at(-1)!.group).toBe(-1);
    expect(nodes.filter(({ card }) => card.title === 'bias').map(({ card }) => card.subtitle)).toEqual([
      'parameter 0.bias',
      'parameter 2.0.bias',
      'parameter 2.1.bias',
    ]);
    expect(rowsOf(nodes.find(({ card }) => card.title === 'relu')!.card).module).toBe('1: ReLU');
  });

  it('opens small graphs unfolded, large ones as far as they can be overlooked', () => {
    expect(page().groups.some(({ folded }) => folded)).toBe(false);
    expect(page({ folded: true }).groups.every(({ folded }) => folded)).toBe(true);
    const deep = new Sequential(...Array.from({ length: 20 }, () => new Sequential(new Linear(2, 2), new ReLU())));
    const large = recordModules(deep, () => deep.forward(ones([1, 2])));
    const { groups, nodes } = dataOf(toHtml(large.result, { modules: large.modules }));
    expect(groups.filter(({ folded }) => !folded).map(({ title }) => title.text)).toContain('Sequential');
    expect(groups.filter(({ folded }) => folded).length).toBeGreaterThan(10);
    expect(nodes.length).toBeGreaterThan(100);
  });

  it('tells calls of one module apart, and leaves what two share outside of both', () => {
    const layer = new Linear(2, 2);
    const twice = recordModules(layer, () => layer.forward(layer.forward(ones([1, 2]))));
    const { groups, nodes } = dataOf(toHtml(twice.result, { modules: twice.modules }));
    expect(groups.map(({ title }) => title.text)).toEqual(['Linear(2, 2), call 1', 'Linear(2, 2), call 2']);
    expect(nodes.find(({ card }) => card.title === 'weight')!.group).toBe(-1);
  });
});

describe('of a lesson', () => {
  it('has the numbers of its arrows in the cards', () => {
    const page = toHtml(twoApples());
    expect(dataOf(page).nodes).toHaveLength(6);
    const apple = nodeOf(page, 'apple');
    expect(rowsOf(partOf(apple, 'value'))).toEqual({ '': '100' });
    expect(rowsOf(partOf(apple, 'grad'))).toEqual({ '': '2.2' });
    expect(rowsOf(partOf(nodeOf(page, 'price'), 'value'))).toEqual({ '': '220' });
    expect(toHtml(twoApples(), { values: false, gradients: false })).not.toContain('2.2');
  });

  it('leaves out an arrow that leads nowhere', () => {
    const lost = { from: 'a', to: 'nobody' };
    const page = toHtml(drawable({ nodes: [{ id: 'a', kind: 'variable', label: 'a' }], edges: [lost] }));
    expect(dataOf(page).edges).toEqual([]);
  });

  it('of nothing is an empty page', () => {
    expect(dataOf(toHtml(drawable({ nodes: [], edges: [] }))).nodes).toEqual([]);
  });
});
