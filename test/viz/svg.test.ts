// Pictures in SVG.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { randn, tensor } from '../../src/index.js';
import { crossEntropy } from '../../src/nn/functional.js';
import { add, square, TwoLayerNet, Variable } from '../../src/scratch/index.js';
import { toSvg } from '../../src/viz/index.js';
import { DARK, LIGHT } from '../../src/viz/palette.js';
import { contrast } from './contrast.js';
import { awkward, drawable, twoApples } from './lesson.js';

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly style: string;
  readonly anchor: string;
}

/** Where a text stands. */
function find(svg: string, text: string): Placed {
  const [, attributes = ''] = new RegExp(`<text ([^>]*)>${text}</text>`).exec(svg) ?? [];
  const value = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
  return { x: Number(value('x')), y: Number(value('y')), style: value('class'), anchor: value('text-anchor') };
}

const attribute = (svg: string, name: string): number =>
  Number(new RegExp(`<svg[^>]* ${name}="([\\d.]+)"`).exec(svg)?.[1]);

/** The numbers in the `d` of all arrows. */
const arrows = (svg: string): string[] => [...svg.matchAll(/<path class="arrow" d="([^"]*)"/g)].map((m) => m[1] ?? '');

describe('a lesson', () => {
  it('has values above and gradients below the arrows, in two colours', async () => {
    const svg = await toSvg(twoApples());
    for (const [above, below] of [
      ['100', '2.2'],
      ['2', '110'],
      ['apples = 200', '1.1'],
      ['220', '1'],
    ] as const) {
      const [value, grad] = [find(svg, above), find(svg, below)];
      expect([value.style, grad.style]).toEqual(['value', 'grad']);
      expect(grad.x).toBe(value.x);
      expect(grad.y - value.y).toBeGreaterThan(12);
      // The arrow passes between the two.
      const line = (value.y + grad.y) / 2 - 3;
      expect(
        arrows(svg).some((d) => [...d.matchAll(/,(-?[\d.]+)/g)].some((m) => Math.abs(Number(m[1]) - line) < 3)),
      ).toBe(true);
    }
    expect(svg).toContain('>value →</text>');
    expect(svg).toContain('>← gradient</text>');
    expect(svg.match(/class="operation"/g)).toHaveLength(2);
    expect(svg.match(/class="variable"/g)).toHaveLength(4);
    expect(arrows(svg)).toHaveLength(5);
  });

  it('flows downwards when told so: values to the left, gradients to the right', async () => {
    const svg = await toSvg(twoApples(), { direction: 'TB' });
    const [value, grad] = [find(svg, '220'), find(svg, '1')];
    expect(value.y).toBe(grad.y);
    expect(value.x).toBeLessThan(grad.x);
    expect([value.anchor, grad.anchor]).toEqual(['end', 'start']);
    expect(find(svg, 'price').y).toBeGreaterThan(find(svg, 'apple').y);
  });

  it('can leave the numbers out, and then needs no legend', async () => {
    const svg = await toSvg(twoApples(), { values: false, gradients: false });
    expect(svg).not.toMatch(/class="(value|grad)"/);
    expect(find(svg, 'apples').style).toBe('small');
    expect(await toSvg(twoApples(), { gradients: false })).not.toContain('gradient');
  });

  it('may be of Variables, or a network that has not run', async () => {
    const x = new Variable(2, 'x');
    const a = square(x);
    const y = add(square(a), square(a));
    y.backward();
    const svg = await toSvg(y);
    expect(find(svg, '64').style).toBe('grad');
    expect(arrows(svg)).toHaveLength(9);
    expect(await toSvg(new TwoLayerNet(3, 2, 2))).toContain('>Softmax with loss</text>');
  });
});

describe('the element', () => {
  it('is one, with a title, and needs nothing else', async () => {
    const svg = await toSvg(twoApples());
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*role="img"[^>]*>\n<title>[^<]+<\/title>\n/,
    );
    expect(svg).toMatch(/<\/svg>\n$/);
    expect(svg).toContain('<title>Computational graph: ×, ×</title>');
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import|<script|<image|href| id=/);
    const titled = await toSvg(twoApples(), { title: 'Two <apples>\n& tax' });
    expect(titled).toContain('<title>Two &lt;apples&gt; &amp; tax</title>');
    expect(find(titled, 'Two &lt;apples&gt; &amp; tax').y).toBeLessThan(find(titled, 'apple').y + 40);
    expect(attribute(titled, 'height')).toBeGreaterThan(attribute(svg, 'height'));
  });

  it('keeps its style to itself, in light and in dark', async () => {
    const [, style = ''] = /<style>(.*)<\/style>/.exec(await toSvg(twoApples())) ?? [];
    const [light = '', dark = ''] = style.split('@media(prefers-color-scheme:dark)');
    expect(light).toContain(LIGHT.grad);
    expect(dark).toContain(DARK.grad);
    for (const [, selector] of style.matchAll(/(?:^|[{}])([^{}@]+)\{/g))
      expect(selector).toMatch(/^\.chainrule-graph /);
  });

  it.each([LIGHT, DARK])('every text can be read on its ground', (palette) => {
    for (const ground of [palette.paper, palette.operation, palette.variable]) {
      for (const text of [palette.ink, palette.muted, palette.grad]) {
        expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    expect(contrast(palette.value, palette.paper)).toBeGreaterThanOrEqual(4.5);
  });

  it('holds everything: no box or text reaches beyond it', async () => {
    const x = tensor([[1, 2]], { name: 'a rather long name for an input', requiresGrad: true });
    const loss = crossEntropy(x.matmul(randn([2, 3], { name: '가중치' })), tensor([1], { dtype: 'int32' }));
    const svg = await toSvg(loss, { values: true, gradients: true });
    const width = attribute(svg, 'width');
    const boxes = [
      ...svg.matchAll(/<rect class="(?:operation|variable)" x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)"/g),
    ];
    expect(boxes.length).toBeGreaterThan(4);
    for (const [, left, top, wide] of boxes) {
      expect(Number(left)).toBeGreaterThanOrEqual(0);
      expect(Number(top)).toBeGreaterThanOrEqual(0);
      expect(Number(left) + Number(wide)).toBeLessThan(width);
    }
  });

  it('shows any text and runs none of it', async () => {
    for (const direction of ['LR', 'TB'] as const) {
      const svg = await toSvg(awkward(), { title: '<b> & "c"', direction });
      expect(svg).not.toMatch(/<script|[\0-\x08\x0b\x0c\x0e-\x1f]|\p{Cs}/u);
      expect(svg).toContain('&lt;/text&gt;&lt;script&gt;');
      expect(svg).toContain('>사과 값</text>');
      // Well-formed: every & begins an entity, every tag is one of ours.
      expect(svg).not.toMatch(/&(?!(?:amp|lt|gt|quot);)/);
      expect(svg.match(/<(?!\/?(?:svg|title|style|rect|g|path|text)\b)/g)).toBeNull();
      expect(svg.match(/<text/g)?.length).toBe(svg.match(/<\/text>/g)?.length);
    }
  });

  it('of nothing is an empty picture', async () => {
    expect(await toSvg(drawable({ nodes: [], edges: [] }))).toContain('<title>Computational graph: a value</title>');
  });

  it('is the same for the same graph', async () => {
    expect(await toSvg(twoApples())).toBe(await toSvg(twoApples()));
  });

  it('says what a large graph leaves out', async () => {
    let y = tensor(0, { requiresGrad: true });
    for (let i = 0; i < 2000; i++) y = y.add(1);
    const svg = await toSvg(y);
    expect(svg).toContain('>Drawn are the nodes nearest to the result: 400. Left out behind them: 3,601.</text>');
    expect(svg).toContain('>⋯ 3,601 more</text>');
  });
});

describe('without @viz-js/viz', () => {
  afterEach(() => {
    vi.doUnmock('@viz-js/viz');
    vi.resetModules();
  });

  it('toSvg says what to install, the others work', async () => {
    vi.resetModules();
    vi.doMock('@viz-js/viz', () => {
      throw new Error("Cannot find package '@viz-js/viz'");
    });
    const viz = await import('../../src/viz/index.js');
    await expect(viz.toSvg(twoApples())).rejects.toMatchObject({
      name: 'DeviceError',
      message: expect.stringContaining('npm install @viz-js/viz'),
    });
    expect(viz.toMermaid(twoApples())).toContain('flowchart');
    expect(viz.toDot(twoApples())).toContain('digraph');
    expect(viz.toHtml(twoApples())).toContain('</html>');
    // It may be installed while the program runs.
    vi.doUnmock('@viz-js/viz');
    expect(await viz.toSvg(twoApples())).toContain('</svg>');
  });
});
