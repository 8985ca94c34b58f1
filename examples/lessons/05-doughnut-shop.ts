/** Lesson 5: a shop of your own. Doughnuts and coffee, a coupon on both, and delivery; and a picture of it. */
import { AddLayer, MulLayer, Sketch, show } from 'chainrule/scratch';
import { toMermaid } from 'chainrule/viz';

const mulDoughnut = new MulLayer();
const mulCoffee = new MulLayer();
const addOrder = new AddLayer();
const mulCoupon = new MulLayer();
const addDelivery = new AddLayer();

// Forward: 3 doughnuts at 1200 won, 2 coffees at 3000 won, a coupon for 10 % off, 1500 won for delivery
const doughnuts = mulDoughnut.forward(1200, 3);
const coffees = mulCoffee.forward(3000, 2);
const order = addOrder.forward(doughnuts, coffees);
const reduced = mulCoupon.forward(order, 0.9);
const price = addDelivery.forward(reduced, 1500);
console.log(`price ${show(price)}`);

// Backward
const [dReduced, dDelivery] = addDelivery.backward(1);
const [dOrder, dCoupon] = mulCoupon.backward(dReduced);
const [dDoughnuts, dCoffees] = addOrder.backward(dOrder);
const [dCoffee, dCoffeeNum] = mulCoffee.backward(dCoffees);
const [dDoughnut, dDoughnutNum] = mulDoughnut.backward(dDoughnuts);
console.log(`dDoughnut ${show(dDoughnut)}, dDoughnutNum ${show(dDoughnutNum)}`);
console.log(`dCoffee ${show(dCoffee)}, dCoffeeNum ${show(dCoffeeNum)}`);
console.log(`dCoupon ${show(dCoupon)}, dDelivery ${show(dDelivery)}`);

// The picture: say which named values each node takes and what it gives. The numbers are in the nodes already.
const sketch = new Sketch()
  .add(mulDoughnut, ['doughnut', 'number of doughnuts'], 'doughnuts')
  .add(mulCoffee, ['coffee', 'number of coffees'], 'coffees')
  .add(addOrder, ['doughnuts', 'coffees'], 'order')
  .add(mulCoupon, ['order', 'coupon'], 'reduced')
  .add(addDelivery, ['reduced', 'delivery'], 'price');
console.log(toMermaid(sketch));
