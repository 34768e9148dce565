package io.swath.model;

import java.time.Duration;
import java.time.Instant;

/**
 * A scene that waits. Immutable.
 *
 * @param since when this wait was first found, on the wall clock. If a wait passes by itself, it begins anew whenever a
 *     task of the scene starts
 * @param waited how long it has lasted, by a clock that only runs forward; only time in which Swath looked counts
 */
public record Wait(String sceneId, WaitCause cause, Instant since, Duration waited) {}
