"""The rows in JAX: `jax_rows.py FOLDER THREADS DTYPE`, the last being float32. One mode, jit over the whole step, parameters and state given away.

XLA takes its number of threads from the cores it may run on, so one thread means one core."""
import os
import sys

THREADS = int(sys.argv[2])
if THREADS < (os.cpu_count() or 1):
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:THREADS]))

import jax
import jax.numpy as jnp
from jax import lax

from worker import serve

tree_map = jax.tree_util.tree_map


def cross_entropy(logits, labels):
    own = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1)
    return -own.mean()


def linear(x, w, b=None):
    y = x @ w.T
    return y if b is None else y + b


def mlp_loss(layers):
    def loss(p, x, sizes):
        y = x['images']
        for i in range(1, layers + 1):
            y = linear(y, p[f'w{i}'], p[f'b{i}'])
            if i < layers:
                y = jax.nn.relu(y)
        return cross_entropy(y, x['labels'])

    return loss


def cnn_loss(p, x, sizes):
    def conv(y, w, b):
        return lax.conv_general_dilated(y, w, (1, 1), [(1, 1), (1, 1)]) + b[:, None, None]

    def pool(y):
        return lax.reduce_window(y, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), 'VALID')

    y = pool(jax.nn.relu(conv(x['images'], p['conv1'], p['conv1Bias'])))
    y = pool(jax.nn.relu(conv(y, p['conv2'], p['conv2Bias'])))
    y = jax.nn.relu(linear(y.reshape(y.shape[0], -1), p['fc1'], p['fc1Bias']))
    return cross_entropy(linear(y, p['fc2'], p['fc2Bias']), x['labels'])


def layer_norm(x, weight, bias):
    mean = x.mean(-1, keepdims=True)
    variance = jnp.square(x - mean).mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-5) * weight + bias


def gpt_loss(p, x, sizes):
    def norm(y, name):
        return layer_norm(y, p[f'{name}Weight'], p[f'{name}Bias'])

    def block(y, name):
        batch, time, width = y.shape
        qkv = linear(norm(y, f'{name}Norm1'), p[f'{name}Qkv'])
        q, k, v = (z.reshape(batch, time, sizes['heads'], -1) for z in jnp.split(qkv, 3, -1))
        seen = jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(batch, time, width)
        y = y + linear(seen, p[f'{name}Project'], p[f'{name}ProjectBias'])
        inner = jax.nn.gelu(linear(norm(y, f'{name}Norm2'), p[f'{name}Up'], p[f'{name}UpBias']), approximate=False)
        return y + linear(inner, p[f'{name}Down'], p[f'{name}DownBias'])

    y = p['tokenTable'][x['tokens']] + p['placeTable']
    for i in range(sizes['layers']):
        y = block(y, f'block{i}')
    logits = linear(norm(y, 'lastNorm'), p['head'])
    return cross_entropy(logits.reshape(-1, sizes['vocabulary']), x['targets'].reshape(-1))


def lstm_loss(p, x, sizes):
    from_input = linear(x['x'], p['ofInput'], p['inputBias'])

    def cell(state, gates):
        h, c = state
        i, f, g, o = jnp.split(gates + linear(h, p['ofHidden'], p['hiddenBias']), 4, 1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros_like(x['target'])
    (h, _), _ = lax.scan(cell, (zeros, zeros), from_input)
    return jnp.square(h - x['target']).mean()


def sgd(p, grads, state):
    return tree_map(lambda p, g: p - 0.01 * g, p, grads), state


def adam(decay=0.0):
    def update(p, grads, state):
        step, mean, square = state
        step = step + 1
        mean = tree_map(lambda m, g: 0.9 * m + 0.1 * g, mean, grads)
        square = tree_map(lambda s, g: 0.999 * s + 0.001 * g * g, square, grads)
        size = 1e-3 / (1 - 0.9**step)
        correction = lax.rsqrt(1 - 0.999**step)

        def moved(p, m, s):
            return p * (1 - 1e-3 * decay) - size * m / (jnp.sqrt(s) * correction + 1e-8)

        return tree_map(moved, p, mean, square), (step, mean, square)

    return update


TRAINING = {
    'mlp-small': (mlp_loss(2), sgd),
    'mlp-large-sgd': (mlp_loss(3), sgd),
    'mlp-large-adam': (mlp_loss(3), adam()),
    'cnn': (cnn_loss, adam()),
    'gpt': (gpt_loss, adam(0.01)),
    'lstm': (lstm_loss, adam()),
}


def with_gradients(fn):
    def both(x):
        x = dict(x)
        cotangent = x.pop('cotangent')
        y, vjp = jax.vjp(fn, x)
        (grads,) = vjp(cotangent)
        return [y, *[grads[name] for name in ('x', 'weight', 'bias') if name in grads]]

    return both


def softmax(x):
    return jax.nn.softmax(x['x'], -1)


def layernorm(x):
    return layer_norm(x['x'], x['weight'], x['bias'])


FUNCTIONS = {
    'softmax': lambda x, _: [softmax(x)],
    'layernorm': lambda x, _: [layernorm(x)],
    'softmax-grad': lambda x, _: with_gradients(softmax)(x),
    'layernorm-grad': lambda x, _: with_gradients(layernorm)(x),
    'chain': lambda x, _: [(jnp.tanh(2 * x['x'] + 1) * x['x']).sum()],
}


def overhead(x, sizes):
    v = x['x']
    for _ in range(sizes['rounds']):
        v = jnp.broadcast_to((jnp.tanh(v * x['a'] + x['b']) - x['b']).sum(0, keepdims=True), v.shape)
    return [v]


def trained_program(task, inputs, loss_of, update):
    """A step that holds parameters and state, and gives their memory to each next one."""
    names = [given['name'] for given in task['inputs'] if given['trained']]
    p = {name: inputs.pop(name) for name in names}
    zeros = tree_map(jnp.zeros_like, p)
    held = [p, (jnp.float32(0), zeros, tree_map(jnp.zeros_like, p))]

    def step(p, state):
        loss, grads = jax.value_and_grad(loss_of)(p, inputs, task['sizes'])
        return loss, *update(p, grads, state)

    step = jax.jit(step, donate_argnums=(0, 1))

    def once():
        loss, held[0], held[1] = step(*held)
        jax.block_until_ready(held)
        return [float(loss)]

    return once, lambda: [held[0][name] for name in names]


def embedding_program(inputs):
    """The sparse update: only the rows that were looked up are touched."""

    def step(table, indices, cotangent):
        def loss(rows):
            return (rows * cotangent).sum()

        value, grads = jax.value_and_grad(loss)(table[indices])
        return value, table.at[indices].add(-0.01 * grads)

    step = jax.jit(step, donate_argnums=(0,))
    held = [inputs['table']]

    def once():
        loss, held[0] = step(held[0], inputs['indices'], inputs['cotangent'])
        jax.block_until_ready(held)
        return [float(loss)]

    return once, lambda: held


def program(task, mode):
    inputs = {given['name']: jnp.array(given['data']) for given in task['inputs']}
    row, sizes = task['row'], task['sizes']
    if row in TRAINING:
        return trained_program(task, inputs, *TRAINING[row])
    if row == 'embedding':
        return embedding_program(inputs)
    if row.startswith('matmul-'):
        fn = lambda x, _: [x['a'] @ x['b']]
    else:
        fn = overhead if row == 'overhead' else FUNCTIONS[row]
    jitted = jax.jit(lambda x: fn(x, sizes))
    return lambda: jax.block_until_ready(jitted(inputs)), lambda: []


if __name__ == '__main__':
    serve(jax.__version__, lambda row: ['jit'], program)
