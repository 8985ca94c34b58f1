/**
 * `chainrule doctor`: what this machine offers, and which engine is used and why.
 */
import { settings } from '../base/settings.js';
import { engineInfo } from '../run/engine.js';
import { inspectMachine, type Machine } from './machine.js';
import type { DoctorOptions } from './options.js';
import { paint, say, type Terminal } from './terminal.js';

/** One line of the diagnosis. */
interface Finding {
  name: string;
  /** Whether the machine has it; null where there is nothing to have. */
  good: boolean | null;
  text: string;
}

/** Node 20 has relaxed SIMD behind a flag of V8, which can be set when node is started, or by an engine as it runs. */
function relaxedSimdText({ node, relaxedSimd }: Machine): string {
  const flag = node.startsWith('v20.') ? 'on Node 20 behind the flag --experimental-wasm-relaxed-simd, ' : '';
  if (relaxedSimd) return `yes: fused multiply-add${flag && ` (${flag}which is set)`}`;
  return flag ? `${flag}which is not set` : 'no: multiplication and addition stay two instructions';
}

function findingsOn(machine: Machine): Finding[] {
  const { node, platform, cores, simd, relaxedSimd, sharedMemory, compiler, koffi } = machine;
  return [
    { name: 'Node', good: null, text: `${node} on ${platform}` },
    { name: 'cores', good: null, text: String(cores) },
    { name: 'SIMD', good: simd, text: simd ? 'yes' : 'no: WebAssembly computes one number at a time here' },
    { name: 'relaxed SIMD', good: relaxedSimd, text: relaxedSimdText(machine) },
    {
      name: 'threads',
      good: sharedMemory,
      text: sharedMemory
        ? 'yes: memory can be shared (SharedArrayBuffer)'
        : 'no: this process cannot share memory between threads',
    },
    {
      name: 'C compiler',
      good: compiler !== null,
      text: compiler === null ? 'none found (tried $CC, cc, gcc, clang)' : `${compiler.command}: ${compiler.version}`,
    },
    {
      name: 'koffi',
      good: koffi !== null,
      text: koffi ?? 'not installed: it loads what a C compiler made (npm install koffi)',
    },
  ];
}

/** Prints the diagnosis. @returns the exit code. @throws DeviceError when the engine asked for cannot work here */
export async function doctor(options: DoctorOptions, terminal: Terminal): Promise<number> {
  const { engine, threads } = options;
  settings({ ...(engine !== undefined && { engine }), ...(threads !== undefined && { threads }) });
  // First the engine, for it may switch on what the machine has.
  const used = engineInfo();
  const machine = await inspectMachine();
  if (options.json) {
    say(terminal, JSON.stringify({ ...machine, engine: used }, null, 2));
    return 0;
  }
  const findings: Finding[] = [
    ...findingsOn(machine),
    {
      name: 'engine',
      good: null,
      text: `${used.name}: ${used.detail}, ${used.threads} thread${used.threads === 1 ? '' : 's'}`,
    },
    { name: '', good: null, text: used.why },
  ];
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, good, text } of findings) {
    const mark = good === null ? ' ' : good ? paint(terminal, 'green', '✓') : paint(terminal, 'yellow', '✗');
    say(terminal, `${mark} ${paint(terminal, 'dim', name.padEnd(width))}  ${text}`);
  }
  return 0;
}
