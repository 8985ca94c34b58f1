/**
 * Which engine computes. It is chosen once, at the first computation of a process, by what this machine can do and
 * what the settings ask for.
 */

import { DeviceError } from '../base/errors.js';
import { current } from '../base/settings.js';
import { trace } from '../base/trace.js';
import { nativeMachine } from '../device/native/index.js';
import { hasSimd } from '../device/wasm/features.js';
import { WasmMachine } from '../device/wasm/machine.js';
import { CompiledEngine } from './compiled.js';
import { startDebugging } from './debug.js';
import { interpreter } from './interpreter.js';
import type { Engine } from './performs.js';

/** How an engine is made, fastest first; `make` returns a reason instead where it cannot work. */
interface Candidate {
  readonly name: string;
  make(): Engine | string;
}
const candidates: readonly Candidate[] = [
  {
    name: 'native',
    make: () => {
      const machine = nativeMachine(current.threads);
      return typeof machine === 'string' ? machine : new CompiledEngine(machine);
    },
  },
  {
    name: 'wasm',
    make: () =>
      hasSimd()
        ? new CompiledEngine(new WasmMachine(current.threads))
        : 'this JavaScript engine has no WebAssembly with SIMD',
  },
  { name: 'interpret', make: () => interpreter },
];

const made = new Map<string, Engine | string>();
let active: { engine: Engine; why: string } | null = null;

function make(candidate: Candidate): Engine | string {
  let engine = made.get(candidate.name);
  if (engine === undefined) made.set(candidate.name, (engine = candidate.make()));
  return engine;
}

/** The engine of that name, or the reason why it cannot work here. @throws DeviceError when there is none of that name */
function lookUp(name: string): Engine | string {
  const candidate = candidates.find((c) => c.name === name);
  if (!candidate) {
    throw new DeviceError(`unknown engine "${name}": there are ${candidates.map((c) => c.name).join(', ')}, and auto`);
  }
  return make(candidate);
}

function find(name: string): Engine {
  const engine = lookUp(name);
  if (typeof engine === 'string') throw new DeviceError(`the engine "${name}" cannot work here: ${engine}`);
  return engine;
}

function choose(): { engine: Engine; why: string } {
  if (current.engine !== 'auto') return { engine: find(current.engine), why: 'asked for by the settings' };
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const engine = make(candidate);
    if (typeof engine !== 'string') {
      return { engine, why: ['the fastest engine that works here', ...reasons].join('; ') };
    }
    reasons.push(`${candidate.name}: ${engine}`);
  }
  throw new DeviceError(`no engine works here: ${reasons.join('; ')}`);
}

/** The engine of this process. */
export function engine(): Engine {
  if (!active) {
    startDebugging();
    active = choose();
    trace('run', 'engine', { name: active.engine.name, why: active.why });
  }
  return active.engine;
}

/** The engine in use, how many threads it has, and why it was chosen. Chooses one if none was needed so far. */
export function engineInfo(): {
  /** `native`, `wasm` or `interpret`. */
  readonly name: string;
  /** How many threads it computes on. */
  readonly threads: number;
  /** One line: what it runs on here. */
  readonly detail: string;
  /** Why it was chosen, and what kept faster ones from working. */
  readonly why: string;
} {
  const { name, threads } = engine();
  return { name, threads, detail: engine().describe(), why: active!.why };
}

/** Runs `fn` on another engine: for tests that compare engines. Values carry over from one to the other. */
export function withEngine<T>(engine: string | Engine, fn: () => T): T {
  const before = active;
  active = { engine: typeof engine === 'string' ? find(engine) : engine, why: 'asked for by withEngine' };
  try {
    return fn();
  } finally {
    active = before;
  }
}

/** Why an engine cannot work here; null where it can. @throws DeviceError when there is none of that name */
export function unavailable(name: string): string | null {
  const engine = lookUp(name);
  return typeof engine === 'string' ? engine : null;
}

/** The names of all engines, fastest first. */
export const engineNames = (): readonly string[] => candidates.map((c) => c.name);
