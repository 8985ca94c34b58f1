/**
 * Builds the API reference with TypeDoc, and fails on any warning: a link that leads nowhere, an export without a doc comment,
 * a parameter described that does not exist, a type shown that users cannot import.
 *
 * `tsx scripts/docs/reference.ts PAGES OUT`: PAGES has `front.md` and further pages, OUT is replaced.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Converter, ReflectionKind, TSConfigReader } from 'typedoc';
import { entriesOf } from '../ci/entries.js';
import { showCallables } from './callables.js';
import { groupByFile } from './categories.js';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
const [pages = '', out = ''] = process.argv.slice(2).map((path) => resolve(path));

/** `chainrule/nn` is `src/nn/index.ts`. */
const sourceOf = (entry: string): string => `src${entry.replace('chainrule', '')}/index.ts`;

const app = await Application.bootstrap(
  {
    name: 'chainrule',
    includeVersion: true,
    entryPoints: entriesOf(readFileSync('package.json', 'utf8')).map(sourceOf),
    sortEntryPoints: false,
    sort: ['kind', 'alphabetical'],
    kindSortOrder: [
      'Constructor',
      'Class',
      'Function',
      'Variable',
      'Property',
      'Accessor',
      'Method',
      'Interface',
      'TypeAlias',
    ],
    tsconfig: 'tsconfig.build.json',
    readme: join(pages, 'front.md'),
    projectDocuments: readdirSync(pages)
      .filter((name) => name !== 'front.md')
      .map((name) => join(pages, name)),
    out,
    disableGit: true,
    // Where a thing is defined is told, not linked: nobody knows where the reader has the sources.
    sourceLinkTemplate: '{path}',
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    categorizeByGroup: false,
    categoryOrder: ['Tensor', '*', 'Errors'],
    navigation: { includeCategories: true, includeGroups: false, includeFolders: false, compactFolders: false },
    searchInComments: true,
    searchInDocuments: true,
    hideGenerator: true,
    requiredToBeDocumented: [
      'Module',
      'Namespace',
      'Enum',
      'EnumMember',
      'Variable',
      'Function',
      'Class',
      'Interface',
      'Property',
      'Method',
      'GetSignature',
      'TypeAlias',
    ],
    validation: {
      notExported: true,
      invalidLink: true,
      invalidPath: true,
      rewrittenLink: true,
      notDocumented: true,
      unusedMergeModuleWith: true,
    },
  },
  [new TSConfigReader()],
);

app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  const root = project.getReflectionsByKind(ReflectionKind.Module).find((one) => one.name === 'chainrule');
  if (!root?.isDeclaration()) throw new Error('the package root has no module of the name chainrule');
  showCallables(project, root, app.logger);
  groupByFile(project);
});

app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
  for (const one of Object.values(project.reflections)) {
    if (one.isDeclaration() || one.isSignature()) for (const source of one.sources ?? []) delete source.url;
  }
});

const project = await app.convert();
if (project) {
  app.validate(project);
  await app.generateDocs(project, out);
}
const { errorCount, warningCount } = app.logger;
if (!project || errorCount + warningCount > 0) {
  console.error(`the reference has ${errorCount} errors and ${warningCount} warnings`);
  process.exitCode = 1;
}
