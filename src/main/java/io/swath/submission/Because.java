package io.swath.submission;

/**
 * Why a request asks for so much, for people. Immutable.
 *
 * @param gpu empty: no part of a GPU was learned
 */
record Because(String memory, String time, String gpu) {
    String text() {
        return memory + "; " + time + (gpu.isEmpty() ? "" : "; " + gpu);
    }
}
