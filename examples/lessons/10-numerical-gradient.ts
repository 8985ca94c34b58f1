/** Lesson 10: gradients by trying. Good for checking, too slow for learning, and never exactly right. */
import { tensor } from 'chainrule';
import { numericalDiff, numericalGradient, show } from 'chainrule/scratch';

// One number: (f(x + ε) − f(x − ε)) / 2ε
const f = (x: number): number => Math.exp(x ** 2) ** 2;
const exact = 3.297442541400256; // by the chain rule; lessons 13 to 15 show how
console.log(`numericalDiff ${show(numericalDiff(f, 0.5))}, chain rule ${show(exact)}`);

// Why it is never exactly right: a large ε cuts the corner of the curve, a small ε drowns in rounding.
for (const eps of [1e-1, 1e-3, 1e-5, 1e-13]) {
  const error = Math.abs(numericalDiff(f, 0.5, eps) - exact);
  console.log(`ε = ${eps.toExponential(0)}: off by about 1e${Math.round(Math.log10(error))}`);
}

// A tensor: every element has its turn.
let evaluations = 0;
const point = tensor([3, 4], { dtype: 'float64' });
const gradient = numericalGradient((x) => {
  evaluations++;
  return x.square().sum();
}, point);
console.log(`gradient of x² + y² at (3, 4): ${show(gradient)}, after ${evaluations} evaluations`);

// Why it is too slow: the network for the digits has 784·50 + 50 + 50·10 + 10 parameters.
const parameters = 784 * 50 + 50 + 50 * 10 + 10;
console.log(
  `${parameters} parameters: ${2 * parameters} forward passes by trying; 1 forward and 1 backward by the chain rule`,
);
