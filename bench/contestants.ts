/** Who takes part: how each is started, whether it is there, and which rows it leaves out and why. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compiled } from './build.js';
import { findOpenBlas } from './openblas-library.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** One process for each row; it may have several modes. It is started with three arguments more: FOLDER THREADS DTYPE. */
export interface Contestant {
  readonly who: string;
  readonly engine: string;
  readonly threads: number;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The rows it takes part in; all unless told. */
  readonly rows?: readonly string[];
}

export const ENGINES = ['native', 'wasm'] as const;
const { version } = JSON.parse(readFileSync(here('../package.json'), 'utf8'));

export const chainruleOn = (engine: string, threads: number): Contestant => ({
  who: 'chainrule',
  engine,
  threads,
  command: [process.execPath, compiled('chainrule')],
  environment: { CHAINRULE_ENGINE: engine, CHAINRULE_THREADS: String(threads), BENCH_VERSION: version },
});

/** A library that chainrule is compared with. */
export interface Peer {
  readonly who: string;
  readonly engine: string;
  /** On how many threads it can run, of those asked for. */
  readonly threads: 'any' | 'one';
  /** What to do when it is missing; undefined when it is there. */
  readonly missing: () => string | undefined;
  readonly command: readonly string[];
  /** The rows it takes part in; all unless told. */
  readonly rows?: readonly string[];
  /** Why not in the others. */
  readonly otherwise?: string;
}

const venv = (name: string): string => here(`.venv/${name}/bin/python`);
const DEBIAN_PYTHON = '/usr/bin/python3';
const SETUP = 'run bench/peers/setup';

function imports(python: string, module: string): boolean {
  if (!existsSync(python)) return false;
  try {
    execFileSync(python, ['-c', `import importlib.util, sys; sys.exit(importlib.util.find_spec('${module}') is None)`]);
    return true;
  } catch {
    return false;
  }
}

const needsPackage = (name: string): string | undefined =>
  existsSync(here(`node_modules/${name}/package.json`)) ? undefined : 'run npm ci --ignore-scripts in bench/';
const inPython = (script: string, python: string): string[] => [python, here(`peers/${script}.py`)];
const inNode = (script: string): string[] => [process.execPath, compiled(script)];

const MATMULS = ['matmul-256', 'matmul-512', 'matmul-1024', 'matmul-2048'];
const MLPS = ['mlp-small', 'mlp-large-sgd', 'mlp-large-adam'];
const NORMALISATIONS = ['softmax', 'layernorm', 'softmax-grad', 'layernorm-grad'];

export const PEERS: readonly Peer[] = [
  {
    who: 'pytorch-1.13',
    engine: 'aten',
    threads: 'any',
    missing: () => (imports(DEBIAN_PYTHON, 'torch') ? undefined : "install Debian's python3-torch"),
    command: inPython('pytorch', DEBIAN_PYTHON),
  },
  {
    who: 'pytorch',
    engine: 'aten',
    threads: 'any',
    missing: () => (imports(venv('torch'), 'torch') ? undefined : SETUP),
    command: inPython('pytorch', venv('torch')),
  },
  {
    who: 'jax',
    engine: 'xla',
    threads: 'any',
    missing: () => (imports(venv('jax'), 'jax') ? undefined : SETUP),
    command: inPython('jax_rows', venv('jax')),
  },
  {
    who: 'openblas',
    engine: 'openblas',
    threads: 'any',
    missing: () => needsPackage('koffi') ?? (findOpenBlas() ? undefined : "install Debian's libopenblas0-pthread"),
    command: inNode('openblas'),
    rows: MATMULS,
    otherwise: 'it multiplies matrices',
  },
  {
    who: 'jax-js',
    engine: 'wasm',
    threads: 'one',
    missing: () => needsPackage('@jax-js/jax'),
    command: inNode('jax-js'),
    rows: [...MATMULS, ...MLPS, 'cnn', ...NORMALISATIONS, 'chain'],
    otherwise: 'not written for it',
  },
  {
    who: 'tfjs',
    engine: 'wasm',
    threads: 'one',
    missing: () => needsPackage('@tensorflow/tfjs-backend-wasm') ?? needsPackage('@tensorflow/tfjs-core'),
    command: inNode('tfjs'),
    rows: [...MATMULS, ...MLPS, 'softmax', 'softmax-grad', 'chain'],
    otherwise: 'it has no layer norm and its wasm backend no gradient of a convolution; the rest is not written for it',
  },
  {
    who: 'onnxruntime',
    engine: 'cpu',
    threads: 'any',
    missing: () => needsPackage('onnxruntime-node'),
    command: inNode('onnxruntime'),
    rows: [...MATMULS, 'softmax', 'layernorm', 'chain'],
    otherwise: 'it runs models forward and does not train',
  },
];

/** The processes of a peer for these numbers of threads. */
export const processesOf = ({ who, engine, command, rows, threads }: Peer, asked: readonly number[]): Contestant[] =>
  (threads === 'one' ? [1] : asked).map((n) => ({ who, engine, command, rows, threads: n }));

/**
 * Who computes in float64 what the others are compared with: PyTorch, which shares nothing with chainrule, or where it
 * is missing chainrule itself in float64.
 */
export function reference(): Contestant {
  const peer = PEERS.findLast(({ who, missing }) => who.startsWith('pytorch') && missing() === undefined);
  return peer ? processesOf(peer, [2])[0]! : chainruleOn('wasm', 2);
}
