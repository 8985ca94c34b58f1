/**
 * The page for who comes from PyTorch or NumPy: it has each of their names once, and what it says they are called here exists.
 * `scripts/names/list.py` made the lists.
 */
import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';
import * as chainrule from '../../src/index.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Listed {
  readonly version: string;
  readonly names: readonly string[];
}
const listed: { readonly torch: Listed; readonly numpy: Listed } = JSON.parse(read('test/fixtures/names.json'));
const page = read('docs/coming-from-pytorch-and-numpy.md');

interface Row {
  readonly text: string;
  readonly torch: readonly string[];
  readonly numpy: readonly string[];
  /** What it is called here; empty where it is missing. */
  readonly ours: readonly string[];
  readonly why: string;
}

const codes = (cell: string): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, text]) => text!);

const [present = '', missing = ''] = page.split('## What is missing');
const cellsOf = (part: string): string[][] =>
  part
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:---|PyTorch \||\| PyTorch)/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\||\|$/g, '').trim()));
const rows: readonly Row[] = [
  ...cellsOf(present).map(([torch = '', numpy = '', ours = '', why = '']) => ({
    text: ours,
    torch: codes(torch),
    numpy: codes(numpy),
    ours: codes(ours),
    why,
  })),
  ...cellsOf(missing).map(([text = '', torch = '', numpy = '', why = '']) => ({
    text,
    torch: codes(torch),
    numpy: codes(numpy),
    ours: [],
    why,
  })),
];

const { exports }: { exports: Record<string, unknown> } = JSON.parse(read('package.json'));
/** What can be imported, by the name of the subpath. */
const rooms = new Map<string, object>();
for (const entry of Object.keys(exports)) {
  const room = entry.replace('./', '');
  if (entry !== '.' && !room.includes('.')) {
    rooms.set(room, await import(new URL(`../../src/${room}/index.ts`, import.meta.url).href));
  }
}

const OF_ARRAYS = new Set(['map', 'startsWith']);
const namesOf = (thing: object): string[] => [
  ...Object.keys(thing),
  ...Object.getOwnPropertyNames(Object.getPrototypeOf(thing)),
];
const some = chainrule.zeros([1]);
const OF_TENSORS = new Set([...namesOf(some), ...namesOf(some.at(0))]);
/** Fields of results that are several tensors. */
const OF_RESULTS = new Set(['logabsdet', 'Q', 'values']);
/** What JavaScript itself brings. */
const GLOBALS = new Set(['Math', 'Array', 'String', 'Infinity']);

interface Syntax {
  readonly type: string;
  readonly name?: string;
  readonly callee?: Syntax;
  readonly object?: Syntax;
  readonly property?: Syntax;
  readonly computed?: boolean;
}
const isSyntax = (value: unknown): value is Syntax => typeof value === 'object' && value !== null && 'type' in value;

/** The names of `a.b.c`; null for anything else. */
function pathOf(node: Syntax): string[] | null {
  if (node.type === 'Identifier') return [node.name!];
  if (node.type !== 'MemberExpression' || node.computed) return null;
  const before = pathOf(node.object!);
  return before && [...before, node.property!.name!];
}

/** The names in an expression that do not exist. `called` tells whether a bare identifier must be a function of the root. */
function* unknown(node: unknown, called = false): Generator<string> {
  if (Array.isArray(node)) {
    for (const one of node) yield* unknown(one);
    return;
  }
  if (!isSyntax(node)) return;
  const path = pathOf(node);
  const [first = '', ...rest] = path ?? [];
  if (path && rooms.has(first) && rest.length > 0) {
    let at: unknown = rooms.get(first);
    for (const name of rest) at = at && typeof at === 'object' ? Reflect.get(at, name) : undefined;
    if (at === undefined) yield path.join('.');
  } else if (node.type === 'Identifier') {
    if (called && !(first in chainrule) && !GLOBALS.has(first)) yield first;
  } else if (node.type === 'MemberExpression' && !GLOBALS.has(first)) {
    const name = node.property!.name!;
    if (![OF_TENSORS, OF_ARRAYS, OF_RESULTS].some((known) => known.has(name))) yield `.${name}`;
    yield* unknown(node.object);
  } else {
    const callee = node.type === 'CallExpression' || node.type === 'NewExpression' ? node.callee : undefined;
    if (callee) yield* unknown(callee, true);
    for (const [key, child] of Object.entries(node)) if (key !== 'callee') yield* unknown(child);
  }
}
/** What of one piece of code does not exist. Code that is a single name stands for a function or a method. */
function missingIn(code: string): string[] {
  const { program, errors } = parseSync('cell.ts', `(${code});`);
  if (errors[0]) return [`${code} is no expression: ${errors[0].message}`];
  return [...unknown(program.body, /^[\w.]+$/.test(code))].concat(/^\w+$/.test(code) ? bare(code) : []);
}
const bare = (name: string): string[] => (name in chainrule || name === 'x' || rooms.has(name) ? [] : [name]);

describe('the page of names', () => {
  it.each(['torch', 'numpy'] as const)('has each name of %s once', (library) => {
    const found = rows.flatMap((row) => row[library]);
    const twice = found.filter((name, i) => found.indexOf(name) !== i);
    expect(twice).toEqual([]);
    const known = new Set(listed[library].names);
    expect(found.filter((name) => !known.has(name))).toEqual([]);
    const there = new Set(found);
    expect(listed[library].names.filter((name) => !there.has(name))).toEqual([]);
    expect(known.size).toBeGreaterThan(400);
  });

  it('names the versions that it speaks of', () => {
    for (const [name, { version }] of [
      ['PyTorch', listed.torch],
      ['NumPy', listed.numpy],
    ] as const) {
      expect(page).toContain(`${name} ${version.split('.').slice(0, 2).join('.')}`);
    }
  });

  it('says what each is called here, or why it is missing', () => {
    for (const row of rows) expect(row.ours.length > 0 || row.why.length > 10, row.text).toBe(true);
  });

  it('calls things by names that exist', () => {
    expect(rows.flatMap((row) => row.ours.flatMap(missingIn))).toEqual([]);
    expect(missingIn('norrm')).toEqual(['norrm']);
    expect(missingIn('linalg.inw(x).summ()')).toEqual(['.summ', 'linalg.inw']);
  });
});
