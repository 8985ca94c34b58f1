/**
 * The error function and its complement in float64, within 1 ulp (the complement's tail: 2).
 *
 * Method and coefficients of the rational approximations: Sun Microsystems' fdlibm (s_erf.c, 1993). Near 0 the
 * quotient approximates erf(x)/x − 1; around 1, erf(x) − c for a constant c near erf(1); further out,
 * log(x·erfc(x)) + x² + 9/16 as a function of 1/x².
 */
interface Quotient {
  /** Coefficients from the constant one up. */
  readonly above: readonly number[];
  readonly below: readonly number[];
}

/** |x| < 0.84375, in x². */
const NEAR: Quotient = {
  above: [
    0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -0.000023763016656650163,
  ],
  below: [
    1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -0.000003960228278775368,
  ],
};

const NEAR_ERF_1 = 0.8450629115104675;
/** 0.84375 ≤ |x| < 1.25, in |x| − 1. */
const AROUND_1: Quotient = {
  above: [
    -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668,
    0.035478304325618236, -0.002166375594868791,
  ],
  below: [
    1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905,
    0.011984499846799107,
  ],
};

/** 1.25 ≤ |x| < 1 / 0.35, in 1/x². */
const FAR: Quotient = {
  above: [
    -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347,
    -184.60509290671104, -81.2874355063066, -9.814329344169145,
  ],
  below: [
    1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783,
    108.63500554177944, 6.570249770319282, -0.0604244152148581,
  ],
};

/** 1 / 0.35 ≤ |x| < 6, in 1/x². */
const FARTHEST: Quotient = {
  above: [
    -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896,
    -1025.0951316110772, -483.5191916086514,
  ],
  below: [
    1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644,
    474.52854120695537, -22.44095244658582,
  ],
};

const horner = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, c) => sum * x + c, 0);

const quotient = ({ above, below }: Quotient, x: number): number => horner(above, x) / horner(below, x);

/** erfc of `size` ≥ 1.25 */
function tail(size: number): number {
  const square = 1 / (size * size);
  // x² with few enough bits in `head` that head² is exact; the rest of x² goes into the second exponent.
  const head = Math.fround(size);
  const exponent = (head - size) * (head + size) + quotient(size < 1 / 0.35 ? FAR : FARTHEST, square);
  return (Math.exp(-head * head - 0.5625) * Math.exp(exponent)) / size;
}

/** erf(x) = 2/√π ∫₀ˣ exp(−t²) dt, in float64. */
export function erfFloat64(x: number): number {
  const size = Math.abs(x);
  if (size < 0.84375) return x + x * quotient(NEAR, x * x);
  if (size < 1.25) return Math.sign(x) * (NEAR_ERF_1 + quotient(AROUND_1, size - 1));
  if (size < 6) return Math.sign(x) * (1 - tail(size));
  // The remaining 2e-17 is less than half an ulp of 1; NaN stays NaN.
  return Math.sign(x);
}

/** 1 − erf(x) in float64, accurate to where it vanishes. */
export function erfcFloat64(x: number): number {
  const size = Math.abs(x);
  if (size < 0.84375) {
    const beyond = x * quotient(NEAR, x * x);
    return x < 0.25 ? 1 - (x + beyond) : 0.5 - (x - 0.5 + beyond);
  }
  if (size < 1.25) {
    const rest = quotient(AROUND_1, size - 1);
    return x > 0 ? 1 - NEAR_ERF_1 - rest : 1 + (NEAR_ERF_1 + rest);
  }
  if (x < -6) return 2;
  if (size < 28) return x > 0 ? tail(size) : 2 - tail(size);
  return Number.isNaN(x) ? x : 0;
}
