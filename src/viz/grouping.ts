/**
 * The groups of a page: which of the things drawn lie in which call of a module.
 */
import type { ModuleCall, ModuleCalls } from './modules.js';
import type { Step } from './outline.js';

export interface Group {
  readonly call: ModuleCall;
  /** The group around it, which stands before it; −1 for none. */
  readonly parent: number;
  /** Among several calls of one module, which; 0 where there is one. */
  readonly turn: number;
}

export interface Grouping {
  readonly groups: readonly Group[];
  /** The innermost group around each step; −1 for none. */
  readonly groupOf: ReadonlyMap<Step, number>;
  /** The innermost module that made a step, shown as a group or not: its path and title, or nothing. */
  readonly moduleOf: ReadonlyMap<Step, string>;
}

/** No call. */
const NONE = -1;

/** For each call, the one that made it. */
const parentsOf = (calls: readonly ModuleCall[]): number[] =>
  calls.map(({ first, end }, i) =>
    calls.findLastIndex((other, j) => j < i && other.first <= first && end <= other.end),
  );

/** The calls around a call, itself first. */
function around(call: number, parents: readonly number[]): number[] {
  const found: number[] = [];
  for (let at = call; at !== NONE; at = parents[at] ?? NONE) found.push(at);
  return found;
}

/** The innermost call around each step. */
function callsOf(steps: readonly Step[], { calls, state }: ModuleCalls, parents: readonly number[]): Map<Step, number> {
  const found = new Map<Step, number>();
  const users = new Map(steps.map(({ node }) => [node, new Set<Step>()]));
  for (const step of steps) for (const input of step.inputs) users.get(input)?.add(step);
  // Those who use a value come after it.
  for (const step of steps.toReversed()) {
    const { node, kind } = step;
    // Parameters and numbers stand with what uses them, wherever they were made.
    const byUse = kind === 'number' || state.has(node) || state.has(step.owner);
    const places = byUse ? [...(users.get(node) ?? [])].map((user) => found.get(user) ?? NONE) : [];
    const [first, ...others] = places.map((place) => around(place, parents));
    const common = first?.find((call) => others.every((list) => list.includes(call)));
    const made = calls.findLastIndex((call) => call.first <= node.id && node.id < call.end);
    found.set(step, byUse ? (common ?? NONE) : made);
  }
  return found;
}

const nameOf = (call: ModuleCall | undefined): string =>
  call === undefined ? '' : [call.path, call.title].filter(Boolean).join(': ');

/** The groups in which the steps lie. A module of which one thing is drawn has none: there is nothing to fold. */
export function group(steps: readonly Step[], modules: ModuleCalls): Grouping {
  const { calls } = modules;
  const parents = parentsOf(calls);
  const callOf = callsOf(steps, modules, parents);
  const counts = calls.map(() => 0);
  for (const call of callOf.values()) for (const one of around(call, parents)) counts[one]!++;
  const kept = calls.map((_, i) => i).filter((i) => counts[i]! > 1);
  const places = new Map(kept.map((call, i) => [call, i]));
  const placeOf = (call: number): number =>
    places.get(around(call, parents).find((c) => places.has(c)) ?? NONE) ?? NONE;
  const turns = new Map<string, number>();
  for (const i of kept) turns.set(calls[i]!.path, (turns.get(calls[i]!.path) ?? 0) + 1);
  const seen = new Map<string, number>();
  return {
    groups: kept.map((i) => {
      const call = calls[i]!;
      const turn = (seen.get(call.path) ?? 0) + 1;
      seen.set(call.path, turn);
      return { call, parent: placeOf(parents[i] ?? NONE), turn: turns.get(call.path) === 1 ? 0 : turn };
    }),
    groupOf: new Map(steps.map((step) => [step, placeOf(callOf.get(step) ?? NONE)])),
    moduleOf: new Map(steps.map((step) => [step, nameOf(calls[callOf.get(step) ?? NONE])])),
  };
}
