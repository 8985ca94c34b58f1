"""Lists the public functions and classes of PyTorch and NumPy, for the table in docs/coming-from-pytorch-and-numpy.md.

python3 list.py > test/fixtures/names.json, with PyTorch and NumPy as installed. Public is what has a doc string and stands where the
packages' own references list it; in-place variants (`add_`), copies (`view_copy`) and what only compilers call are left out by the
patterns below, for the page speaks of them as groups.
"""

import inspect
import json
import re
import warnings

import numpy as np
import torch

warnings.simplefilter("ignore")

# Whole groups that no single row of a table would make clearer.
GROUPS = re.compile(
    r"^_|(?<!^ix)_$|_copy$|^test$|^(cudnn|mkldnn|miopen|fbgemm|quantize|quantized|q|sym|sparse|native|fake_quantize|is_autocast|set_autocast"
    r"|get_autocast|autocast|unsafe|set_anomaly|is_anomaly|is_deterministic|set_deterministic|get_deterministic)_"
)


def public(module, kind):
    """Names of `module` that are of a kind, documented, and no group."""
    for name in dir(module):
        thing = getattr(module, name, None)
        if GROUPS.search(name) or not kind(thing) or inspect.ismodule(thing):
            continue
        if (inspect.getdoc(thing) or "").strip():
            yield name


def function(thing):
    return callable(thing) and not inspect.isclass(thing)


def classes_of(module, base):
    return list(public(module, lambda thing: inspect.isclass(thing) and issubclass(thing, base) and thing is not base))


def methods_of_tensor(functions):
    """Methods that are not the function of the same name."""
    for name in dir(torch.Tensor):
        method = getattr(torch.Tensor, name)
        if name not in functions and not GROUPS.search(name) and callable(method) and (inspect.getdoc(method) or "").strip():
            yield name


def of_numpy():
    for prefix, module in (("", np), ("linalg.", np.linalg), ("fft.", np.fft), ("random.", np.random)):
        for name in public(module, function):
            yield prefix + name


def functions_of_torch():
    for name in public(torch, function):
        # Functions in Python belong to the namespace where they were written; the others have their home here.
        home = (getattr(getattr(torch, name), "__module__", None) or "torch").split(".")
        if home[-1] in HOMES and name not in MACHINERY:
            yield name


def of_torch():
    functions = set(functions_of_torch())
    yield from functions
    yield from (f"Tensor.{name}" for name in methods_of_tensor(functions))
    for prefix, module in (("linalg", torch.linalg), ("fft", torch.fft), ("special", torch.special), ("func", torch.func)):
        yield from (f"{prefix}.{name}" for name in public(module, function))
    functional = torch.nn.functional
    for name in sorted(dir(functional)):
        home = getattr(getattr(functional, name), "__module__", None) or "torch"
        if name in set(public(functional, function)) and home.startswith("torch") and home not in NOT_FUNCTIONAL:
            yield f"nn.functional.{name}"
    yield from (f"nn.{name}" for name in classes_of(torch.nn, torch.nn.Module))
    yield from (f"nn.init.{n}" for n in dir(torch.nn.init) if n.endswith("_") and not n.startswith("_"))
    yield from (f"optim.{name}" for name in classes_of(torch.optim, torch.optim.Optimizer))
    yield from (f"optim.lr_scheduler.{n}" for n in classes_of(torch.optim.lr_scheduler, torch.optim.lr_scheduler.LRScheduler))


HOMES = {"torch", "functional", "_C", "_tensor_str", "random", "serialization", "_lobpcg", "_lowrank", "_VariableFunctions", "_jit_internal", "dlpack", "apis"}
NOT_FUNCTIONAL = {"torch.overrides", "torch._jit_internal", "torch._VF", "torch.nn.grad"}
# What speaks to PyTorch's own compiler and threads.
MACHINERY = set(
    """compiled_with_cxx11_abi fork wait get_device_module hash_tensor import_ir_module import_ir_module_from_buffer
    init_num_threads is_storage is_warn_always_enabled merge_type_from_type_comment parse_ir parse_schema parse_type_comment
    set_warn_always thread_safe_generator typename unify_type_list get_file_path is_conj resolve_conj resolve_neg is_neg
    segment_reduce boolean_dispatch annotate export ignore unused is_scripting is_tracing are_deterministic_algorithms_enabled use_deterministic_algorithms set_flush_denormal""".split()
)


print(
    json.dumps(
        {
            "torch": {"version": torch.__version__.split("+")[0], "names": sorted(set(of_torch()))},
            "numpy": {"version": np.__version__, "names": sorted(set(of_numpy()))},
        },
        indent=1,
    )
)
