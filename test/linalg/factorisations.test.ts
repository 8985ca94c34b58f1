/**
 * That factors make up their matrix and have the form they promise, at sizes around every edge, in batches, in both dtypes; ill-conditioned
 * matrices; and every matrix that is refused.
 */
import {
  cholesky,
  cond,
  det,
  eigh,
  inv,
  lstsq,
  lu,
  luFactor,
  luSolve,
  matrixExp,
  matrixNorm,
  matrixPower,
  matrixRank,
  multiDot,
  pinv,
  qr,
  slogdet,
  solve,
  solveTriangular,
  svd,
  svdvals,
} from 'chainrule/linalg';
import { SGD } from 'chainrule/optim';
import { describe, expect, it } from 'vitest';
import {
  compile,
  type DType,
  eye,
  LinAlgError,
  manualSeed,
  ones,
  randn,
  settings,
  type Tensor,
  tensor,
  tril,
  triu,
  zeros,
} from '../../src/index.js';

const T = (x: Tensor): Tensor => x.transpose(-1, -2);
const most = (x: Tensor): number => (x.size === 0 ? 0 : x.abs().max().item());
const unit = (n: number, { dtype }: Tensor): Tensor => eye(n, n, { dtype });

// Fixtures go through every engine; here compiling would take longer than computing.
settings({ engine: 'wasm' });

describe.each(['float32', 'float64'] as const)('in %s', (dtype: DType) => {
  const epsilon = dtype === 'float32' ? 2 ** -24 : 2 ** -53;
  const near = (got: Tensor, want: Tensor, size: number): void => {
    expect(got.dtype).toBe(dtype);
    expect(got.shape).toEqual(want.shape);
    expect(most(got.sub(want))).toBeLessThanOrEqual(64 * epsilon * Math.max(1, size));
  };
  const drawn = (...shape: number[]): Tensor => {
    manualSeed(shape.reduce((a, b) => 31 * a + b, 7));
    return randn(shape, { dtype }).realize();
  };

  it.each([0, 1, 2, 5, 17, 65])('square matrices of %d rows', (n) => {
    const a = drawn(2, n, n);
    const symmetric = a.add(T(a));
    const { eigenvalues, eigenvectors } = eigh(symmetric);
    near(eigenvectors.mul(eigenvalues.unsqueeze(-2)).matmul(T(eigenvectors)), symmetric, n);
    near(T(eigenvectors).matmul(eigenvectors), unit(n, a).expand([2, n, n]), n);
    expect(most(eigenvalues.sub(eigenvalues.sort(-1).values))).toBe(0);
    const positive = a.matmul(T(a)).add(unit(n, a));
    const l = cholesky(positive);
    near(l.matmul(T(l)), positive, n * n);
    near(tril(l), l, 0);
    const regular = a.add(unit(n, a).mul(2 * Math.sqrt(n) + 1));
    near(inv(regular).matmul(regular), unit(n, a).expand([2, n, n]), n);
    near(regular.matmul(solve(regular, a)), a, n);
    near(luSolve(luFactor(regular), a), solve(regular, a), n);
    const moderate = regular.div(2 * Math.sqrt(n) + 1);
    const { sign, logabsdet } = slogdet(moderate);
    near(sign.mul(logabsdet.exp()).div(det(moderate)), det(moderate).mul(0).add(1), n);
    near(matrixExp(a.div(n + 1)).matmul(matrixExp(a.div(-n - 1))), unit(n, a).expand([2, n, n]), n);
    near(solveTriangular(regular, a, { upper: true }), solve(triu(regular), a), n);
  });

  it.each([
    [7, 3],
    [3, 7],
    [65, 17],
    [17, 65],
    [1, 5],
    [5, 1],
    [5, 5],
    [0, 3],
    [3, 0],
  ])('matrices of %d rows and %d columns', (m, n) => {
    const a = drawn(2, m, n);
    const k = Math.min(m, n);
    const { U, S, Vh } = svd(a);
    near(U.mul(S.unsqueeze(-2)).matmul(Vh), a, m + n);
    near(T(U).matmul(U), unit(k, a).expand([2, k, k]), m + n);
    near(Vh.matmul(T(Vh)), unit(k, a).expand([2, k, k]), m + n);
    const full = svd(a, { fullMatrices: true });
    near(T(full.U).matmul(full.U), unit(m, a).expand([2, m, m]), m + n);
    near(full.Vh.matmul(T(full.Vh)), unit(n, a).expand([2, n, n]), m + n);
    for (const mode of ['reduced', 'complete'] as const) {
      const { Q, R } = qr(a, mode);
      near(Q.matmul(R), a, m + n);
      near(T(Q).matmul(Q), unit(Q.shape.at(-1)!, a).expand([2, Q.shape.at(-1)!, Q.shape.at(-1)!]), m + n);
      near(triu(R), R, 0);
    }
    const factors = lu(a);
    near(factors.P.matmul(factors.L).matmul(factors.U), a, m + n);
    near(a.matmul(pinv(a)).matmul(a), a, 4 * (m + n));
    expect(matrixRank(a).toArray()).toEqual([k, k]);
  });

  it('singular values far apart, to as many digits as the dtype has', () => {
    const { Q } = qr(drawn(12, 12));
    const sizes = tensor(
      Array.from({ length: 12 }, (_, i) => 10 ** -i),
      { dtype },
    );
    // Columns of very different size: one-sided rotations keep what is small.
    near(svdvals(Q.mul(sizes)).div(sizes), sizes.mul(0).add(1), 12);
  });

  it('ill-conditioned equations have a small residue', () => {
    const n = dtype === 'float32' ? 5 : 10;
    const hilbert = tensor(
      Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => 1 / (i + j + 1))),
      { dtype },
    );
    expect(cond(hilbert).item()).toBeGreaterThan(dtype === 'float32' ? 1e5 : 1e13);
    const x = solve(hilbert, ones([n], { dtype }));
    near(hilbert.matmul(x), ones([n], { dtype }), most(x));
  });

  it('zeros, ones and matrices of lower rank', () => {
    const zero = tensor(
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      { dtype },
    );
    const { U, S, Vh } = svd(zero);
    expect(S.toArray()).toEqual([0, 0]);
    near(T(U).matmul(U), unit(2, zero), 1);
    near(Vh.matmul(T(Vh)), unit(2, zero), 1);
    expect(pinv(zero).abs().toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(qr(zero).R.abs().toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const flat = drawn(9, 3).matmul(drawn(3, 8));
    expect(matrixRank(flat).item()).toBe(3);
    const spectrum = eigh(flat.matmul(T(flat)));
    near(spectrum.eigenvectors.mul(spectrum.eigenvalues).matmul(T(spectrum.eigenvectors)), flat.matmul(T(flat)), 99);
    expect(
      det(
        tensor(
          [
            [1, 2],
            [2, 4],
          ],
          { dtype },
        ),
      )
        .abs()
        .item(),
    ).toBe(0);
    expect(
      slogdet(
        tensor(
          [
            [1, 2],
            [2, 4],
          ],
          { dtype },
        ),
      ).logabsdet.item(),
    ).toBe(-Infinity);
  });

  it('least squares of least norm', () => {
    const [a, b] = [drawn(20, 3), drawn(20, 2)];
    const { solution, residuals, rank, singularValues } = lstsq(a, b);
    near(T(a).matmul(a.matmul(solution).sub(b)), solution.mul(0), 40);
    near(residuals, a.matmul(solution).sub(b).square().sum(0), 40);
    expect(rank.item()).toBe(3);
    near(singularValues, svdvals(a), 1);
    const wide = lstsq(T(a), b.slice([0, 3], 0));
    near(T(a).matmul(wide.solution), b.slice([0, 3], 0), 10);
    near(wide.solution, pinv(T(a)).matmul(b.slice([0, 3], 0)), 10);
  });
});

describe('refused', () => {
  it.each<[string, () => Tensor, RegExp]>([
    [
      'inv',
      () =>
        inv(
          tensor([
            [1, 2],
            [2, 4],
          ]),
        ),
      /^inv: the matrix is singular: .*; use pinv/,
    ],
    [
      'solve',
      () =>
        solve(
          tensor([
            [
              [1, 0],
              [0, 1],
            ],
            [
              [0, 0],
              [0, 1],
            ],
          ]),
          tensor([1, 1]),
        ),
      /^solve: matrix \[1\] of the batch is singular/,
    ],
    [
      'rows that count',
      () =>
        inv(
          tensor(
            [
              [1, 2, 3],
              [4, 5, 6],
              [7, 8, 9],
            ],
            { dtype: 'float64' },
          ),
        ),
      /singular/,
    ],
    [
      'solveTriangular',
      () =>
        solveTriangular(
          tensor([
            [1, 5],
            [0, 0],
          ]),
          tensor([1, 1]),
          { upper: true },
        ),
      /element \[1, 1\] of its diagonal is 0/,
    ],
    [
      'luSolve',
      () =>
        luSolve(
          luFactor(
            tensor([
              [1, 2],
              [2, 4],
            ]),
          ),
          tensor([1, 1]),
        ),
      /singular/,
    ],
    [
      'cholesky',
      () =>
        cholesky(
          tensor([
            [
              [
                [1, 2],
                [2, 1],
              ],
            ],
          ]),
        ),
      /^cholesky: matrix \[0, 0\] of the batch is not positive definite.*first 2 rows/,
    ],
    [
      'cholesky',
      () =>
        cholesky(
          tensor([
            [1, 2],
            [3, 9],
          ]),
        ),
      /not symmetric: element \[1, 0\] is 3, \[0, 1\] is 2; take the mean/,
    ],
    [
      'eigh',
      () =>
        eigh(
          tensor([
            [1, 2],
            [3, 9],
          ]),
        ).eigenvalues,
      /^eigh: the matrix is not symmetric/,
    ],
    [
      'eigh',
      () =>
        eigh(
          tensor([
            [1, NaN],
            [NaN, 9],
          ]),
        ).eigenvalues,
      /^eigh: the matrix holds NaN/,
    ],
    ['svd', () => svdvals(tensor([[1, Infinity]])), /^svd: the matrix holds Infinity/],
    ['pinv', () => pinv(tensor([[NaN]])), /^pinv: the matrix holds NaN/],
    ['matrixExp', () => matrixExp(tensor([[NaN]])), /^matrixExp: the matrix holds NaN/],
  ])('%s', (_, make, message) => {
    const lazy = make();
    expect(() => lazy.toArray()).toThrow(LinAlgError);
    expect(() => lazy.toArray()).toThrow(message);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no matrix', () => svd(tensor([1, 2])), /svd: takes matrices, in the last two axes; got a tensor of shape \[2\]/],
    ['not square', () => det(tensor([[1, 2]])), /det: takes square matrices, got 1 rows and 2 columns/],
    ['rows', () => solve(eye(2), tensor([1, 2, 3])), /right-hand side of shape \[3\] must have 2 rows/],
    ['batches', () => solve(randn([2, 3, 3]), randn([4, 3, 1])), /solve: batches/],
    ['mode', () => Reflect.apply(qr, null, [eye(2), 'full']), /'reduced' or 'complete', got "full"/],
    ['triangle', () => Reflect.apply(eigh, null, [eye(2), { triangle: 'X' }]), /'L' or 'U', got "X"/],
    ['power', () => matrixPower(eye(2), 0.5), /whole number, got 0.5/],
    ['order', () => Reflect.apply(matrixNorm, null, [eye(2), 3]), /got 3/],
    ['rtol', () => pinv(eye(2), { rtol: -1 }), /rtol must be a number from 0 up/],
    ['which triangle', () => Reflect.apply(solveTriangular, null, [eye(2), eye(2)]), /say which triangle/],
    ['one factor', () => multiDot([eye(2)]), /at least two/],
    ['axes of factors', () => multiDot([eye(2), randn([2, 2, 2])]), /argument 1 has shape \[2, 2, 2\]/],
  ])('at once: %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('beside other kernels', () => {
  it('takes what has not been stored, and feeds what follows', () => {
    const a = tensor([
      [4, 1],
      [2, 3],
    ]);
    const b = tensor([2, 4]);
    expect(solve(T(a).mul(2), b.add(2)).add(1).toArray()).toEqual(
      solve(T(a).mul(2).realize(), b.add(2).realize()).add(1).toArray(),
    );
    expect(inv(eye(2)).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(det(tensor([[3]]).expand([2, 2])).item()).toBe(0);
  });

  it('in a captured function, for other values each time', () => {
    const captured = compile((a: Tensor, b: Tensor) => solve(a, b).sum());
    for (const by of [1, 2, 4]) expect(captured(eye(2).mul(by).realize(), ones([2])).item()).toBe(2 / by);
    expect(() => captured(zeros([2, 2]).realize(), ones([2]))).toThrow(/solve: the matrix is singular/);
    expect(captured(eye(2).realize(), ones([2])).item()).toBe(2);
  });

  it('a step that is refused changes nothing', () => {
    const a = tensor(
      [
        [1, 2],
        [2, 4],
      ],
      { requiresGrad: true },
    );
    const b = tensor([1, 1], { requiresGrad: true });
    const optimizer = new SGD([a, b], { lr: 0.5 });
    solve(a, b).sum().add(b.square().sum()).backward();
    expect(() => optimizer.step()).toThrow(LinAlgError);
    expect(a.toArray()).toEqual([
      [1, 2],
      [2, 4],
    ]);
    expect(b.toArray()).toEqual([1, 1]);
  });

  it('whole numbers become float32', () => {
    expect(
      inv(
        tensor(
          [
            [2, 0],
            [0, 2],
          ],
          { dtype: 'int32' },
        ),
      ).dtype,
    ).toBe('float32');
  });

  it('a condition number of nothing but ones', () => {
    expect(cond(eye(3)).item()).toBe(1);
    expect(cond(eye(3), 1).item()).toBe(1);
  });
});
