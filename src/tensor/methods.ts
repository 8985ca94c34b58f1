/**
 * Gives Tensor its methods: every function of the modules named here whose first argument is the tensor. A new function
 * in one of these files is a method the moment it is exported, with its types and its documentation.
 *
 * An exported name may end in `_` where JavaScript reserves the word: `var_` is the method `var`.
 */
import type { Node } from '../ir/node.js';
import * as activations from './activations.js';
import * as arrange from './arrange.js';
import * as backprop from './backprop.js';
import * as bitwise from './bitwise.js';
import * as compare from './compare.js';
import * as counting from './counting.js';
import * as elementwise from './elementwise.js';
import * as indexing from './indexing.js';
import * as memory from './memory.js';
import * as norms from './norms.js';
import * as numeric from './numeric.js';
import * as products from './products.js';
import * as reduce from './reduce.js';
import * as scan from './scan.js';
import * as scattering from './scattering.js';
import * as shape from './shape.js';
import * as slicing from './slicing.js';
import * as sorting from './sorting.js';
import { Tensor } from './tensor.js';
import * as transcendental from './transcendental.js';
import * as updates from './updates.js';

/** A function of a tensor as a method of that tensor. */
export type Method<F> = F extends (x: Tensor, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;
/** The functions of a module as methods. */
type Methods<Module> = { [Name in keyof Module]: Method<Module[Name]> };
type ReduceMethods = Methods<Omit<typeof reduce, 'var_'>>;

declare module './tensor.js' {
  interface Tensor
    extends Methods<typeof activations>,
      Methods<typeof backprop>,
      Methods<typeof bitwise>,
      Methods<typeof compare>,
      Methods<typeof elementwise>,
      Methods<typeof memory>,
      Methods<typeof numeric>,
      Methods<typeof arrange>,
      Methods<typeof indexing>,
      Methods<typeof counting>,
      Methods<typeof scattering>,
      Methods<typeof sorting>,
      Methods<typeof updates>,
      Methods<typeof norms>,
      Methods<typeof scan>,
      Methods<typeof products>,
      ReduceMethods,
      Methods<typeof shape>,
      Methods<typeof slicing>,
      Methods<typeof transcendental> {
    /** {@inheritDoc var_} */
    var: Method<typeof reduce.var_>;
    /** All axes in reverse order: the transpose of a matrix. */
    readonly T: Tensor;
  }
}

const MODULES = [
  activations,
  arrange,
  backprop,
  bitwise,
  compare,
  counting,
  elementwise,
  indexing,
  memory,
  norms,
  numeric,
  products,
  reduce,
  scan,
  scattering,
  shape,
  slicing,
  sorting,
  transcendental,
  updates,
];

function attach(): void {
  for (const module of MODULES) {
    for (const [name, fn] of Object.entries<(x: Tensor, ...rest: never[]) => unknown>(module)) {
      const value = function (this: Tensor, ...rest: never[]): unknown {
        return fn(this, ...rest);
      };
      Object.defineProperty(Tensor.prototype, name.replace(/_$/, ''), { value, writable: true, configurable: true });
    }
  }
  Object.defineProperty(Tensor.prototype, 'T', {
    get(this: Tensor): Tensor {
      return shape.transpose(this);
    },
    configurable: true,
  });
}

attach();

/**
 * A tensor around a node. Whoever makes the first tensors takes this function, not the constructor: so a bundler which
 * drops modules that nobody uses cannot drop the methods.
 */
export const wrap = (node: Node): Tensor => new Tensor(node);
