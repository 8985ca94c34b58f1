/** Lesson 7: layers on whole tensors. ReLU is a gate, the sigmoid a gentle slope. */
import { tensor } from 'chainrule';
import { Relu, Sigmoid, show } from 'chainrule/scratch';

const x = tensor([
  [1, -0.5],
  [-2, 3],
]);
const upstream = tensor([
  [10, 20],
  [30, 40],
]);

const relu = new Relu();
console.log(`ReLU forward   ${show(relu.forward(x))}`);
console.log(`mask (x ≤ 0)   ${show(relu.mask)}`);
console.log(`ReLU backward  ${show(relu.backward(upstream))}`);

const sigmoid = new Sigmoid();
console.log(`sigmoid forward   ${show(sigmoid.forward(x), { digits: 3 })}`);
console.log(`sigmoid backward  ${show(sigmoid.backward(upstream), { digits: 3 })}`);
console.log(`what came from upstream is unchanged: ${show(upstream)}`);
