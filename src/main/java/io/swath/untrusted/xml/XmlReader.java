package io.swath.untrusted.xml;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLResolver;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads whole documents into {@link XmlElement}s, with a bound for the elements of all its documents together. A document with a document type declaration is rejected: so there are
 * no entities of its own, and nothing outside is loaded
 * (<a href="https://cheatsheetseries.owasp.org/cheatsheets/XML_External_Entity_Prevention_Cheat_Sheet.html">OWASP</a>).
 * Not thread-safe.
 */
public final class XmlReader {
    /** The largest document that is read, in bytes; a Sentinel-2 datastrip's metadata have 13 MB. */
    public static final int MOST_BYTES = 16 << 20;

    private static final int DEEPEST = 100;
    private static final int MOST_ELEMENTS = 500_000;
    private static final XMLResolver NOTHING = (publicId, systemId, base, namespace) -> {
        throw new XMLStreamException("it refers to another document");
    };

    private int elements;

    /** @throws XmlException when it is not well-formed, has a document type, or breaks a bound */
    public XmlElement read(byte[] document) {
        if (document.length > MOST_BYTES) {
            throw new XmlException(
                    "xml-is-small",
                    "it is an XML document of more than " + (MOST_BYTES >> 20) + " MiB",
                    "Deliver the product as its producer made it.");
        }
        try {
            XMLStreamReader reader = open(document);
            while (reader.next() != XMLStreamConstants.START_ELEMENT) {
                rejectDocumentType(reader);
            }
            XmlElement root = element(reader, 1);
            while (reader.hasNext()) {
                reader.next(); // what follows must be well-formed too
            }
            return root;
        } catch (XMLStreamException wrong) {
            throw new XmlException(
                    "xml-is-well-formed",
                    "it is not well-formed XML: " + firstLine(wrong),
                    "It was damaged or is incomplete: send the product again.");
        }
    }

    /**
     * The local name of the root element.
     *
     * @param beginning the first bytes of a file of any kind
     * @return empty when it is no XML, or its root does not begin there
     */
    public static Optional<String> rootName(byte[] beginning) {
        try {
            XMLStreamReader reader = open(beginning);
            while (reader.hasNext()) {
                if (reader.next() == XMLStreamConstants.START_ELEMENT) {
                    return Optional.of(reader.getLocalName());
                }
                rejectDocumentType(reader);
            }
            return Optional.empty();
        } catch (XMLStreamException | XmlException otherKindOfFile) {
            return Optional.empty();
        }
    }

    private static XMLStreamReader open(byte[] document) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setXMLResolver(NOTHING);
        return factory.createXMLStreamReader(new ByteArrayInputStream(document));
    }

    private static void rejectDocumentType(XMLStreamReader reader) {
        if (reader.getEventType() == XMLStreamConstants.DTD) {
            throw new XmlException(
                    "xml-has-no-document-type",
                    "it is an XML document with a document type declaration (<!DOCTYPE …>)",
                    "Remove the declaration; no satellite product has one.");
        }
    }

    /** Reads the element on whose start the reader is, to its end. */
    private XmlElement element(XMLStreamReader reader, int depth) throws XMLStreamException {
        elements += 1 + reader.getAttributeCount();
        if (depth > DEEPEST || elements > MOST_ELEMENTS) {
            throw new XmlException(
                    "xml-is-small",
                    depth > DEEPEST
                            ? "its elements are nested deeper than " + DEEPEST
                            : "there are more than " + MOST_ELEMENTS + " elements and attributes",
                    "Deliver the product as its producer made it.");
        }
        String name = reader.getLocalName();
        Map<String, String> attributes = new LinkedHashMap<>();
        for (int index = 0; index < reader.getAttributeCount(); index++) {
            attributes.put(reader.getAttributeLocalName(index), reader.getAttributeValue(index));
        }
        StringBuilder text = new StringBuilder();
        List<XmlElement> children = new ArrayList<>();
        for (int event = reader.next(); event != XMLStreamConstants.END_ELEMENT; event = reader.next()) {
            switch (event) {
                case XMLStreamConstants.START_ELEMENT -> children.add(element(reader, depth + 1));
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(reader.getText());
                case XMLStreamConstants.ENTITY_REFERENCE ->
                    throw new XMLStreamException("it uses the entity " + reader.getLocalName());
                default -> {
                    // comments and processing instructions say nothing
                }
            }
        }
        return new XmlElement(name, attributes, text.toString().strip(), children);
    }

    private static String firstLine(XMLStreamException wrong) {
        return String.valueOf(wrong.getMessage())
                .lines()
                .reduce((first, last) -> last)
                .orElse("")
                .strip();
    }
}
