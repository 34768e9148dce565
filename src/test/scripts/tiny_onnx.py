"""Writes small ONNX models for tests, byte by byte (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto)."""
import numpy as np


def varint(number):
    number &= (1 << 64) - 1
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes(parts + [number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + np.float32(value).tobytes()
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, array):
    kind = {"float32": 1, "int64": 7, "float16": 10}[array.dtype.name]
    return b"".join(field(1, size) for size in array.shape) + field(2, kind) + field(8, name) + field(9, array.tobytes())


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, float):
        return field(1, name) + field(2, value) + field(20, 1)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    if isinstance(value, np.ndarray):
        return field(1, name) + field(5, tensor("", value)) + field(20, 4)
    if value and isinstance(value[0], float):
        return field(1, name) + b"".join(field(7, number) for number in value) + field(20, 6)
    return field(1, name) + b"".join(field(8, number) for number in value) + field(20, 7)


def node(operator, inputs, outputs, **attributes):
    return (b"".join(field(1, name) for name in inputs) + b"".join(field(2, name) for name in outputs) + field(4, operator)
            + b"".join(field(5, attribute(name, value)) for name, value in attributes.items()))


def image(name, channels, height=0, width=0):
    sizes = [field(1, 1), field(1, channels), field(1, height) if height else field(2, "h"), field(1, width) if width else field(2, "w")]
    shape = b"".join(field(1, size) for size in sizes)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


class Net:
    """A chain of layers with random weights: each method adds one to it."""

    def __init__(self, channels, seed=5, size=(0, 0)):
        self.random, self.nodes, self.constants, self.weights = np.random.RandomState(seed), [], [], {}
        self.channels = self.inputs = channels
        self.size, self.now = size, "image"

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(tensor(name, array))
        self.weights[name] = array
        return name

    def add(self, operator, *others, **attributes):
        """An operator, with the names of its further inputs, or constants as arrays."""
        others = [self.constant(other) if isinstance(other, np.ndarray) else other for other in others]
        before, self.now = self.now, f"t{len(self.nodes)}"
        self.nodes.append(node(operator, [before, *others], [self.now], **attributes))
        return self

    def conv(self, channels, side, stride=1, dilation=1):
        weights = self.random.normal(0, 1 / (side * self.channels ** 0.5), (channels, self.channels, side, side)).astype(np.float32)
        bias = self.random.normal(0, 0.1, channels).astype(np.float32)
        self.channels, pad = channels, (side - 1) * dilation // 2
        return self.add("Conv", self.constant(weights), self.constant(bias), kernel_shape=[side, side], pads=[pad] * 4,
                        strides=[stride] * 2, dilations=[dilation] * 2)

    def enlarge(self):
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        return self.add("Resize", "", scales, mode="linear", coordinate_transformation_mode="half_pixel")

    def softmax(self):
        return self.add("Softmax", axis=1)

    def write(self, path, version=13):
        graph = (b"".join(field(1, each) for each in self.nodes) + field(2, "tiny") + b"".join(field(5, each) for each in self.constants)
                 + field(11, image("image", self.inputs, *self.size)) + field(12, image(self.now, self.channels, *self.size)))
        with open(path, "wb") as file:
            file.write(field(1, 7) + field(7, graph) + field(8, field(1, "") + field(2, version)))
        return path
