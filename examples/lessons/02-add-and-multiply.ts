/** Lesson 2: the two smallest nodes. A sum passes the gradient on; a product multiplies it by the other input. */
import { AddLayer, MulLayer, show } from 'chainrule/scratch';

const add = new AddLayer();
console.log(`10 + 5 = ${show(add.forward(10, 5))}`);
const [dAddX, dAddY] = add.backward(1.3);
console.log(`the sum passes back ${show(dAddX)} and ${show(dAddY)}`);

const mul = new MulLayer();
console.log(`10 × 5 = ${show(mul.forward(10, 5))}`);
const [dMulX, dMulY] = mul.backward(1.3);
console.log(`the product passes back ${show(dMulX)} and ${show(dMulY)}`);
console.log(`it had kept x = ${mul.x} and y = ${mul.y}`);
