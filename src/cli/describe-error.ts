/**
 * An error as the one message that the reader of a command gets.
 */
import { ChainruleError } from '../base/errors.js';

/** What the error says; its stack, and that of its causes, only where asked for. */
export function describeError(error: unknown, withStack: boolean): string {
  if (!(error instanceof Error)) return `unexpected: ${String(error)}`;
  // The library's own errors explain themselves. Any other was not foreseen, and then the stack is what helps.
  const message = error instanceof ChainruleError ? error.message : `unexpected ${error.name}: ${error.message}`;
  if (withStack) return [message, ...stacksOf(error)].join('\n');
  return error instanceof ChainruleError ? message : `${message} (--stack shows where)`;
}

function stacksOf(error: Error): string[] {
  const own = error.stack ?? '';
  return error.cause instanceof Error ? [own, 'caused by:', ...stacksOf(error.cause)] : [own];
}
