// The command line: what is understood, and what is refused with which words.
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/arguments.js';
import { helpText } from '../../src/cli/help.js';
import { nearest } from '../../src/cli/nearest.js';
import { TRAIN_OPTIONS } from '../../src/cli/options.js';
import { UsageError } from '../../src/cli/usage-error.js';

const trainOptions = (...argv: string[]) => {
  const command = parseCommandLine(argv);
  if (command.name !== 'train') throw new Error(`parsed as ${command.name}`);
  return command.options;
};

describe('the command line', () => {
  it('trains when no command is named', () => {
    expect(parseCommandLine([]).name).toBe('train');
    expect(trainOptions('--epochs', '3', '--lr=0.05', '--no-color')).toMatchObject({
      epochs: 3,
      lr: 0.05,
      'no-color': true,
      stack: false,
    });
    expect(trainOptions('train', '--net', 'scratch').net).toBe('scratch');
    expect(trainOptions().epochs).toBeUndefined();
  });

  it('knows the other commands', () => {
    expect(parseCommandLine(['doctor', '--json'])).toMatchObject({ name: 'doctor', options: { json: true } });
    expect(parseCommandLine(['help', 'train'])).toEqual({ name: 'help', topic: 'train' });
    expect(parseCommandLine(['--help'])).toEqual({ name: 'help', topic: 'help' });
    expect(parseCommandLine(['-h'])).toEqual({ name: 'help', topic: 'help' });
    expect(parseCommandLine(['train', '--help'])).toEqual({ name: 'help', topic: 'train' });
    expect(parseCommandLine(['--version'])).toEqual({ name: 'version' });
  });

  it('takes --resume with a name, without, and in between', () => {
    expect(trainOptions('--resume').resume).toBe('latest');
    expect(trainOptions('--resume', 'digits-2').resume).toBe('digits-2');
    expect(trainOptions('--resume=digits-2').resume).toBe('digits-2');
    expect(trainOptions('--resume', '--epochs', '4')).toMatchObject({ resume: 'latest', epochs: 4 });
  });

  it.each([
    [['--epoch', '3'], /train has no option --epoch: did you mean --epochs\?/],
    [['--bach-size', '3'], /did you mean --batch-size\?/],
    [['--zzzzzzz'], /train has no option --zzzzzzz\. All options: chainrule help train/],
    [['-x'], /train has no option -x/],
    [['--toString'], /train has no option --toString/],
    [['trian'], /no command "trian": did you mean "train"\?/],
    [['train', 'now'], /train takes no "now"/],
    [['--epochs'], /--epochs needs a value: --epochs N/],
    [['--name', '--epochs', '3'], /--name needs a value: --name NAME/],
    [['--stack=yes'], /--stack takes no value, got "yes"/],
    [['doctor', '--epochs', '3'], /doctor has no option --epochs/],
    [['help', 'trian'], /did you mean "train"/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseCommandLine(argv)).toThrow(UsageError);
    expect(() => parseCommandLine(argv)).toThrow(message);
  });

  it.each([
    ['--epochs', '0', /--epochs is a number of passes over the data: a whole number from 1 up, got "0"/],
    ['--epochs', '2.5', /a whole number from 1 up, got "2.5"/],
    ['--epochs', 'many', /a whole number from 1 up, got "many"/],
    ['--batch-size', '-1', /a whole number from 1 up, got "-1"/],
    ['--hidden', '', /a whole number from 1 up, got ""/],
    ['--hidden', '0x10', /a whole number from 1 up, got "0x10"/],
    ['--lr', '0', /--lr is the learning rate: a number above 0, got "0"/],
    ['--lr', '-0.1', /a number above 0, got "-0.1"/],
    ['--lr', 'NaN', /a number above 0, got "NaN"/],
    ['--lr', 'Infinity', /a number above 0, got "Infinity"/],
    ['--lr', '1e999', /a number above 0, got "1e999"/],
    ['--seed', '1.5', /--seed is the seed: a whole number from 0/],
    ['--threads', '0', /a whole number from 1 to 1024, got "0"/],
    ['--threads', '5000', /a whole number from 1 to 1024, got "5000"/],
    ['--dataset', 'cifar', /--dataset is one of mnist, digits, got "cifar"/],
    ['--net', 'cnn', /--net is one of autograd, scratch, got "cnn"/],
    ['--name', '../outside', /letters, digits/],
    ['--name', '.hidden', /letters, digits/],
  ] as const)('refuses %s %s', (option, value, message) => {
    expect(() => parseCommandLine([option, value])).toThrow(message);
  });

  it('reads numbers in every usual spelling', () => {
    expect(trainOptions('--lr', '1e-3').lr).toBe(0.001);
    expect(trainOptions('--lr', '.5').lr).toBe(0.5);
    expect(trainOptions('--epochs', '1e2').epochs).toBe(100);
    expect(trainOptions('--seed', '0').seed).toBe(0);
  });
});

describe('help', () => {
  it('names every option of train', () => {
    for (const name of Object.keys(TRAIN_OPTIONS)) expect(helpText('train')).toContain(`--${name}`);
  });

  it('fits a terminal of 120 columns', () => {
    for (const topic of ['help', 'train', 'doctor'] as const) {
      for (const line of helpText(topic).split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    }
  });
});

describe('nearest', () => {
  it.each([
    ['epcohs', 'epochs'],
    ['batchsize', 'batch-size'],
    ['LR', 'lr'],
    ['data', 'data'],
    ['datase', 'dataset'],
    ['x', undefined],
    ['quantum', undefined],
  ])('%s is near %s', (word, meant) => {
    expect(nearest(word, ['epochs', 'batch-size', 'lr', 'data', 'dataset', 'hidden'])).toBe(meant);
  });
});
