/** Lesson 14: the links. A variable knows its creator, a function its input and output: the graph is already there. */
import { Exp, Square, show, Variable } from 'chainrule/scratch';

const A = new Square();
const B = new Exp();
const C = new Square();
const x = new Variable(0.5);
const a = A.call(x);
const b = B.call(a);
const y = C.call(b);

// From y back to x, link by link
console.log(`y.creator is C: ${y.creator === C}`);
console.log(`y.creator.input is b: ${y.creator?.input === b}`);
console.log(`y.creator.input.creator is B: ${y.creator?.input.creator === B}`);
console.log(`y.creator.input.creator.input is a: ${y.creator?.input.creator?.input === a}`);
console.log(`… .creator is A: ${y.creator?.input.creator?.input.creator === A}`);
console.log(`… .creator.input is x: ${y.creator?.input.creator?.input.creator?.input === x}`);
console.log(`x.creator: ${x.creator}`);

// The gradient takes the same way, and nobody has to remember the names A, B and C.
y.grad = 1;
b.grad = C.backward(y.grad); // 1. take the creator  2. take its input  3. call its backward
a.grad = B.backward(b.grad);
x.grad = A.backward(a.grad);
console.log(`x.grad = ${show(x.grad)}`);
