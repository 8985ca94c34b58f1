/**
 * The table of engines × records as a page.
 */
import type { DType } from '../../src/base/dtype.js';
import { ENGINES, type Engine, engineTable, type Row, type Way } from './table.js';

const SIGNS: Readonly<Record<Way, string>> = { defined: '●', compiled: '●', called: '○', javascript: '◐' };
const HEADS: Readonly<Record<Engine, string>> = {
  interpret: 'interpret',
  wasm: 'wasm',
  native: 'native: C',
  js: 'native: small kernels',
};

/** One sign if all dtypes go one way, else each way with its dtypes. */
function cell({ ways }: Row, engine: Engine): string {
  const groups = new Map<string, DType[]>();
  for (const [dtype, how] of ways) {
    const sign = SIGNS[how[engine]];
    groups.set(sign, [...(groups.get(sign) ?? []), dtype]);
  }
  if (groups.size === 1) return [...groups.keys()].join('');
  return [...groups].map(([sign, dtypes]) => `${sign} ${dtypes.join(', ')}`).join('; ');
}

/** Dtypes that are often taken together. */
const TOGETHER: ReadonlyMap<string, string> = new Map([
  ['float32, float64', 'floats'],
  ['float32, float64, int32, uint8', 'numbers'],
  ['float32, float64, int32, uint8, bool', 'all'],
]);
function namesOf(dtypes: readonly DType[]): string {
  const list = dtypes.join(', ');
  return TOGETHER.get(list) ?? list;
}

const KINDS: readonly (readonly [kind: Row['kind'], title: string])[] = [
  ['leaf', 'Leaves'],
  ['elementwise', 'Elementwise'],
  ['movement', 'Movement: elements at other places'],
  ['reduce', 'Reductions'],
  ['contract', 'Contractions'],
  ['gather', 'Reading at places that are data'],
  ['scatter', 'Writing at places that are data'],
  ['update', 'Updates of slices'],
  ['sort', 'Sorting'],
  ['attention', 'Attention'],
  ['routine', 'Linear algebra'],
  ['alias', 'Changes of the history alone'],
];

const HEAD = ['record', 'dtypes', ...ENGINES.map((engine) => HEADS[engine]), 'derivative', 'second', 'vmap'];
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const OF_RESULT: Readonly<Record<string, string>> = { yes: '●', 'none left': '0' };

/** A table of one kind, and below it why there are no derivatives where there are none. */
function section(title: string, rows: readonly Row[]): string {
  const reasons = [...new Set(rows.map(({ first }) => first).filter((first) => first !== 'yes'))];
  const mark = (text: string): string => OF_RESULT[text] ?? `– (${reasons.indexOf(text) + 1})`;
  const table = rows.map((row) =>
    line([
      `\`${row.name}\``,
      namesOf([...row.ways.keys()]),
      ...ENGINES.map((engine) => cell(row, engine)),
      mark(row.first),
      mark(row.second),
      row.batches === 'yes' ? '●' : row.batches,
    ]),
  );
  const notes = reasons.map((reason, i) => `(${i + 1}) ${reason}`).join('; ');
  return [
    `## ${title}`,
    '',
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...table,
    ...(notes ? ['', `${notes}.`] : []),
  ].join('\n');
}

/** The page. */
export function enginesPage(rows: readonly Row[] = engineTable()): string {
  const sections = KINDS.map(([kind, title]) =>
    section(
      title,
      rows.filter((row) => row.kind === kind),
    ),
  );
  return `# Engines and records

All functions are made of these ${rows.length} records. Each engine computes each of them at every dtype that it takes; this page is made by trying it,
and the tests compare the results with the interpreter's.

- *dtypes*: *floats* are float32 and float64, *numbers* these and int32 and uint8, *all* these and bool.
- **●** computed by the engine itself: from the record's definition by \`interpret\`, as compiled code by the others.
- **○** compiled code that calls the record's own function, for each element or, of an algorithm as a whole, once.
- **◐** the kernel runs as JavaScript on the same memory, for C has no such function.
- *derivative* and *second*: **●** there is one; **0** the first does not depend on the inputs, so nothing is left; **–** there is none, for the reason below the table.
- *vmap*: **●** works on a batch at once; *the same* for what does not depend on any input.

Dtypes that a record does not take are refused with an error when the graph is built; functions convert where that makes sense, as \`sin\` of whole numbers.

${sections.join('\n\n')}
`;
}
