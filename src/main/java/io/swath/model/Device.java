package io.swath.model;

/** The kind of node that a step needs; {@code ANY} means a GPU node when the step asks for a GPU, else a CPU node. */
public enum Device {
    CPU,
    GPU,
    ANY
}
