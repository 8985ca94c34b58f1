/**
 * The derivatives of linear algebra against finite differences, once and twice, on batches of every form.
 */

import {
  cholesky,
  choleskySolve,
  cond,
  det,
  eigh,
  eigvalsh,
  inv,
  lstsq,
  lu,
  luFactor,
  luSolve,
  matrixExp,
  matrixNorm,
  matrixPower,
  multiDot,
  pinv,
  qr,
  slogdet,
  solve,
  solveTriangular,
  svd,
  svdvals,
} from 'chainrule/linalg';
import { describe, expect, it } from 'vitest';
import { gradcheck, gradgradcheck, LinAlgError, type Tensor, tensor } from '../../src/index.js';
import { uniform } from '../support/sample.js';

const random = uniform(31);
const draw = (...shape: number[]): Tensor =>
  tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1),
    { shape },
  );
const symmetric = (x: Tensor): Tensor => x.add(x.transpose(-1, -2));
const positive = (x: Tensor): Tensor =>
  x.matmul(x.transpose(-1, -2)).add(matrixPower(x.matmul(x.transpose(-1, -2)), 0));

type Case = readonly [name: string, fn: (...inputs: Tensor[]) => Tensor | Tensor[], ...shapes: number[][]];
const CASES: readonly Case[] = [
  ['solve', solve, [3, 3], [3, 2]],
  ['solve, a vector', solve, [3, 3], [3]],
  ['solve, batches that broadcast', solve, [2, 1, 3, 3], [3, 3, 1]],
  ['inv', inv, [2, 3, 3]],
  ['det', det, [2, 4, 4]],
  ['slogdet', (x) => slogdet(x).logabsdet, [3, 3]],
  ['solveTriangular, lower', (a, b) => solveTriangular(a, b, { upper: false }), [2, 3, 3], [3, 2]],
  ['solveTriangular, upper', (a, b) => solveTriangular(a, b, { upper: true }), [3, 3], [3]],
  ['solveTriangular, unit', (a, b) => solveTriangular(a, b, { upper: true, unitriangular: true }), [3, 3], [3, 2]],
  ['solveTriangular, right', (a, b) => solveTriangular(a, b, { upper: false, left: false }), [3, 3], [2, 3]],
  ['cholesky', (x) => cholesky(positive(x)), [2, 3, 3]],
  ['cholesky, upper', (x) => cholesky(positive(x), { upper: true }), [3, 3]],
  ['choleskySolve', (x, b) => choleskySolve(b, cholesky(positive(x))), [3, 3], [3, 2]],
  ['lu', (x) => [lu(x).L, lu(x).U], [2, 3, 3]],
  ['lu of a tall matrix', (x) => [lu(x).L, lu(x).U], [5, 3]],
  ['lu of a wide matrix', (x) => [lu(x).L, lu(x).U], [3, 5]],
  ['luSolve', (a, b) => luSolve(luFactor(a), b), [2, 3, 3], [2, 3, 1]],
  ['qr', (x) => [qr(x).Q, qr(x).R], [2, 3, 3]],
  ['qr of a tall matrix', (x) => [qr(x).Q, qr(x).R], [5, 3]],
  ['qr of a wide matrix', (x) => [qr(x).Q, qr(x).R], [3, 5]],
  ['qr, complete', (x) => [qr(x, 'complete').Q, qr(x, 'complete').R], [2, 4]],
  ['eigh', (x) => [eigh(symmetric(x)).eigenvalues, eigh(symmetric(x)).eigenvectors], [2, 3, 3]],
  ['eigh, one triangle', (x) => eigh(x, { triangle: 'L' }).eigenvectors.square(), [3, 3]],
  ['eigvalsh', (x) => eigvalsh(symmetric(x)), [4, 4]],
  ['svd', (x) => [svd(x).U, svd(x).S, svd(x).Vh], [2, 3, 3]],
  ['svd of a tall matrix', (x) => [svd(x).U, svd(x).S, svd(x).Vh], [4, 2]],
  ['svd of a wide matrix', (x) => [svd(x).U, svd(x).S, svd(x).Vh], [2, 4]],
  ['svdvals', svdvals, [3, 4]],
  ['pinv', (x) => pinv(x), [4, 2]],
  ['pinv of a wide matrix', (x) => pinv(x), [2, 2, 3]],
  ['pinv of a matrix of lower rank', (x, y) => pinv(x.matmul(y)), [4, 2], [2, 3]],
  ['lstsq', (a, b) => [lstsq(a, b).solution, lstsq(a, b).residuals], [5, 2], [5, 3]],
  ['matrixPower', (x) => matrixPower(x, 5), [2, 3, 3]],
  ['matrixPower of the inverse', (x) => matrixPower(x, -2), [3, 3]],
  ['matrixExp', matrixExp, [2, 3, 3]],
  ['multiDot', (a, b, c) => multiDot([a, b, c]), [2, 5], [5, 3], [3]],
  ['nuclear norm', (x) => matrixNorm(x, 'nuc'), [2, 3, 4]],
  ['spectral norm', (x) => matrixNorm(x, 2), [3, 3]],
  ['cond', (x) => cond(x), [3, 3]],
  ['cond, Frobenius', (x) => cond(x, 'fro'), [3, 3]],
];

describe('derivatives', () => {
  it.each(CASES.map(([name, fn, ...shapes]) => ({ name, fn, shapes })))('$name', ({ fn, shapes }) => {
    const inputs = shapes.map((shape) => draw(...shape));
    gradcheck(fn, inputs);
    gradgradcheck(fn, inputs);
  });

  it('flow through sums of equal eigenvalues, where it does not matter which is which', () => {
    const x = tensor(
      [
        [2, 0],
        [0, 2],
      ],
      { dtype: 'float64', requiresGrad: true },
    );
    eigvalsh(x).sum().backward();
    expect(x.grad!.toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    const y = tensor(
      [
        [0, 3],
        [3, 0],
      ],
      { dtype: 'float64', requiresGrad: true },
    );
    svdvals(y).sum().backward();
    expect(y.grad!.abs().toArray()).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it('are not finite where an eigenvector is any of many', () => {
    const x = tensor(
      [
        [2, 0],
        [0, 2],
      ],
      { dtype: 'float64', requiresGrad: true },
    );
    eigh(x)
      .eigenvectors.mul(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      )
      .sum()
      .backward();
    expect(x.grad!.isfinite().all().item()).toBe(0);
  });

  it('of det at a singular matrix are refused', () => {
    const x = tensor(
      [
        [1, 2],
        [2, 4],
      ],
      { dtype: 'float64', requiresGrad: true },
    );
    det(x).backward();
    expect(() => x.grad!.toArray()).toThrow(LinAlgError);
    expect(() => x.grad!.toArray()).toThrow(/the gradient of det: the matrix is singular/);
  });

  it('of what is any of many are refused', () => {
    const x = draw(4, 2);
    x.requiresGrad = true;
    expect(() => qr(x, 'complete').Q.sum().backward()).toThrow(/'complete' has no gradient.*use 'reduced'/);
    expect(() => svd(x, { fullMatrices: true }).U.sum().backward()).toThrow(/fullMatrices there is no gradient/);
  });
});
