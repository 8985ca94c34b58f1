/** Lesson 1: the chain rule. z = (x + y)² is two small steps, t = x + y and z = t². */
import { show } from 'chainrule/scratch';

const x = 3;
const y = 2;

// Forward: one step after the other.
const t = x + y;
const z = t ** 2;
console.log(`t = ${show(t)}, z = ${show(z)}`);

// Backward: each step knows only its own small derivative.
const dz = 1; //             z for itself
const dt = dz * 2 * t; //    z = t²     → ∂z/∂t = 2t
const dx = dt * 1; //        t = x + y  → ∂t/∂x = 1
const dy = dt * 1; //                     ∂t/∂y = 1
console.log(`∂z/∂t = ${show(dt)}, ∂z/∂x = ${show(dx)}, ∂z/∂y = ${show(dy)}`);

// The same by trying: move x a little and look how far z moves.
const moved = (x + 0.001 + y) ** 2;
console.log(`moving x by 0.001 moves z by ${show(moved - z)}`);
