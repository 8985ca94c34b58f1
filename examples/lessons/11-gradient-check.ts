/** Lesson 11: a network of two layers. Are its gradients right? The slow, simple way checks the fast one. */
import { Generator, rand, tensor } from 'chainrule';
import { show, TwoLayerNet } from 'chainrule/scratch';

const generator = new Generator(1);
const net = new TwoLayerNet(4, 5, 3, { dtype: 'float64', generator });
for (const [name, param] of Object.entries(net.params)) console.log(`${name} ${param.shape.join('×')}`);

const x = rand([6, 4], { dtype: 'float64', generator });
const t = tensor([0, 1, 2, 0, 1, 2], { dtype: 'int32' });
console.log(`layers: ${Object.keys(net.layers).join(' → ')}, then softmax with loss`);
console.log(`loss before learning: ${show(net.loss(x, t), { digits: 3 })} (guessing among 3 classes: ln 3 = 1.1)`);

const byChainRule = net.gradient(x, t);
const byTrying = net.numericalGradient(x, t);
for (const name of ['W1', 'b1', 'W2', 'b2'] as const) {
  const difference = byChainRule[name].sub(byTrying[name]).abs().mean().item();
  console.log(`${name}: mean difference ${difference < 1e-7 ? 'below' : 'ABOVE'} 1e-7`);
}
