"""Runs an ONNX model with PyTorch, on a CUDA device or on the CPU. The operators are in torchoperators.py."""
import numpy as np
import torch

import onnxgraph
from torchoperators import OPERATORS, VERSIONS, Unsupported


class TorchModel:
    """A model on a device, "cuda" or "cpu". Called with a float32 array [1, bands, height, width], it returns the result.

    Unsupported if the model has something that torchoperators.py has not."""

    def __init__(self, path, device):
        # The same bits in each run: no search for the fastest algorithm, and no TF32, which has 10 bits instead of 23.
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
        self.device, graph = device, onnxgraph.read_graph(path)
        if graph.version not in VERSIONS:
            raise Unsupported(f"torchoperators.py has not version {graph.version} of ONNX's operators")
        self.input, self.output, self.steps = graph.input, graph.output, []
        self.constants = {name: self.constant(name, *value) for name, value in graph.constants.items()}
        for node in graph.nodes:
            if node.operator == "Constant":
                self.constants[node.outputs[0]] = self.constant(node.outputs[0], *constant_value(node.options))
            else:
                self.steps.append((node, function(node), {**node.options, "version": graph.version, "outputs": len(node.outputs)}))

    def constant(self, name, dimensions, values):
        if values is None:
            raise Unsupported(f"the constant {name} is in another file, or of a type that onnxgraph.py does not read")
        values = torch.from_numpy(np.array(values).reshape(dimensions))
        return values.to(self.device) if values.is_floating_point() else values

    def __call__(self, image):
        known = {**self.constants, "": None, self.input: torch.from_numpy(image).to(self.device)}
        with torch.no_grad():
            for node, run, options in self.steps:
                results = run(options, *[known[name] for name in node.inputs])
                results = results if isinstance(results, list) else [results]
                if any(node.outputs[len(results):]):
                    raise Unsupported(f"torchoperators.py makes {len(results)} output of {node.operator}, the model needs more")
                known.update(zip(node.outputs, results))
                results = None
                for name in node.done - {""}:
                    del known[name]  # the next operator may have its memory
        return known[self.output].cpu().numpy()


def function(node):
    """What runs a node."""
    run, attributes = OPERATORS.get(node.operator, (None, ()))
    if not run or node.domain not in ("", "ai.onnx"):
        raise Unsupported(f"torchoperators.py has no operator {node.domain}{'.' * bool(node.domain)}{node.operator}")
    for name, value in node.options.items():
        if name not in attributes or value is None:
            raise Unsupported(f"torchoperators.py has no attribute {name} of {node.operator}")
    return run


def constant_value(options):
    """Dimensions and values of an operator Constant."""
    (name, value), = options.items()
    if name == "value":
        return value
    if name not in ("value_float", "value_floats", "value_int", "value_ints"):
        raise Unsupported(f"torchoperators.py has no attribute {name} of Constant")
    values = np.array(value, np.float32 if "float" in name else np.int64)
    return values.shape, values
