/**
 * What `CHAINRULE_DEBUG` prints: 1 engines and plans, 2 kernels, 3 how values were fused, 4 the lowered loops. It only listens to the trace.
 */
import { current } from '../base/settings.js';
import { listen, type TraceEvent } from '../base/trace.js';
import type { Fused } from '../fuse/index.js';
import type { Program } from '../ir/expr.js';
import { describe } from '../ir/node.js';
import { programKey } from '../ir/program-key.js';

interface Built {
  readonly kernels: readonly Program[];
  readonly arenaBytes: number;
  readonly fused: Fused;
}

const say = (text: string): void => console.error(`[chainrule] ${text}`);

/** A kernel's values: stored ones are marked with *. */
function valuesOf({ graph, schedule }: Fused, i: number): string {
  const kernel = schedule.kernels[i]!;
  return kernel.cluster.members
    .map(({ at }) => `${describe(graph.nodes[at]!)}${kernel.stores.includes(at) ? '*' : ''}`)
    .join(', ');
}

function print({ room, what, detail }: TraceEvent): void {
  if (what === 'engine') say(`engine ${detail.name}: ${detail.why}`);
  if (what === 'build') {
    const { kernels, arenaBytes, fused } = detail as { [K in keyof Built]: Built[K] };
    say(`plan: ${fused.graph.nodes.length} nodes, ${kernels.length} kernels, ${arenaBytes} bytes of working memory`);
    if (current.debug < 2) return;
    kernels.forEach((program, i) => {
      say(`  kernel ${i + 1}: ${program.name}: ${valuesOf(fused, i)}`);
      if (current.debug >= 4) say(programKey(program));
    });
  }
  if (current.debug >= 3 && room === 'rules') say(`  ${what}: ${String(detail.rule)}`);
}

let listening = false;

/** Starts printing if the settings ask for it. */
export function startDebugging(): void {
  if (listening || current.debug === 0) return;
  listening = true;
  listen(print);
}
