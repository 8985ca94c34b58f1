/**
 * Prints what the installed package weighs in a browser, minified and gzipped, and fails when `chainrule` is above its
 * ceiling. `tsx scripts/ci/size.ts PROJECT`, where PROJECT has the package installed.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundledSize, CEILING } from './bundle.js';
import { entriesOf } from './entries.js';

const project = resolve(process.argv[2] ?? '.');
const kB = (bytes: number): string => `${(bytes / 1024).toFixed(1)} kB`;

console.log('minified and gzipped, each with all that it imports:');
for (const entry of entriesOf(readFileSync(join(project, 'node_modules/chainrule/package.json'), 'utf8'))) {
  console.log(`  ${entry}: ${kB(await bundledSize(`export * from '${entry}';`, project))}`);
}
console.log(`  tensor() of chainrule: ${kB(await bundledSize("export { tensor } from 'chainrule';", project))}`);

const size = await bundledSize("export * from 'chainrule';", project);
console.log(`chainrule alone: ${kB(size)} of at most ${kB(CEILING)}`);
if (size > CEILING) {
  console.error(`chainrule is ${kB(size - CEILING)} over its ceiling: move code behind a subpath, or remove some`);
  process.exitCode = 1;
}
