import { it } from 'vitest';
import fc from 'fast-check';
import { programs } from '../support/random-graph.js';
import { showProgram } from '../support/graph-program.js';
it('h', () => {
  const ps = fc.sample(programs(25), { numRuns: 300, seed: 5 });
  const h: Record<string, number> = {};
  let steps = 0, exact = 0, writes = 0, outs = 0;
  for (const p of ps) { steps += p.steps.length; writes += p.writes.length; outs += p.outputs.length; for (const s of p.steps) { h[s.op.name] = (h[s.op.name] ?? 0) + 1; if (s.exact) exact++; } }
  console.log({ steps: steps / 300, exact: exact / steps, writes, outs: outs / 300, h });
  for (const p of ps.slice(10, 16)) console.log(showProgram(p));
});
