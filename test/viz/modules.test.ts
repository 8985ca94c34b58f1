// Which module made which part of a graph.
import { describe, expect, it } from 'vitest';
import { ones, type Tensor, tensor } from '../../src/index.js';
import { BatchNorm1d, Linear, Module, ReLU, Sequential } from '../../src/nn/index.js';
import { recordModules } from '../../src/viz/index.js';

const model = () => new Sequential(new Linear(3, 2), new Sequential(new ReLU(), new Linear(2, 1)));

describe('recordModules', () => {
  it('notes each call with what it made, outer ones first', () => {
    const net = model();
    const { result, modules } = recordModules(net, () => net.forward(ones([4, 3])).sum());
    expect(
      modules.calls.map(({ path, title, parameters, output }) => [path, title, parameters, output?.shape]),
    ).toEqual([
      ['', 'Sequential', 11, [4, 1]],
      ['0', 'Linear(3, 2)', 8, [4, 2]],
      ['1', 'Sequential', 3, [4, 1]],
      ['1.0', 'ReLU', 0, [4, 2]],
      ['1.1', 'Linear(2, 1)', 3, [4, 1]],
    ]);
    const [all, first, rest, relu, last] = modules.calls;
    expect(first!.first).toBeGreaterThanOrEqual(all!.first);
    expect(first!.end).toBeLessThanOrEqual(rest!.first);
    expect(relu!.end).toBeLessThanOrEqual(last!.first);
    expect(last!.end).toBeLessThanOrEqual(all!.end);
    // The sum was made outside.
    expect(result.node.id).toBeGreaterThanOrEqual(all!.end);
    expect([...modules.state.values()]).toEqual(['0.weight', '0.bias', '1.1.weight', '1.1.bias']);
  });

  it('leaves the modules as they were, also when something throws', () => {
    const net = model();
    const keys = Object.keys(net);
    const wrong = (): Tensor => net.forward(ones([4, 7]));
    expect(() => recordModules(net, wrong)).toThrow('the input has shape [4, 7]');
    expect(Object.keys(net)).toEqual(keys);
    for (const [, module] of net.namedModules()) expect(Object.hasOwn(module, 'forward')).toBe(false);
    expect(recordModules(net, () => net.parameters().length).result).toBe(4);
  });

  it('keeps a forward that belongs to the module alone', () => {
    class Twice extends Module {
      override forward = (x: Tensor): Tensor => x.mul(2);
    }
    const net = new Twice();
    const own = net.forward;
    expect(recordModules(net, () => net.forward(tensor(3)).item()).result).toBe(6);
    expect(net.forward).toBe(own);
    expect(Object.keys(net)).toContain('forward');
  });

  it('sees buffers, and modules that are called twice', () => {
    const norm = new BatchNorm1d(2);
    const { modules } = recordModules(norm, () =>
      norm.forward(
        norm.forward(
          tensor([
            [1, 2],
            [3, 5],
          ]),
        ),
      ),
    );
    expect(modules.calls.map(({ path }) => path)).toEqual(['', '']);
    expect([...modules.state.values()]).toEqual(
      expect.arrayContaining(['runningMean', 'runningVar', 'weight', 'bias']),
    );
  });

  it('refuses what is no module', () => {
    expect(() => recordModules({} as Module, () => 1)).toThrow('recordModules: the model is a Module, got');
  });
});
