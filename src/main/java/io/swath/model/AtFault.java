package io.swath.model;

/** Who is at fault when a run fails. It decides what the failure counts against, and which node is named in health. */
public enum AtFault {
    /** The run itself, or nobody who can be named: the failure counts as its {@link Cause} says. */
    RUN,
    /** The node, as far as the run shows. A node is named only after several tiles have failed on it. */
    NODE,
    /** The node, as the cluster itself reports. It is named at once. */
    BROKEN_NODE,
    /** The storage, which accepted no more data from the run. No node is named. */
    STORAGE,
    /** Another run that this run depends on, or a stop of Swath: the failure counts against nothing. */
    OTHERS
}
