#!/usr/bin/python3
"""GPU memory and use of a task: job.sh with gpu.sh, and a program in the place of nvidia-smi that answers from files.

Plain unittest; needs GDAL's Python bindings, as the nodes do: /usr/bin/python3 gpu_test.py
"""
import os
import subprocess
import time
import unittest

from tasks import RESOURCES, Tasks, checker_scene

# Answers a query with the file of its name in the folder of the program. @PID@ is the process that wrote its number there.
NVIDIA_SMI = r'''#!/bin/bash
here=${0%/*}
name=${1#--query-} name=${name%%=*}
[[ $1 != --query-gpu=accounting.mode ]] || name=accounting
echo "$1" >>"$here/asked"
[[ ! -e $here/hangs ]] || exec sleep 300
[[ ! -s $here/pid ]] || pid=$(<"$here/pid")
[[ ! -f $here/$name ]] || sed "s/@PID@/${pid-0}/" "$here/$name"
'''


class Gpu(Tasks):
    ONE = [(0, 0, 40, 30, 0, 0, 40, 30)]
    WAITS = '''echo $$ >"$SMI/pid"; for ((n = 0; n < 3000; n++)); do [[ ! -s $SMI/go ]] || break; sleep 0.01; done; : >"$SWATH_EMPTY" '''

    def setUp(self):
        super().setUp()
        self.scene(*checker_scene(40, 30))
        self.smi = os.path.join(self.folder, "smi")
        os.makedirs(self.smi)
        self.put("nvidia-smi", NVIDIA_SMI)
        os.chmod(os.path.join(self.smi, "nvidia-smi"), 0o755)

    def put(self, name, text):
        """As one rename, because the task reads it at any moment."""
        path = os.path.join(self.smi, name)
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def asked(self):
        path = os.path.join(self.smi, "asked")
        if not os.path.exists(path):
            return []
        with open(path) as file:
            return file.read().splitlines()

    def await_(self, condition, what):
        end = time.time() + 60
        while not condition():
            self.assertLess(time.time(), end, what)
            time.sleep(0.02)

    def await_looks(self, looks):
        """Until nvidia-smi was asked so many times more, to the end of each look."""
        wanted = len(self.asked()) + 2 * looks + 2
        self.await_(lambda: len(self.asked()) >= wanted, "nvidia-smi is not asked")

    def begin(self, script=WAITS, devices="0", attempt=1):
        batch = self.batch(script, self.ONE, attempt=attempt)
        job = os.path.join(batch, "job.sh")
        with open(job) as file:
            text = file.read()
        self.assertEqual(1, text.count("\nPATH=/usr/local/bin:"))
        with open(job, "w") as file:  # job.sh finds the program in the place of nvidia-smi, and nothing else is changed
            file.write(text.replace("\nPATH=/usr/local/bin:", f"\nPATH='{self.smi.replace(chr(39), chr(39) + chr(92) + chr(39) * 2)}':/usr/local/bin:"))
        more = {"SMI": self.smi, **({"CUDA_VISIBLE_DEVICES": devices} if devices is not None else {})}
        return batch, self.start(batch, more=more)

    def finish(self, batch, task):
        self.put("go", "1")
        evidence = self.end(task, batch, 0)
        self.assertEqual("empty", evidence["outcome"], self.log(batch))
        return tuple(evidence["gpu_" + key] for key in ("mib", "card_mib", "util", "source"))

    def test_the_peak_is_that_of_the_tasks_own_processes_and_the_use_that_of_a_gpu_without_others(self):
        self.put("gpu", "GPU-a, 40960, 60\nGPU-b, 81920, 99\n")
        self.put("compute-apps", "GPU-a, @PID@, 1500\nGPU-b, 1, 7000\n")
        batch, task = self.begin()
        self.await_looks(2)
        self.put("compute-apps", "GPU-a, @PID@, 2500\nGPU-a, 1, 9000\n")
        self.await_looks(1)
        self.put("gpu", "GPU-a, 40960, 100\nGPU-b, 81920, 99\n")
        self.await_looks(3)
        self.put("compute-apps", "GPU-a, @PID@, 700\nGPU-a, 1, 9000\n")
        self.await_looks(1)
        self.assertEqual((2500, 40960, 60, "samples"), self.finish(batch, task))

    def test_the_drivers_accounts_are_exact_also_of_what_has_ended(self):
        self.put("accounting", "Enabled\n")
        self.put("gpu", "GPU-a, 40960, 60\n")
        self.put("compute-apps", "GPU-a, @PID@, 1500\n")
        self.put("accounted-apps", "GPU-a, 1, 90, 30000\nGPU-a, @PID@, 41, 3100\n")
        batch, task = self.begin()
        self.await_looks(2)
        self.assertEqual((3100, 40960, 41, "accounts"), self.finish(batch, task))

    def test_where_no_process_of_the_task_is_named_nothing_is_learned(self):
        self.put("gpu", "GPU-a, 40960, 60\n")
        self.put("compute-apps", "GPU-a, 1, 9000\nGPU-a, @PID@, [N/A]\n")
        batch, task = self.begin()
        self.await_looks(2)
        self.assertEqual((None, None, None, ""), self.finish(batch, task))

    def test_a_process_that_was_seen_once_may_have_been_about_to_begin(self):
        self.put("gpu", "GPU-a, 40960, 60\n")
        self.put("compute-apps", "GPU-a, @PID@, 14\n")
        batch, task = self.begin()
        self.await_(lambda: any(line.startswith("--query-gpu=uuid") for line in self.asked()), "no process is seen")
        self.put("compute-apps", "")
        self.await_looks(1)
        self.put("compute-apps", "GPU-a, 1, 9000\n")
        self.assertEqual((None, None, None, ""), self.finish(batch, task))

    MODULE = '''/usr/bin/python3 -c "
import os, sys, types
with open(os.environ['SMI'] + '/pid', 'w') as file: file.write(str(os.getpid()))
import swath_gpu
swath_gpu.report()"; : >"$SWATH_EMPTY" '''

    def test_a_script_reports_the_memory_of_its_process_and_the_greatest_figure_counts(self):
        self.put("gpu", "GPU-a, 40960, 60\nGPU-b, 81920, 60\n")
        self.put("compute-apps", "GPU-a, @PID@, 620\nGPU-b, 1, 9000\n")
        batch, task = self.begin(self.MODULE)
        self.assertEqual((620, 40960, "script"), tuple(self.finish(batch, task)[index] for index in (0, 1, 3)))
        for number, (text, expected) in enumerate((("5000 40960", (5000, 40960, "script")), ("0 40960", (None, None, "")),
                                                   ("much", (None, None, "")), ("-1 7", (None, None, "")))):
            self.put("compute-apps", "")
            batch, task = self.begin(f'echo "{text}" >"$SWATH_GPU_MEMORY"; : >"$SWATH_EMPTY"', attempt=number + 2)
            self.assertEqual(expected, tuple(self.finish(batch, task)[index] for index in (0, 1, 3)))

    def test_a_script_without_a_gpu_or_with_an_nvidia_smi_that_fails_reports_nothing_and_goes_on(self):
        self.put("compute-apps", "GPU-a, @PID@, 620\n")
        batch, task = self.begin(self.MODULE, devices=None)
        self.assertEqual((None, None, None, ""), self.finish(batch, task))
        self.assertEqual([], self.asked())
        batch, task = self.begin(self.MODULE, attempt=2)
        self.assertEqual((None, None, None, ""), self.finish(batch, task))
        self.assertIn("nvidia-smi cannot tell the memory of this process: KeyError", self.log(batch))

    def test_a_task_without_a_gpu_asks_nothing(self):
        batch, task = self.begin(devices=None)
        self.assertEqual((None, None, None, ""), self.finish(batch, task))
        self.assertEqual([], self.asked())

    def test_an_nvidia_smi_that_hangs_holds_up_no_task(self):
        self.put("hangs", "1")
        batch, task = self.begin()
        self.await_(self.asked, "nvidia-smi is not asked")
        began = time.time()
        self.assertEqual((None, None, None, ""), self.finish(batch, task))
        self.assertLess(time.time() - began, 9)

    def test_the_measuring_ends_with_its_input_while_the_task_lives(self):
        self.put("gpu", "GPU-a, 40960, 60\n")
        watch = subprocess.Popen(
            ["/bin/bash", os.path.join(RESOURCES, "gpu.sh"), str(os.getpid())], stdin=subprocess.PIPE, env=dict(os.environ, PATH=self.smi + ":/usr/bin:/bin"))
        self.await_(lambda: len(self.asked()) > 2, "nvidia-smi is not asked")  # no process uses a GPU
        watch.stdin.close()
        watch.wait(30)


if __name__ == "__main__":
    unittest.main()
