package io.swath.model;

/** The kind of node that a step wants; {@code ANY} leaves the choice to the sizing. */
public enum Device {
    CPU,
    GPU,
    ANY
}
