import { it, expect } from 'vitest';
import { tensor, zeros, realize, noGrad } from '../../src/index.js';
import { withEngine } from '../../src/run/engine.js';
for (const e of ['interpret', 'wasm']) {
  const on = (n: string, f: () => void) => it(`${e}: ${n}`, () => withEngine(e, f));
  on('swap', () => {
    const a = tensor([1, 2, 3]), b = tensor([4, 5, 6]);
    const [x, y] = [a.detach(), b.detach()];
    a.assign(y); b.assign(x);
    expect([a.toArray(), b.toArray()]).toEqual([[4, 5, 6], [1, 2, 3]]);
  });
  on('copy of input which is then written in place', () => {
    const a = tensor([1, 2, 3]), b = tensor([4, 5, 6]);
    const old = b.detach();
    b.assign(b.add(1)); a.assign(old);
    expect([a.toArray(), b.toArray()]).toEqual([[4, 5, 6], [5, 6, 7]]);
  });
  on('view read with the write', () => {
    const b = tensor([4, 5, 6]);
    const old = b.detach();
    b.assign(b.add(1));
    expect(old.toArray()).toEqual([4, 5, 6]);
    expect(b.toArray()).toEqual([5, 6, 7]);
  });
  on('pending before assign', () => {
    const b = tensor([4, 5, 6]);
    const y = b.add(10);
    b.assign(b.add(1));
    expect(y.toArray()).toEqual([14, 15, 16]);
    expect(b.toArray()).toEqual([5, 6, 7]);
  });
  on('two assigns', () => {
    const b = tensor([4, 5, 6]);
    b.assign(b.add(1));
    const y = b.mul(2);
    b.assign(b.add(1));
    expect(b.toArray()).toEqual([6, 7, 8]);
    expect(y.toArray()).toEqual([10, 12, 14]);
  });
  on('pending overwritten', () => {
    const b = tensor([4, 5, 6], { name: 'bee' } as never);
    const y = b.add(10);
    b.assign(b.add(1));
    b.toArray();
    let msg = ''; try { y.toArray(); } catch (e) { msg = String(e); }
    console.log(msg);
  });
  on('assign flipped', () => {
    const b = tensor([4, 5, 6, 7, 8]);
    b.assign(b.flip(0));
    expect(b.toArray()).toEqual([8, 7, 6, 5, 4]);
  });
  on('assign self', () => {
    const b = tensor([4, 5, 6]);
    b.assign(b); 
    expect(b.toArray()).toEqual([4, 5, 6]);
    b.assign(b.detach()); b.assign(b);
    expect(b.toArray()).toEqual([4, 5, 6]);
  });
}
