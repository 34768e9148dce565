package io.swath.untrusted.xml;

import java.io.ByteArrayInputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLResolver;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Opens XML from outside: without entities of its own, and without anything that it refers to. Thread-safe. */
public final class XmlStreams {
    private static final XMLResolver NOTHING = (publicId, systemId, base, namespace) -> {
        throw new XMLStreamException("it refers to another document");
    };

    private XmlStreams() {}

    /** @param namespaces whether prefixes must be declared, and are no part of a local name */
    public static XMLStreamReader open(byte[] document, boolean namespaces) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, namespaces);
        factory.setXMLResolver(NOTHING);
        return factory.createXMLStreamReader(new ByteArrayInputStream(document));
    }
}
