/** The house rules, on small made-up houses that break them one at a time; then on the real one. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { houseOf, readHouse } from '../../scripts/house/read.js';
import { inspect, MOST_LINES, roomOf } from '../../scripts/house/rules.js';
import { readSource } from '../../scripts/house/source.js';

const OPENING = '/** What this made-up file is for. */\n';

/** The violations in files given without their opening comment, as `path:line: rule: message`. */
const broken = (files: Record<string, string>): string[] => {
  const texts = new Map(Object.entries(files).map(([path, text]) => [path, OPENING + text]));
  return inspect(houseOf(texts)).map(({ rule, violation: v }) => `${v.path}:${v.line}: ${rule}: ${v.message}`);
};

describe('what is read of a file', () => {
  it('finds every way to import, and nothing in comments and strings', () => {
    const source = readSource(
      'src/ir/a.ts',
      [
        "import type { A } from './type.js';",
        "import { b, type C } from '../base/value.js';",
        "export * from './all.js';",
        "export { d } from './named.js';",
        "export type { E } from './exported-type.js';",
        "import './effect.js';",
        "const late = () => import('./late.js');",
        "type F = import('./inline.js').F;",
        "// import { no } from './comment.js';",
        "const text = \"import { no } from './string.js'\" + `export * from './template.js'`;",
        'export const g = 1;',
      ].join('\n'),
    );
    const facts = source.imports.map(({ text, line, fixed, erased }) => [text, line, fixed, erased]);
    expect(facts).toEqual([
      ['./type.js', 1, true, true],
      ['../base/value.js', 2, true, false],
      ['./all.js', 3, true, false],
      ['./named.js', 4, true, false],
      ['./exported-type.js', 5, true, true],
      ['./effect.js', 6, true, false],
      ['./late.js', 7, false, false],
      ['./inline.js', 8, false, true],
    ]);
  });

  it('names a file that is no TypeScript', () => {
    expect(() => readSource('src/ir/a.ts', 'const = ;')).toThrow(/src\/ir\/a\.ts cannot be parsed/);
  });
});

describe('import order', () => {
  it('accepts imports from rooms above and from the own room, and the package root importing from all', () => {
    expect(
      broken({
        'src/base/a.ts': 'export const a = 1;',
        'src/ir/b.ts': "export { a } from '../base/a.js';",
        'src/ir/c.ts': "export { a } from './b.js';",
        'src/viz/d.ts': 'export const d = 1;',
        'src/index.ts': "export { a } from './ir/c.js';\nexport { d } from './viz/d.js';",
      }),
    ).toEqual([]);
  });

  it.each([
    ['a value', "import { b } from '../ir/b.js';"],
    ['a type', "import type { b } from '../ir/b.js';"],
    ['an export', "export * from '../ir/b.js';"],
    ['a late import', "export const b = () => import('../ir/b.js');"],
    ['a type in place', "export type B = import('../ir/b.js').B;"],
  ])('refuses %s from a later room', (_, line) => {
    const [first, ...others] = broken({ 'src/base/a.ts': line, 'src/ir/b.ts': 'export const b = 1;' });
    expect(first).toMatch(/^src\/base\/a\.ts:2: import order: base\/ imports \.\.\/ir\/b\.js from ir\/, a later room/);
    expect(others).toEqual([]);
  });

  it('lets nothing import the command or, but for the command, the package root', () => {
    const files = { 'src/cli/main.ts': "import '../index.js';", 'src/index.ts': "import './cli/main.js';" };
    expect(broken(files).filter((text) => text.includes('import order'))).toEqual([
      expect.stringContaining('src/index.ts:2: import order: index/ imports ./cli/main.js from cli/'),
    ]);
  });

  it('refuses files outside every room, and imports that leave src/', () => {
    expect(broken({ 'src/stray.ts': '' })).toEqual([expect.stringContaining('stands in no room')]);
    expect(broken({ 'src/junk/a.ts': '' })).toEqual([expect.stringContaining('stands in no room')]);
    expect(broken({ 'src/ir/a.ts': "import '../../test/b.js';" })).toEqual([
      expect.stringContaining('is in no room of src/'),
    ]);
  });

  it('knows the room of a file in a folder of a room', () => {
    expect(roomOf('src/device/cpu/memory.ts')).toBe('device');
  });
});

describe('no cycles', () => {
  it('tells a cycle once, as the way round', () => {
    const found = broken({
      'src/ir/a.ts': "import './b.js';",
      'src/ir/b.ts': "import './c.js';",
      'src/ir/c.ts': "import './a.js';",
      'src/ir/d.ts': "import './a.js';",
    });
    expect(found).toEqual([
      expect.stringContaining(
        'no cycles: files import each other: src/ir/a.ts → src/ir/b.ts → src/ir/c.ts → src/ir/a.ts;',
      ),
    ]);
  });

  it('lets two files of a room define types by each other, but not load each other', () => {
    const types = { 'src/ir/a.ts': "import type { B } from './b.js';", 'src/ir/b.ts': "import { A } from './a.js';" };
    expect(broken(types)).toEqual([]);
    const values = { ...types, 'src/ir/a.ts': "import { type B } from './b.js';" };
    expect(broken(values)).toEqual([expect.stringContaining('no cycles')]);
  });
});

describe('packages', () => {
  it('lets the room of an optional package load it late', () => {
    expect(broken({ 'src/device/c.ts': "export const k = () => import('koffi');" })).toEqual([]);
  });

  it.each([
    ['src/device/c.ts', "import koffi from 'koffi';", 'it may be absent'],
    ['src/device/c.ts', "import lodash from 'lodash';", 'the library needs none'],
    ['src/data/a.ts', "export const v = () => import('@viz-js/viz');", 'which only viz/ loads'],
    ['src/nn/a.ts', "import { tensor } from 'chainrule';", 'the library needs none'],
  ])('refuses in %s: %s', (path, line, message) => {
    expect(broken({ [path]: line })).toContainEqual(expect.stringContaining(message));
  });
});

describe('owned names', () => {
  it.each([
    ['src/fuse/a.ts', "export const target = 'wasm';"],
    ['src/lower/a.ts', "export const chosen = 'native';"],
    ['src/run/a.ts', 'export class WebAssemblyPlan {}'],
    ['src/run/a.ts', 'export const wasmMemory = 1;'],
    ['src/lower/a.ts', 'export const native = true;'],
    ['src/tensor/a.ts', 'export const a = { webgpu: 1 };'],
    ['src/tensor/a.ts', 'export const text = `on WebGPU`;'],
    ['src/emit/a.ts', "export const engine = 'interpret';"],
    ['src/lower/a.ts', 'export const f32x4 = 1;'],
  ])('refuses in %s: %s', (path, line) => {
    expect(broken({ [path]: line })).toEqual([expect.stringContaining(`${path}:2: owned names`)]);
  });

  it.each([
    ['src/device/wasm.ts', "export const name = 'wasm';"],
    ['src/emit/wasm.ts', 'export const wasmModule = 1;'],
    ['src/ops/sin.ts', "export const spell = { wasm: { f32: 'call $sin' } };"],
    ['src/run/interpreter.ts', 'export const interpreter = 1;'],
    ['src/run/engine.ts', "import { wasm } from '../device/wasm.js';"],
    ['src/cli/doctor.ts', "export const line = 'native: C compiled by gcc';"],
    ['src/base/settings.ts', '/** The engine: native, wasm or interpret. */\nexport const engine = 1;'],
    ['src/data/a.ts', "export const text = 'the native order of bytes';"],
    ['src/tensor/a.ts', 'export const alternative = 1;'],
    ['src/tensor/a.ts', 'export const NATIVE_ARRAYS = 1;'],
  ])('accepts in %s: %s', (path, line) => {
    expect(broken({ [path]: line })).toEqual([]);
  });
});

describe('opening', () => {
  const opens = (text: string): boolean => inspect(houseOf(new Map([['src/ir/a.ts', text]]))).length === 0;

  it('wants a sentence before the first statement', () => {
    expect(opens('// Where the made-up things are kept.\nexport const a = 1;\n')).toBe(true);
    expect(opens('#!/usr/bin/env node\n/** Where the made-up things are kept. */\nexport const a = 1;\n')).toBe(true);
    expect(opens('export const a = 1;\n// Where the made-up things are kept.\n')).toBe(false);
    expect(opens('/** node */\nexport const a = 1;\n')).toBe(false);
    expect(opens('export const a = 1;\n')).toBe(false);
  });
});

describe('size', () => {
  it('counts lines', () => {
    const lines = (n: number): string => 'export {};\n'.repeat(n - 1);
    expect(broken({ 'src/ir/a.ts': lines(MOST_LINES) })).toEqual([]);
    expect(broken({ 'src/ir/a.ts': lines(MOST_LINES + 1) })).toEqual([
      expect.stringContaining(`size: ${MOST_LINES + 1} lines, at most ${MOST_LINES}`),
    ]);
  });
});

describe('types hold', () => {
  it.each([
    'export const a: any = 1;',
    'export const a = JSON.parse("1") as any;',
    'export const a = new Map<string, any[]>();',
    'export const a = 1 as unknown as string;',
    'export const a = (1 as unknown) as string;',
    '// @ts-ignore\nexport const a: string = 1;',
    '// @ts-expect-error because\nexport const a: string = 1;',
  ])('refuses %s', (text) => {
    expect(broken({ 'src/ir/a.ts': text })).toEqual([expect.stringContaining('types hold')]);
  });

  it('accepts a function called any, and a cast from what is known', () => {
    expect(broken({ 'src/ir/a.ts': 'export const any = (a: unknown) => a as string;\nany({ any: "any" });' })).toEqual(
      [],
    );
  });
});

describe('portable', () => {
  // Put together here, for this file is read by the rule too.
  const path = ['', 'home', 'ann', 'digits'].join('/');
  const host = ['registry', 'example', 'com'].join('.');
  const address = [10, 1, 2, 3].join('.');

  it.each([path, `https://${host}/tensor`, `http://${address}:80`])('refuses %s in any text', (text) => {
    expect(broken({ 'docs/page.md': `one\ntwo ${text}` })).toEqual([
      expect.stringMatching(/^docs\/page\.md:3: portable/),
    ]);
  });

  it('accepts relative paths, addresses of the machine itself and versions', () => {
    expect(broken({ 'docs/page.md': '../shared/data ~/home/x https://a.org/home/x 127.0.0.1 1.2.3' })).toEqual([]);
  });
});

it('holds for this project', () => {
  const house = readHouse(fileURLToPath(new URL('../..', import.meta.url)));
  expect(house.sources.size).toBeGreaterThan(0);
  expect(inspect(house)).toEqual([]);
});
