/**
 * Fetching a file that is known beforehand: it gives up soon where there is no network, and never takes more than expected.
 */
import { FileError } from '../base/errors.js';

export interface DownloadLimits {
  /** More bytes than this are refused. */
  mostBytes: number;
  /** Milliseconds to wait for the server's answer; default 2,500. */
  answerWithin?: number;
  /** Milliseconds without a single new byte after which it gives up; default 10,000. */
  stallAfter?: number;
}

/** The bytes at `url`. @throws FileError when there is no answer in time, it is no success, or too long. */
export async function download(url: string, limits: DownloadLimits): Promise<Uint8Array<ArrayBuffer>> {
  const { mostBytes, answerWithin = 2_500, stallAfter = 10_000 } = limits;
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const allow = (milliseconds: number, problem: string): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () => controller.abort(new FileError(`${problem} within ${milliseconds / 1000} s`)),
      milliseconds,
    );
  };
  try {
    allow(answerWithin, 'no answer');
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok || !response.body) throw new FileError(`the server answered ${response.status}`);
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    const reader = response.body.getReader();
    for (;;) {
      allow(stallAfter, 'nothing more came');
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > mostBytes) throw new FileError(`more than the expected ${mostBytes} bytes came`);
      pieces.push(new Uint8Array(value));
    }
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
  } catch (error) {
    const { host, pathname } = new URL(url);
    const file = pathname.slice(pathname.lastIndexOf('/') + 1);
    throw new FileError(`cannot download ${file} from ${host}: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    // Also after a refusal: the rest of the answer must not keep the connection, and with it the process, alive.
    controller.abort();
  }
}

/** `fetch` hides what happened (no such host, connection refused) in its error's cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOTFOUND') return 'no such host';
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}

/** SHA-256 as 64 hexadecimal digits. @throws FileError where the platform offers none (a page that is not secure). */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) throw new FileError('checksums need a secure page (https or localhost)');
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
