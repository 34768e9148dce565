package io.swath.arrival.folder;

/** An inbox entry, and what a look at it found. */
public record Arrived(String recipe, Candidate candidate) {}
