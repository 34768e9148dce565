package io.swath.submission;

import io.swath.model.Device;
import java.util.OptionalDouble;

/**
 * What a tile meets on one device: the tasks in front of it, and how long its own takes. Immutable.
 *
 * @param slots how many such tasks the device runs at once, at least 1
 * @param work the seconds that all tasks in front of it take together
 * @param untilStart the seconds after which the cluster expects to start something there; 0: at once, or not known
 * @param seconds how long its own task takes; empty: no run has shown it
 * @param most how many tasks more may be sent; more than that would be sent without knowing when
 *     they start, or whether they would end first elsewhere
 */
record DeviceQueue(Device device, int slots, double work, double untilStart, OptionalDouble seconds, int most) {
    DeviceQueue {
        if (slots < 1 || !(work >= 0) || !(untilStart >= 0)) {
            throw new IllegalArgumentException("a device needs a place for a task: " + slots + " places, " + work
                    + " s of work, " + untilStart + " s");
        }
    }

    /**
     * After how many seconds one more task would have ended. As long as a place is free it starts at once; afterwards the
     * places become free one after the other.
     *
     * @param before how many such tasks are put in front of it
     */
    double end(int before) {
        double each = seconds.orElseThrow();
        double behindOwn = Math.max(0, work + (before - slots + 1) * each) / slots;
        double behindOthers = untilStart > 0 ? untilStart + before * each / slots : 0;
        return Math.max(behindOwn, behindOthers) + each;
    }
}
