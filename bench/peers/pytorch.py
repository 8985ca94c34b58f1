"""The rows in PyTorch, any version from 1.13: `pytorch.py FOLDER THREADS DTYPE`. With DTYPE float64 it is the reference.

Modes: eager, and compile (torch.compile over the loss and over the optimizer's step)."""
import sys

import torch
import torch.nn.functional as F

from worker import serve

THREADS = int(sys.argv[2])
DTYPE = getattr(torch, sys.argv[3])
torch.set_num_threads(THREADS)
NEW = int(torch.__version__.split('.')[0]) >= 2


class Maker:
    """Builds programs: inputs as tensors, and how this mode compiles and optimizes."""

    def __init__(self, task, mode):
        self.sizes = task['sizes']
        self.compiled = mode == 'compile'
        self.inputs = {}
        for given in task['inputs']:
            tensor = torch.from_numpy(given['data'])
            tensor = tensor.to(DTYPE) if tensor.is_floating_point() else tensor.long()
            self.inputs[given['name']] = tensor.clone().requires_grad_(given['trained'])
        self.parameters = [t for t in self.inputs.values() if t.requires_grad]

    def compile(self, fn):
        return torch.compile(fn) if self.compiled else fn

    def optimizer(self, kind, **options):
        # The fused updates are the fastest of eager mode; compiled mode fuses them itself.
        if NEW and not self.compiled:
            options['fused'] = True
        return kind(self.parameters, **options)

    def training(self, optimizer, loss_of):
        loss_of = self.compile(loss_of)
        update = self.compile(optimizer.step)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of()
            loss.backward()
            update()
            return [loss.item()]

        return step

    def function(self, fn):
        fn = self.compile(fn)

        def step():
            with torch.no_grad():
                return [fn()]

        return step

    def gradients(self, fn, leaves):
        fn = self.compile(fn)
        for leaf in leaves:
            leaf.requires_grad_()

        def step():
            for leaf in leaves:
                leaf.grad = None
            y = fn()
            y.backward(self.inputs['cotangent'])
            return [y.detach(), *[leaf.grad for leaf in leaves]]

        return step


def matmul(m):
    a, b = m.inputs['a'], m.inputs['b']
    return m.function(lambda: a @ b)


def mlp(m, layers, kind, lr):
    def loss():
        x = m.inputs['images']
        for i in range(1, layers + 1):
            x = F.linear(x, m.inputs[f'w{i}'], m.inputs[f'b{i}'])
            if i < layers:
                x = F.relu(x)
        return F.cross_entropy(x, m.inputs['labels'])

    return m.training(m.optimizer(kind, lr=lr), loss)


def cnn(m):
    p = m.inputs

    def loss():
        x = F.max_pool2d(F.relu(F.conv2d(p['images'], p['conv1'], p['conv1Bias'], padding=1)), 2)
        x = F.max_pool2d(F.relu(F.conv2d(x, p['conv2'], p['conv2Bias'], padding=1)), 2)
        x = F.relu(F.linear(x.flatten(1), p['fc1'], p['fc1Bias']))
        return F.cross_entropy(F.linear(x, p['fc2'], p['fc2Bias']), p['labels'])

    return m.training(m.optimizer(torch.optim.Adam, lr=1e-3), loss)


def causal_attention(q, k, v):
    if NEW:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    time, d = q.shape[-2:]
    later = torch.ones(time, time, dtype=torch.bool).triu(1)
    scores = (q @ k.transpose(-2, -1)) / d**0.5
    return F.softmax(scores.masked_fill(later, float('-inf')), -1) @ v


def gpt(m):
    p, sizes = m.inputs, m.sizes
    width, heads = sizes['width'], sizes['heads']

    def norm(x, name):
        return F.layer_norm(x, (width,), p[f'{name}Weight'], p[f'{name}Bias'])

    def block(x, name):
        batch, time, _ = x.shape
        qkv = F.linear(norm(x, f'{name}Norm1'), p[f'{name}Qkv'])
        q, k, v = (y.view(batch, time, heads, width // heads).transpose(1, 2) for y in qkv.chunk(3, -1))
        seen = causal_attention(q, k, v).transpose(1, 2).reshape(batch, time, width)
        x = x + F.linear(seen, p[f'{name}Project'], p[f'{name}ProjectBias'])
        inner = F.gelu(F.linear(norm(x, f'{name}Norm2'), p[f'{name}Up'], p[f'{name}UpBias']))
        return x + F.linear(inner, p[f'{name}Down'], p[f'{name}DownBias'])

    def loss():
        x = F.embedding(p['tokens'], p['tokenTable']) + p['placeTable']
        for i in range(sizes['layers']):
            x = block(x, f'block{i}')
        logits = F.linear(norm(x, 'lastNorm'), p['head'])
        return F.cross_entropy(logits.view(-1, sizes['vocabulary']), p['targets'].view(-1))

    return m.training(m.optimizer(torch.optim.AdamW, lr=1e-3, weight_decay=0.01), loss)


def lstm(m):
    p, (_, batch, width) = m.inputs, m.inputs['x'].shape
    start = torch.zeros(1, batch, width, dtype=DTYPE)

    def loss():
        # The function behind nn.LSTM, which is PyTorch's fastest.
        _, h, _ = torch.lstm(p['x'], (start, start), m.parameters, True, 1, 0.0, True, False, False)
        return F.mse_loss(h[0], p['target'])

    return m.training(m.optimizer(torch.optim.Adam, lr=1e-3), loss)


def layer_norm(m):
    p = m.inputs
    return lambda: F.layer_norm(p['x'], (p['x'].shape[-1],), p['weight'], p['bias'])


def softmax(m):
    return lambda: F.softmax(m.inputs['x'], -1)


def chain(m):
    x = m.inputs['x']
    return m.function(lambda: (torch.tanh(2 * x + 1) * x).sum())


def embedding(m):
    p = m.inputs
    optimizer = torch.optim.SGD(m.parameters, lr=0.01)

    def loss():
        return (F.embedding(p['indices'], p['table'], sparse=True) * p['cotangent']).sum()

    return m.training(optimizer, loss)


def overhead(m):
    a, b = m.inputs['a'], m.inputs['b']

    def chained():
        v = m.inputs['x']
        for _ in range(m.sizes['rounds']):
            v = (torch.tanh(v * a + b) - b).sum(0, keepdim=True).expand_as(a)
        return v.clone()

    return m.function(chained)


ROWS = {
    'mlp-small': lambda m: mlp(m, 2, torch.optim.SGD, 0.01),
    'mlp-large-sgd': lambda m: mlp(m, 3, torch.optim.SGD, 0.01),
    'mlp-large-adam': lambda m: mlp(m, 3, torch.optim.Adam, 1e-3),
    'cnn': cnn,
    'gpt': gpt,
    'lstm': lstm,
    'softmax': lambda m: m.function(softmax(m)),
    'layernorm': lambda m: m.function(layer_norm(m)),
    'softmax-grad': lambda m: m.gradients(softmax(m), [m.inputs['x']]),
    'layernorm-grad': lambda m: m.gradients(layer_norm(m), [m.inputs[n] for n in ('x', 'weight', 'bias')]),
    'chain': chain,
    'embedding': embedding,
    'overhead': overhead,
}


def program(task, mode):
    m = Maker(task, mode)
    row = task['row']
    step = matmul(m) if row.startswith('matmul-') else ROWS[row](m)
    return step, lambda: [p.detach().numpy() for p in m.parameters]


def modes(row):
    # The function behind nn.LSTM is not compiled, and 64 steps written out take the compiler more than four minutes.
    compiles = NEW and DTYPE == torch.float32 and row != 'lstm'
    return ['eager', 'compile'] if compiles else ['eager']


if __name__ == '__main__':
    serve(torch.__version__, modes, program)
