/** Lesson 8: the affine layer Y = X·W + b, with X 2×3 and W 3×2; first element by element, then as matrices. */
import { tensor } from 'chainrule';
import { Affine, show } from 'chainrule/scratch';

const X = [
  [1, 2, 3],
  [4, 5, 6],
];
const W = [
  [1, 0],
  [0, 1],
  [2, -1],
];
const b = [10, 20];
// The gradient that comes from upstream, one number for each element of Y
const dY = [
  [1, 2],
  [3, 4],
];

// Element by element. y[n][m] = Σ_d x[n][d]·w[d][m] + b[m], so x[n][d] meets w[d][m] once for every m …
const sum = (count: number, term: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => term(i)).reduce((a, c) => a + c, 0);
const at = (M: number[][], i: number, j: number): number => M[i]?.[j] ?? Number.NaN;
const matrix = (rows: number, columns: number, element: (i: number, j: number) => number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => element(i, j)));

// … therefore ∂L/∂x[n][d] = Σ_m dy[n][m]·w[d][m], a row of dY times a row of W: dX = dY·Wᵀ.
const dX = matrix(2, 3, (n, d) => sum(2, (m) => at(dY, n, m) * at(W, d, m)));
// w[d][m] meets x[n][d] once for every sample n: dW = Xᵀ·dY.
const dW = matrix(3, 2, (d, m) => sum(2, (n) => at(X, n, d) * at(dY, n, m)));
// b[m] is added to every sample: its gradient is the sum over the samples.
const db = [0, 1].map((m) => sum(2, (n) => at(dY, n, m)));
console.log('element by element');
console.log(`dX ${JSON.stringify(dX)}`);
console.log(`dW ${JSON.stringify(dW)}`);
console.log(`db ${JSON.stringify(db)}`);

// The layer does the same with matrices.
const affine = new Affine(tensor(W), tensor(b));
console.log('the layer');
console.log(`Y  ${show(affine.forward(tensor(X)))}`);
console.log(`dX ${show(affine.backward(tensor(dY)))}`);
console.log(`dW ${show(affine.dW)}`);
console.log(`db ${show(affine.db)}`);

// One sample alone, and images (2 samples of 3×1×1): the gradient always has the shape of the input.
console.log(`one sample ${show(affine.forward(tensor([1, 2, 3])))}`);
const images = tensor(X).reshape(2, 3, 1, 1);
affine.forward(images);
console.log(`images [${images.shape}], their gradient [${affine.backward(tensor(dY)).shape}]`);
