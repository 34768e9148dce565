package io.swath.model;

/** The kind of node that a step needs; with {@code ANY}, the sizing chooses. */
public enum Device {
    CPU,
    GPU,
    ANY
}
