/**
 * The accounting records of runs, one by one and as CSV.
 *
 * <p>Used by: {@code delivery} and {@code retention}.
 *
 * <p>Must not know: the stages, JMS, and where a file of records lies.
 */
package io.swath.accounting;
