/** Lesson 4: two apples and three oranges. A sum joins two branches, and on the way back it splits the gradient. */
import { AddLayer, MulLayer, show } from 'chainrule/scratch';

const apple = 100;
const appleNum = 2;
const orange = 150;
const orangeNum = 3;
const tax = 1.1;

const mulApple = new MulLayer();
const mulOrange = new MulLayer();
const addFruit = new AddLayer();
const mulTax = new MulLayer();

// Forward
const applePrice = mulApple.forward(apple, appleNum);
const orangePrice = mulOrange.forward(orange, orangeNum);
const fruitPrice = addFruit.forward(applePrice, orangePrice);
const price = mulTax.forward(fruitPrice, tax);
console.log(`price ${show(price)}`);

// Backward
const [dFruitPrice, dTax] = mulTax.backward(1);
const [dApplePrice, dOrangePrice] = addFruit.backward(dFruitPrice);
const [dOrange, dOrangeNum] = mulOrange.backward(dOrangePrice);
const [dApple, dAppleNum] = mulApple.backward(dApplePrice);
console.log(`dAppleNum ${show(dAppleNum)}, dApple ${show(dApple)}`);
console.log(`dOrange ${show(dOrange)}, dOrangeNum ${show(dOrangeNum)}`);
console.log(`dTax ${show(dTax)}`);
