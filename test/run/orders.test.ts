/**
 * The three orders of reading a loss, calling backward() and stepping give the same numbers, bit for bit, and none of them
 * computes anything twice.
 */
import { describe, expect, it } from 'vitest';
import { manualSeed, randn, type Tensor, tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { SGD } from '../../src/optim/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';
import { type Events, eventsOf } from '../support/events.js';

const BATCH = 32;
const STEPS = 3;

interface Setting {
  readonly model: nn.Sequential;
  readonly optimizer: SGD;
  /** The scores and the loss of batch `step`. */
  forward(step: number): { readonly scores: Tensor; readonly loss: Tensor };
}

/** A network of its own width is planned afresh, whatever ran before. */
function setting(hidden = 20): Setting {
  manualSeed(7);
  const model = new nn.Sequential(new nn.Linear(24, hidden), new nn.ReLU(), new nn.Linear(hidden, 9));
  const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const images = Array.from({ length: STEPS + 1 }, () => randn([BATCH, 24]).realize());
  const labels = tensor(
    Array.from({ length: BATCH }, (_, i) => (i * 3) % 9),
    { dtype: 'int32' },
  );
  for (const p of model.parameters()) p.realize();
  return {
    model,
    optimizer,
    forward(step) {
      const scores = model.forward(images[step]!);
      return { scores, loss: nn.functional.crossEntropy(scores, labels) };
    },
  };
}

type Order = (s: Setting, step: number) => number;
const ORDERS: Record<string, Order> = {
  'read, backward, step': ({ optimizer, forward }, step) => {
    const { loss } = forward(step);
    const value = loss.item();
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return value;
  },
  'backward, read, step': ({ optimizer, forward }, step) => {
    const { loss } = forward(step);
    optimizer.zeroGrad();
    loss.backward();
    const value = loss.item();
    optimizer.step();
    return value;
  },
  'backward, step, read': ({ optimizer, forward }, step) => {
    const { loss } = forward(step);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss.item();
  },
};

/** Losses of all steps, then every parameter's elements. */
function trained(order: Order): number[] {
  const s = setting();
  const losses = Array.from({ length: STEPS }, (_, step) => order(s, step));
  return [...losses, ...[...s.model.parameters()].flatMap((p) => Array.from(p.typedArray()))];
}

/** What happens in one step, once everything has been compiled. */
function stepEvents(order: Order): Events {
  const s = setting();
  order(s, 0);
  return eventsOf(() => order(s, 1));
}

describe('the three orders', () => {
  it.each(engineNames())('give the same bits on %s', (engine) => {
    withEngine(engine, () => {
      const [first, ...rest] = Object.values(ORDERS).map(trained);
      expect(first!.every(Number.isFinite)).toBe(true);
      for (const other of rest) expect(other).toEqual(first);
    });
  });

  // Read first: 2 layers and 2 for the loss, then the rest. Read in between: the gradients come along, and each of the four
  // parameters is updated by itself. Read last: one plan, the updates inside the gradients' kernels.
  it.each<[string, number[]]>([
    ['read, backward, step', [4, 6]],
    ['backward, read, step', [9, 4]],
    ['backward, step, read', [9]],
  ])('%s: plans of %j kernels', (name, kernels) => {
    withEngine('wasm', () => expect(stepEvents(ORDERS[name]!).plans).toEqual(kernels));
  });

  it('together contract as often as one step alone', () => {
    withEngine('wasm', () => {
      // 2 forward; backward 2 for the weights and 1 for the hidden layer.
      for (const [i, [name, order]] of Object.entries(ORDERS).entries()) {
        const s = setting(21 + i);
        const events = eventsOf(() => order(s, 0));
        expect(events.contractions, name).toBe(5);
      }
    });
  });
});

describe('what has been read is not computed again', () => {
  it('loss.item(); loss.backward() does not run the forward contractions again', () => {
    withEngine('wasm', () => {
      const { forward, model } = setting(30);
      const { loss } = forward(0);
      expect(eventsOf(() => loss.item()).contractions).toBe(2);
      loss.backward();
      const events = eventsOf(() => [...model.parameters()].forEach((p) => p.grad!.realize()));
      expect(events.contractions).toBe(3);
    });
  });

  it('all gradients come with the first one that is read', () => {
    withEngine('wasm', () => {
      const { forward, model } = setting();
      const { loss } = forward(0);
      loss.backward();
      const [first, ...others] = [...model.parameters()];
      expect(eventsOf(() => first!.grad!.realize()).plans).toHaveLength(1);
      const rest = eventsOf(() => {
        for (const p of others) p.grad!.toArray();
        loss.item();
      });
      expect(rest.plans).toEqual([]);
    });
  });

  it('scores, loss and gradients that were kept are there after the step', () => {
    withEngine('wasm', () => {
      const { forward, optimizer, model } = setting();
      const { loss, scores } = forward(0);
      loss.backward();
      optimizer.step({ keepGrads: true });
      const events = eventsOf(() => {
        loss.item();
        scores.toArray();
        for (const p of model.parameters()) p.grad!.toArray();
      });
      expect(events.plans).toEqual([]);
    });
  });

  it('reading a loss gives it the gradients that differentiation alone gives', () => {
    for (const engine of engineNames()) {
      withEngine(engine, () => {
        const gradients = (read: boolean): number[] => {
          const { forward, model } = setting();
          const { loss } = forward(0);
          if (read) loss.item();
          loss.backward();
          return [...model.parameters()].flatMap((p) => Array.from(p.grad!.typedArray()));
        };
        expect(gradients(true)).toEqual(gradients(false));
      });
    }
  });
});
