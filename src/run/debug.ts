/**
 * What `CHAINRULE_DEBUG` prints: 1 engines and plans, 2 kernels and the time of each run, 3 how values were fused, 4 the lowered loops. It only listens to the trace.
 */
import { current } from '../base/settings.js';
import { listen, type TraceEvent } from '../base/trace.js';
import type { Fused } from '../fuse/index.js';
import type { Program } from '../ir/expr.js';
import { programKey } from '../ir/program-key.js';
import { kernelFacts } from './kernel-facts.js';
import { onTimed, type TimedRun, timeLine } from './profile.js';

interface Built {
  readonly kernels: readonly Program[];
  readonly arenaBytes: number;
  readonly fused: Fused;
}

const say = (text: string): void => console.error(`[chainrule] ${text}`);

function print({ room, what, detail }: TraceEvent): void {
  if (what === 'engine') say(`engine ${detail.name}: ${detail.why}`);
  if (what === 'build') {
    const { kernels, arenaBytes, fused } = detail as { [K in keyof Built]: Built[K] };
    say(`plan: ${fused.graph.nodes.length} nodes, ${kernels.length} kernels, ${arenaBytes} bytes of working memory`);
    if (current.debug < 2) return;
    kernels.forEach((program, i) => {
      say(`  kernel ${i + 1}: ${program.name}: ${kernelFacts(fused, i, program).values}`);
      if (current.debug >= 4) say(programKey(program));
    });
  }
  if (current.debug >= 3 && room === 'rules') say(`  ${what}: ${String(detail.rule)}`);
}

function printTimes({ kernels, times, start, end }: TimedRun): void {
  const inKernels = times.ms.reduce((a, b) => a + b, 0);
  say(`ran ${kernels.length} kernels in ${(end - start).toFixed(4)} ms, of which kernels ${inKernels.toFixed(4)} ms`);
  kernels.forEach((kernel, i) => {
    const ms = times.ms[i]!;
    say(`  ${timeLine(kernel, ms, inKernels > 0 ? ms / inKernels : 0)}`);
  });
}

let listening = false;

/** Starts printing if the settings ask for it. */
export function startDebugging(): void {
  if (listening || current.debug === 0) return;
  listening = true;
  listen(print);
  if (current.debug >= 2) onTimed(printTimes);
}
