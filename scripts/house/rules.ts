/**
 * The rules of the house, one row each: what must hold of the files, and what to do where it does not.
 * `ARCHITECTURE.md` has the table of rooms; this file keeps it true.
 */
import { posix } from 'node:path';
import type { Source } from './source.js';

/** The rooms of `src/` in import order; `index` is the package root, `src/index.ts`. */
export const ROOMS: readonly string[] = [
  'base',
  'ir',
  'ops',
  'rules',
  'autograd',
  'fuse',
  'lower',
  'emit',
  'device',
  'run',
  'tensor',
  'linalg',
  'fft',
  'func',
  'special',
  'random',
  'nn',
  'optim',
  'data',
  'train',
  'io',
  'viz',
  'scratch',
  'index',
  'cli',
];

/** Longer files hold more than one subject. */
export const MOST_LINES = 400;

/** Files that may be longer, being flat tables: one row after another, nothing to follow. */
const FLAT_TABLES = new Set<string>([]);

/** Packages that the library may load, and the room that loads them. All are optional. */
const PACKAGES: Readonly<Record<string, string>> = { koffi: 'device', '@viz-js/viz': 'viz' };

/**
 * A name that belongs to some rooms, or files. It counts anywhere in an identifier or string; where it is also a plain
 * word, only as the whole of it.
 */
interface OwnedName {
  readonly name: RegExp;
  readonly places: readonly string[];
  readonly why: string;
}

const ENGINE = 'other rooms ask the engine in use, or a property that the device declares';
const LANGUAGE =
  'other rooms speak of loops and expressions, and leave the spelling to emit/ and to the records of ops/';
/** Where engines are listed, a line each. */
const REGISTRY = 'src/run/engine.ts';
const MACHINES = ['device', 'cli', REGISTRY];
/** `ir/op.ts` declares what a record's spellings look like. */
const TARGETS = ['ops', 'emit', ...MACHINES, 'src/ir/op.ts'];
export const OWNED_NAMES: readonly OwnedName[] = [
  { name: /webgpu|koffi|dlopen|nvrtc|libcuda/i, places: MACHINES, why: ENGINE },
  { name: /^native$/, places: MACHINES, why: ENGINE },
  { name: /^interpret(er)?$/, places: ['run', ...MACHINES], why: ENGINE },
  { name: /wasm|web ?assembly|wgsl|glsl|cuda|ptx|gcc|clang|v128|[if](32|64)x\d/i, places: TARGETS, why: LANGUAGE },
];

/** All files that the rules look at. */
export interface House {
  /** The TypeScript of `src/`, by path. */
  readonly sources: ReadonlyMap<string, Source>;
  /** Every text file of the project, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** A rule broken: where, what is wrong, what would be right. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export interface Rule {
  readonly name: string;
  /** What must hold, in one line. */
  readonly holds: string;
  readonly check: (house: House) => Iterable<Violation>;
}

/** The room of a file of `src/`; undefined for a file that stands in none. */
export function roomOf(path: string): string | undefined {
  if (path === 'src/index.ts') return 'index';
  const [, room = '', ...rest] = path.split('/');
  return rest.length > 0 && ROOMS.includes(room) ? room : undefined;
}

const isRelative = (specifier: string): boolean => specifier.startsWith('.');

/** The file that a relative import of `from` means: TypeScript's `./x.js` is `x.ts`. */
const targetOf = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');

/** For one-file rules: `check` yields a place and a message, the path is added. */
const eachSource = (check: (source: Source) => Iterable<readonly [number, string]>): Rule['check'] =>
  function* ({ sources }) {
    for (const source of sources.values()) {
      for (const [line, message] of check(source)) yield { path: source.path, line, message };
    }
  };

const importOrder = eachSource(function* ({ path, imports }) {
  const room = roomOf(path);
  if (room === undefined) {
    yield [1, `this file stands in no room: move it into one of ${ROOMS.join('/, ')}/`];
    return;
  }
  const rank = ROOMS.indexOf(room);
  for (const { text, line } of imports) {
    if (!isRelative(text)) continue;
    const target = targetOf(path, text);
    const other = target.startsWith('src/') ? roomOf(target) : undefined;
    if (other === undefined) {
      yield [line, `imports ${text}, which is in no room of src/: the library imports only from its own rooms`];
    } else if (ROOMS.indexOf(other) > rank) {
      const above = ROOMS.slice(0, rank).join(', ') || 'none';
      yield [
        line,
        `${room}/ imports ${text} from ${other}/, a later room: ${room}/ may import from the rooms above it (${above}); ` +
          `move what both need up to ${room}/ or higher, or let the caller pass it in`,
      ];
    }
  }
});

/**
 * Each group of files that import each other is told once, as the shortest way round through its first file.
 * Two files of a room may define types in terms of each other (a node has an op, an op speaks of nodes); between rooms
 * the import order forbids that too.
 */
function* noCycles({ sources }: House): Iterable<Violation> {
  const edges = new Map<string, string[]>();
  for (const { path, imports } of sources.values()) {
    const lasting = imports.filter((one) => isRelative(one.text) && !one.erased);
    const targets = lasting.map((one) => targetOf(path, one.text));
    edges.set(path, targets.filter((target) => sources.has(target)).sort());
  }
  const told = new Set<string>();
  for (const start of [...edges.keys()].sort()) {
    if (told.has(start)) continue;
    const cameFrom = new Map<string, string>();
    const queue = [start];
    for (let i = 0; i < queue.length && !cameFrom.has(start); i++) {
      for (const target of edges.get(queue[i]!) ?? []) {
        if (cameFrom.has(target)) continue;
        cameFrom.set(target, queue[i]!);
        queue.push(target);
      }
    }
    if (!cameFrom.has(start)) continue;
    const way = [start];
    do way.unshift(cameFrom.get(way[0]!)!);
    while (way[0] !== start);
    for (const path of way) told.add(path);
    const message = `files import each other: ${way.join(' → ')}; move what they share into a file that imports neither`;
    yield { path: start, line: 1, message };
  }
}

const packages = eachSource(function* ({ path, imports }) {
  for (const { text, line, fixed } of imports) {
    if (isRelative(text) || text.startsWith('node:')) continue;
    const room = PACKAGES[text];
    if (room === undefined) {
      yield [
        line,
        `imports the package ${text}: the library needs none; the optional ones are ${Object.keys(PACKAGES)}`,
      ];
    } else if (room !== roomOf(path)) {
      yield [line, `imports ${text}, which only ${room}/ loads: ask ${room}/ for what it offers`];
    } else if (fixed) {
      yield [line, `imports ${text} when the file is loaded, yet it may be absent: use \`await import('${text}')\``];
    }
  }
});

const ownedNames = eachSource(function* ({ path, names, strings }) {
  const room = roomOf(path);
  for (const { name, places, why } of OWNED_NAMES) {
    if (room === undefined || places.includes(room) || places.includes(path)) continue;
    const found = [...names, ...strings].filter(({ text }) => name.test(text));
    for (const { text, line } of found) yield [line, `"${text}" belongs to ${places.join(', ')}: ${why}`];
  }
});

const opening = eachSource(function* ({ opening: text }) {
  if ((text.match(/\p{L}+/gu) ?? []).length < 3) {
    yield [1, 'the file does not say what it is for: open it with a comment of at least one sentence'];
  }
});

const size = eachSource(function* ({ path, lines }) {
  if (lines > MOST_LINES && !FLAT_TABLES.has(path)) {
    yield [
      MOST_LINES + 1,
      `${lines} lines, at most ${MOST_LINES}: split it by subject (a flat table is named in scripts/house/rules.ts)`,
    ];
  }
});

const SWITCHED_OFF = /@ts-(?:ignore|nocheck|expect-error)/;

const typesHold = eachSource(function* ({ casts, comments }) {
  for (const { text, line } of casts) {
    yield [
      line,
      `\`${text}\` switches the type checker off: declare the type, narrow it with a check, or use a generic`,
    ];
  }
  for (const { text, line } of comments) {
    const directive = SWITCHED_OFF.exec(text);
    if (directive) yield [line, `${directive[0]} switches the type checker off: repair the type instead`];
  }
});

/** What only one machine knows. */
const LOCAL: readonly { readonly what: string; readonly pattern: RegExp; readonly right: string }[] = [
  {
    what: 'a path of one machine',
    pattern: /(?<![\w.~-])\/(?:work|root|home|Users)\/[\w.-]+/,
    right: 'a relative path or ~',
  },
  { what: 'a path of one machine', pattern: /\b[A-Z]:\\+Users\\+\w+/, right: 'a relative path or ~' },
  {
    what: 'a package registry',
    pattern: /\bregistry\.[a-z]+[a-z0-9-]*\.[a-z]+/,
    right: "the user's own configuration",
  },
  {
    what: 'an address',
    pattern: /(?<![\d.])(?!127\.0\.0\.1|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/,
    right: 'a host name, or 127.0.0.1',
  },
];

function* portable({ texts }: House): Iterable<Violation> {
  for (const [path, text] of texts) {
    for (const { what, pattern, right } of LOCAL) {
      const found = pattern.exec(text);
      if (!found) continue;
      const line = text.slice(0, found.index).split('\n').length;
      yield { path, line, message: `"${found[0]}" is ${what}, which others do not have: use ${right}` };
    }
  }
}

export const RULES: readonly Rule[] = [
  { name: 'import order', holds: 'a room imports only from rooms above it, types too', check: importOrder },
  { name: 'no cycles', holds: 'no file imports itself through others, types of one room apart', check: noCycles },
  { name: 'packages', holds: 'optional packages are loaded late, by their own room', check: packages },
  { name: 'owned names', holds: 'engines and target languages are named only in their rooms', check: ownedNames },
  { name: 'opening', holds: 'every file opens with a comment that says what it is for', check: opening },
  { name: 'size', holds: `no file is longer than ${MOST_LINES} lines`, check: size },
  { name: 'types hold', holds: 'no any, no cast through unknown, no directive against the checker', check: typesHold },
  { name: 'portable', holds: 'no path, registry or address of one machine', check: portable },
];

/** Every violation of every rule, under the rule's name. */
export function inspect(house: House): { readonly rule: string; readonly violation: Violation }[] {
  return RULES.flatMap(({ name, check }) => [...check(house)].map((violation) => ({ rule: name, violation })));
}
