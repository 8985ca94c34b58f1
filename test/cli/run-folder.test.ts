// The folders of runs: their names, what is found again, and what is refused.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/arguments.js';
import type { TrainOptions } from '../../src/cli/options.js';
import { newRunConfig, parseRunConfig, resumedRunConfig } from '../../src/cli/run-config.js';
import { checkWritable, createRunFolder, FILES, findRunFolder, removeIfEmpty } from '../../src/cli/run-folder.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainrule-runs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function saveRun(name: string, time: number): void {
  mkdirSync(join(folder, name));
  const file = join(folder, name, FILES.checkpoint);
  writeFileSync(file, '');
  utimesSync(file, time, time);
}

describe('run folders', () => {
  it('are numbered after the data, behind the highest number there is', async () => {
    expect((await createRunFolder(folder, undefined, 'digits')).name).toBe('digits-1');
    mkdirSync(join(folder, 'digits-7'));
    mkdirSync(join(folder, 'digits-old'));
    mkdirSync(join(folder, 'mnist-9'));
    expect((await createRunFolder(folder, undefined, 'digits')).name).toBe('digits-8');
  });

  it('are made with the folder above them', async () => {
    const runs = join(folder, 'a', 'b');
    expect((await createRunFolder(runs, 'first', 'digits')).path).toBe(join(runs, 'first'));
  });

  it('do not take the name of another', async () => {
    await createRunFolder(folder, 'mine', 'digits');
    await expect(createRunFolder(folder, 'mine', 'digits')).rejects.toThrow(
      /a run "mine" .* already: go on with it by --resume mine/,
    );
  });

  it('are removed only while empty', async () => {
    const empty = await createRunFolder(folder, 'empty', 'digits');
    await removeIfEmpty(empty);
    await createRunFolder(folder, 'empty', 'digits');
    writeFileSync(join(empty.path, FILES.model), 'x');
    await removeIfEmpty(empty);
    await expect(createRunFolder(folder, 'empty', 'digits')).rejects.toThrow(/already/);
  });

  it('are found by name, or as the latest', async () => {
    saveRun('old', 1000);
    saveRun('new', 2000);
    mkdirSync(join(folder, 'without-checkpoint'));
    expect((await findRunFolder(folder, 'latest')).name).toBe('new');
    expect((await findRunFolder(folder, 'old')).name).toBe('old');
    await expect(findRunFolder(folder, 'without-checkpoint')).rejects.toThrow(
      /no run "without-checkpoint" to resume .*there are new, old/,
    );
    await expect(findRunFolder(join(folder, 'nowhere'), 'latest')).rejects.toThrow(
      /no run to resume in .*there is none/,
    );
  });

  it('say when they cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(createRunFolder(join(folder, 'file'), 'x', 'digits')).rejects.toThrow(/file.*is a file, not a folder/);
    await expect(checkWritable(join(folder, 'nowhere', 'result.json'))).rejects.toThrow(
      /cannot write .*nowhere.*does not exist/,
    );
    await expect(checkWritable(folder)).rejects.toThrow(/it is a folder, not a file/);
    await expect(checkWritable(join(folder, 'result.json'))).resolves.toBeUndefined();
  });
});

describe('the configuration of a run', () => {
  const options = (...argv: string[]): TrainOptions => {
    const command = parseCommandLine(argv);
    if (command.name !== 'train') throw new Error(command.name);
    return command.options;
  };
  const saved = newRunConfig(options('--hidden', '30', '--test-size', '10'), 'digits');

  it('has the defaults of the main job', () => {
    expect(newRunConfig(options(), 'mnist')).toEqual({
      dataset: 'mnist',
      net: 'autograd',
      hidden: 50,
      batchSize: 100,
      lr: 0.1,
      seed: 42,
      epochs: 20,
      patience: 5,
      trainSize: null,
      testSize: null,
    });
  });

  it('survives its checkpoint', () => {
    expect(parseRunConfig(JSON.stringify(saved))).toEqual(saved);
  });

  it('may end at another time when resumed, but stays the same run', () => {
    expect(resumedRunConfig(options('--epochs', '40', '--hidden', '30'), saved, 'x')).toEqual({ ...saved, epochs: 40 });
    expect(() => resumedRunConfig(options('--hidden', '50'), saved, 'x')).toThrow(
      /"x" was made with --hidden 30, so it cannot be resumed with --hidden 50: leave the option out/,
    );
    expect(() => resumedRunConfig(options('--train-size', '50'), saved, 'x')).toThrow(/--train-size \(all\)/);
    expect(() => resumedRunConfig(options('--net', 'scratch'), saved, 'x')).toThrow(/--net autograd/);
  });

  it.each([
    undefined,
    '',
    'null',
    '[]',
    '{',
    JSON.stringify({ ...saved, hidden: 'x' }),
    JSON.stringify({ ...saved, net: 'cnn' }),
  ])('is not read from %j', (text) => {
    expect(() => parseRunConfig(text)).toThrow(/the checkpoint is damaged/);
  });
});
