/** Lesson 6: the sigmoid 1 / (1 + e⁻ˣ) from four small nodes: × (−1), exp, + 1, 1/x. */
import { AddLayer, DivLayer, ExpLayer, LogLayer, MulLayer, Sigmoid, show } from 'chainrule/scratch';

const negate = new MulLayer();
const exp = new ExpLayer();
const plusOne = new AddLayer();
const divide = new DivLayer();

// Forward
const x = 1;
const a = negate.forward(x, -1);
const b = exp.forward(a);
const c = plusOne.forward(b, 1);
const y = divide.forward(c);
console.log(`forward:  ${[x, a, b, c, y].map((value) => show(value, { digits: 4 })).join(' → ')}`);

// Backward
const dc = divide.backward(1); //       −y²
const [db] = plusOne.backward(dc); //   passed on
const da = exp.backward(db); //         · eᵃ, which exp has kept
const [dx] = negate.backward(da); //    · (−1)
console.log(`backward: ${[1, dc, db, da, dx].map((value) => show(value, { digits: 4 })).join(' → ')}`);

// The four nodes together are y(1 − y), and that is all the Sigmoid layer computes.
console.log(`y(1 − y) = ${show(y * (1 - y), { digits: 4 })}`);
const sigmoid = new Sigmoid<number>();
sigmoid.forward(x);
console.log(`Sigmoid passes back ${show(sigmoid.backward(1), { digits: 4 })}`);

// The logarithm is the last small node that lesson 9 needs: its derivative is 1/x.
const log = new LogLayer();
console.log(`ln 4 = ${show(log.forward(4), { digits: 4 })}, and it passes back ${show(log.backward(1))}`);
