"""Reads an ONNX file: its operators, and what tiling needs (the input's shape, the model's stride and receptive field).

An ONNX file is a protobuf message (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto); the numbers below are the
fields of that schema. The receptive field is followed from node to node as in Araujo, Norris and Sim, "Computing
Receptive Fields of Convolutional Neural Networks", Distill 2019, doi 10.23915/distill.00021.
"""
import math
from collections import namedtuple
from fractions import Fraction

import numpy as np

# What a model is. `shape`: of the input, 0 where it is free. `stride`: the origins of windows must be multiples of it.
# `margin`: pixels around a window that its result depends on, a multiple of the stride; None if there is no limit.
# `reason`: why there is none. `last`: the operator that makes the output.
Model = namedtuple("Model", "shape classes stride margin reason last")
# What one value of a tensor sees: the input's pixels from `before` its own to `after`, where values are `step` pixels apart.
Field = namedtuple("Field", "step before after")
# A file's content. `version`: of the operators; `constants`: name to (dimensions, values); `input`, `output`: names of tensors.
Graph = namedtuple("Graph", "version constants input shape output classes nodes")
# One operator. `domain`: whose it is, empty for ONNX's own; `done`: the tensors that no later operator needs.
Node = namedtuple("Node", "operator domain inputs outputs options done")

POINTWISE = set("""Abs Add And BatchNormalization Cast Ceil Clip Div Dropout Elu Equal Erf Exp Floor Gelu Greater HardSigmoid
    HardSwish Identity LeakyRelu Less Log Max Mean Min Mish Mul Neg Not Or PRelu Pow Reciprocal Relu Round Selu Sigmoid Sign
    Softplus Softsign Sqrt Sub Sum Tanh ThresholdedRelu Where""".split())
ALONG_BANDS = {"Concat", "LogSoftmax", "LpNormalization", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Slice",
               "Softmax", "Split"}
KERNELS = {"Conv", "MaxPool", "AveragePool", "LpPool"}


class Unknown(Exception):
    """The receptive field has no limit, or cannot be found."""


# ---- the file -------------------------------------------------------------------------------------------------------


def varint(data, at):
    """The integer at an index, and the index after it: 7 bits in each byte, the lowest first."""
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def fields(data):
    """The fields of a protobuf message: (number, an integer or bytes)."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            length, at = varint(data, at) if key & 7 == 2 else ({1: 8, 5: 4}[key & 7], at)
            value, at = data[at:at + length], at + length
            if len(value) < length:
                raise IndexError("it ends in the middle of a field")
        yield key >> 3, value


def message(data):
    found = {}
    for number, value in fields(data):
        found.setdefault(number, []).append(value)
    return found


def text(values):
    return bytes(values[0]).decode() if values else ""


def integers(values):
    """Repeated integers, packed or not."""
    result = []
    for value in values:
        at = 0
        while not isinstance(value, int) and at < len(value):
            number, at = varint(value, at)
            result.append(number)
        result += [value] if isinstance(value, int) else []
    return [number - (1 << 64) if number >> 63 else number for number in result]


def floats(values, kind=np.float32):
    """Repeated floats, packed or not."""
    return np.frombuffer(b"".join(bytes(value) for value in values), kind)


def tensor(data):
    """A constant: its dimensions and its values; None for values of a type that is not read here, or of another file."""
    parts = message(data)
    kind = {1: np.float32, 6: np.int32, 7: np.int64, 9: np.bool_, 11: np.float64}.get(parts.get(2, [0])[0])
    values = None
    if 13 in parts or 14 in parts or not kind:
        pass
    elif 9 in parts:
        values = np.frombuffer(parts[9][0], kind)
    elif kind in (np.float32, np.float64):
        values = floats(parts.get(4) or parts.get(10) or [], kind)
    else:
        values = np.array(integers(parts.get(7) or parts.get(5) or []), kind)
    return integers(parts.get(1, [])), values


def attributes(data):
    """The attributes of a node; None for one of a kind that is not read here, such as a graph."""
    found = {}
    for part in data:
        part = message(part)
        # By its kind: a 0 or an empty list may be left out of the file.
        readers = {1: lambda: float(floats(part.get(2, [bytes(4)]))[0]), 2: lambda: integers(part.get(3, [0]))[0],
                   3: lambda: text(part.get(4)), 4: lambda: tensor(part[5][0]),
                   6: lambda: floats(part.get(7, [])).tolist(), 7: lambda: integers(part.get(8, []))}
        kind = part[20][0] if 20 in part else next((kind for kind, at in ((4, 5), (7, 8), (3, 4), (2, 3), (1, 2)) if at in part), 0)
        found[text(part[1])] = readers.get(kind, lambda: None)()
    return found


def shape(value_info):
    """The dimensions of an input or output, 0 where one is free."""
    kind = message(message(message(value_info)[2][0])[1][0])
    return [integers(message(dimension).get(1, [0]))[0] for dimension in message(kind.get(2, [b""])[0]).get(1, [])]


# ---- the receptive field --------------------------------------------------------------------------------------------


def kernel(field, operator, options, constants, inputs):
    """A convolution or pooling."""
    size = options.get("kernel_shape") or constants[inputs[1]][0][2:]
    strides, dilations = options.get("strides") or [1, 1], options.get("dilations") or [1, 1]
    pads = options.get("pads") or [0] * 4
    if len(size) != 2 or len(set(strides)) != 1:
        raise Unknown(f"{operator} has strides {strides}")
    before, after = field.before, field.after
    for axis in (0, 1):
        reach, left = (size[axis] - 1) * dilations[axis], pads[axis]
        if options.get("auto_pad", "NOTSET").startswith("SAME"):
            total = max(reach + 1 - strides[axis], 0)
            left = total // 2 if options["auto_pad"] == "SAME_UPPER" else total - total // 2
        before = max(before, field.before + left * field.step)
        after = max(after, field.after + (reach - left) * field.step)
    return Field(field.step * strides[0], before, after)


def enlarged(field, factor, reach):
    """After an operator that makes `factor` x `factor` values of each, from `reach` neighbours."""
    if factor != int(factor) or factor < 1:
        raise Unknown(f"a Resize by {factor}")
    return Field(field.step / int(factor), field.before + reach * field.step, field.after + reach * field.step)


def axis_is_bands(operator, options, constants, inputs, version):
    axes = options.get("axes", options.get("axis"))
    if axes is None and operator == "Slice":
        axes = constants.get(inputs[3], (0, None))[1] if len(inputs) > 3 else None
    elif axes is None and operator.startswith("Reduce") and len(inputs) > 1:
        axes = constants.get(inputs[1], (0, None))[1]
    if operator.endswith("Softmax") and version < 13:
        return False  # before version 13 it was over all bands and pixels
    return axes is not None and all(int(axis) in (1, -3) for axis in np.atleast_1d(axes))


def follow(operator, seen, options, constants, inputs, version):
    """The field after a node. `seen`: the fields of its inputs that depend on the image."""
    if len({field.step for field in seen}) > 1:
        raise Unknown(f"{operator} joins tensors of different resolutions")
    field = Field(seen[0].step, max(f.before for f in seen), max(f.after for f in seen))
    if operator in POINTWISE:
        if operator != "BatchNormalization":
            for name in inputs:
                if any(size > 1 for size in constants.get(name, ([],))[0][-2:]):
                    raise Unknown(f"{operator} with a constant that differs from pixel to pixel")
        return field
    if operator in ALONG_BANDS and axis_is_bands(operator, options, constants, inputs, version):
        return field
    if operator in KERNELS:
        return kernel(field, operator, options, constants, inputs)
    if operator == "ConvTranspose":
        size, stride = options.get("kernel_shape") or constants[inputs[1]][0][2:], (options.get("strides") or [1, 1])[0]
        return enlarged(field, stride, math.ceil(max(size) * max(options.get("dilations") or [1]) / stride))
    if operator == "DepthToSpace":
        return enlarged(field, options["blocksize"], 1)
    if operator in ("Resize", "Upsample"):
        values = [constants.get(name, (0, None))[1] for name in inputs[1:]] + [np.float32(options.get("scales", []))]
        scales = [value for value in values if value is not None and len(value) == 4 and value.dtype.kind == "f"]
        if not scales or scales[0][2] != scales[0][3]:
            raise Unknown(f"{operator} to a size that is not in the file")
        return enlarged(field, scales[0][2], 2 if options.get("mode") == "cubic" else 1)
    raise Unknown(f"{operator} may see the whole image")


def read(path):
    """What a model is. ValueError if the file is no ONNX model with one image as its input and one as its output."""
    return parse(path, analyse)


def read_graph(path):
    """What a model computes; ValueError as for `read`."""
    return parse(path, lambda graph: graph)


def parse(path, use):
    with open(path, "rb") as file:
        data = memoryview(file.read())
    try:
        return use(graph_of(message(data)))
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not an ONNX model that can be read here: {error!r}") from error


def names(values):
    return [bytes(value).decode() for value in values]


def graph_of(model):
    graph = message(model[7][0])
    versions = [message(entry) for entry in model.get(8, [])]
    version = max([entry.get(2, [1])[0] for entry in versions if text(entry.get(1)) in ("", "ai.onnx")] or [1])
    constants = {text(message(entry)[8]): tensor(entry) for entry in graph.get(5, [])}
    images = [entry for entry in graph[11] if text(message(entry)[1]) not in constants]
    if len(images) != 1 or len(graph[12]) != 1 or len(shape(images[0])) != 4 or len(shape(graph[12][0])) != 4:
        raise ValueError("the model must have one input [1, bands, height, width] and one output [1, classes, height, width]")
    output, nodes = text(message(graph[12][0])[1]), []
    needed = {output, *constants}
    for node in map(message, reversed(graph[1])):
        inputs, outputs = names(node.get(1, [])), names(node[2])
        done = {*inputs, *outputs} - needed
        needed.update(inputs)
        nodes.append(Node(text(node[4]), text(node.get(7)), inputs, outputs, attributes(node.get(5, [])), done))
    return Graph(version, constants, text(message(images[0])[1]), shape(images[0]), output, shape(graph[12][0])[1], nodes[::-1])


def analyse(graph):
    constants, known = dict(graph.constants), {graph.input: Field(Fraction(1), Fraction(0), Fraction(0))}
    stride, reason, last = 1, "", ""
    for operator, _, inputs, outputs, options, _ in graph.nodes:
        last = operator if graph.output in outputs else last
        seen = [known[name] for name in inputs if name in known]
        if not seen or operator == "Shape":  # a constant, or made of constants
            constants.update((name, options.get("value", ([], None))) for name in outputs)
            continue
        try:
            field = follow(operator, seen, options, constants, inputs, graph.version)
        except Unknown as limitless:
            field, reason = seen[0], reason or str(limitless)
        known.update((name, field) for name in outputs)
        stride = math.lcm(stride, math.ceil(field.step))
    field = known[graph.output]
    if not reason and field.step != 1:
        reason = f"its output has a value for each {float(field.step):g} pixels"
    margin = None if reason else math.ceil(max(field.before, field.after) / stride) * stride
    return Model(graph.shape, graph.classes, stride, margin, reason, last)
