package io.swath.untrusted.xml;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;
import io.swath.untrusted.Texts;

/** A document is not well-formed XML, or breaks a bound. Reading it again gives the same result. */
public final class XmlException extends RejectedException {
    private static final long serialVersionUID = 1L;

    XmlException(String rule, String what, String remedy) {
        super(what + ". " + remedy, new Rejection(rule, "", Texts.line(what), remedy));
    }
}
