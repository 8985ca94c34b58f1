/**
 * The system's C compiler: finding it, asking it about the processor, and running several at once.
 */
import type { Node } from './node.js';

export interface Compiler {
  /** The command and the arguments that all its runs begin with. */
  readonly command: readonly string[];
  /** What it calls itself. */
  readonly version: string;
  /** The macros that it predefines for this processor. */
  readonly macros: string;
  /** Everything that decides what it makes of a source. */
  readonly identity: string;
}

/**
 * Values come out as IEEE 754 says: nothing here lets NaN, infinities, signed zeros or the order of additions go. What goes
 * is `errno`, floating-point traps, and the contraction of a·b + c where no fused operation was asked for. Whole numbers wrap.
 */
const FLAGS = [
  '-std=gnu11',
  '-O3',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fwrapv',
  '-fPIC',
  '-shared',
  '-pthread',
  '-D_GNU_SOURCE',
  '-w',
];
/** How compilers are asked to write code for the processor that is there. */
const PROCESSOR = [['-march=native'], ['-mcpu=native'], []];
const WIDE = '-mprefer-vector-width=512';
/** A compiler that has not answered by then is given up. */
const PATIENCE = 300_000;

function probe(node: Node, command: readonly string[]): Compiler | null {
  const [program, ...rest] = command;
  for (const processor of PROCESSOR) {
    const args = [...rest, ...processor, '-dM', '-E', '-x', 'c', '-'];
    const { status, stdout, error } = node.children.spawnSync(program!, args, {
      input: '',
      encoding: 'utf8',
      timeout: 10_000,
    });
    if (error) return null;
    if (status !== 0 || !stdout.includes('#define __GNUC__ ')) continue;
    const version = /#define __VERSION__ "(.*)"/.exec(stdout)?.[1] ?? '';
    const wide = stdout.includes('#define __AVX512F__ ') ? [WIDE] : [];
    // What the user wants comes last, so that it holds.
    const own = node.environment.CHAINRULE_CFLAGS?.trim().split(/\s+/).filter(Boolean) ?? [];
    const full = [...command, ...FLAGS, ...processor, ...wide, ...own];
    const model = node.system.cpus()[0]?.model ?? '';
    const macros = stdout.split('\n').sort().join('\n');
    return {
      command: full,
      version: stdout.includes('#define __clang__ ') ? version : `gcc ${version}`,
      macros: stdout,
      identity: [...full, node.platform, node.arch, model, macros].join('\n'),
    };
  }
  return null;
}

/** The first of `$CC`, cc, gcc and clang that answers as GCC and clang do; else the reason why none is used. */
export function findCompiler(node: Node): Compiler | string {
  if (node.platform === 'win32') return 'it needs a system with a shell, Linux or macOS';
  const own = node.environment.CC?.trim().split(/\s+/) ?? [];
  for (const command of [own, ['cc'], ['gcc'], ['clang']]) {
    const compiler = command[0] ? probe(node, command) : null;
    if (compiler) return compiler;
  }
  return 'no C compiler answers as GCC or clang do (tried $CC, cc, gcc, clang)';
}

/**
 * Compiles `0.c`, `1.c`, … in `folder` to `0.so`, `1.so`, …, all at the same time, and waits. Gives for each source null,
 * or what the compiler said when it failed.
 */
export function compile(node: Node, compiler: Compiler, folder: string, sources: readonly string[]): (string | null)[] {
  const { files, children } = node;
  sources.forEach((text, i) => files.writeFileSync(`${folder}/${i}.c`, text));
  // A result appears under its name only when it is complete.
  const script = sources
    .map((_, i) => `("$@" ${i}.c -o ${i}.part -lm -ldl 2>${i}.log && mv ${i}.part ${i}.so) &`)
    .concat('wait')
    .join('\n');
  const { error } = children.spawnSync('/bin/sh', ['-c', script, 'sh', ...compiler.command], {
    cwd: folder,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  const made = new Set(files.readdirSync(folder));
  return sources.map((_, i) => {
    if (made.has(`${i}.so`)) return null;
    const said = made.has(`${i}.log`) ? new TextDecoder().decode(files.readFileSync(`${folder}/${i}.log`)).trim() : '';
    return said || error?.message || 'it failed without a message';
  });
}
