/**
 * Groups what a module exports by the file that it stands in: the files are by subject, and open with what they are for.
 */
import { readFileSync } from 'node:fs';
import { Comment, CommentTag, type DeclarationReflection, type ProjectReflection, ReflectionKind } from 'typedoc';
import { readSource } from '../house/source.js';

/** `tensor/grid-sample.ts`: Grid sample. */
function titleOf(path: string): string {
  const [room = '', file = room] = path.replace(/\.ts$/, '').split('/').slice(-2);
  const words = (file === 'index' ? room : file).replaceAll('-', ' ');
  return words[0]!.toUpperCase() + words.slice(1);
}

/** The first sentence of the comment that opens a file. */
function purposeOf(path: string): string {
  const [first = ''] = readSource(path, readFileSync(path, 'utf8')).opening.split(/\n\s*\n/);
  return /^.*?[.:](?=\s|$)/.exec(first.replace(/\s+/g, ' '))?.[0].replace(/:$/, '.') ?? first;
}

function categorise(one: DeclarationReflection, title: string): void {
  const tag = (): CommentTag => new CommentTag('@category', [{ kind: 'text', text: title }]);
  const carriers = one.signatures ?? (one.getSignature ? [one.getSignature] : [one]);
  for (const carrier of carriers) {
    // What has no comment stays without, so that it is told of; constructors need none.
    if (one.kind === ReflectionKind.Constructor) carrier.comment ??= new Comment();
    carrier.comment?.blockTags.push(tag());
  }
}

/** The file of a member; of a constructor that of its class, for it may be the base's. */
function pathOf(one: DeclarationReflection, owner: DeclarationReflection): string {
  const { sources } = one.kind === ReflectionKind.Constructor ? owner : one;
  return sources?.[0]?.fullFileName ?? '';
}

/** Gives the members of a module, or class, the subject of their file for a category, where there is more than one. */
function byFile(owner: DeclarationReflection): void {
  const members = (owner.children ?? []).filter((one) => pathOf(one, owner) !== '');
  const paths = new Set(members.map((one) => pathOf(one, owner)));
  if (paths.size < 2) return;
  for (const one of members) categorise(one, titleOf(pathOf(one, owner)));
  for (const path of paths) {
    const text = `${titleOf(path)}\n${purposeOf(path)}`;
    owner.comment?.blockTags.push(new CommentTag('@categoryDescription', [{ kind: 'text', text }]));
  }
}

export function groupByFile(project: ProjectReflection): void {
  for (const kind of [ReflectionKind.Module, ReflectionKind.Namespace, ReflectionKind.Class]) {
    for (const one of project.getReflectionsByKind(kind)) if (one.isDeclaration()) byFile(one);
  }
}
