"""What runs an ONNX model: ONNX Runtime or PyTorch on a CUDA device; ONNX Runtime, OpenCV's dnn module or PyTorch on the CPU.

`open_model` takes the first that is installed and works. Each has `software`, name and version of what really runs, and is
called with a float32 array [1, bands, height, width].
"""
import os
import sys

import numpy as np


class OnnxRuntime:
    def __init__(self, path, threads, cuda):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.enable_cpu_mem_arena = False  # or it keeps what it ever needed: twice the memory
        # The default search measures the algorithms of cuDNN, and takes another one in another run: other bits.
        providers = [("CUDAExecutionProvider", {"cudnn_conv_algo_search": "HEURISTIC"})] if cuda else ["CPUExecutionProvider"]
        if cuda and "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
            raise RuntimeError("onnxruntime was built without CUDA")
        self.session = onnxruntime.InferenceSession(path, options, providers=providers)
        self.session.disable_fallback()  # or a failure on the GPU would go on, in silence, on the CPU
        really = self.session.get_providers()[0]
        if really != (providers[0][0] if cuda else providers[0]):
            raise RuntimeError(f"onnxruntime took {really}")
        self.software = f"onnxruntime {really} {onnxruntime.__version__}"
        self.input = self.session.get_inputs()[0].name

    def __call__(self, image):
        return self.session.run(None, {self.input: image})[0]


class OpenCv:
    def __init__(self, path, threads):
        import cv2
        cv2.setNumThreads(threads)
        self.net = cv2.dnn.readNetFromONNX(path)
        self.net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
        self.net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
        self.software = "opencv dnn CPU " + cv2.__version__

    def __call__(self, image):
        self.net.setInput(image)
        return self.net.forward()


class Torch:
    def __init__(self, path, threads, cuda):
        import torch
        import torchmodel
        if cuda and not torch.cuda.is_available():
            raise RuntimeError("PyTorch finds no CUDA device")
        torch.set_num_threads(threads)
        self.model = torchmodel.TorchModel(path, "cuda" if cuda else "cpu")
        self.software = f"torch {f'CUDA ({torch.cuda.get_device_name()})' if cuda else 'CPU'} {torch.__version__}"

    def __call__(self, image):
        return self.model(image)


def open_model(path, shape):
    """The model, ready to run images of this shape [1, bands, height, width]."""
    threads = int(os.environ.get("OMP_NUM_THREADS") or 1)
    os.environ["NVIDIA_TF32_OVERRIDE"] = "0"  # no library of NVIDIA computes with 10 bits instead of 23
    choices = [lambda: OnnxRuntime(path, threads, cuda=False), lambda: OpenCv(path, threads), lambda: Torch(path, threads, cuda=False)]
    if os.path.exists("/dev/nvidiactl") or os.path.exists("/dev/dxg"):
        choices[:0] = [lambda: OnnxRuntime(path, threads, cuda=True), lambda: Torch(path, threads, cuda=True)]
    errors = []
    for choice in choices:
        try:
            runner = choice()
            runner(np.zeros(shape, np.float32))  # a driver or an operator may fail only here
            return runner
        except Exception as error:  # not installed, no free device, or an operator that it lacks: the next one
            errors.append(" ".join(str(error).split())[:200])
            print(f"landcover: {errors[-1]}", file=sys.stderr)
            if "CUDA" in errors[-1] and ("out of memory" in errors[-1] or "allocate memory" in errors[-1]):
                sys.exit("landcover: CUDA out of memory")  # Swath asks for a larger part of the GPU
    sys.exit("landcover: nothing on this node runs the model: " + "; ".join(errors) +
             ". Install python3-opencv, or onnxruntime or torch for the python3 of the script's first line")
