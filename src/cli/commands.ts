/**
 * From a command line to what it asks for.
 */
import { createRequire } from 'node:module';
import { parseCommandLine } from './arguments.js';
import { doctor } from './doctor.js';
import { helpText } from './help.js';
import { say, type Terminal } from './terminal.js';
import { train } from './train.js';

/** The version in the package's own manifest, wherever in the package this is built into. */
function version(): string {
  const file: unknown = createRequire(import.meta.url)('chainrule/package.json');
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : 'unknown';
}

/** Does what the words after `chainrule` ask for. @returns the exit code. @throws ChainruleError for the reader */
export async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  const command = parseCommandLine(argv);
  switch (command.name) {
    case 'help':
      terminal.out.write(helpText(command.topic));
      return 0;
    case 'version':
      say(terminal, version());
      return 0;
    case 'doctor':
      return doctor(command.options, terminal);
    case 'train':
      return train(command.options, { ...terminal, color: terminal.color && !command.options['no-color'] });
  }
}
