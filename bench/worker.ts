/** What every contestant in JavaScript has in common: it answers orders, line by line, until the other side closes. */
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Answer, type Greeting, type Order, readTask, type Task } from './task.js';

type Values = Float32Array | Float64Array;

/** A row, ready to run. */
export interface Runnable<R> {
  /** One repeat: everything computed when it returns or, for those that compute elsewhere, when its promise does. */
  readonly step: () => R | Promise<R>;
  /** The numbers of a step's result, one array after another. */
  readonly values: (result: R) => readonly Values[] | Promise<readonly Values[]>;
  /** The trained arrays as they are now. */
  readonly trained: () => readonly Values[] | Promise<readonly Values[]>;
  /** Lets go of a result that nobody will look at. */
  readonly release?: (result: R) => void;
}

function joined(arrays: readonly Values[]): Values {
  const [first, ...rest] = arrays;
  if (first && rest.length === 0) return first;
  const length = arrays.reduce((sum, { length }) => sum + length, 0);
  const all = first instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

function written(file: string, arrays: readonly Values[]) {
  const values = joined(arrays);
  writeFileSync(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { file, dtype: values instanceof Float64Array ? 'float64' : 'float32' } as const;
}

/** From the inputs to the files that are compared. */
async function prepared<R>(runnable: Runnable<R>, steps: number, into: string): Promise<Answer> {
  const results: Values[] = [];
  for (let i = 0; i < steps; i++) {
    const result = await runnable.step();
    // Copies: some libraries show memory that the next step overwrites.
    results.push(...(await runnable.values(result)).map((values) => values.slice()));
    runnable.release?.(result);
  }
  const result = written(`${into}.result`, results);
  return { files: { result, trained: written(`${into}.trained`, await runnable.trained()) } };
}

async function timed<R>({ step, release }: Runnable<R>, repeats: number): Promise<Answer> {
  const ms: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const begin = performance.now();
    const pending = step();
    // Waiting for what is there already would cost a turn of the event loop.
    const result = pending instanceof Promise ? await pending : pending;
    ms.push(performance.now() - begin);
    release?.(result);
  }
  return { ms };
}

/** Serves the row whose task lies in the folder named by the first argument. */
export async function serve<R>(
  greeting: Greeting,
  make: (task: Task, folder: string, mode: string) => Runnable<R> | Promise<Runnable<R>>,
): Promise<void> {
  const folder = process.argv[2]!;
  const task = readTask(folder);
  const runnables = new Map<string, Runnable<R>>();
  const answer = (value: Greeting | Answer): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
  // Libraries may print; the answers go where nobody else writes.
  console.log = console.error;
  console.info = console.error;
  answer(greeting);
  for await (const line of createInterface({ input: process.stdin })) {
    const order: Order = JSON.parse(line);
    try {
      if (order.do === 'prepare') {
        runnables.set(order.mode, await make(task, folder, order.mode));
        answer(await prepared(runnables.get(order.mode)!, task.steps, order.into));
      } else {
        answer(await timed(runnables.get(order.mode)!, order.repeats));
      }
    } catch (error) {
      answer({ error: String(error).slice(0, 500) });
    }
  }
  process.exit();
}
