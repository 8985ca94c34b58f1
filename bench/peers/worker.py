"""What every peer in Python has in common: it reads a task, is told by lines of JSON what to do, and answers in such lines.

A program is a step, which does one repeat and returns what it computed, finished, and a function that gives the trained
arrays. The same protocol in TypeScript: worker.ts."""
import json
import os
import sys
import time

import numpy as np


def read_task(folder):
    with open(os.path.join(folder, 'task.json')) as file:
        task = json.load(file)
    for given in task['inputs']:
        data = np.fromfile(os.path.join(folder, given['file']), dtype=given['dtype'])
        given['data'] = data.reshape(given['shape'])
    return task


def serve(version, modes, program):
    """Answers until the other side closes; `modes(row)` lists the modes, `program(task, mode)` gives (step, trained)."""
    task = read_task(sys.argv[1])
    # Libraries may print; the answers go where nobody else writes.
    out = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)

    def answer(value):
        out.write(json.dumps(value) + '\n')
        out.flush()

    def flat(arrays):
        return np.concatenate([np.asarray(a).ravel() for a in arrays]) if arrays else np.zeros(0, np.float32)

    def prepare(mode, into):
        step, trained = programs[mode] = program(task, mode)
        results = [flat(step()) for _ in range(task['steps'])]
        files = {}
        for name, values in (('result', flat(results)), ('trained', flat(trained()))):
            values.tofile(f'{into}.{name}')
            files[name] = {'file': f'{into}.{name}', 'dtype': str(values.dtype)}
        return files

    def run(mode, repeats):
        step, _ = programs[mode]
        times = []
        for _ in range(repeats):
            begin = time.perf_counter()
            step()
            times.append((time.perf_counter() - begin) * 1e3)
        return times

    programs = {}
    answer({'version': version, 'modes': modes(task['row'])})
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order['do'] == 'prepare':
                answer({'files': prepare(order['mode'], order['into'])})
            else:
                answer({'ms': run(order['mode'], order['repeats'])})
        except Exception as error:  # whatever a peer throws is told, and its row goes on without it
            answer({'error': f'{type(error).__name__}: {error}'[:500]})
