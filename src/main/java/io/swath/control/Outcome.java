package io.swath.control;

import io.swath.ledger.ControlRequests.Result;

/**
 * How a control request ended.
 *
 * @param answer a sentence for the person who asked
 */
record Outcome(Result result, String answer) {
    static Outcome done(String answer) {
        return new Outcome(Result.DONE, answer);
    }

    static Outcome refused(String answer) {
        return new Outcome(Result.REFUSED, answer);
    }
}
