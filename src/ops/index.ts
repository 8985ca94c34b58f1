/**
 * The alphabet: every primitive there is, by kind. Shared code takes records from here only to build expressions; what it
 * wants to know of a node it asks the node's own record.
 */
import { ALIAS } from './alias.js';
import { ARITHMETIC } from './arithmetic.js';
import { ATTENTION } from './attention.js';
import { BITS } from './bits.js';
import { CIRCULAR } from './circular.js';
import { CONTRACT } from './contract.js';
import { DIVISION } from './division.js';
import { GAMMA } from './gamma.js';
import { INDEXED } from './indexed.js';
import { LEAVES } from './leaf.js';
import { LOGIC } from './logic.js';
import { MOVEMENT } from './movement.js';
import { ORDER } from './order.js';
import { REDUCE } from './reduce.js';
import { TRANSCENDENTAL } from './transcendental.js';
import { WINDOW } from './window.js';

/** Every record by name. */
export const ALPHABET = {
  ...LEAVES,
  ...ARITHMETIC,
  ...LOGIC,
  ...TRANSCENDENTAL,
  ...CIRCULAR,
  ...GAMMA,
  ...DIVISION,
  ...BITS,
  ...MOVEMENT,
  ...WINDOW,
  ...REDUCE,
  ...CONTRACT,
  ...INDEXED,
  ...ATTENTION,
  ...ORDER,
  ...ALIAS,
} as const;

export * from './alias.js';
export * from './arithmetic.js';
export * from './attention.js';
export * from './bits.js';
export * from './cast.js';
export * from './circular.js';
export * from './contract.js';
export * from './division.js';
export * from './gamma.js';
export * from './indexed.js';
export * from './leaf.js';
export * from './logic.js';
export * from './movement.js';
export * from './order.js';
export * from './reduce.js';
export * from './transcendental.js';
export * from './window.js';
