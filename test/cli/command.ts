// Runs the command in this process, or as a process of its own, with a folder that is removed afterwards.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/cli/main.js';

export interface CommandResult {
  code: number;
  out: string;
  err: string;
}

/** The command in this process, not on a terminal. */
export async function command(...argv: string[]): Promise<CommandResult> {
  let [out, err] = ['', ''];
  const code = await runCommand(argv, {
    out: {
      write: (text) => {
        out += text;
      },
    },
    err: {
      write: (text) => {
        err += text;
      },
    },
    color: false,
  });
  return { code, out, err };
}

/** The program. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const TSX = createRequire(import.meta.url).resolve('tsx');

/** The command as a process. */
export function startCommand(argv: readonly string[], options: { cwd?: string; uid?: number } = {}): ChildProcess {
  return spawn(process.execPath, ['--import', TSX, MAIN, ...argv], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for the end of a process; `onOut` sees what it wrote so far. */
export function finished(child: ChildProcess, onOut: (out: string) => void = () => {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    let [out, err] = ['', ''];
    child.stdout?.on('data', (data: Buffer) => {
      out += data.toString();
      onOut(out);
    });
    child.stderr?.on('data', (data: Buffer) => {
      err += data.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, out, err }));
  });
}

/** A new folder, and how to remove it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'chainrule-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export const readJsonFile = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8'));
