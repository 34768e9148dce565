package io.swath.model;

/** Where a step runs; {@code ANY}: on a GPU or on CPUs, as Swath chooses, or on CPUs if the step asks for no GPU. */
public enum Device {
    CPU,
    GPU,
    ANY
}
