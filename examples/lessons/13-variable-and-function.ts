/** Lesson 13: Variable and Function. y = (exp(x²))² at x = 0.5, and its gradient, called by hand. */
import { Exp, Function, Square, show, Variable } from 'chainrule/scratch';

const A = new Square();
const B = new Exp();
const C = new Square();

// Forward: calling a function gives a new variable.
const x = new Variable(0.5);
const a = A.call(x);
const b = B.call(a);
const y = C.call(b);
console.log(`x = ${show(x.data)}, a = ${show(a.data)}, b = ${show(b.data)}, y = ${show(y.data)}`);

// Backward: y for itself is 1, and then function by function from the end.
y.grad = 1;
b.grad = C.backward(y.grad);
a.grad = B.backward(b.grad);
x.grad = A.backward(a.grad);
console.log(`b.grad = ${show(b.grad)}, a.grad = ${show(a.grad)}, x.grad = ${show(x.grad)}`);

// A function of your own says how it goes forward and how it goes back.
class Cube extends Function {
  override forward(value: number): number {
    return value ** 3;
  }
  override backward(gradient: number): number {
    return 3 * this.input.data ** 2 * gradient;
  }
}
const cube = new Cube();
console.log(`2³ = ${show(cube.call(new Variable(2)).data)}, slope ${show(cube.backward(1))}`);

// One that does not say so is told.
class Half extends Function {}
try {
  new Half().call(new Variable(2));
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}
