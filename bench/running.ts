/** A contestant's process: started, asked, and ended. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Contestant } from './contestants.js';
import type { Answer, Greeting, Order } from './task.js';

/** Longest wait for one answer, in seconds: compiling a whole model may take minutes. */
const PATIENCE = 300;

/** Something went wrong with a contestant; the others go on. */
export class ContestantError extends Error {}

export class Running {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;
  private said = '';
  greeting: Greeting = { version: 'unknown', modes: [] };

  private constructor(
    readonly contestant: Contestant,
    folder: string,
    dtype: string,
  ) {
    const [command, ...rest] = contestant.command;
    this.child = spawn(command!, [...rest, folder, String(contestant.threads), dtype], {
      env: { ...process.env, ...contestant.environment },
    });
    this.child.on('error', (error) => {
      this.said += String(error);
    });
    // A process that has died takes no more orders; that it has is told where its answer is missing.
    this.child.stdin.on('error', () => {});
    this.child.stderr.on('data', (data) => {
      this.said = (this.said + String(data)).slice(-4000);
    });
    this.reader = createInterface({ input: this.child.stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  /** @throws ContestantError when it cannot begin */
  static async start(contestant: Contestant, folder: string, dtype = 'float32'): Promise<Running> {
    const running = new Running(contestant, folder, dtype);
    running.greeting = (await running.line()) as Greeting;
    return running;
  }

  private async line(): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE * 1000);
    });
    const got = await Promise.race([this.lines.next(), late]);
    clearTimeout(timer);
    if (got === undefined) {
      this.end();
      throw new ContestantError(`no answer within ${PATIENCE} s`);
    }
    if (got.done) throw new ContestantError(this.said.trim().split('\n').slice(-4).join(' | ') || 'it ended');
    return JSON.parse(got.value);
  }

  /** @throws ContestantError when it cannot do that */
  async ask(order: Order): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify(order)}\n`);
    const answer = (await this.line()) as Answer;
    if (answer.error !== undefined) throw new ContestantError(answer.error);
    return answer;
  }

  end(): void {
    this.reader.close();
    this.child.kill('SIGKILL');
  }
}
