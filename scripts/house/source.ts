/**
 * What the house rules ask about one TypeScript file: its imports (of types too), the names and strings in its code,
 * its comments, its casts. The parsing is oxc's; nothing here judges.
 */
import { parseSync } from 'oxc-parser';

/** A place in a file and the text found there. */
export interface Found {
  readonly text: string;
  readonly line: number;
}

export interface Import extends Found {
  /** Known when the file is loaded (`import … from`, `export … from`); false for `import()` and `import('…').Type`. */
  readonly fixed: boolean;
  /** Of types alone: nothing is left of it when the program runs. */
  readonly erased: boolean;
}

export interface Source {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Identifiers, property names included. */
  readonly names: readonly Found[];
  /** String literals and the text parts of templates, the specifiers of imports included. */
  readonly strings: readonly Found[];
  readonly comments: readonly Found[];
  /** The comment before the first statement, without its marks; empty when there is none. */
  readonly opening: string;
  /** Where a type is switched off: `any`, `as unknown as`. */
  readonly casts: readonly Found[];
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value;

/** A field of a syntax node, whatever its kind: undefined where it has none. */
const field = (node: object, name: string): unknown => Object.entries(node).find(([key]) => key === name)?.[1];

/** The text of a string literal. */
function literal(value: unknown): string | undefined {
  if (!isNode(value) || value.type !== 'Literal') return undefined;
  const text = field(value, 'value');
  return typeof text === 'string' ? text : undefined;
}

function* nodesOf(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const one of value) yield* nodesOf(one);
  } else if (isNode(value)) {
    yield value;
    yield* nodesOf(Object.values(value));
  }
}

const FIXED = new Set(['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration']);
const LATE = new Set(['ImportExpression', 'TSImportType']);

/** What `node` does to the type checker: the words of the cast, or undefined. */
function castOf(node: SyntaxNode): string | undefined {
  if (node.type === 'TSAnyKeyword') return 'any';
  if (node.type !== 'TSAsExpression') return undefined;
  let inner = field(node, 'expression');
  while (isNode(inner) && inner.type === 'ParenthesizedExpression') inner = field(inner, 'expression');
  if (!isNode(inner) || inner.type !== 'TSAsExpression') return undefined;
  const through = field(inner, 'typeAnnotation');
  return isNode(through) && through.type === 'TSUnknownKeyword' ? 'as unknown as' : undefined;
}

/** @throws Error naming the file and the first mistake, when `text` is no TypeScript. */
export function readSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path} cannot be parsed: ${errors[0].message}`);

  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  const lineAt = (offset: number): number => {
    let low = 0;
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };

  const imports: Import[] = [];
  const names: Found[] = [];
  const strings: Found[] = [];
  const casts: Found[] = [];
  for (const node of nodesOf(program.body)) {
    const line = lineAt(node.start);
    if (FIXED.has(node.type) || LATE.has(node.type)) {
      const specifier = literal(field(node, 'source'));
      if (specifier === undefined) continue;
      const kind = field(node, 'importKind') ?? field(node, 'exportKind');
      const erased = node.type === 'TSImportType' || kind === 'type';
      imports.push({ text: specifier, line, fixed: FIXED.has(node.type), erased });
    } else if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') {
      names.push({ text: String(field(node, 'name')), line });
    } else if (node.type === 'TemplateElement') {
      const value = field(node, 'value');
      strings.push({ text: String(typeof value === 'object' && value && field(value, 'raw')), line });
    } else {
      const string = literal(node);
      if (string !== undefined) strings.push({ text: string, line });
      const cast = castOf(node);
      if (cast) casts.push({ text: cast, line });
    }
  }

  const first = comments[0];
  const opens = first && first.start < (program.body[0]?.start ?? Number.POSITIVE_INFINITY);
  return {
    path,
    lines: text.endsWith('\n') ? starts.length - 1 : starts.length,
    imports,
    names,
    strings,
    comments: comments.map((comment) => ({ text: comment.value, line: lineAt(comment.start) })),
    opening: opens ? first.value.replace(/^\s*\*+/gm, '').trim() : '',
    casts,
  };
}
