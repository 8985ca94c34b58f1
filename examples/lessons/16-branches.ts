/** Lesson 16: what the simple loop gets wrong: one variable used twice, branches, and the order of visits. */
import { add, show, square, Variable } from 'chainrule/scratch';

type Receive = (input: Variable, gradient: number) => void;
const replace: Receive = (input, gradient) => {
  input.grad = gradient;
};
const accumulate: Receive = (input, gradient) => {
  input.grad = (input.grad ?? 0) + gradient;
};

/** The loop of lesson 15 for functions with several inputs; `receive` says what to do with an arriving gradient. */
function loopBackward(y: Variable, receive: Receive): void {
  y.grad = 1;
  const waiting = [y.creator];
  for (let f = waiting.pop(); f; f = waiting.pop()) {
    const gradients = [f.backward(f.output.grad ?? 0)].flat();
    for (const [i, input] of f.inputs.entries()) {
      receive(input, gradients[i] ?? 0);
      if (input.creator) waiting.push(input.creator);
    }
  }
}

// y = x + x has slope 2.
const gradientOf = (build: (x: Variable) => Variable, backward: (y: Variable) => void): string => {
  const x = new Variable(2);
  backward(build(x));
  return show(x.grad);
};
const twice = (x: Variable): Variable => add(x, x);
console.log('x + x, right is 2');
console.log(`  the last one wins: ${gradientOf(twice, (y) => loopBackward(y, replace))}`);
console.log(`  adding:            ${gradientOf(twice, (y) => loopBackward(y, accumulate))}`);

// y = (x²)² + (x²)² = 2x⁴ has slope 8x³ = 64 at x = 2.
const diamond = (x: Variable): Variable => {
  const a = square(x);
  return add(square(a), square(a));
};
console.log('(x²)² + (x²)² at x = 2, right is 64');
console.log(`  the last one wins:     ${gradientOf(diamond, (y) => loopBackward(y, replace))}`);
console.log(`  adding, but too early: ${gradientOf(diamond, (y) => loopBackward(y, accumulate))}`);
console.log(`  y.backward():          ${gradientOf(diamond, (y) => y.backward())}`);
