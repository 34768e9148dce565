"""The operators of ONNX (https://onnx.ai/onnx/operators), versions 7 to 24, written with PyTorch's.

Each function is called with the node's attributes and its inputs, and returns the output, or a list of outputs. An attribute or a
mode that is not here is an error that names it; nothing is guessed. The image and all floats are on the device; whole numbers
stay on the CPU, because most of them are shapes.
"""
import math

import numpy as np
import torch
import torch.nn.functional as F

VERSIONS = range(7, 25)  # before 7, the inputs were broadcast by other rules
OPERATORS = {}  # name: (function, the attributes that it knows)


class Unsupported(Exception):
    """The model has something that is not here."""


def operator(names, attributes=""):
    def add(function):
        OPERATORS.update((name, (function, attributes.split())) for name in names.split())
        return function
    return add


def need(condition, what):
    if not condition:
        raise Unsupported(f"torchoperators.py has no {what}")


def numbers(tensor):
    return None if tensor is None else tensor.flatten().tolist()


# ---- each value by itself -------------------------------------------------------------------------------------------


def together(inputs):
    """All on the device, if one of them is."""
    device = next((each.device for each in inputs if each.is_cuda), "cpu")
    return [each.to(device) for each in inputs]


def pointwise(names, function):
    operator(names)(lambda options, *inputs: function(*together(inputs)))


def divide(a, b):
    """Of whole numbers, towards zero."""
    return torch.true_divide(a, b) if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def fold(function):
    def over_all(first, *others):
        for other in others:
            first = function(first, other)
        return first
    return over_all


for known in "Abs Ceil Cos Erf Exp Floor Log Neg Reciprocal Relu Round Sigmoid Sign Sin Sqrt Tanh".split():
    pointwise(known, getattr(torch, known.lower()))
for known in "Add Sub Mul".split():
    pointwise(known, getattr(torch, known.lower()))
pointwise("Div", divide)
pointwise("Pow", lambda a, b: torch.pow(a, b).to(a.dtype))
pointwise("Max", fold(torch.maximum))
pointwise("Min", fold(torch.minimum))
pointwise("Sum", fold(torch.add))
pointwise("Mean", lambda *inputs: fold(torch.add)(*inputs) / len(inputs))
pointwise("Softplus", F.softplus)
pointwise("Softsign", F.softsign)
pointwise("Mish", F.mish)
pointwise("HardSwish", F.hardswish)
pointwise("PRelu", lambda x, slope: torch.where(x < 0, x * slope, x))
pointwise("Where", torch.where)
pointwise("Equal", torch.eq)
pointwise("Greater", torch.gt)
pointwise("GreaterOrEqual", torch.ge)
pointwise("Less", torch.lt)
pointwise("LessOrEqual", torch.le)
pointwise("And", torch.logical_and)
pointwise("Or", torch.logical_or)
pointwise("Not", torch.logical_not)
pointwise("Identity", lambda x: x)
operator("LeakyRelu", "alpha")(lambda o, x: F.leaky_relu(x, o.get("alpha", 0.01)))
operator("Elu", "alpha")(lambda o, x: F.elu(x, o.get("alpha", 1.0)))
operator("HardSigmoid", "alpha beta")(lambda o, x: (o.get("alpha", 0.2) * x + o.get("beta", 0.5)).clamp(0, 1))
operator("Gelu", "approximate")(lambda o, x: F.gelu(x, approximate=o.get("approximate", "none")))


@operator("Clip", "min max")
def clip(o, x, low=None, high=None):
    low = o.get("min") if low is None else low.item()
    high = o.get("max") if high is None else high.item()
    return x if low is None and high is None else x.clamp(low, high)


@operator("Dropout", "ratio seed")
def dropout(o, x, ratio=None, training=None):
    need(training is None or not training.item(), "Dropout for training")
    return x


@operator("BatchNormalization", "epsilon momentum training_mode spatial")
def batch_normalization(o, x, scale, bias, mean, variance):
    need(not o.get("training_mode") and o.get("spatial", 1), "BatchNormalization for training, or of single pixels")
    return F.batch_norm(x, mean, variance, scale, bias, False, 0, o.get("epsilon", 1e-5))


@operator("InstanceNormalization", "epsilon")
def instance_normalization(o, x, scale, bias):
    return F.instance_norm(x, weight=scale, bias=bias, eps=o.get("epsilon", 1e-5))


@operator("Cast", "to saturate")
def cast(o, x):
    kinds = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 11: torch.float64}
    need(o["to"] in kinds, f"Cast to type {o['to']}")
    return x.to(kinds[o["to"]])


@operator("Softmax", "axis")
def softmax(o, x):
    return F.softmax(x, o.get("axis", -1)) if o["version"] >= 13 else before_13(F.softmax, o, x)


@operator("LogSoftmax", "axis")
def log_softmax(o, x):
    return F.log_softmax(x, o.get("axis", -1)) if o["version"] >= 13 else before_13(F.log_softmax, o, x)


def before_13(function, o, x):
    """The axis and all after it are one."""
    return function(flatten(o, x), 1).reshape(x.shape)


# ---- convolutions and pooling ---------------------------------------------------------------------------------------


def window(o, x, size):
    """Strides, dilations, and the pads at the top, left, bottom and right, of a convolution or pooling."""
    need(x.dim() == 4 and len(size) == 2, f"convolution or pooling of {x.dim() - 2} dimensions")
    strides, dilations = o.get("strides") or [1, 1], o.get("dilations") or [1, 1]
    pads, auto = o.get("pads") or [0] * 4, o.get("auto_pad") or "NOTSET"
    need(auto in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"), f"auto_pad {auto}")
    if auto.startswith("SAME"):
        totals = [max((math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0) for n, s, k, d in zip(x.shape[2:], strides, size, dilations)]
        less, more = [total // 2 for total in totals], [total - total // 2 for total in totals]
        pads = less + more if auto == "SAME_UPPER" else more + less
    pads = pads if auto != "VALID" else [0] * 4
    if o.get("ceil_mode"):
        for n, s, k, d, before, after in zip(x.shape[2:], strides, size, dilations, pads, pads[2:]):
            need((n + before + after - (k - 1) * d - 1) % s == 0, "ceil_mode where the last window is not complete")
    return strides, dilations, pads


def padded(x, pads, value=0.0):
    top, left, bottom, right = pads
    return F.pad(x, (left, right, top, bottom), value=value) if any(pads) else x


@operator("Conv", "kernel_shape strides pads dilations group auto_pad")
def conv(o, x, weight, bias=None):
    strides, dilations, pads = window(o, x, weight.shape[2:])
    if pads[:2] != pads[2:]:
        x, pads = padded(x, pads), [0] * 4
    return F.conv2d(x, weight, bias, strides, pads[:2], dilations, o.get("group", 1))


@operator("ConvTranspose", "kernel_shape strides pads dilations group output_padding auto_pad")
def conv_transpose(o, x, weight, bias=None):
    need(o.get("auto_pad", "NOTSET") == "NOTSET", "ConvTranspose with auto_pad")
    strides, dilations, pads = window(o, x, weight.shape[2:])
    result = F.conv_transpose2d(x, weight, bias, strides, 0, o.get("output_padding", 0), o.get("group", 1), dilations)
    return padded(result, [-pad for pad in pads])


@operator("MaxPool", "kernel_shape strides pads dilations ceil_mode auto_pad storage_order")
def max_pool(o, x):
    strides, dilations, pads = window(o, x, o["kernel_shape"])
    return F.max_pool2d(padded(x, pads, -math.inf), o["kernel_shape"], strides, 0, dilations)


@operator("AveragePool", "kernel_shape strides pads dilations ceil_mode auto_pad count_include_pad")
def average_pool(o, x):
    strides, dilations, pads = window(o, x, o["kernel_shape"])
    need(set(dilations) == {1}, "AveragePool with dilations")
    result = F.avg_pool2d(padded(x, pads), o["kernel_shape"], strides)
    if any(pads) and not o.get("count_include_pad"):
        result = result / F.avg_pool2d(padded(torch.ones_like(x[:1, :1]), pads), o["kernel_shape"], strides)
    return result


operator("GlobalAveragePool")(lambda o, x: x.mean(list(range(2, x.dim())), True))
operator("GlobalMaxPool")(lambda o, x: x.amax(list(range(2, x.dim())), True))


# ---- over an axis ---------------------------------------------------------------------------------------------------


@operator("Gemm", "alpha beta transA transB")
def gemm(o, a, b, c=None):
    result = o.get("alpha", 1.0) * torch.matmul(a.t() if o.get("transA") else a, b.t() if o.get("transB") else b)
    return result if c is None else result + o.get("beta", 1.0) * c


operator("MatMul")(lambda o, a, b: torch.matmul(a, b))


def reduction(name, function):
    @operator(name, "axes keepdims noop_with_empty_axes")
    def reduce(o, x, axes=None):
        axes = o.get("axes") or numbers(axes)
        if not axes and o.get("noop_with_empty_axes"):
            return x
        return function(x, axes or list(range(x.dim())), bool(o.get("keepdims", 1)))


reduction("ReduceMean", torch.mean)
reduction("ReduceSum", torch.sum)
reduction("ReduceMax", torch.amax)
reduction("ReduceMin", torch.amin)
reduction("ReduceL2", lambda x, axes, keep: torch.sqrt(torch.sum(x * x, axes, keep)))


# ---- other shapes ---------------------------------------------------------------------------------------------------


operator("Shape", "start end")(lambda o, x: torch.tensor(x.shape[o.get("start", 0):o.get("end")], dtype=torch.int64))
operator("Concat", "axis")(lambda o, *inputs: torch.cat(together(inputs), o["axis"]))
operator("Transpose", "perm")(lambda o, x: x.permute(o.get("perm") or list(range(x.dim()))[::-1]))
operator("Expand")(lambda o, x, shape: x.expand(torch.broadcast_shapes(x.shape, numbers(shape))))


@operator("ConstantOfShape", "value")
def constant_of_shape(o, shape):
    _, values = o.get("value", ([1], np.zeros(1, np.float32)))
    need(values is not None, "ConstantOfShape of this type")
    return torch.from_numpy(np.full(numbers(shape), values[0], values.dtype))


@operator("Flatten", "axis")
def flatten(o, x):
    axis = o.get("axis", 1)
    axis += x.dim() if axis < 0 else 0
    return x.reshape(math.prod(x.shape[:axis]), -1)


@operator("Reshape", "allowzero")
def reshape(o, x, shape):
    return x.reshape([x.shape[at] if size == 0 and not o.get("allowzero") else size for at, size in enumerate(numbers(shape))])


@operator("Squeeze", "axes")
def squeeze(o, x, axes=None):
    axes = o.get("axes") or numbers(axes) or [at for at, size in enumerate(x.shape) if size == 1]
    need(all(x.shape[axis] == 1 for axis in axes), "Squeeze of an axis with several values")
    gone = {axis % x.dim() for axis in axes}
    return x.reshape([size for at, size in enumerate(x.shape) if at not in gone])


@operator("Unsqueeze", "axes")
def unsqueeze(o, x, axes=None):
    axes = o.get("axes") or numbers(axes)
    for axis in sorted(axis % (x.dim() + len(axes)) for axis in axes):
        x = x.unsqueeze(axis)
    return x


@operator("Gather", "axis")
def gather(o, x, places):
    axis = o.get("axis", 0) % x.dim()
    places = places.to(x.device).long()
    flat = places.flatten() + x.shape[axis] * (places.flatten() < 0)
    return x.index_select(axis, flat).reshape(x.shape[:axis] + places.shape + x.shape[axis + 1:])


@operator("Slice", "starts ends axes")
def cut(o, x, starts=None, ends=None, axes=None, steps=None):
    starts, ends = o.get("starts") or numbers(starts), o.get("ends") or numbers(ends)
    axes = o.get("axes") or numbers(axes) or range(len(starts))
    for start, end, axis, step in zip(starts, ends, axes, numbers(steps) or [1] * len(starts)):
        need(step > 0, "Slice backwards")
        x = x[(slice(None),) * (axis % x.dim()) + (slice(start, end, step),)]
    return x


@operator("Split", "axis split num_outputs")
def split(o, x, sizes=None):
    axis = o.get("axis", 0)
    sizes = o.get("split") or numbers(sizes) or math.ceil(x.shape[axis] / o["outputs"])
    parts = list(torch.split(x, sizes, axis))
    need(len(parts) == o["outputs"], f"Split of {x.shape[axis]} into {o['outputs']}")
    return parts


@operator("Pad", "mode pads value")
def pad(o, x, pads=None, value=None, axes=None):
    pads, mode = o.get("pads") or numbers(pads), o.get("mode", "constant")
    need(mode in ("constant", "reflect", "edge"), f"Pad with mode {mode}")
    axes = numbers(axes) or list(range(x.dim()))
    around = [0] * (2 * x.dim())  # PyTorch's order: the last axis first
    for number, axis in enumerate(axes):
        at = 2 * (x.dim() - 1 - axis % x.dim())
        around[at:at + 2] = pads[number], pads[number + len(axes)]
    if mode == "constant":
        return F.pad(x, around, value=o.get("value", 0.0) if value is None else value.item())
    need(x.dim() == 4 and not any(around[4:]), f"Pad with mode {mode} of other axes than height and width")
    return F.pad(x, around[:4], "reflect" if mode == "reflect" else "replicate")


@operator("DepthToSpace", "blocksize mode")
def depth_to_space(o, x):
    if o.get("mode") == "CRD":
        return F.pixel_shuffle(x, o["blocksize"])
    n, c, h, w = x.shape
    b = o["blocksize"]
    return x.reshape(n, b, b, c // b ** 2, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, c // b ** 2, h * b, w * b)


@operator("SpaceToDepth", "blocksize")
def space_to_depth(o, x):
    n, c, h, w = x.shape
    b = o["blocksize"]
    return x.reshape(n, c, h // b, b, w // b, b).permute(0, 3, 5, 1, 2, 4).reshape(n, c * b ** 2, h // b, w // b)


# ---- other sizes ----------------------------------------------------------------------------------------------------


@operator("Upsample", "mode scales")
def upsample(o, x, scales=None):
    scales = o.get("scales") or numbers(scales)
    need(min(scales) >= 1, f"{scales} as scales of Upsample")
    return resized(x, {**o, "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, range(x.dim()), scales, None)


@operator("Resize", "mode coordinate_transformation_mode nearest_mode cubic_coeff_a exclude_outside extrapolation_value antialias "
          "axes keep_aspect_ratio_policy")
def resize(o, x, roi=None, scales=None, sizes=None):
    if o["version"] < 11:
        return upsample(o, x, roi)  # the second input were the scales
    need(not o.get("exclude_outside") and not o.get("antialias"), "Resize with exclude_outside or antialias")
    need(o.get("keep_aspect_ratio_policy", "stretch") == "stretch", "Resize with keep_aspect_ratio_policy")
    return resized(x, o, o.get("axes") or range(x.dim()), numbers(scales), numbers(sizes))


def resized(x, o, axes, scales, sizes):
    for number, axis in enumerate(axes):
        length = x.shape[axis]
        size = sizes[number] if sizes else math.floor(np.float32(length) * np.float32(scales[number]))
        scale = np.float32(size / length if sizes else scales[number])
        if size != length or scale != 1:
            x = resampled(x, axis, taps(o, source_places(o, length, size, scale)))
    return x


def source_places(o, length, size, scale):
    """Where each value of the result lies in the input, in its pixels."""
    at, mode = np.arange(size, dtype=np.float32), o.get("coordinate_transformation_mode", "half_pixel")
    if mode == "half_pixel" or mode == "pytorch_half_pixel" and size > 1:
        return (at + np.float32(0.5)) / scale - np.float32(0.5)
    if mode == "asymmetric":
        return at / scale
    if mode == "align_corners":
        return at * np.float32(length - 1) / np.float32(max(size - 1, 1))
    need(mode == "pytorch_half_pixel", f"Resize with coordinate_transformation_mode {mode}")
    return at * 0


def taps(o, places):
    """The pixels of the input that a value is made of, and their weights; one weight of None for the pixel itself."""
    mode, low = o.get("mode", "nearest"), np.floor(places)
    if mode == "nearest":
        rounding = {"round_prefer_floor": lambda at: np.ceil(at - 0.5), "round_prefer_ceil": lambda at: np.floor(at + 0.5),
                    "floor": np.floor, "ceil": np.ceil}
        how = o.get("nearest_mode", "round_prefer_floor")
        need(how in rounding, f"Resize with nearest_mode {how}")
        return [(rounding[how](places), None)]
    part = places - low
    if mode == "linear":
        return [(low, 1 - part), (low + 1, part)]
    need(mode == "cubic", f"Resize with mode {mode}")
    a = o.get("cubic_coeff_a", -0.75)  # Keys, "Cubic Convolution Interpolation", 1981, doi 10.1109/TASSP.1981.1163711

    def near(t):
        return ((a + 2) * t - (a + 3)) * t * t + 1

    def far(t):
        return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return [(low - 1, far(part + 1)), (low, near(part)), (low + 1, near(1 - part)), (low + 2, far(2 - part))]


def resampled(x, axis, parts):
    """Along one axis, the weighted sum of pixels; beyond the image, its edge is repeated."""
    result = None
    for places, weights in parts:
        places = torch.from_numpy(places.clip(0, x.shape[axis] - 1).astype(np.int64)).to(x.device)
        part = x.index_select(axis, places)
        if weights is not None:
            part *= torch.from_numpy(weights.astype(np.float32)).to(x.device).reshape([-1] + [1] * (x.dim() - 1 - axis))
        result = part if result is None else result.add_(part)
    return result
