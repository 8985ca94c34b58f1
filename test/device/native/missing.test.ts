/**
 * What the machine lacks: each gives a reason, and the next engine is used.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DeviceError } from '../../../src/base/errors.js';
import { findCompiler } from '../../../src/device/native/compiler.js';
import { findLoader } from '../../../src/device/native/library.js';
import { NativeMachine } from '../../../src/device/native/machine.js';
import { findNode, type Node } from '../../../src/device/native/node.js';
import { compute, folder, machineIn, missing } from './support.js';

function node(): Node {
  const found = findNode();
  if (typeof found === 'string') throw new Error(found);
  return found;
}

describe('what is missing', () => {
  it('no koffi', () => {
    const without: Node = {
      ...node(),
      require: () => {
        throw new Error('Cannot find module');
      },
    };
    expect(findLoader(without)).toMatch(/koffi is not installed.*npm install koffi/);
  });

  it('no compiler, or one that is no C compiler', () => {
    const silent: Node = {
      ...node(),
      children: { spawnSync: () => ({ status: null, stdout: '', stderr: '', error: new Error('ENOENT') }) },
    };
    expect(findCompiler(silent)).toContain('no C compiler answers');
    const other: Node = {
      ...node(),
      children: { spawnSync: () => ({ status: 0, stdout: '#define __TINYC__ 1\n', stderr: '' }) },
    };
    expect(findCompiler(other)).toContain('no C compiler answers');
  });

  it('a system without a shell', () => {
    expect(findCompiler({ ...node(), platform: 'win32' })).toContain('Linux or macOS');
  });

  it('a Node without getBuiltinModule, or no Node', () => {
    const { getBuiltinModule } = process;
    try {
      Reflect.deleteProperty(process, 'getBuiltinModule');
      expect(NativeMachine.make()).toContain('20.16');
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  });
});

/** A script in the place of a compiler. */
function compilerThat(script: string): string {
  const path = join(folder(), 'cc');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(missing !== null)('a compiler that fails', () => {
  const { CC } = process.env;
  afterEach(() => {
    if (CC === undefined) Reflect.deleteProperty(process.env, 'CC');
    else process.env.CC = CC;
  });
  const ANSWERS = 'case "$*" in *-dM*) exec cc "$@";; esac';

  it('always: gives its message as the reason', () => {
    process.env.CC = compilerThat(`${ANSWERS}\necho "out of paper" >&2; exit 1`);
    expect(NativeMachine.make({ folder: folder() })).toContain('out of paper');
  });

  it('on one kernel: an error with its message, and the way out', () => {
    // It compiles what has the walker in it.
    process.env.CC = compilerThat(
      `${ANSWERS}\ngrep -q pthread_create *.c && exec cc "$@"\necho "out of ink" >&2; exit 1`,
    );
    const machine = machineIn(folder());
    expect(() => compute(machine)).toThrow(DeviceError);
    expect(() => compute(machine)).toThrow(/out of ink[\s\S]*CHAINRULE_ENGINE=wasm/);
  });

  it('may be given with arguments of its own', () => {
    process.env.CC = `${compilerThat('exec cc "$@"')} -DOWN=1`;
    expect(NativeMachine.make({ folder: folder() })).toBeInstanceOf(NativeMachine);
  });
});
