// `chainrule train` on small sets of drawn digits: what it prints and writes, and that it can be stopped and resumed.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AutogradNetwork } from '../../src/cli/autograd-network.js';
import { batchesOf, loadDigitData } from '../../src/cli/dataset.js';
import { ScratchNetwork } from '../../src/cli/scratch-network.js';
import { loadSafetensors } from '../../src/io/index.js';
import { command, finished, MAIN, readJsonFile, startCommand, temporaryFolder } from './command.js';

const folder = temporaryFolder();
const runs = join(folder.path, 'runs');
afterAll(() => folder.remove());

/** 220 images to learn from, 20 held out, 40 to test; 11 steps an epoch. */
const SMALL = [
  '--dataset',
  'digits',
  '--train-size',
  '240',
  '--test-size',
  '40',
  '--batch-size',
  '20',
  '--hidden',
  '10',
  '--runs',
  runs,
];

/** Nobody forbids root anything, so root asks as somebody else, provided that he may read the program. */
const uid = process.getuid?.() === 0 ? 65534 : process.getuid?.();
const canAsk =
  uid !== undefined &&
  spawnSync(process.execPath, ['-e', `fs.accessSync(${JSON.stringify(MAIN)}, fs.constants.R_OK)`], { uid }).status ===
    0;

const bytesOf = (run: string, file: string): Buffer => readFileSync(join(runs, run, file));

describe('a training', () => {
  const json = join(folder.path, 'result.json');
  let out = '';
  beforeAll(async () => {
    const result = await command('train', ...SMALL, '--epochs', '3', '--name', 'first', '--seed', '7', '--json', json);
    expect(result.err).toBe('');
    expect(result.code).toBe(0);
    out = result.out;
  });

  it('says which data it uses, on which engine, and what the network is', () => {
    expect(out).toMatch(/^data +built-in digits.*--dataset digits/m);
    expect(out).toContain('220 images to learn from, 20 held out, 40 to test');
    expect(out).toMatch(/^engine +(interpret|wasm|native)/m);
    expect(out).toMatch(/Linear +\[20, 10\] +7,850 +0\.weight \[10, 784\], 0\.bias \[10\]/);
    expect(out).toMatch(/total +7,960/);
  });

  it('checks every gradient in float64', () => {
    for (const [name, count] of [
      ['0.weight', 50],
      ['0.bias', 10],
      ['2.weight', 50],
      ['2.bias', 10],
    ]) {
      expect(out).toMatch(new RegExp(`${name} .* ${count} elements +worst relative error \\d\\.\\de-\\d+ +passed`));
    }
  });

  it('tells of every epoch and of the end, without escape codes', () => {
    for (const epoch of [1, 2, 3]) {
      expect(out).toMatch(
        new RegExp(`epoch ${epoch}/3  training loss \\d\\.\\d{4}, accuracy.* held-out loss \\d\\.\\d{4}`),
      );
    }
    expect(out).toMatch(/^all 3 epochs done$/m);
    expect(out).toMatch(/^test +[\d.]+ % of 40 images/m);
    expect(out).toMatch(/^mistakes +\d taken for \d \(\d+×\)/m);
    expect(out).not.toContain('\x1b');
  });

  it('writes the model, a history, a report and a checkpoint, and nothing else', async () => {
    expect(readdirSync(join(runs, 'first')).sort()).toEqual([
      'checkpoint.safetensors',
      'history.json',
      'model.safetensors',
      'report.html',
    ]);
    const { tensors } = await loadSafetensors(join(runs, 'first', 'model.safetensors'));
    expect(Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, [...shape]]))).toEqual({
      '0.weight': [10, 784],
      '0.bias': [10],
      '2.weight': [10, 10],
      '2.bias': [10],
    });
    const history = readJsonFile(join(runs, 'first', 'history.json'));
    expect(history).toMatchObject({ name: 'first', ended: 'done', config: { seed: 7, hidden: 10 } });
    expect(history.epochs).toHaveLength(3);
    expect(history.stepLosses).toHaveLength(33);
  });

  it('writes a report with every part', () => {
    const report = bytesOf('first', 'report.html').toString();
    for (const heading of [
      'Learning curves',
      'What is taken for what',
      'The surest mistakes',
      'First-layer weights',
      'The graph',
      'The run',
    ]) {
      expect(report).toContain(`<h2>${heading}</h2>`);
    }
    expect(report).not.toMatch(/NaN|undefined/);
    expect(report).toMatch(/<div class="picture"><svg/);
  });

  it('writes its result for programs', () => {
    expect(readJsonFile(json)).toEqual({
      testAccuracy: expect.any(Number),
      trainAccuracy: expect.any(Number),
      finalLoss: expect.any(Number),
      steps: 33,
      medianStepMs: expect.any(Number),
      totalSeconds: expect.any(Number),
      engine: expect.any(String),
      threads: expect.any(Number),
      seed: 7,
      dataset: 'digits',
    });
  });

  it('gives the same model again, and another with another seed', async () => {
    await command('train', ...SMALL, '--epochs', '3', '--name', 'again', '--seed', '7');
    await command('train', ...SMALL, '--epochs', '3', '--name', 'other', '--seed', '8');
    expect(bytesOf('again', 'model.safetensors').equals(bytesOf('first', 'model.safetensors'))).toBe(true);
    expect(bytesOf('other', 'model.safetensors').equals(bytesOf('first', 'model.safetensors'))).toBe(false);
  });

  it('goes on after its end to the same bits as a longer one', async () => {
    await command('train', ...SMALL, '--epochs', '1', '--name', 'parts', '--seed', '7');
    const { code, out: resumed } = await command('train', '--runs', runs, '--resume', 'parts', '--epochs', '3');
    expect(code).toBe(0);
    expect(resumed).toContain('going on with the run "parts" after epoch 1 (11 steps in all)');
    expect(bytesOf('parts', 'model.safetensors').equals(bytesOf('first', 'model.safetensors'))).toBe(true);
    expect(readJsonFile(join(runs, 'parts', 'history.json')).stepLosses).toEqual(
      readJsonFile(join(runs, 'first', 'history.json')).stepLosses,
    );
  });
});

describe('Ctrl-C', () => {
  it('ends after the step with everything saved, and the run goes on to the same bits', async () => {
    const options = [
      ...SMALL.slice(0, 2),
      '--train-size',
      '2400',
      ...SMALL.slice(4),
      '--epochs',
      '40',
      '--patience',
      '40',
    ];
    const child = startCommand(['train', ...options, '--name', 'stopped']);
    let sent = false;
    const { code, out, err } = await finished(child, (sofar) => {
      if (!sent && sofar.includes('epoch  2/40')) {
        sent = true;
        child.kill('SIGINT');
      }
    });
    expect(err).toContain('ending after this step and saving everything');
    expect(code).toBe(130);
    expect(out).toMatch(/interrupted .* of 40 epochs; go on with: chainrule --resume stopped/);
    expect(readdirSync(join(runs, 'stopped')).sort()).toEqual([
      'checkpoint.safetensors',
      'history.json',
      'model.safetensors',
      'report.html',
    ]);
    const steps = readJsonFile(join(runs, 'stopped', 'history.json')).stepLosses;
    const epochs = String(Math.ceil((Array.isArray(steps) ? steps.length : NaN) / 110) + 1);

    await command('train', ...options, '--epochs', epochs, '--name', 'straight');
    const resumed = await command('train', '--runs', runs, '--resume', 'stopped', '--epochs', epochs);
    expect(resumed.err).toBe('');
    expect(bytesOf('stopped', 'model.safetensors').equals(bytesOf('straight', 'model.safetensors'))).toBe(true);
  }, 60_000);
});

describe('the two networks', () => {
  it('follow the same losses from the same initial weights', async () => {
    const data = await loadDigitData({ dataset: 'digits', trainSize: 1100, testSize: 1 });
    const options = { inputs: 784, hidden: 50, classes: 10, lr: 0.1, seed: 1 };
    const losses = [AutogradNetwork, ScratchNetwork].map((kind) => {
      const network = new kind(options);
      const loader = batchesOf(data.training, 10, 1);
      return Array.from(loader, (batch) => network.step(...batch).loss).slice(0, 100);
    });
    const [autograd = [], scratch = []] = losses;
    expect(autograd).toHaveLength(100);
    expect(autograd[0]).not.toBe(autograd[99]);
    autograd.forEach((loss, i) => {
      expect(Math.abs(loss - (scratch[i] ?? NaN)) / loss).toBeLessThan(1e-4);
    });
  }, 60_000);

  it('can both be trained, saved and resumed by the command', async () => {
    const options = [...SMALL, '--net', 'scratch', '--seed', '7'];
    const { code, err, out } = await command('train', ...options, '--epochs', '2', '--name', 'scratch');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/W1 .* 50 elements .* passed/);
    await command('train', ...options, '--epochs', '1', '--name', 'scratch-parts');
    await command('train', '--runs', runs, '--resume', 'scratch-parts', '--epochs', '2');
    expect(bytesOf('scratch-parts', 'model.safetensors').equals(bytesOf('scratch', 'model.safetensors'))).toBe(true);
    const history = (run: string) => readJsonFile(join(runs, run, 'history.json')).stepLosses as number[];
    history('scratch').forEach((loss, i) => {
      expect(Math.abs(loss - (history('first')[i] ?? NaN)) / loss).toBeLessThan(1e-4);
    });
  });
});

describe('a training that cannot be', () => {
  const refused = async (message: RegExp, ...argv: string[]): Promise<void> => {
    const before = existsSync(runs) ? readdirSync(runs) : [];
    const { code, err } = await command('train', ...argv);
    expect(err).toMatch(message);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
    expect(existsSync(runs) ? readdirSync(runs) : []).toEqual(before);
  };

  it('is refused for a folder without the data', async () => {
    await refused(/does not hold MNIST/, '--runs', runs, '--data', folder.path);
    await refused(/there is no folder/, '--runs', runs, '--data', join(folder.path, 'nowhere'));
    await refused(/--data names a folder with MNIST, but --dataset digits/, ...SMALL, '--data', folder.path);
  });

  it('is refused for a damaged file', async () => {
    for (const name of [
      'train-images-idx3-ubyte',
      'train-labels-idx1-ubyte',
      't10k-images-idx3-ubyte',
      't10k-labels-idx1-ubyte',
    ]) {
      writeFileSync(join(folder.path, name), Buffer.from([0, 0, 8, 3, 0, 0, 0, 9]));
    }
    await refused(/train-images-idx3-ubyte/, '--runs', runs, '--data', folder.path);
  });

  it('is refused where nothing can be written', async () => {
    writeFileSync(join(folder.path, 'file'), '');
    await refused(/file.*is a file, not a folder/, ...SMALL, '--runs', join(folder.path, 'file'));
    await refused(/cannot write .*nowhere/, ...SMALL, '--json', join(folder.path, 'nowhere', 'x.json'));
  });

  it.skipIf(!canAsk)(
    'is refused without permission to write',
    async () => {
      const locked = join(folder.path, 'locked');
      mkdirSync(locked);
      chmodSync(folder.path, 0o755);
      chmodSync(locked, 0o555);
      const child = startCommand([...SMALL, '--runs', join(locked, 'runs')], { uid });
      const { code, err } = await finished(child);
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringMatching(/^chainrule: cannot write ".*locked.*": no permission to write there\n$/),
      });
      expect(readdirSync(locked)).toEqual([]);
    },
    20_000,
  );

  it('is refused under a name that is taken, or with two', async () => {
    await refused(/--name names a new run and --resume an old one/, ...SMALL, '--name', 'x', '--resume');
    await refused(/there is a run "first" .* already/, ...SMALL, '--name', 'first');
  });

  it('is not resumed from nothing, from damage, or into another network', async () => {
    await refused(/no run "nothing" to resume/, '--runs', runs, '--resume', 'nothing');
    await refused(
      /made with --hidden 10, so it cannot be resumed with --hidden 20/,
      '--runs',
      runs,
      '--resume',
      'first',
      '--hidden',
      '20',
    );
    const checkpoint = join(runs, 'again', 'checkpoint.safetensors');
    const bytes = readFileSync(checkpoint);
    writeFileSync(checkpoint, bytes.subarray(0, bytes.length - 100));
    await refused(/checkpoint\.safetensors/, '--runs', runs, '--resume', 'again');
    writeFileSync(checkpoint, Buffer.from(bytes.toString('latin1').replace('hidden\\":10', 'hidden\\":12'), 'latin1'));
    await refused(/checkpoint is of another network/, '--runs', runs, '--resume', 'again');
  });

  it('is refused for an unknown option, with a stack only when asked', async () => {
    await refused(/^chainrule: train has no option --epoch: did you mean --epochs\?/, '--epoch', '3');
    const { code, err } = await command('train', '--epoch', '3', '--stack');
    expect(code).toBe(1);
    expect(err).toMatch(/\n +at /);
  });

  it('is refused for sizes the data do not have', async () => {
    const digits = ['--dataset', 'digits', '--test-size', '1', '--runs', runs];
    await refused(/--hidden is the number of hidden units/, ...digits, '--hidden', '0');
    await refused(/the number of digits must be a whole number/, ...digits, '--train-size', '2000000');
  });

  it('ends with an error, and keeps no empty folder, when the loss overflows', async () => {
    await refused(
      /the loss became (NaN|Infinity) at step \d+ of epoch 1: a smaller learning rate/,
      ...SMALL,
      '--lr',
      '1e30',
      '--name',
      'overflow',
    );
  });
});

describe('as a process', () => {
  it('has an exit code, and one message on the error stream', async () => {
    const { code, out, err } = await finished(startCommand(['--epochs', 'many']));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe('chainrule: --epochs is a number of passes over the data: a whole number from 1 up, got "many"\n');
  }, 20_000);
});
