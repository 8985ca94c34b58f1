/**
 * Run-time checks of a kernel: loops of their own, before anything else happens.
 */
import type { Graph } from '../fuse/index.js';
import type { Check } from '../fuse/pull.js';
import type { LoopVar, Stmt } from '../ir/expr.js';
import { type Expressions, varies } from '../rules/expressions.js';
import { nest } from './kernel.js';

/** What the plan can be told of: the number of a check is the same in every kernel. */
const checks: { readonly key: string; message(value: number): string }[] = [];

function checkNumber(key: string, message: (value: number) => string): number {
  const known = checks.findIndex((c) => c.key === key);
  return known >= 0 ? known : checks.push({ key, message }) - 1;
}

/** What to say when check number `check` failed on `value`. */
export const checkMessage = (check: number, value: number): string => checks[check]!.message(value);

/** Statements that report failing checks, looping over those of `vars` which each depends on. */
export function reportsOf(
  found: ReadonlyMap<string, Check>,
  graph: Graph,
  e: Expressions,
  vars: readonly LoopVar[],
): Stmt[] {
  if (vars.some((v) => v.size === 0)) return [];
  return [...found.values()].flatMap((check): readonly Stmt[] => {
    const node = graph.nodes[check.at]!;
    const { op } = node;
    if (op.kind !== 'elementwise' || !op.check) throw new Error('internal: a check without a record');
    const number = checkNumber(`${op.name} ${op.key?.(node.attrs)}`, op.check(node.attrs).message);
    const report: Stmt = { s: 'report', check: number, failed: check.failed, value: check.value };
    const body: Stmt = check.guards.length > 0 ? { s: 'if', guards: check.guards, then: [report] } : report;
    const condition = e.guard(check.guards);
    const used = vars.filter((v) => varies(check.value, (w) => w === v) || varies(condition, (w) => w === v));
    return nest(used, [body]);
  });
}
