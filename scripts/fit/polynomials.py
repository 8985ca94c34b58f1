"""Fits the float32 polynomials of src/ops: minimax in the error relative to the function's value.

Each row of FITS is a target h(t), the weight by which an error in h shows in the result (relative to the result),
an interval and a degree. The fit is a least-squares fit whose weights move towards the worst points (Lawson, 1961),
and is repeated after each coefficient is rounded to float32, from the constant one up, so that the later ones make
up for the rounding of the earlier. Prints rows to paste, and the largest relative error in units of 2^-24.

    python3 -m venv /tmp/fit && /tmp/fit/bin/pip install numpy mpmath && /tmp/fit/bin/python scripts/fit/polynomials.py
"""

from mpmath import mp, mpf
import numpy as np

mp.dps = 40
POINTS = 1500


def chebyshev_points(low, high):
    """Points that crowd towards the ends. Never 0 itself, where the quotients that define most targets are 0 / 0."""
    return (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS)


def least_squares(columns, target, weight):
    columns = columns * weight[:, None]
    scale = np.abs(columns).max(axis=0)
    return np.linalg.lstsq(columns / scale, target * weight, rcond=None)[0] / scale


def lawson(columns, target, weight, rounds=300):
    """Coefficients c that make max |weight · (columns c − target)| small."""
    moving = np.ones(len(target))
    best, least = None, np.inf
    for _ in range(rounds):
        c = least_squares(columns, target, np.sqrt(moving) * weight)
        error = np.abs(weight * (columns @ c - target))
        if error.max() < least:
            best, least = c, error.max()
        moving = moving * (error + 1e-3 * error.max())
        moving /= moving.sum()
    return best


def rounded(columns, target, weight):
    """Like lawson, with coefficients that are float32, and what is left of the target."""
    rest, fixed = target.copy(), []
    for k in range(columns.shape[1]):
        fixed.append(float(np.float32(lawson(columns[:, k:], rest, weight)[0])))
        rest = rest - fixed[k] * columns[:, k]
    return fixed, rest


def fit(name, h, weight, low, high, degree):
    t = chebyshev_points(low, high)
    target = np.array([float(h(mpf(x))) for x in t])
    w = np.array([float(abs(weight(mpf(x)))) for x in t])
    coefficients, rest = rounded(t[:, None] ** np.arange(degree + 1), target, w)
    print(f'{name}: {np.abs(w * rest).max() * 2**24:.3f} ulp')
    print(f'  [{", ".join(f"{c:.9g}" for c in coefficients)}]')


def erfc_part(x):
    return mp.erfc(x) * mp.exp(x**2) * (1 + 2 * x)


def moebius(g, c):
    """g(x) as a function of q = (x − c) / (x + c)."""
    return lambda q: g(c * (1 + q) / (1 - q))


LGAMMA = moebius(lambda x: mp.loggamma(x) / ((x - 1) * (x - 2)), 1.5)
ROOT = mp.findroot(mp.digamma, 1.46)
DIGAMMA = moebius(lambda x: mp.digamma(x) / (x - ROOT), 2)


def erfinv_part(w):
    """erfinv x for w = −log(1 − x²), and x."""
    x = mp.sqrt(-mp.expm1(-w))
    return mp.erfinv(x), x


def erfinv_near(w):
    value, x = erfinv_part(w)
    return value / x


FITS = [
    # e^r = 1 + r + r² h(r)
    ('exp', lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2 / mp.expm1(r), -0.3475, 0.3475, 4),
    # log(1 + f) = f − f²/2 + f³ h(f)
    ('log', lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3, lambda f: f**3 / mp.log1p(f), 2**-0.5 - 1, 2**0.5 - 1, 7),
    # sin r = r + r³ h(r²), cos r = 1 − r²/2 + r⁴ h(r²)
    ('sin', lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda z: z * mp.sqrt(z) / mp.sin(mp.sqrt(z)), 0, 1, 3),
    ('cos', lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, lambda z: z**2 / mp.cos(mp.sqrt(z)), 0, 1, 2),
    # erf x = x + x h(x²) near 0, and 1 − exp(−x − x h(x)) further out, up to where it rounds to 1
    ('erf near', lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1, lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)), 0, 0.85, 5),
    ('erf tail', lambda x: -mp.log(mp.erfc(x)) / x - 1, lambda x: x * mp.erfc(x) / mp.erf(x), 0.92, 3.92, 5),
    # erfc x = exp(−x²)·h(q) / (1 + 2x) with q = (x − 2) / (x + 2)
    ('erfc', lambda q: erfc_part(2 * (1 + q) / (1 - q)), lambda q: 1 / erfc_part(2 * (1 + q) / (1 - q)), -0.6, 8.2 / 12.2, 8),
    # lgamma x = (x − 1)(x − 2) h(q) for ½ ≤ x ≤ 4.5, ψ(x) = (x − root) h(q) for 1 ≤ x ≤ 4
    ('lgamma', LGAMMA, lambda q: 1 / LGAMMA(q), -0.5, 0.5, 11),
    ('digamma', DIGAMMA, lambda q: 1 / DIGAMMA(q), -1 / 3, 1 / 3, 9),
    # sin πt = t h(t²), cos πt = 1 + t² h(t²)
    ('sin π', lambda z: mp.sinpi(mp.sqrt(z)) / mp.sqrt(z), lambda z: mp.sqrt(z) / mp.sinpi(mp.sqrt(z)), 0, 0.0626, 3),
    ('cos π', lambda z: (mp.cospi(mp.sqrt(z)) - 1) / z, lambda z: z / mp.cospi(mp.sqrt(z)), 0, 0.0626, 3),
    # erfinv x = x h(w − 3) with w = −log(1 − x²), and h(√w − 3) further out
    ('erfinv near', lambda u: erfinv_near(u + 3), lambda u: 1 / erfinv_near(u + 3), -3, 3, 9),
    ('erfinv far', lambda u: erfinv_part((u + 3) ** 2)[0], lambda u: 1 / erfinv_part((u + 3) ** 2)[0], -0.765, 1.2, 7),
    # tan r = r + r³ h(r²), atan t = t + t³ h(t²) up to tan(π/8), asin t = t + t³ h(t²), sinh x = x + x³ h(x²)
    ('tan', lambda z: (mp.tan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda z: z * mp.sqrt(z) / mp.tan(mp.sqrt(z)), 0, 1, 7),
    ('atan', lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda z: z * mp.sqrt(z) / mp.atan(mp.sqrt(z)), 0, 0.1717, 3),
    ('asin', lambda z: (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda z: z * mp.sqrt(z) / mp.asin(mp.sqrt(z)), 0, 0.2501, 4),
    ('sinh', lambda z: (mp.sinh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda z: z * mp.sqrt(z) / mp.sinh(mp.sqrt(z)), 0, 1, 3),
    # log₂ m = 2/ln 2 · (s + s³ h(s²)) with s = (m − 1) / (m + 1);  2^r = 1 + r h(r)
    ('atanh', lambda z: (mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda z: z, 0, 0.0036, 2),
    ('exp2', lambda r: (2**r - 1) / r, lambda r: r, -0.502, 0.502, 5),
]

if __name__ == '__main__':
    for row in FITS:
        fit(*row)
