"""How much memory of a GPU a script has used: later tasks of the step request as much.

    import swath_gpu
    swath_gpu.report()       # at the end, while the process still has its memory; swath_tile.Tile does this by itself

It asks nvidia-smi(1) for the memory of this process, with what CUDA itself needs. Libraries keep the memory that they have used
until the process ends, so this is the peak. A script in another language writes "MIB CARD" into the file $SWATH_GPU_MEMORY: the
most that it had of a GPU's memory, and all that the GPU has, in MiB.
"""
import os
import subprocess
import sys


def _ask(query):
    asked = subprocess.run(["nvidia-smi", query, "--format=csv,noheader,nounits"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=10, check=True)
    return [line.split(", ") for line in asked.stdout.decode().splitlines()]


def _returned():
    """What PyTorch had and gave back, in MiB: it does so only when the GPU is full."""
    torch = sys.modules.get("torch")
    if not torch or not torch.cuda.is_initialized():
        return 0
    return (torch.cuda.max_memory_reserved() - torch.cuda.memory_reserved()) >> 20


def report():
    """Writes nothing where this process is not on a GPU, or nvidia-smi does not say how much it has."""
    path = os.environ.get("SWATH_GPU_MEMORY")
    if not path or not os.environ.get("CUDA_VISIBLE_DEVICES"):
        return
    try:
        used = {card: int(mib) for card, pid, mib in _ask("--query-compute-apps=gpu_uuid,pid,used_memory")
                if pid == str(os.getpid()) and mib.isdigit()}
        if not used:
            return
        card = max(used, key=used.get)
        total = {uuid: mib for uuid, mib, *_ in _ask("--query-gpu=uuid,memory.total")}[card]
    except (OSError, subprocess.SubprocessError, KeyError, ValueError) as error:
        print(f"swath_gpu: nvidia-smi cannot tell the memory of this process: {error!r}", file=sys.stderr)
        return
    with open(path, "w") as file:
        file.write(f"{used[card] + _returned()} {total}\n")
