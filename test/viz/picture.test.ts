// What can be drawn, and the options that all languages share.
import { expect, it } from 'vitest';
import { tensor } from '../../src/index.js';
import { square, Variable } from '../../src/scratch/index.js';
import * as viz from '../../src/viz/index.js';
import { twoApples } from './lesson.js';

it('refuses what cannot be drawn', () => {
  const wrong: unknown[] = [3, null, undefined, 'x', {}, [tensor(1)]];
  for (const thing of wrong) {
    expect(() => viz.toDot(thing as viz.Drawable)).toThrow(
      /a picture is drawn of a tensor, or of a thing with a drawing\(\).*got/,
    );
  }
});

it.each<[object, string]>([
  [{ direction: 'up' }, "direction is 'LR' or 'TB', got the string \"up\""],
  [{ detail: 1 }, "detail is 'ops' or 'all', got 1"],
  [{ maxNodes: 0 }, 'maxNodes must be a whole number from 1 up, or Infinity, got 0'],
  [{ maxNodes: 2.5 }, 'maxNodes must be a whole number from 1 up'],
])('refuses the options %o', async (options, message) => {
  expect(() => viz.toMermaid(tensor(1), options)).toThrow(message);
  await expect(viz.toSvg(tensor(1), options)).rejects.toThrow(message);
});

it('leaves out what the options say', () => {
  const { nodes, edges } = viz.drawingOf(twoApples(), { values: false, gradients: false });
  expect(nodes).toHaveLength(6);
  expect(edges.some((edge) => 'value' in edge || 'grad' in edge)).toBe(false);
  expect(edges.map((edge) => edge.label)).toEqual([undefined, undefined, 'apples', undefined, undefined]);
});

it('cuts large drawings behind what is nearest to the result', () => {
  let y = new Variable(1.1, 'x');
  for (let i = 0; i < 500; i++) y = square(y);
  const whole = viz.drawingOf(y, { maxNodes: Infinity });
  expect([whole.nodes.length, whole.note]).toEqual([1001, undefined]);
  const part = viz.drawingOf(y, { maxNodes: 9 });
  expect(part.nodes).toHaveLength(9);
  expect(part.edges).toHaveLength(8);
  expect(part.nodes.map((node) => node.id)).toContain('v0');
  expect(part.note).toBe('Drawn are the nodes nearest to the result: 9. Left out behind them: 992.');
});
