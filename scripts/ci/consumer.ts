/**
 * Installs the packed library into empty projects, with and without the optional packages, and uses it there as a
 * stranger would: imports every entry, trains, type-checks, runs the command.
 *
 * `tsx scripts/ci/consumer.ts FOLDER` leaves the projects in FOLDER/with-optional and FOLDER/without-optional, and
 * the losses of the training in FOLDER/losses.json.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { entriesOf } from './entries.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = resolve(process.argv[2] ?? '');
assert(process.argv[2], 'usage: tsx scripts/ci/consumer.ts FOLDER');

/** Runs a program in `cwd` and returns what it printed. @throws Error with all that it printed, when it fails. */
function run(cwd: string, program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error) throw error;
  assert(status === 0, `${program} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

const writeJson = (file: string, value: unknown): void => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

const packageJson = readFileSync(join(root, 'package.json'), 'utf8');
const { optionalDependencies }: { readonly optionalDependencies: Record<string, string> } = JSON.parse(packageJson);
const entries = entriesOf(packageJson);

/** Compiler options under which users read the types: both ways to resolve modules, no Node types, libraries checked. */
const TYPE_CHECKS: Record<string, object> = {
  node: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler', exactOptionalPropertyTypes: true },
};

function makeProject(name: string, tarball: string, flags: readonly string[]): string {
  const project = join(folder, name);
  mkdirSync(project, { recursive: true });
  writeJson(join(project, 'package.json'), { name: 'consumer', private: true, type: 'module' });
  run(project, 'npm', 'install', '--no-audit', '--no-fund', ...flags, tarball);
  return project;
}

const installed = (project: string): string[] =>
  readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'));

/** Imports every entry in a process of its own, so that none lives on what another loaded, and tells how long that takes. */
function importAll(project: string): void {
  for (const entry of entries) {
    const program = `const began = performance.now();
      const count = Object.keys(await import('${entry}')).length;
      console.log(JSON.stringify([count, performance.now() - began]))`;
    const [count, time]: [number, number] = JSON.parse(
      run(project, process.execPath, '--input-type=module', '--eval', program),
    );
    assert(count > 0, `${entry} exports nothing`);
    console.log(`  ${entry}: ${count} exports, imported in ${time.toFixed(0)} ms`);
  }
}

/** Trains in Node and returns the losses. */
function train(project: string): number[] {
  const source = join(root, 'test/project/consumer');
  buildSync({ entryPoints: [join(source, 'main.ts'), join(source, 'train.ts')], outdir: project });
  const losses: number[] = JSON.parse(run(project, process.execPath, 'main.js'));
  const [first = 0] = losses;
  const last = losses.at(-1) ?? Number.NaN;
  console.log(`  ${losses.length} steps: loss ${first.toFixed(4)} → ${last.toFixed(4)}`);
  assert(last < first / 2, 'the loss did not fall to half');
  return losses;
}

function checkTypes(project: string): void {
  writeFileSync(join(project, 'train.ts'), readFileSync(join(root, 'test/project/consumer/train.ts')));
  writeFileSync(join(project, 'all.ts'), entries.map((e, i) => `export * as entry${i} from '${e}';\n`).join(''));
  for (const [name, options] of Object.entries(TYPE_CHECKS)) {
    const compilerOptions = {
      ...options,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    writeJson(join(project, `tsconfig.${name}.json`), { compilerOptions, files: ['train.ts', 'all.ts'] });
    run(project, join(root, 'node_modules/.bin/tsc'), '-p', `tsconfig.${name}.json`);
    console.log(`  types hold for a ${name} project (lib dom, no Node types, skipLibCheck off)`);
  }
}

/** Runs `npx chainrule doctor` and shows what it says. */
function askDoctor(project: string): void {
  const said = run(project, 'npx', '--no-install', 'chainrule', 'doctor');
  assert(said.includes(process.version), 'the doctor does not name the Node that runs it');
  console.log(said.trimEnd().replace(/^/gm, '  '));
}

mkdirSync(folder, { recursive: true });
const [packed]: { filename: string; files: { path: string }[]; size: number }[] = JSON.parse(
  run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder),
);
assert(packed);
console.log(`packed ${packed.files.length} files, ${Math.round(packed.size / 1024)} kB`);
assert(packed.files.some(({ path }) => path === 'LICENSE'));
const tarball = join(folder, packed.filename);

const optional = Object.keys(optionalDependencies);
const projects = { 'with-optional': [], 'without-optional': ['--omit=optional'] };
for (const [name, flags] of Object.entries(projects)) {
  console.log(`\n${name}:`);
  const project = makeProject(name, tarball, flags);
  if (flags.length > 0) assert.deepEqual(installed(project), ['chainrule'], 'the library brought packages along');
  else for (const one of optional) assert(readdirSync(join(project, 'node_modules', one)).length > 0);
  importAll(project);
  const losses = train(project);
  writeJson(join(folder, 'losses.json'), losses);
  checkTypes(project);
  askDoctor(project);
}
