#!/usr/bin/env node
/**
 * The command `chainrule`.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeError } from './describe-error.js';
import { paint, type Terminal, wantsColor } from './terminal.js';

/**
 * Does what the words of a command line ask for.
 * @returns the exit code: 0, 1 for what could not be done (one message on the error stream), 130 for Ctrl-C
 */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    // Loaded here, so that what the library itself finds wrong at its start (a variable) is told like any other error.
    const { dispatch } = await import('./commands.js');
    return await dispatch(argv, terminal);
  } catch (error) {
    const withStack = argv.includes('--stack') || Number(process.env.CHAINRULE_DEBUG) >= 1;
    terminal.err.write(`${paint(terminal, 'red', 'chainrule:')} ${describeError(error, withStack)}\n`);
    return 1;
  }
}

/** Whether this file is the program, not a part of one; npm starts it through a link. */
function isProgram(): boolean {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url);
}

if (isProgram()) {
  const { stdout, stderr, env } = process;
  // A reader that has left (`| head`) is no reason to break off a training.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const terminal: Terminal = { out: stdout, err: stderr, color: wantsColor(stdout, env) };
  process.exitCode = await runCommand(process.argv.slice(2), terminal);
}
