package io.swath.untrusted.xml;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One element of a document. Names are local names: products of one kind use many prefixes and namespaces for the same
 * element. Immutable.
 *
 * @param text the element's own text, without that of its children and without white space around it
 */
public record XmlElement(String name, Map<String, String> attributes, String text, List<XmlElement> children) {
    public XmlElement {
        attributes = Map.copyOf(attributes);
        children = List.copyOf(children);
    }

    /** The attribute's value; empty when it is not there. */
    public String attribute(String attribute) {
        return attributes.getOrDefault(attribute, "");
    }

    /** Every element of that name below this one, in the document's order. */
    public Stream<XmlElement> all(String wanted) {
        return children.stream()
                .flatMap(child -> Stream.concat(
                        child.name.equals(wanted) ? Stream.of(child) : Stream.empty(), child.all(wanted)));
    }

    /** The first element of that name below this one. */
    public Optional<XmlElement> first(String wanted) {
        return all(wanted).findFirst();
    }

    /** The element at the end of a way of names: of each name, the first below the element before it. */
    public Optional<XmlElement> first(String wanted, String... further) {
        Optional<XmlElement> found = first(wanted);
        for (String name : further) {
            found = found.flatMap(element -> element.first(name));
        }
        return found;
    }

    /** The text of the element that {@link #first(String, String...)} finds; empty when there is none. */
    public String textOf(String wanted, String... further) {
        return first(wanted, further).map(XmlElement::text).orElse("");
    }
}
