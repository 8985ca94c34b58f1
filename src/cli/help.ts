/**
 * The texts of `chainrule help`.
 */
import type { HelpTopic } from './arguments.js';
import { DOCTOR_OPTIONS, type OptionTable, TRAIN_OPTIONS } from './options.js';

function optionLines(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, option]) => [
    option.kind === 'flag' ? `--${name}` : `--${name} ${option.placeholder}`,
    option.help,
  ]);
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return rows.map(([left = '', right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

const TEXTS: Record<HelpTopic, string> = {
  help: `chainrule: deep learning in TypeScript

Usage
  chainrule [train] [options]   train a two-layer network on handwritten digits
  chainrule doctor              tell what this machine offers, and which engine is used
  chainrule help [command]      explain a command and its options
  chainrule --version           print the version

Variables
  CHAINRULE_DATA      a folder with one subfolder a data set (mnist/ in it)
  CHAINRULE_ENGINE    the engine, as --engine
  CHAINRULE_THREADS   the number of threads, as --threads
  CHAINRULE_CFLAGS    more flags for the C compiler of the native engine, such as -O1 -g
  CHAINRULE_DEBUG     1 to 4: tell more and more of what the library does; errors with their stack
  NO_COLOR            no colours
`,
  train: `chainrule train: a two-layer network learns to read handwritten digits

Usage
  chainrule [train] [options]

Options
${optionLines(TRAIN_OPTIONS)}

It writes model.safetensors, history.json, report.html and a checkpoint to runs/<name>/.
Ctrl-C ends it after the current step with everything saved (exit code 130); "chainrule --resume" goes on from
there to the same weights as a run that was never stopped. Resumed runs keep their options; --epochs,
--patience, --engine and --threads may be given anew.
`,
  doctor: `chainrule doctor: what this machine offers, and which engine is used

Usage
  chainrule doctor [options]

Options
${optionLines(DOCTOR_OPTIONS)}
`,
};

export const helpText = (topic: HelpTopic): string => TEXTS[topic];
