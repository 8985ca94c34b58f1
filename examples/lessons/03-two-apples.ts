/** Lesson 3: two apples at 100 won, with 10 % tax. How does the price react to each of the three numbers? */
import { MulLayer, show } from 'chainrule/scratch';

const apple = 100; // won
const appleNum = 2;
const tax = 1.1; // 1 is 100 %

const mulApple = new MulLayer();
const mulTax = new MulLayer();

// Forward
const applePrice = mulApple.forward(apple, appleNum);
const price = mulTax.forward(applePrice, tax);
console.log(`price ${show(price)}`);

// Backward: the same nodes in the opposite order
const [dApplePrice, dTax] = mulTax.backward(1);
const [dApple, dAppleNum] = mulApple.backward(dApplePrice);
console.log(`dApple ${show(dApple)}, dAppleNum ${show(dAppleNum)}, dTax ${show(dTax)}`);

// 200 against 2.2: the units differ. One won more for an apple, and one percentage point more tax:
const oneWonMore = mulTax.forward(mulApple.forward(apple + 1, appleNum), tax) - price;
const onePercentMore = mulTax.forward(mulApple.forward(apple, appleNum), tax + 0.01) - price;
console.log(`an apple 1 won dearer: ${show(oneWonMore)} won more`);
console.log(`tax 1 percentage point higher: ${show(onePercentMore)} won more`);
