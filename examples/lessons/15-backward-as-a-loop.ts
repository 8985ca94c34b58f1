/** Lesson 15: following links is a loop, and the loop can live in the variable: y.backward(). */
import { exp, show, square, Variable } from 'chainrule/scratch';

/** From a function to its input, and from there to that variable's creator, until a variable has none. */
function simpleBackward(y: Variable): void {
  y.grad = 1;
  for (let f = y.creator; f !== null; f = f.input.creator) {
    const [gradient = 0] = [f.backward(f.output.grad ?? 0)].flat();
    f.input.grad = gradient;
  }
}

const x = new Variable(0.5);
simpleBackward(square(exp(square(x))));
console.log(`the loop written here: x.grad = ${show(x.grad)}`);

x.clearGrad();
const y = square(exp(square(x)));
y.backward();
console.log(`y.backward():          x.grad = ${show(x.grad)}`);
console.log(`with all its digits:   ${x.grad}`);
