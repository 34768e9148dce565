#!/usr/bin/python3
"""Runs tasks of several tiles as Slurm does: job.sh makes them one after the other.

Plain unittest; needs GDAL's Python bindings, as the nodes do: /usr/bin/python3 packing_test.py
"""
import json
import os
import signal
import subprocess
import time
import unittest

from tasks import Tasks, checker_scene

TILE = (0, 0, 40, 30, 0, 0, 40, 30)
EMPTY = ': >"$SWATH_EMPTY"\n'


class Packing(Tasks):
    def packed(self, run, tiles=3, per_task=3, **more):
        self.scene(*checker_scene(40, 30))
        return self.batch(run, [TILE] * tiles, per_task=per_task, **more)

    def task(self, batch, index=0, **more):
        return self.start(batch, index, log="task-", **more)

    def run_task(self, batch, index=0, **more):
        code = self.task(batch, index, **more).wait(60)
        self.assert_tidy()
        return code

    def outcomes(self, batch):
        found = {}
        for name in os.listdir(os.path.join(batch, "evidence")):
            with open(os.path.join(batch, "evidence", name)) as file:
                evidence = json.load(file)
            self.assertEqual(name, f"{evidence['index']}.json")
            found[evidence["index"]] = evidence["outcome"]
        return dict(sorted(found.items()))

    def leases(self):
        return sorted(os.listdir(os.path.join(self.work, "leases")))

    def wait_for(self, what):
        end = time.monotonic() + 30
        while not what():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_each_tile_has_its_own_lease_evidence_and_log(self):
        batch = self.packed('echo "tile $SWATH_TILE in $SWATH_SCRATCH"\n' + EMPTY)
        self.assertEqual(0, self.run_task(batch, job="77"))
        self.assertEqual({0: "empty", 1: "empty", 2: "empty"}, self.outcomes(batch))
        self.assertEqual(["ndvi.0.1", "ndvi.1.1", "ndvi.2.1"], self.leases())
        before, scratches = 0, set()
        for index in range(3):
            evidence = self.evidence(batch, index)
            self.assertEqual((str(index), "77", 0), (evidence["tile"], evidence["job"], evidence["exit"]))
            self.assertLessEqual(before, evidence["start"])
            before = evidence["end"]
            said, scratch = self.log(batch, index).strip().split(" in ")
            self.assertEqual(f"tile {index}", said)
            scratches.add(scratch)
        self.assertEqual(3, len(scratches), "each tile has a scratch folder of its own")

    def test_a_task_makes_its_own_lines_and_the_last_task_what_is_left(self):
        batch = self.packed(EMPTY, tiles=5, per_task=2)
        self.assertEqual(0, self.run_task(batch, 1))
        self.assertEqual([2, 3], list(self.outcomes(batch)))
        self.assertEqual(0, self.run_task(batch, 2))
        self.assertEqual([2, 3, 4], list(self.outcomes(batch)))

    def test_a_tile_that_fails_stops_no_other_tile_and_the_task_fails(self):
        batch = self.packed('((SWATH_TILE != 1)) || exit 9\n' + EMPTY)
        self.assertEqual(1, self.run_task(batch))
        self.assertEqual({0: "empty", 1: "exit", 2: "empty"}, self.outcomes(batch))
        self.assertEqual(9, self.evidence(batch, 1)["exit"])

    def test_a_script_that_is_killed_as_for_its_memory_stops_no_other_tile(self):
        batch = self.packed('((SWATH_TILE != 0)) || kill -KILL $$\n' + EMPTY)
        self.assertEqual(1, self.run_task(batch))
        self.assertEqual({0: "exit", 1: "empty", 2: "empty"}, self.outcomes(batch))
        self.assertEqual(137, self.evidence(batch, 0)["exit"])

    def test_codes_of_job_sh_from_a_script_do_not_end_the_task(self):
        batch = self.packed('((SWATH_TILE == 2)) || exit $((73 + SWATH_TILE))\n' + EMPTY)
        self.assertEqual(1, self.run_task(batch))
        self.assertEqual({0: "exit", 1: "exit", 2: "empty"}, self.outcomes(batch))

    def test_a_node_that_cannot_do_the_work_ends_the_task_and_the_next_tiles_are_not_begun(self):
        batch = self.packed('((SWATH_TILE != 1)) || exit 127\n' + EMPTY)
        run = os.path.join(batch, "bin", "run.sh")
        with open(run, "a") as file:
            file.write("# the first tile makes the interpreter go away\n")
        with open(run) as file:
            text = file.read()
        with open(run, "w") as file:
            file.write(text.replace("((SWATH_TILE != 1)) || exit 127", "((SWATH_TILE != 1)) || {\n"
                                    "  sed -i '1s/.*/#!\\/nowhere\\/python/' \"$0\"; exit 127; }"))
        self.assertEqual(74, self.run_task(batch))
        self.assertEqual({0: "empty"}, self.outcomes(batch))
        self.assertEqual(["ndvi.0.1", "ndvi.1.1"], self.leases())

    def test_a_storage_that_goes_away_ends_the_task(self):
        batch = self.packed('((SWATH_TILE != 0)) || mv "$SWATH_WORK" "$SWATH_WORK.away"\n' + EMPTY)
        self.assertEqual(74, self.task(batch).wait(60))
        os.rename(self.work + ".away", self.work)
        self.assertEqual({}, self.outcomes(batch))
        self.assertEqual(["ndvi.0.1"], self.leases())

    def test_sigterm_reaches_the_tile_that_runs_and_the_next_tiles_are_not_begun(self):
        batch = self.packed('((SWATH_TILE != 1)) || { : >"$SWATH_WORK/running"; sleep 60; }\n' + EMPTY)
        task = self.task(batch)
        self.wait_for(lambda: os.path.exists(self.path("running")))
        task.send_signal(signal.SIGTERM)
        self.assertEqual(143, task.wait(30))
        self.assert_tidy()
        self.assertEqual({0: "empty", 1: "terminated"}, self.outcomes(batch))
        self.assertEqual(["ndvi.0.1", "ndvi.1.1"], self.leases())

    def test_the_warning_of_slurm_reaches_the_tile_that_runs_and_ends_nothing(self):
        batch = self.packed('((SWATH_TILE != 1)) || { : >"$SWATH_WORK/running"; '
                            'while [[ ! -e $SWATH_WORK/go ]]; do sleep 0.02; done; }\n' + EMPTY)
        task = self.task(batch)
        self.wait_for(lambda: os.path.exists(self.path("running")))
        task.send_signal(signal.SIGUSR1)
        self.wait_for(lambda: self.outcomes(batch).get(1) == "time-warning")
        open(self.path("go"), "w").close()
        self.assertEqual(0, task.wait(30))
        self.assertEqual({0: "empty", 1: "empty", 2: "empty"}, self.outcomes(batch))

    def test_a_tile_for_which_no_time_is_left_is_not_begun(self):
        batch = self.packed('echo "$SWATH_TIME_LIMIT"; sleep 2.2\n' + EMPTY, time_limit=5)
        self.assertEqual(78, self.run_task(batch))
        self.assertEqual({0: "empty"}, self.outcomes(batch))
        self.assertEqual("5", self.log(batch, 0).strip())

    def test_a_tile_is_told_how_much_time_is_left(self):
        batch = self.packed('echo "$SWATH_TIME_LIMIT"; sleep 1.2\n' + EMPTY, tiles=2, per_task=2, time_limit=60)
        self.assertEqual(0, self.run_task(batch))
        self.assertIn(self.log(batch, 1).strip(), ("59", "58"))

    def test_a_requeued_task_does_not_make_again_what_it_has_made(self):
        batch = self.packed('echo "tile $SWATH_TILE" >>"$SWATH_WORK/made"\n'
                            '[[ $SWATH_TILE == 0 || -e $SWATH_WORK/well ]] || exit 3\n' + EMPTY)
        self.assertEqual(1, self.run_task(batch, job="77"))
        open(self.path("well"), "w").close()
        self.assertEqual(0, self.run_task(batch, job="77", more={"SLURM_RESTART_COUNT": "1"}))
        self.assertEqual({0: "empty", 1: "empty", 2: "empty"}, self.outcomes(batch))
        with open(self.path("made")) as file:
            self.assertEqual(["tile 0", "tile 1", "tile 2", "tile 1", "tile 2"], file.read().splitlines())

    def test_tiles_that_another_job_has_are_left_alone_and_the_others_are_made(self):
        batch = self.packed(EMPTY)
        os.makedirs(self.path("leases"), exist_ok=True)
        os.symlink("55", self.path("leases/ndvi.1.1"))
        self.assertEqual(1, self.run_task(batch))
        self.assertEqual({0: "empty", 2: "empty"}, self.outcomes(batch))

    def test_what_a_script_leaves_running_is_ended_before_the_next_tile(self):
        batch = self.packed('((SWATH_TILE != 0)) || { sleep 60 & echo $! >"$SWATH_WORK/left"; }\n'
                            '((SWATH_TILE != 1)) || ! grep -q sleep "/proc/$(<"$SWATH_WORK/left")/cmdline" 2>/dev/null || exit 5\n' + EMPTY)
        self.assertEqual(0, self.run_task(batch))
        self.assertEqual({0: "empty", 1: "empty", 2: "empty"}, self.outcomes(batch))

    def test_what_a_tile_leaves_in_its_scratch_folder_is_removed_before_the_next_tile(self):
        batch = self.packed('echo "$SWATH_SCRATCH" >"$SWATH_WORK/scratch.$SWATH_TILE"\n'
                            '((SWATH_TILE != 0)) || echo big >"$SWATH_SCRATCH/.left"\n'
                            '((SWATH_TILE != 1)) || [[ ! -e $(<"$SWATH_WORK/scratch.0") ]] || exit 5\n' + EMPTY)
        self.assertEqual(0, self.run_task(batch))
        self.assertEqual({0: "empty", 1: "empty", 2: "empty"}, self.outcomes(batch))

    def test_a_tile_whose_scratch_folder_an_earlier_script_has_changed_gets_another(self):
        batch = self.packed('if ((SWATH_TILE == 0)); then\n'
                            '  rmdir "$SWATH_SCRATCH/../1"; ln -s "$SWATH_WORK" "$SWATH_SCRATCH/../1"; : >"$SWATH_SCRATCH/../2/.empty"\n'
                            'else\n'
                            '  [[ $SWATH_SCRATCH -ef $SWATH_WORK ]] && exit 5\n'
                            '  ((SWATH_TILE != 2)) || exit 0\n'
                            'fi\n' + EMPTY)
        self.assertEqual(1, self.run_task(batch))
        self.assertEqual({0: "empty", 1: "empty", 2: "bad-output"}, self.outcomes(batch))

    def test_tiles_make_their_own_scratch_folders_where_the_task_could_not(self):
        batch = self.packed('rm -rf "$SWATH_SCRATCH/../"[0-9]*; rm -rf "$SWATH_SCRATCH"; mkdir "$SWATH_SCRATCH"\n' + EMPTY)
        self.assertEqual(0, self.run_task(batch))
        self.assertEqual({0: "empty", 1: "empty", 2: "empty"}, self.outcomes(batch))

    def test_a_file_of_the_scene_that_changes_is_found_by_the_tile_that_runs_and_by_those_behind_it(self):
        batch = self.packed('((SWATH_TILE != 1)) || echo more >>"$SWATH_WORK/file"\n' + EMPTY)
        with open(self.path("file"), "w") as file:
            file.write("pixels")
        found = os.stat(self.path("file"))
        with open(self.path("sources"), "w") as file:
            file.write(f"{found.st_size} {found.st_mtime_ns // 10**9}.{found.st_mtime_ns % 10**9:09} - {self.path('file')}\0")
        self.assertEqual(1, self.run_task(batch))
        self.assertEqual({0: "empty", 1: "input-changed", 2: "input-changed"}, self.outcomes(batch))

    def test_a_pipe_in_the_place_of_a_log_does_not_stop_the_task(self):
        batch = self.packed('((SWATH_TILE != 0)) || mkfifo "$SWATH_BATCH/logs/1.log"\n' + EMPTY)
        self.assertEqual(0, self.run_task(batch))
        self.assertTrue(os.path.isfile(os.path.join(batch, "logs/1.log")))

    def test_a_person_may_run_it_in_its_folder(self):
        batch = self.packed(EMPTY, tiles=2, per_task=2)
        subprocess.run(["bash", "job.sh"], cwd=batch, check=True, env={"PATH": "/usr/bin:/bin", "TMPDIR": self.scratch})
        self.assertEqual({0: "empty", 1: "empty"}, self.outcomes(batch))


if __name__ == "__main__":
    unittest.main()
