/**
 * What a page says of a box when a reader points at it.
 */
import { type Shape, showShape, sizeOf } from '../base/shape.js';
import type { Node } from '../ir/node.js';
import type { Drawing, DrawingNode } from './drawing.js';
import type { Group } from './grouping.js';
import { showCount } from './nearest.js';
import type { Step } from './outline.js';
import type { Card, CardPart, CardRow } from './page/model.js';
import { summarise } from './summary.js';
import { elementsOf, gradientNodes } from './values.js';
import { clean, nodeWords, oneLine } from './wording.js';

export interface NodeCard {
  readonly card: Card;
  /** Its value or gradient holds NaN or an infinity. */
  readonly alarm: boolean;
}

/** What is known of the tensors of a graph. */
export interface Facts {
  readonly values: ReadonlyMap<Node, CardPart>;
  readonly gradients: ReadonlyMap<Node, CardPart>;
  /** Whose value or gradient holds NaN or an infinity. */
  readonly alarms: ReadonlySet<Node>;
}

/** Which facts are wanted: those there are in memory, unless told; true: computed if need be. */
export interface Wanted {
  readonly values?: boolean;
  readonly gradients?: boolean;
}

/** Reads, or computes, what the cards say of the values and gradients at `nodes` in the graph behind `root`. */
export function factsOf(root: Node, nodes: readonly Node[], { values, gradients }: Wanted): Facts {
  const alarms = new Set<Node>();
  /** `at` is a value's own node, or that of its gradient. */
  const partsOf = (kind: CardPart['kind'], at: ReadonlyMap<Node, Node>, compute: boolean): Map<Node, CardPart> => {
    const elements = elementsOf(at.values(), compute);
    const parts = new Map<Node, CardPart>();
    for (const [node, source] of at) {
      const found = elements.get(source);
      if (found === undefined) continue;
      if (typeof found === 'string') {
        parts.set(node, { kind, rows: [['', found]] });
        continue;
      }
      const { alarm, ...part } = summarise(found, source.shape, source.dtype);
      if (alarm) alarms.add(node);
      parts.set(node, { kind, ...part });
    }
    return parts;
  };
  const themselves = new Map(nodes.map((node) => [node, node]));
  return {
    values: values === false ? new Map() : partsOf('value', themselves, values === true),
    gradients:
      gradients === false
        ? new Map()
        : partsOf('grad', gradientNodes(root, nodes, gradients === true), gradients === true),
    alarms,
  };
}

const showSize = (shape: Shape): string =>
  shape.length === 0 ? '[] (scalar)' : `${showShape(shape)}${shape.length > 1 ? ` = ${showCount(sizeOf(shape))}` : ''}`;

/** The card of something of a tensor's graph. `state` is its path, if a module owns it; `module` the one that made it, or nothing. */
export function stepCard(
  step: Step,
  node: DrawingNode,
  facts: Facts,
  state: string | undefined,
  module: string,
): NodeCard {
  const { owner, kind, note } = step;
  const { shape, dtype } = owner;
  const role = node.kind === kind ? kind : 'result';
  const parts = [facts.values.get(owner), facts.gradients.get(owner)].filter((part) => part !== undefined);
  const rows: CardRow[] = [
    ...(kind === 'operation' && role !== 'result' && note ? [['how', note] as const] : []),
    ['shape', showSize(shape)],
    ['dtype', dtype],
    ...(module === '' ? [] : [['module', module] as const]),
  ];
  return {
    card: {
      title: titleOf(node) || (role === 'result' ? 'result' : 'tensor'),
      subtitle: state === undefined ? role : owner.needsGrad ? `parameter ${state}` : `buffer ${state}`,
      rows: rows.map(([name, text]) => [name, clean(text)]),
      parts: kind === 'number' ? [] : parts,
    },
    alarm: facts.alarms.has(owner),
  };
}

const titleOf = ({ label }: DrawingNode): string => clean(oneLine(label));

/** The texts there are, each once. */
const distinct = (texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.flatMap((text) => (text ? [clean(text)] : []))),
];

const textPart = (kind: CardPart['kind'], texts: readonly string[]): CardPart[] =>
  texts.length === 0 ? [] : [{ kind, rows: texts.map((text) => ['', text]) }];

/** The cards of a lesson's drawing, which has its numbers as text: on the arrows, or in the nodes. */
export function drawingCards({ nodes, edges }: Drawing): Map<DrawingNode, NodeCard> {
  const cardOf = (node: DrawingNode): Card => {
    const out = edges.filter(({ from }) => from === node.id);
    // What ends the graph is known from the arrow that leads to it.
    const flows = out.length > 0 ? out : edges.filter(({ to }) => to === node.id);
    const grads = node.grad === undefined ? flows.map(({ grad }) => grad) : [node.grad];
    return {
      title: titleOf(node) || node.kind,
      subtitle: node.kind,
      rows: [
        ...distinct([nodeWords(node).small]).map((text) => ['', text] as const),
        ...distinct(flows.map(({ label }) => label)).map((name) => ['named', name] as const),
      ],
      parts: [...textPart('value', distinct(flows.map(({ value }) => value))), ...textPart('grad', distinct(grads))],
    };
  };
  return new Map(nodes.map((node) => [node, { card: cardOf(node), alarm: false }]));
}

/** The card of a group: what the module is, and what came out of it. */
export function groupCard({ call, turn }: Group, title: string): Card {
  const { path, parameters, output } = call;
  const rows: CardRow[] = [
    ...(path === '' ? [] : [['path', clean(path)] as const]),
    ...(turn === 0 ? [] : [['call', String(turn)] as const]),
    ['parameters', showCount(parameters)],
    ...(output === null
      ? []
      : ([
          ['output', showSize(output.shape)],
          ['dtype', output.dtype],
        ] as const)),
  ];
  return { title, subtitle: 'module', rows, parts: [] };
}
